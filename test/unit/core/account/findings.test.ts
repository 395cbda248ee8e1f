// What an account's answers mean: each answer that stops a training or costs money unseen has its own finding, with what to do.
import { describe, expect, it } from "@jest/globals";
import type { StackOutputs } from "../../../../lib/contracts/cloud.ts";
import type { AccountFacts, Looks, Plan, StackFacts } from "../../../../lib/core/account/facts.ts";
import { accountFindings } from "../../../../lib/core/account/findings.ts";

const outputs: StackOutputs = {
  Region: "us-east-1",
  DataBucket: "data",
  RegistryBucket: "registry",
  SigningKey: "alias/signing",
  TrainMachine: "machine",
  JobQueue: "queue",
  JobDefinition: "definition",
  JobLogs: "/jobs",
  ImageRepository: "bobbin-cats",
  ImageTag: "abc",
  ImageProject: "bobbin-cats-image",
  AlarmTopic: "arn:aws:sns:us-east-1:111111111111:bobbin-cats",
};
const plan: Plan = {
  region: "us-east-1",
  instanceType: "g6.xlarge",
  purchase: "spot",
  zoneIds: ["use1-az1", "use1-az2"],
};
const machine = { instanceType: "g5.xlarge", purchase: "onDemand" as const, zoneIds: ["use1-az4"] };
const stack: StackFacts = {
  status: "UPDATE_COMPLETE",
  outputs,
  machine: { seen: machine },
  image: { seen: true },
  subscriptions: { seen: { confirmed: 1, pending: 0 } },
};
const ours = ["deployer", "deployer-compute"].map((name) => `arn:aws:iam::111111111111:policy/bobbin-cats-${name}`);
const looks: Looks = {
  bootstrap: { seen: { version: "30", policies: ours } },
  quotas: { seen: { spot: 4, onDemand: 4 } },
  stack: { seen: stack },
  offers: { seen: ["use1-az1", "use1-az2", "use1-az4"] },
  budgets: { seen: ["other", "bobbin-cats"] },
};
const facts: AccountFacts = {
  name: "cats",
  region: "us-east-1",
  identity: { seen: { account: "111111111111", arn: "arn:aws:iam::111111111111:user/ann" } },
  looks,
};
const findings = (change: Partial<Looks>, planned: Plan = plan) =>
  accountFindings({ ...facts, looks: { ...looks, ...change } }, planned);
function finding(name: string, change: Partial<Looks>, planned: Plan = plan) {
  const [found, ...more] = findings(change, planned).filter((check) => check.name === name);
  expect(more).toEqual([]);
  return found;
}
const withStack = (change: Partial<StackFacts>) => ({ stack: { seen: { ...stack, ...change } } });
/** Before the first deploy. */
const noStack = { stack: { seen: null } };

describe("an account", () => {
  it("in which all is right has nothing to do", () => {
    expect(findings({}).map(({ name, state, todo }) => [name, state, todo])).toEqual(
      ["identity", "region", "bootstrap", "GPU quota", "zones", "budgets", "stack", "image", "alarms"].map((name) => [
        name,
        "ok",
        null,
      ]),
    );
  });

  it("that does not know who asks is asked no more", () => {
    const found = accountFindings({ ...facts, identity: { refused: "ExpiredToken: old" }, looks: null }, plan);
    expect(found).toContainEqual(
      expect.objectContaining({ name: "identity", state: "missing", found: "ExpiredToken: old" }),
    );
    expect(found.map(({ name }) => name)).toEqual(["identity", "region"]);
  });

  it("in no region is asked nothing", () => {
    const found = accountFindings({ name: null, region: null, identity: null, looks: null }, null);
    expect(found.map(({ name, state }) => [name, state])).toEqual([["region", "missing"]]);
  });

  it.each([
    ["another region than the settings'", "eu-central-1", plan, "missing"],
    ["no region", null, plan, "missing"],
    ["no region and no settings", null, null, "missing"],
    ["a region and no settings", "eu-central-1", null, "ok"],
  ])("with %s", (_, region, planned, state) => {
    const found = accountFindings({ ...facts, region }, planned).find(({ name }) => name === "region");
    expect(found).toMatchObject({ name: "region", state });
  });
});

