// A role for every file of policies/ that somebody takes on, exactly as written there; nothing in a stack adds a grant to one.
import * as iam from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { roleName } from "../contracts/cloud.ts";
import type { RoleFile, Trust } from "./iam/document.ts";
import { fillPolicy, type Policies } from "./iam/load.ts";
import { acknowledgeWildcards } from "./nag.ts";
import type { Placeholder } from "./names.ts";

export interface RolesProps {
  readonly name: string;
  readonly policies: Policies;
  readonly values: Readonly<Record<Placeholder, string>>;
  /** Each gets an uploader's role of its own. */
  readonly datasets: readonly string[];
}

export class Roles extends Construct {
  private readonly made = new Map<string, iam.CfnRole>();

  constructor(scope: Construct, id: string, props: RolesProps) {
    super(scope, id);
    for (const [name, file] of props.policies.roles) {
      if (file.trust.kind === "none" || file.trust.kind === "program") continue;
      if (name !== "uploader") this.add(name, file, props);
      else for (const dataset of props.datasets) this.add(`uploader-${dataset}`, file, props, dataset);
    }
  }

  /** @throws RangeError for a role that no file of policies/ describes */
  arn(role: string): string {
    return this.get(role).attrArn;
  }

  roleName(role: string): string {
    return this.get(role).ref;
  }

  private get(role: string): iam.CfnRole {
    const found = this.made.get(role);
    if (found === undefined) throw new RangeError(`no role ${role}`);
    return found;
  }

  private add(role: string, file: RoleFile, { name, values }: RolesProps, dataset?: string): void {
    const policyDocument = fillPolicy(file.policy, values);
    const made = new iam.CfnRole(this, role, {
      roleName: roleName(name, role),
      description: file.who,
      assumeRolePolicyDocument: trustPolicy(file.trust, values),
      permissionsBoundary: values.boundary,
      policies: [{ policyName: role, policyDocument }],
      ...(dataset === undefined ? {} : { tags: [{ key: "bobbin-dataset", value: dataset }] }),
    });
    acknowledgeWildcards(made, policyDocument, file.reasons);
    this.made.set(role, made);
  }
}

/** Services only act for this account: another one's execution cannot borrow the role. */
function trustPolicy(trust: Trust, { account, accountRoot }: RolesProps["values"]): object {
  if (trust.kind === "none" || trust.kind === "program") throw new RangeError("nobody takes this on");
  const who =
    trust.kind === "service"
      ? { Principal: { Service: trust.service }, Condition: sourceCondition(trust.service, account) }
      : {
          Principal: { AWS: accountRoot },
          ...(trust.secondFactor ? { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } } : {}),
        };
  return { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", ...who }] };
}

/** EC2 and Lambda send no source account when they take a role on. */
function sourceCondition(service: string, account: string): object | undefined {
  if (["ec2.amazonaws.com", "lambda.amazonaws.com"].includes(service)) return undefined;
  return { StringEquals: { "aws:SourceAccount": account } };
}
