// cdk-nag: every finding is mended or has its own reason. Wildcards in policies take theirs from policies/, one by one.
import { type CfnResource, Stack, Validations } from "aws-cdk-lib/core";
import { many, type PolicyDocument } from "./iam/document.ts";

/** Acknowledges exactly the action and resource patterns that the policy allows, each with the reason written beside it. */
export function acknowledgeWildcards(
  resource: CfnResource,
  policy: PolicyDocument,
  reasons: Readonly<Record<string, string>>,
): void {
  const flat = (text: string) => flatten(Stack.of(resource).resolve(text));
  for (const { Sid, Effect, Action, Resource } of policy.Statement) {
    if (Effect === "Deny") continue;
    const findings = [
      ...many(Action).map((action) => `Action::${action}`),
      ...many(Resource).map((one) => `Resource::${flat(one)}`),
    ];
    for (const finding of findings.filter((one) => one.includes("*"))) {
      Validations.of(resource).acknowledge({ id: `AwsSolutions-IAM5[${finding}]`, reason: reasons[Sid] ?? Sid });
    }
  }
}

/** A resolved value as cdk-nag names it in a finding: references in angle brackets. */
function flatten(value: unknown): string {
  if (typeof value === "string") return value.replaceAll("${", "<").replaceAll("}", ">");
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const [[kind, body] = ["", null]] = Object.entries(value);
  if (kind === "Fn::Join" && Array.isArray(body) && Array.isArray(body[1]))
    return body[1].map(flatten).join(String(body[0]));
  if (kind === "Fn::GetAtt" && Array.isArray(body)) return `<${body.map(flatten).join(".")}>`;
  if (kind === "Fn::ImportValue") return flatten(body);
  if (kind === "Ref") return `<${flatten(body)}>`;
  return JSON.stringify(value);
}