describe("the quota of GPU machines", () => {
  it.each([
    [0, "missing"],
    [3, "missing"],
    [4, "ok"],
    [8, "warning"],
  ])("of %d vCPU is %s", (vcpus, state) => {
    expect(finding("GPU quota", { quotas: { seen: { spot: 64, onDemand: vcpus } } })?.state).toBe(state);
  });

  it("is asked for by its code, to exactly four", () => {
    const todo = (of: Partial<Looks>) =>
      finding("GPU quota", { ...of, quotas: { seen: { spot: 0, onDemand: 0 } } })?.todo;
    expect(todo({})).toContain("--region us-east-1 --service-code ec2 --quota-code L-DB2E81BA --desired-value 4");
    expect(todo(noStack)).toContain("--quota-code L-3819A6DF");
  });

  it("counts for both ways to buy where nobody has said which", () => {
    const found = findings({ stack: null, offers: null }, null).filter(({ name }) => name === "GPU quota");
    expect(found.map(({ found: text }) => text.includes("Spot"))).toEqual([true, false]);
  });
});

describe("the zones", () => {
  it("are those of the stack, and those of the settings before there is one", () => {
    expect(finding("zones", {})?.found).toBe("g5.xlarge is offered in use1-az4");
    expect(finding("zones", noStack)?.found).toBe("g6.xlarge is offered in use1-az1, use1-az2");
  });

  it.each([
    [["use1-az1"], "warning", "zoneIds"],
    [["use1-az6"], "missing", "use1-az6"],
    [[], "missing", "instanceType"],
  ])("where only %j offer the machine", (offered, state, todo) => {
    const found = finding("zones", { ...noStack, offers: { seen: offered } });
    expect(found).toMatchObject({ state, todo: expect.stringContaining(todo) });
  });
});

describe("the alarm of what the account costs", () => {
  const budgets = { seen: ["other"] };
  it("is missed where a stack stands", () => {
    expect(finding("budgets", { budgets })).toMatchObject({
      state: "warning",
      todo: expect.stringContaining("`budget`"),
    });
  });

  it("is not asked for before", () => {
    expect(finding("budgets", { ...noStack, budgets })?.state).toBe("ok");
  });
});

describe("the bootstrap", () => {
  it("is missing where there is none", () => {
    expect(finding("bootstrap", { bootstrap: { seen: null } })?.state).toBe("missing");
  });

  it.each([
    ["an administrator's policy", ["arn:aws:iam::aws:policy/AdministratorAccess"]],
    ["no policy, which means an administrator's", []],
    ["another stack's", ["arn:aws:iam::111111111111:policy/bobbin-dogs-deployer"]],
  ])("that deploys with %s is named", (_, policies) => {
    expect(finding("bootstrap", { bootstrap: { seen: { version: "30", policies } } })?.state).toBe("warning");
  });
});

describe("the stack", () => {
  it.each([
    ["is not there", { seen: null }, "missing"],
    ["may not be asked for", { refused: "AccessDenied" }, "warning"],
    ["is of another version", { seen: { ...stack, outputs: null } }, "missing"],
    ["was rolled back", { seen: { ...stack, status: "UPDATE_ROLLBACK_COMPLETE" } }, "warning"],
    ["could not be made", { seen: { ...stack, status: "ROLLBACK_COMPLETE" } }, "warning"],
  ])("%s", (_, said, state) => {
    expect(finding("stack", { stack: said })?.state).toBe(state);
  });

  it("has an image, or is told how to get it before the first run", () => {
    const todo = expect.stringContaining("aws codebuild start-build --project-name bobbin-cats-image");
    expect(finding("image", withStack({ image: { seen: false } }))).toMatchObject({ state: "warning", todo });
  });

  it.each([
    [0, 0, "warning", "aws sns subscribe --topic-arn arn:aws:sns:us-east-1:111111111111:bobbin-cats"],
    [1, 1, "warning", "Follow the link"],
  ])("tells %d people, %d of them not yet", (confirmed, pending, state, todo) => {
    const found = finding("alarms", withStack({ subscriptions: { seen: { confirmed, pending } } }));
    expect(found).toMatchObject({ state, todo: expect.stringContaining(todo) });
  });
});

describe("a question that AWS refuses", () => {
  const refused = { refused: "AccessDeniedException: no" };
  it.each([
    ["bootstrap", { bootstrap: refused }],
    ["GPU quota", { quotas: refused }],
    ["zones", { offers: refused }],
    ["budgets", { budgets: refused }],
    ["image", withStack({ image: refused })],
    ["alarms", withStack({ subscriptions: refused })],
  ])("about %s hides no other answer", (name, change) => {
    const found = findings(change);
    expect(found).toHaveLength(9);
    const {
      state,
      todo,
      found: text,
    } = found.find((check) => check.name === name) ?? { state: "", todo: "", found: "" };
    expect({ state, text }).toEqual({ state: "warning", text: `could not be asked: ${refused.refused}` });
    expect(todo).toMatch(/:[A-Z]/);
  });

  it("about the machine leaves the settings' in its place", () => {
    expect(finding("zones", withStack({ machine: refused }))?.found).toContain("g6.xlarge");
  });
});
