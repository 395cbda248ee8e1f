// The evaluator itself: the published rules of IAM, case by case, and what must hold for any policy.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { PolicyDocument, Statement } from "../../../lib/infra/iam/document.ts";
import { holdsFor } from "../../support/iam/conditions.ts";
import { type Call, decide, type Rules } from "../../support/iam/evaluate.ts";
import { isArnLike, isLike } from "../../support/iam/match.ts";
import { holds } from "../../support/property.ts";

const account = "111111111111";
const principal = { account, arn: `arn:aws:iam::${account}:role/r` };
const bucket = "arn:aws:s3:::b";
const policy = (...Statement: readonly Partial<Statement>[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: Statement.map((one, index) => ({
    Sid: `S${index}`,
    Effect: "Allow",
    Action: "s3:GetObject",
    Resource: `${bucket}/*`,
    ...one,
  })),
});
const call = (over: Partial<Call> = {}): Call => ({
  principal,
  action: "s3:GetObject",
  resource: `${bucket}/a/b`,
  ...over,
});
const rules = (over: Partial<Rules> = {}): Rules => ({ identity: [policy({})], owner: account, ...over });

describe("a decision", () => {
  it("is no where nobody speaks, and yes where the identity allows", () => {
    expect(decide(call(), rules({ identity: [] }))).toBe("notAllowed");
    expect(decide(call(), rules())).toBe("allowed");
    expect(decide(call({ action: "s3:PutObject" }), rules())).toBe("notAllowed");
    expect(decide(call({ action: "S3:getobject" }), rules())).toBe("allowed");
  });

  it("is no where anybody denies", () => {
    const deny = policy({ Effect: "Deny" });
    expect(decide(call(), rules({ identity: [policy({}), deny] }))).toBe("denied");
    expect(decide(call(), rules({ boundary: policy({}, { Effect: "Deny" }) }))).toBe("denied");
    expect(decide(call(), rules({ resource: policy({ Effect: "Deny", Principal: "*" }) }))).toBe("denied");
  });

  it("stays within the boundary", () => {
    expect(decide(call(), rules({ boundary: policy({ Action: "s3:PutObject" }) }))).toBe("notAllowed");
    expect(decide(call(), rules({ boundary: policy({}) }))).toBe("allowed");
  });

  it("needs one of the two in the account, both from another one", () => {
    const resource = policy({ Principal: { AWS: principal.arn } });
    expect(decide(call(), rules({ identity: [], resource }))).toBe("allowed");
    expect(decide(call(), rules({ identity: [], resource, owner: "222222222222" }))).toBe("notAllowed");
    expect(decide(call(), rules({ owner: "222222222222" }))).toBe("notAllowed");
    expect(decide(call(), rules({ resource, owner: "222222222222" }))).toBe("allowed");
  });

  it("of a key needs the key's policy, which may hand on to the account", () => {
    const root = policy({ Principal: { AWS: `arn:aws:iam::${account}:root` } });
    expect(decide(call(), rules({ resourceMustAllow: true }))).toBe("notAllowed");
    expect(decide(call(), rules({ resourceMustAllow: true, resource: root }))).toBe("allowed");
    expect(decide(call(), rules({ identity: [], resourceMustAllow: true, resource: root }))).toBe("notAllowed");
  });

  it("of a service rests on the resource alone", () => {
    const service = call({ principal: { ...principal, service: "events.amazonaws.com" } });
    const resource = policy({ Principal: { Service: "events.amazonaws.com" } });
    expect(decide(service, rules())).toBe("notAllowed");
    expect(decide(service, rules({ identity: [], resource }))).toBe("allowed");
    expect(decide(call(), rules({ identity: [], resource }))).toBe("notAllowed");
  });

  it("leaves out what NotResource names", () => {
    const identity = [policy({ Resource: undefined, NotResource: `${bucket}/a/*` })];
    expect(decide(call(), rules({ identity }))).toBe("notAllowed");
    expect(decide(call({ resource: `${bucket}/c` }), rules({ identity }))).toBe("allowed");
  });

  it("fills in the caller's tags, as text and not as a pattern", () => {
    const identity = [policy({ Resource: `${bucket}/\${aws:PrincipalTag/team}/*` })];
    const by = (team: string) => call({ principal: { ...principal, tags: { team } } });
    expect(decide(by("a"), rules({ identity }))).toBe("allowed");
    expect(decide(by("c"), rules({ identity }))).toBe("notAllowed");
    expect(decide(by("*"), rules({ identity }))).toBe("notAllowed");
    expect(decide(call(), rules({ identity }))).toBe("notAllowed");
  });
});

