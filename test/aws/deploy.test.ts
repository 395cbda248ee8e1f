// `bobbin deploy` in an empty account, by the real CDK CLI: what stands there afterwards, as AWS itself tells, and what doctor says.
import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from "@aws-sdk/client-cloudformation";
import { beforeAll, expect, it } from "@jest/globals";
import type { DeployAnswer, DoctorAnswer } from "../../lib/contracts/answers.ts";
import { describeAws } from "../support/aws.ts";
import { lastingFolder } from "../support/folder.ts";

/** The emulated AWS takes it for the account too, so nothing of another test is in it. */
const account = "444444444444";
const region = "us-east-1";
const root = join(import.meta.dirname, "../..");
const policy = (name: string) => `arn:aws:iam::${account}:policy/bobbin-own-${name}`;

describeAws("bobbin deploy", () => {
  const folder = lastingFolder();
  const variables = {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    AWS_ENDPOINT_URL: process.env.BOBBIN_EMULATOR ?? "",
    AWS_ACCESS_KEY_ID: account,
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_REGION: region,
    CDK_HOME: folder,
    CDK_DISABLE_VERSION_CHECK: "1",
    CDK_VALIDATION: "false",
  };
  const client = () =>
    new CloudFormationClient({
      ...{ region, endpoint: variables.AWS_ENDPOINT_URL },
      credentials: { accessKeyId: account, secretAccessKey: "test" },
    });
  async function bobbin(...words: string[]) {
    const argv = [join(root, "bin/bobbin.js"), ...words];
    const done = await promisify(execFile)(process.execPath, argv, {
      cwd: folder,
      env: variables,
      maxBuffer: 50_000_000,
    }).then(
      (said) => ({ code: 0, ...said }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
    return { exit: done.code, stdout: done.stdout, stderr: done.stderr };
  }
  async function answer<T>(...words: string[]): Promise<T> {
    return JSON.parse((await bobbin(...words, "--json")).stdout) as T;
  }
  const stackOf = async (name: string) => {
    const cloudFormation = client();
    try {
      return (await cloudFormation.send(new DescribeStacksCommand({ StackName: name }))).Stacks?.[0];
    } finally {
      cloudFormation.destroy();
    }
  };

  beforeAll(() => {
    const budget = { capUsd: 200, starts: "2026-12-01", ends: "2027-11-30" };
    const settings = { schema: "bobbin/cloud/1", name: "own", region, budget, datasets: ["cats"], cvat: true };
    writeFileSync(join(folder, "bobbin.cloud.json"), JSON.stringify(settings));
  });

  it("shows its commands and runs none of them", async () => {
    const { commands, ...rest } = await answer<DeployAnswer>("deploy", "--dry-run");
    expect(rest).toEqual({ schema: "bobbin/answer-deploy/1", account, region, ran: false });
    expect(commands).toHaveLength(3);
    expect(commands[1]).toMatch(/^cd "\$\(mktemp -d\)" && .* bootstrap aws:\/\/444444444444\/us-east-1 /);
    expect(existsSync(join(folder, "cdk.out"))).toBe(false);
    await expect(stackOf("CDKToolkit")).rejects.toMatchObject({ name: "ValidationError" });
  });

  it("puts the stack up under Bobbin's own policies and boundary", async () => {
    const { commands } = await answer<DeployAnswer>("deploy", "--yes", "--dry-run");
    const { exit, stderr } = await bobbin("deploy", "--yes");
    expect(exit === 0 ? "" : stderr).toBe("");
    const told = stderr.split("\n").filter((line) => line.startsWith("$ "));
    expect(told).toEqual(commands.map((command) => `$ ${command}`));
    const { Parameters: parameters = [] } = (await stackOf("CDKToolkit")) ?? {};
    const given = Object.fromEntries(
      parameters.map(({ ParameterKey = "", ParameterValue }) => [ParameterKey, ParameterValue]),
    );
    expect(given).toMatchObject({
      CloudFormationExecutionPolicies: `${policy("deployer")},${policy("deployer-compute")}`,
      InputPermissionsBoundary: "bobbin-own-deployer-boundary",
    });
    for (const name of ["bobbin-own-access", "bobbin-own-data", "bobbin-own"])
      expect((await stackOf(name))?.StackStatus).toBe("CREATE_COMPLETE");
  }, 180_000);

  it("makes CVAT a user, by the name that a person asks a key for", async () => {
    const cloudFormation = client();
    const asked = new DescribeStackResourcesCommand({ StackName: "bobbin-own" });
    const { StackResources: made = [] } = await cloudFormation.send(asked);
    cloudFormation.destroy();
    const users = made.filter(({ ResourceType }) => ResourceType === "AWS::IAM::User");
    expect(users.map(({ PhysicalResourceId }) => PhysicalResourceId)).toEqual(["bobbin-own-cvat-cats"]);
  });

  it("leaves what doctor finds ready, but for what people do", async () => {
    const { checks } = await answer<DoctorAnswer>("doctor", "--aws");
    const states = Object.fromEntries(checks.map(({ name, state, found }) => [name, `${state}: ${found}`]));
    expect(states).toMatchObject({
      bootstrap: expect.stringMatching(/^ok: version \d+$/),
      stack: "ok: bobbin-own is CREATE_COMPLETE, with 13 outputs",
      budgets: "ok: bobbin-own watches what the account costs",
      image: expect.stringMatching(/^warning: bobbin-own:\w+ has not been built$/),
      alarms: "warning: nobody is told how runs end or what they cost",
    });
  });

  it("takes no other application's bootstrap away", async () => {
    writeFileSync(join(folder, "other.json"), JSON.stringify({ schema: "bobbin/cloud/1", name: "other", region }));
    const { exit, stderr } = await bobbin("deploy", "--settings", "other.json", "--dry-run");
    expect({ exit, named: stderr.includes("--replace-bootstrap"), found: stderr.includes(policy("deployer")) }).toEqual(
      {
        exit: 1,
        named: true,
        found: true,
      },
    );
    const { commands } = await answer<DeployAnswer>(
      "deploy",
      "--settings",
      "other.json",
      "--dry-run",
      "--no-bootstrap",
    );
    expect(commands.filter((command) => command.includes(" bootstrap "))).toEqual([]);
  });
});
