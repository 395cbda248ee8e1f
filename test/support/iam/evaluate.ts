// What would IAM say? Identity policies, permissions boundary and resource policy against one call. Offline, and only for tests.
// After the AWS documentation "Policy evaluation logic"; service control and session policies are not in it.
import { many, type PolicyDocument, type Statement } from "../../../lib/infra/iam/document.ts";
import { holdsFor } from "./conditions.ts";
import { type Context, fillVariables, isLikeFilled } from "./match.ts";

export interface Principal {
  readonly account: string;
  /** The role's or user's own ARN, not a session's. */
  readonly arn: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** An AWS service that calls by itself, e.g. events.amazonaws.com. */
  readonly service?: string;
}

export interface Call {
  readonly principal: Principal;
  readonly action: string;
  /** `*` for actions without a resource level. */
  readonly resource: string;
  readonly context?: Context;
}

export interface Rules {
  readonly identity: readonly PolicyDocument[];
  readonly boundary?: PolicyDocument;
  readonly resource?: PolicyDocument;
  /** Account that owns the resource. */
  readonly owner: string;
  /** Keys: the key policy must allow, be it by handing on to the account's IAM. */
  readonly resourceMustAllow?: boolean;
}

export type Decision = "allowed" | "denied" | "notAllowed";

/** `denied` by a statement that says so, `notAllowed` where none allows it. */
export function decide(call: Call, rules: Rules): Decision {
  const context = contextOf(call);
  const fits = (statement: Statement) => fitsCall(statement, call, context);
  const all = [...rules.identity, ...(rules.boundary === undefined ? [] : [rules.boundary])];
  const own = all.flatMap(({ Statement }) => Statement).filter(fits);
  const resource = (rules.resource?.Statement ?? []).filter(fits).flatMap((statement) => {
    const by = namedBy(statement, call.principal);
    return by === null ? [] : [{ statement, by }];
  });
  if ([...own, ...resource.map(({ statement }) => statement)].some(({ Effect }) => Effect === "Deny")) return "denied";
  const allows = (policy: PolicyDocument) => policy.Statement.some((one) => one.Effect === "Allow" && fits(one));
  const bounded = rules.boundary === undefined || allows(rules.boundary);
  const identity = bounded && rules.identity.some(allows);
  const direct = bounded && resource.some(({ by }) => by === "itself");
  const handedOn = resource.some(({ by }) => by === "account") && identity;
  return isAllowed(call.principal, rules, { identity, direct, handedOn }) ? "allowed" : "notAllowed";
}

function isAllowed(
  { account, service }: Principal,
  { owner, resourceMustAllow = false }: Rules,
  { identity, direct, handedOn }: Readonly<Record<"identity" | "direct" | "handedOn", boolean>>,
): boolean {
  if (service !== undefined) return direct;
  if (account !== owner) return identity && (direct || handedOn);
  return direct || (resourceMustAllow ? handedOn : identity);
}

/** What S3, KMS and the rest tell IAM about every call, where the test says nothing else. */
function contextOf({ principal, action, context = {} }: Call): Context {
  const tags = Object.entries(principal.tags ?? {}).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]);
  return {
    "aws:SecureTransport": "true",
    "aws:PrincipalIsAWSService": String(principal.service !== undefined),
    ...(principal.service === undefined
      ? { "aws:PrincipalArn": principal.arn, "aws:PrincipalAccount": principal.account }
      : {}),
    ...(action.startsWith("s3:") ? { "s3:TlsVersion": "1.3" } : {}),
    ...(action === "s3:PutObject" ? { "s3:ObjectCreationOperation": "true" } : {}),
    ...Object.fromEntries(tags),
    ...context,
  };
}

function fitsCall(statement: Statement, { action, resource }: Call, context: Context): boolean {
  const { Action, Resource, NotResource, Condition = {} } = statement;
  const like = (text: string) => (pattern: string) => {
    const filled = fillVariables(pattern, context);
    return filled !== null && isLikeFilled(text, filled);
  };
  if (!many(Action).some((pattern) => like(action.toLowerCase())(pattern.toLowerCase()))) return false;
  const named =
    NotResource === undefined ? many(Resource).some(like(resource)) : !many(NotResource).some(like(resource));
  if (!named) return false;
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys ?? {}).every(([key, values]) => holdsFor(operator, key, values, context)),
  );
}

/** Whether a resource policy's statement speaks of this principal: of itself, or of its account, whose IAM then decides. */
function namedBy({ Principal: named }: Statement, { account, arn, service }: Principal): "itself" | "account" | null {
  if (named === "*") return "itself";
  if (named === undefined) return null;
  if ("Service" in named) return service !== undefined && many(named.Service).includes(service) ? "itself" : null;
  if (service !== undefined) return null;
  if (many(named.AWS).some((one) => one === "*" || one === arn)) return "itself";
  const isAccount = (one: string) => one === account || new RegExp(`^arn:[a-z-]+:iam::${account}:root$`).test(one);
  return many(named.AWS).some(isAccount) ? "account" : null;
}
