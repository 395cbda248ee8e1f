// CVAT's user: off by default, without a key, and able to hand in exports of its own data set and nothing else.
import { describe, expect, it } from "@jest/globals";
import { dataKeys, registryKeys } from "../../../lib/contracts/layout.ts";
import { type Action, arns, documentOf } from "../../support/iam/bobbin.ts";
import { decide } from "../../support/iam/evaluate.ts";
import { only, plain, resources, synthesise } from "../../support/synth.ts";

const account = "111111111111";
const principal = { account, arn: `${arns.users}-cvat-cats`, tags: { "bobbin-dataset": "cats" } };
function asked({ action, resource, context = {} }: Action, identity = documentOf("cvat")) {
  const own = action.startsWith("kms:") ? "data-key" : resource.startsWith(arns.dataBucket) ? "data-bucket" : null;
  return decide(
    { principal, action, resource, context: { "aws:ResourceTag/bobbin": "thaal", "s3:TlsVersion": "1.3", ...context } },
    {
      owner: account,
      identity: [identity],
      boundary: documentOf("boundary"),
      ...(own === null ? {} : { resource: documentOf(own) }),
      resourceMustAllow: own === "data-key",
    },
  );
}
const inData = (key: string) => `${arns.dataBucket}/${key}`;
const export_ = inData("incoming/cats/may.zip");
const throughS3 = { "kms:ViaService": "s3.us-east-1.amazonaws.com" };
/** Looking for the bucket, and a long upload in parts. */
const calls: readonly Action[] = [
  { action: "s3:ListBucket", resource: arns.dataBucket },
  { action: "s3:PutObject", resource: export_ },
  { action: "s3:AbortMultipartUpload", resource: export_ },
  { action: "s3:ListMultipartUploadParts", resource: export_ },
  { action: "kms:GenerateDataKey", resource: arns.dataKey, context: throughS3 },
  { action: "kms:Decrypt", resource: arns.dataKey, context: throughS3 },
];

describe("CVAT", () => {
  it("may hand in an export of its data set", () => {
    expect(calls.map((call) => asked(call))).toEqual(calls.map(() => "allowed"));
  });

  it("holds no grant that this does not need", () => {
    const { Statement, ...rest } = documentOf("cvat");
    for (const statement of Statement) {
      for (const Action of [statement.Action].flat()) {
        const Others = [statement.Action].flat().filter((one) => one !== Action);
        const fewer = Statement.map((one) => (one === statement ? { ...one, Action: Others } : one));
        const refused = calls.filter((call) => asked(call, { ...rest, Statement: fewer }) !== "allowed");
        expect({ Action, needed: refused.length > 0 }).toEqual({ Action, needed: true });
      }
    }
  });

  it.each<[string, Action]>([
    ["reads its own export back", { action: "s3:GetObject", resource: export_ }],
    ["reads a frame", { action: "s3:GetObject", resource: inData(dataKeys.frame("ab".repeat(32), "jpg")) }],
    ["hands in another data set's", { action: "s3:PutObject", resource: inData("incoming/dogs/may.zip") }],
    ["changes how runs are made", { action: "s3:PutObject", resource: inData(dataKeys.config("cats")) }],
    ["deletes an export", { action: "s3:DeleteObject", resource: export_ }],
    ["sees the registry", { action: "s3:ListBucket", resource: arns.registryBucket }],
    [
      "reads a release",
      { action: "s3:GetObject", resource: `${arns.registryBucket}/${registryKeys.release("cats", "v0")}` },
    ],
    ["uses the key itself", { action: "kms:Decrypt", resource: arns.dataKey }],
    ["starts a run", { action: "states:StartExecution", resource: `${arns.machines}-train` }],
  ])("never %s", (_, attack) => {
    expect(asked(attack)).not.toBe("allowed");
  });
});

describe("its user", () => {
  const { main } = synthesise({ cvat: true });
  it("is one a data set, under the boundary, with its policy word for word", () => {
    const { Properties } = only(main, "AWS::IAM::User");
    expect(plain(Properties)).toMatchObject({
      UserName: "bobbin-thaal-cvat-cats",
      PermissionsBoundary: arns.boundary,
      Tags: expect.arrayContaining([{ Key: "bobbin-dataset", Value: "cats" }]),
    });
    const [policy, ...more] = Properties.Policies;
    expect(more).toEqual([]);
    const sids = (statements: readonly { Sid: string }[]) => statements.map(({ Sid }) => Sid);
    expect(sids(policy.PolicyDocument.Statement)).toEqual(sids(documentOf("cvat").Statement));
  });

  it("has no access key in the template", () => {
    expect(resources(main, "AWS::IAM::AccessKey")).toEqual([]);
  });

  it("is not there where nobody has asked", () => {
    expect(resources(synthesise().main, "AWS::IAM::User")).toEqual([]);
  });
});
