// The loader refuses whatever IAM would swallow: a policy that says less, or more, than it seems to.
import { describe, expect, it } from "@jest/globals";
import { isBobbinError } from "../../../lib/contracts/errors.ts";
import { roleFile } from "../../../lib/infra/iam/document.ts";
import { fillPolicy, loadPolicies, parsePolicy } from "../../../lib/infra/iam/load.ts";
import { policiesFolder } from "../../support/iam/bobbin.ts";

const statement = { Sid: "Read", Effect: "Allow", Action: "s3:GetObject", Resource: "{dataBucket}/runs/*" };
const file = {
  role: "reader",
  who: "A role that only this test knows.",
  trust: { kind: "service", service: "lambda.amazonaws.com" },
  reasons: { Read: "Because the test wants to read." },
  policy: { Version: "2012-10-17", Statement: [statement] },
};
const withStatement = (change: object) => ({
  ...file,
  policy: { ...file.policy, Statement: [{ ...statement, ...change }] },
});
const parse = (value: unknown) => parsePolicy("reader.json", JSON.stringify(value), roleFile);

/** What the loader says of a file: the field it stumbled over. */
function fieldRefused(value: unknown): string {
  try {
    parse(value);
  } catch (error) {
    if (isBobbinError(error, "PolicyInvalid")) return error.data.field;
    throw error;
  }
  return "nothing";
}

describe("a policy file", () => {
  it("is taken as it is where nothing is wrong with it", () => {
    expect(parse(file)).toEqual(file);
    expect(loadPolicies(policiesFolder).roles.size).toBeGreaterThan(15);
  });

  it.each([
    ["a misspelt Condition, which IAM would take as none", withStatement({ Conditon: {} }), "policy.Statement.0"],
    ["a misspelt Effect", withStatement({ Effect: "Alow" }), "policy.Statement.0.Effect"],
    ["an unknown key beside the policy", { ...file, note: "x" }, "the file"],
    [
      "an unknown operator",
      withStatement({ Condition: { StringEqual: { "aws:SourceVpce": "x" } } }),
      "policy.Statement.0.Condition",
    ],
    ["an action that does not exist", withStatement({ Action: "s3:GetObjekt" }), "Read.Action"],
    ["an action in the wrong case", withStatement({ Action: "s3:getObject" }), "Read.Action"],
    ["a service that nobody here uses", withStatement({ Action: "dynamodb:GetItem" }), "Read.Action"],
    ["an action pattern that nothing fits", withStatement({ Action: "s3:Git*" }), "wildcards.Read"],
    ["everything, without a reason", withStatement({ Resource: "*" }), "wildcards.Read"],
    ["every action, without a reason", withStatement({ Action: "s3:*" }), "wildcards.Read"],
    ["somebody else's ARN", withStatement({ Resource: "arn:aws:s3:::other/*" }), "Read.Resource"],
    ["a placeholder that means nothing", withStatement({ Resource: "{dataBuket}/*" }), "Read.Resource"],
    ["no resource at all", withStatement({ Resource: undefined }), "Read.Resource"],
    ["both kinds of resource", withStatement({ NotResource: "{dataBucket}/x" }), "wildcards.Read"],
    [
      "a condition key that the service does not know",
      withStatement({ Condition: { Null: { "s3:if-nonematch": "true" } } }),
      "Read.Condition",
    ],
    ["a statement without a reason", { ...file, reasons: {} }, "reasons.Read"],
    [
      "a reason for nothing",
      { ...file, reasons: { ...file.reasons, Gone: "There was a statement once." } },
      "reasons.Gone",
    ],
    [
      "a reason for a wildcard that is none",
      { ...file, wildcards: { Read: "It was a wildcard once." } },
      "wildcards.Read",
    ],
    ["two statements of one name", { ...file, policy: { ...file.policy, Statement: [statement, statement] } }, "Sid"],
    ["a Principal in a role's policy", withStatement({ Principal: "*" }), "policy.Statement.0"],
    ["an older policy language", { ...file, policy: { ...file.policy, Version: "2008-10-17" } }, "policy.Version"],
  ])("with %s is refused", (_, value, field) => {
    expect(fieldRefused(value)).toBe(field);
  });

  it("with an action pattern needs the pattern to fit something, reason or not", () => {
    const reason = { wildcards: { Read: "The test says that it must." } };
    expect(fieldRefused({ ...withStatement({ Action: "s3:Git*" }), ...reason })).toBe("Read.Action");
    expect(fieldRefused({ ...withStatement({ Action: "s3:Get*" }), ...reason })).toBe("nothing");
  });

  it("that is no JSON is named", () => {
    expect(() => parsePolicy("reader.json", "{", roleFile)).toThrow(/policies\/reader\.json/);
  });
});

describe("filling in", () => {
  it("leaves IAM's own variables alone and refuses a hole", () => {
    const Resource = ["{dataBucket}/$" + "{aws:PrincipalTag/a}/*", "{dataBucket}"];
    const policy = {
      Version: "2012-10-17" as const,
      Statement: [{ ...statement, Effect: "Allow" as const, Resource }],
    };
    const [filled] = fillPolicy(policy, { dataBucket: "arn:b" }).Statement;
    expect(filled?.Resource).toEqual(["arn:b/$" + "{aws:PrincipalTag/a}/*", "arn:b"]);
    expect(() => fillPolicy(policy, {})).toThrow(RangeError);
  });
});
