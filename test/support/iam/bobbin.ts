// Bobbin's own policies in a made-up account, and the question who may do what under all that bears on a call.
import { join } from "node:path";
import { roleName } from "../../../lib/contracts/cloud.ts";
import type { PolicyDocument } from "../../../lib/infra/iam/document.ts";
import { fillPolicy, loadPolicies } from "../../../lib/infra/iam/load.ts";
import { type KeyArns, type Place, placeholders } from "../../../lib/infra/names.ts";
import { type Decision, decide, type Principal } from "./evaluate.ts";
import type { Context } from "./match.ts";

export const policiesFolder = join(import.meta.dirname, "../../../policies");
const place: Place = { name: "thaal", region: "us-east-1", partition: "aws", account: "111111111111" };
const keys: KeyArns = {
  dataKey: "arn:aws:kms:us-east-1:111111111111:key/0d000000-0000-4000-8000-000000000000",
  signingKey: "arn:aws:kms:us-east-1:111111111111:key/51900000-0000-4000-8000-000000000000",
};
export const arns = placeholders(place, keys);

const policies = loadPolicies(policiesFolder);
export const roleNames = [...policies.roles]
  .filter(([, { trust }]) => trust.kind === "service" || trust.kind === "people")
  .map(([name]) => name);
function filled(values: Readonly<Record<string, string>>): ReadonlyMap<string, PolicyDocument> {
  const files = [...policies.roles, ...policies.resources];
  return new Map(files.map(([name, { policy }]) => [name, fillPolicy(policy, values)]));
}
const documents = filled(arns);
/** The same where name, region and partition are as long as they can be. */
export const longestDocuments = filled(
  placeholders({ ...place, name: "n".repeat(16), region: "ap-southeast-1", partition: "aws-us-gov" }, keys),
);

export function documentOf(name: string): PolicyDocument {
  const found = documents.get(name);
  if (found === undefined) throw new RangeError(`no policy ${name}`);
  return found;
}

export interface Action {
  readonly action: string;
  readonly resource: string;
  readonly context?: Context;
}

/** Who calls: a role of the stack, or somebody else with the policies he holds. */
export type Caller =
  | { readonly role: string; readonly tags?: Readonly<Record<string, string>>; readonly identity?: PolicyDocument }
  | { readonly stranger: Principal; readonly identity: PolicyDocument };

/** Every S3, SNS and SQS resource, and every key, that has a policy of its own. */
const resourcePolicies = [
  [arns.dataBucket, "data-bucket"],
  [arns.registryBucket, "registry-bucket"],
  [arns.dataKey, "data-key"],
  [arns.signingKey, "signing-key"],
  // The longer name first: it begins with the other.
  [arns.cutOffTopic, "cut-off-topic"],
  [arns.topic, "topic"],
  [arns.deadLetters, "dead-letters"],
] as const;

/** Tags of keys are seen by IAM in each call on them. */
function tagged({ resource, context = {} }: Action): Context {
  const isKey = resource === arns.dataKey || resource === arns.signingKey;
  return {
    "aws:RequestedRegion": place.region,
    ...(isKey ? { "aws:ResourceTag/bobbin": place.name } : {}),
    ...context,
  };
}

/** @param instead another policy of the resource than the one in policies/resources */
export function decideFor(caller: Caller, action: Action, instead?: PolicyDocument): Decision {
  const own = resourcePolicies.find(([arn]) => action.resource === arn || action.resource.startsWith(`${arn}/`));
  const call = { ...action, context: tagged(action) };
  const rules = {
    owner: place.account,
    ...(own === undefined ? {} : { resource: instead ?? documentOf(own[1]) }),
    resourceMustAllow: action.action.startsWith("kms:"),
  };
  if ("stranger" in caller) {
    return decide({ ...call, principal: caller.stranger }, { ...rules, identity: [caller.identity] });
  }
  const { role, tags = {}, identity = documentOf(role) } = caller;
  const arn = `arn:aws:iam::${place.account}:role/${roleName(place.name, role)}`;
  const principal = { account: place.account, arn, tags };
  return decide({ ...call, principal }, { ...rules, identity: [identity], boundary: documentOf("boundary") });
}

/** Somebody of this account or another one who holds everything that IAM can give. */
export function almighty(account = place.account): Caller {
  const Statement = [{ Sid: "All", Effect: "Allow" as const, Action: "*", Resource: "*" }];
  const stranger = { account, arn: `arn:aws:iam::${account}:role/administrator` };
  return { stranger, identity: { Version: "2012-10-17", Statement } };
}
