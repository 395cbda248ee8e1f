// Every role may do what it calls, under its own policy, the boundary and the resource's policy; and holds no grant beyond that.
import { describe, expect, it } from "@jest/globals";
import { many, type PolicyDocument } from "../../../lib/infra/iam/document.ts";
import { decideFor, documentOf, longestDocuments, roleNames } from "../../support/iam/bobbin.ts";
import { callsOf, tagsOf } from "../../support/iam/calls.ts";
import { grantsOf, without } from "../../support/iam/grants.ts";

const asRole = (role: string, identity?: PolicyDocument) => ({
  role,
  tags: tagsOf[role] ?? {},
  ...(identity === undefined ? {} : { identity }),
});
const calls = (role: string) => callsOf[role] ?? [];

describe("the calls of each role", () => {
  it("are known for every role, and for no other", () => {
    expect(Object.keys(callsOf).toSorted()).toEqual(roleNames.toSorted());
  });

  it.each(roleNames)("%s may make them all", (role) => {
    const refused = calls(role).filter((call) => decideFor(asRole(role), call) !== "allowed");
    expect(refused).toEqual([]);
  });
});

/** An action on a kind of resource that it does not act on is not a grant: `states:StopExecution` on a machine. */
function actsOn(role: string, action: string, resource: string): boolean {
  const kinds = /(stateMachine|execution):/.exec(resource)?.[1];
  return role !== "auditor" || kinds === undefined || (kinds === "execution") === /Execution(History)?$/.test(action);
}

describe("the grants of each role", () => {
  it.each(roleNames)("%s: each of them is needed by a call", (role) => {
    const policy = documentOf(role);
    const idle = grantsOf(policy)
      .filter(({ action, resource }) => actsOn(role, action, resource))
      .filter((grant) => {
        const fewer = asRole(role, without(policy, grant));
        return calls(role).every((call) => decideFor(fewer, call) === "allowed");
      })
      .map(({ statement, action, resource }) => `${statement.Sid}: ${action} on ${resource}`);
    expect(idle).toEqual([]);
  });

  it("the boundary lets through what some role calls, and nothing else", () => {
    const every = roleNames.flatMap((role) => calls(role).map((call) => ({ role, call })));
    const unused = documentOf("boundary").Statement.flatMap((statement) =>
      many(statement.Action).filter((action) => !every.some(({ call }) => call.action === action)),
    );
    expect(unused).toEqual([]);
  });
});

describe("the size of each policy", () => {
  /** Characters without white space that IAM takes in a managed policy, a role, and S3, KMS, SQS and SNS on a resource. */
  const limitOf = (name: string) =>
    /^(boundary|deployer)/.test(name) ? 6_144 : name.endsWith("bucket") ? 20_480 : 10_240;
  it.each([...longestDocuments.keys()])("%s is below its limit, also with the longest names", (name) => {
    expect(JSON.stringify(longestDocuments.get(name)).length).toBeLessThan(limitOf(name));
  });
});
