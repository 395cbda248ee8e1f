// What `bobbin deploy` runs: the order, the policies, and where a bootstrap may not be run.
import { expect, it } from "@jest/globals";
import { deployCommands, isOurs } from "../../../../lib/core/account/deploy-plan.ts";

const target = {
  name: "cats",
  region: "eu-central-1",
  account: "111111111111",
  partition: "aws",
  app: "node bin/cdk.ts",
  assembly: "/project/cdk.out",
};
const policy = (name: string) => `arn:aws:iam::111111111111:policy/bobbin-cats-${name}`;

it("makes the policies, then the bootstrap that deploys with them and under a boundary, then the rest of what was synthesised", () => {
  const bootstrap = ["bootstrap", "aws://111111111111/eu-central-1", "--cloudformation-execution-policies"];
  const rights = [`${policy("deployer")},${policy("deployer-compute")}`, "--custom-permissions-boundary"];
  expect(deployCommands(target, { bootstrap: true, yes: false })).toEqual([
    {
      words: ["deploy", "bobbin-cats-access", "--app", "node bin/cdk.ts", "--output", "/project/cdk.out"],
      where: "app",
    },
    { words: [...bootstrap, ...rights, "bobbin-cats-deployer-boundary"], where: "aside" },
    { words: ["deploy", "bobbin-cats-data", "bobbin-cats", "--app", "/project/cdk.out"], where: "app" },
  ]);
});

it("leaves the bootstrap alone and asks nobody, where it is told so", () => {
  const commands = deployCommands(target, { bootstrap: false, yes: true }).map(({ words }) => words);
  expect(commands.map(([word]) => word)).toEqual(["deploy", "deploy"]);
  for (const words of commands) expect(words.slice(-2)).toEqual(["--require-approval", "never"]);
});

it("knows its own bootstrap by both policies", () => {
  const both = [policy("deployer"), policy("deployer-compute")];
  expect(isOurs("cats", { version: "30", policies: both })).toBe(true);
  expect(isOurs("cats", { version: "30", policies: both.slice(1) })).toBe(false);
  expect(isOurs("dogs", { version: "30", policies: both })).toBe(false);
});
