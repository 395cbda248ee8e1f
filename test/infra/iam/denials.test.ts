// Every refusal that a bucket or key pronounces is there for something: without it, some call would be decided otherwise.
import { describe, expect, it } from "@jest/globals";
import { dataKeys, registryKeys } from "../../../lib/contracts/layout.ts";
import {
  type Action,
  almighty,
  arns,
  type Caller,
  decideFor,
  documentOf,
  roleNames,
} from "../../support/iam/bobbin.ts";
import type { Context } from "../../support/iam/match.ts";

const digest = "ab".repeat(32);
const callers: readonly Caller[] = [
  almighty(),
  almighty("222222222222"),
  ...roleNames.map((role): Caller => ({ role, tags: { "bobbin-dataset": "cats" } })),
];
const keys = {
  "data-bucket": [
    dataKeys.frame(digest, "jpg"),
    dataKeys.datasetFile("cats", "d1", "split.csv"),
    "incoming/cats/may.zip",
  ],
  "registry-bucket": [registryKeys.releaseFile("cats", "v0.1", "release.json"), registryKeys.ledger("phase-1")],
} as const;
const arnOf = { "data-bucket": arns.dataBucket, "registry-bucket": arns.registryBucket };
const encryption = "s3:x-amz-server-side-encryption";
const contexts: readonly Context[] = [
  {},
  { "s3:if-none-match": "*" },
  { "s3:if-match": "etag" },
  { "aws:SecureTransport": "false" },
  { "s3:TlsVersion": "1.0" },
  { "s3:if-none-match": "*", [encryption]: "AES256" },
  { "s3:if-none-match": "*", [`${encryption}-aws-kms-key-id`]: "arn:aws:kms:us-east-1:222222222222:key/1" },
];
const actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"];

function tries(name: keyof typeof keys): Action[] {
  const of = (key: string) =>
    actions.flatMap((action) => contexts.map((context) => ({ action, resource: `${arnOf[name]}/${key}`, context })));
  return keys[name].flatMap(of);
}
const properly = { "kms:MessageType": "RAW", "kms:SigningAlgorithm": "ECDSA_SHA_256" };
const signing = ["kms:Sign", "kms:CreateGrant"].map((action) => ({
  action,
  resource: arns.signingKey,
  context: properly,
}));

const refusals = (name: string) => documentOf(name).Statement.filter(({ Effect }) => Effect === "Deny");
const policies = [
  ["data-bucket", tries("data-bucket")],
  ["registry-bucket", tries("registry-bucket")],
  ["signing-key", signing],
] as const;
const cases = policies.flatMap(([name, calls]) => refusals(name).map(({ Sid }) => ({ name, Sid, calls })));

describe("without", () => {
  it.each(cases)("$Sid of $name, something would be decided otherwise", ({ name, Sid, calls }) => {
    const policy = documentOf(name);
    const weaker = { ...policy, Statement: policy.Statement.filter((statement) => statement.Sid !== Sid) };
    const changed = calls.some((call) =>
      callers.some((caller) => decideFor(caller, call) === "denied" && decideFor(caller, call, weaker) !== "denied"),
    );
    expect(changed).toBe(true);
  });
});