describe("a condition", () => {
  it.each([
    ["StringEquals", "a", "a", true],
    ["StringEquals", "a", "A", false],
    ["StringNotEquals", "a", "b", true],
    ["StringLike", "abc", "a*", true],
    ["StringNotLike", "abc", "a*", false],
    ["ArnLike", "arn:aws:iam::1:role/x", "arn:aws:iam::*:role/*", true],
    ["ArnNotEquals", "arn:aws:iam::1:role/x", "arn:aws:iam::1:role/y", true],
    ["Bool", "false", "false", true],
    ["IpAddress", "10.1.2.3", "10.0.0.0/8", true],
    ["IpAddress", "11.1.2.3", "10.0.0.0/8", false],
    ["NotIpAddress", "11.1.2.3", "10.0.0.0/8", true],
    ["IpAddress", "2001:db8::1", "2001:db8::/32", true],
    ["NumericLessThan", "1.1", "1.2", true],
    ["NumericLessThan", "1.2", "1.2", false],
    ["Null", "a", "false", true],
    ["Null", "a", "true", false],
  ])("%s of %s against %s is %s", (operator, found, wanted, answer) => {
    expect(holdsFor(operator, "k", wanted, { K: found })).toBe(answer);
  });

  it.each([
    ["StringEquals", false],
    ["StringNotEquals", true],
    ["StringEqualsIfExists", true],
    ["ArnNotEquals", true],
    ["NotIpAddress", true],
    ["Bool", false],
    ["ForAnyValue:StringLike", false],
    ["ForAllValues:StringLike", true],
  ])("%s of a key that is absent is %s", (operator, answer) => {
    expect(holdsFor(operator, "k", "10.0.0.0/8", {})).toBe(answer);
  });

  it("that it does not know is an error, never a guess", () => {
    expect(() => holdsFor("DateLessThan", "k", "2026-01-01T00:00:00Z", { k: "x" })).toThrow(/DateLessThan/);
  });

  it("turned round says the opposite wherever the key is there", () => {
    const pairs = fc.constantFrom(["StringEquals", "StringNotEquals"], ["StringLike", "StringNotLike"] as const);
    const text = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 4 });
    holds(
      fc.property(pairs, text, fc.array(text, { minLength: 1 }), ([yes = "", no = ""], found, wanted) => {
        expect(holdsFor(no, "k", wanted, { k: found })).toBe(!holdsFor(yes, "k", wanted, { k: found }));
      }),
    );
  });
});

/** Another way to the same answer: by length of prefix, without regular expressions. */
function naiveLike(text: string, pattern: string): boolean {
  if (pattern === "") return text === "";
  const [mark = "", rest] = [pattern[0], pattern.slice(1)];
  if (mark === "*") return naiveLike(text, rest) || (text !== "" && naiveLike(text.slice(1), pattern));
  return text !== "" && (mark === "?" || mark === text[0]) && naiveLike(text.slice(1), rest);
}

describe("for any policy", () => {
  const unit = fc.constantFrom("a", "/", ".", "*", "?", "+", "$");
  it("patterns match as a naive matcher says", () => {
    holds(
      fc.property(fc.string({ unit, maxLength: 8 }), fc.string({ unit, maxLength: 6 }), (text, pattern) => {
        expect(isLike(text, pattern)).toBe(naiveLike(text, pattern));
      }),
    );
  });

  it("a * in an ARN does not reach over a colon", () => {
    expect(isArnLike("arn:aws:iam::1:role/a", "arn:aws:*:role/a")).toBe(false);
    expect(isArnLike("arn:aws:s3:::b/a:c", "arn:aws:s3:::b/*")).toBe(true);
  });

  const statement = fc.record({
    Sid: fc.constant("S"),
    Effect: fc.constantFrom("Allow", "Deny"),
    Action: fc.constantFrom("s3:GetObject", "s3:PutObject", "s3:*"),
    Resource: fc.constantFrom(`${bucket}/a`, `${bucket}/*`, "*"),
  });
  const document = fc
    .array(statement, { maxLength: 4 })
    .map((Statement): PolicyDocument => ({ Version: "2012-10-17", Statement: Statement as Statement[] }));
  const calls = fc.record({
    principal: fc.constant(principal),
    action: fc.constantFrom("s3:GetObject", "s3:PutObject"),
    resource: fc.constantFrom(`${bucket}/a`, `${bucket}/b`),
  });

  it("one more Deny never opens a door, one more Allow never shuts one", () => {
    holds(
      fc.property(document, document, statement, calls, (identity, boundary, more, one) => {
        const before = decide(one, rules({ identity: [identity], boundary }));
        const grown: PolicyDocument = { ...identity, Statement: [...identity.Statement, more as Statement] };
        const after = decide(one, rules({ identity: [grown], boundary }));
        if (more.Effect === "Deny") expect(after === "allowed" && before !== "allowed").toBe(false);
        else expect(before === "allowed" && after !== "allowed").toBe(false);
      }),
    );
  });

  it("order does not matter, and a boundary never adds", () => {
    holds(
      fc.property(document, document, calls, (identity, boundary, one) => {
        const turned: PolicyDocument = { ...identity, Statement: identity.Statement.toReversed() };
        const bounded = decide(one, rules({ identity: [identity], boundary }));
        expect(decide(one, rules({ identity: [turned], boundary }))).toBe(bounded);
        if (bounded === "allowed") expect(decide(one, rules({ identity: [identity] }))).toBe("allowed");
      }),
    );
  });
});
