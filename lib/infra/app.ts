// The CDK app: three stacks in one region, checked by cdk-nag. No look-ups, no credentials, no Docker.
import { App, Aws, CfnRule, Fn, type Stack, Tags, Validations } from "aws-cdk-lib/core";
import { AwsSolutionsChecks } from "cdk-nag";
import { type CloudSettings, stackNames } from "../contracts/cloud.ts";
import { checkResidency } from "../core/config/residency.ts";
import type { Policies } from "./iam/load.ts";
import { AccessStack } from "./stacks/access.ts";
import { DataStack } from "./stacks/data.ts";
import { MainStack } from "./stacks/main.ts";

export interface BobbinAppProps {
  readonly settings: CloudSettings;
  readonly policies: Policies;
  /** Folder that holds lambdas/, node_modules/ and containers/trainer/. */
  readonly root: string;
  /** Where the assembly goes. @default cdk.out, or where the CDK CLI wants it */
  readonly outdir?: string;
}

/** @throws RegionNotAllowed, RegionsDiffer */
export function bobbinApp({ settings, policies, root, outdir }: BobbinAppProps): App {
  const app = new App(outdir === undefined ? {} : { outdir });
  const names = stackNames(settings.name);
  const common = { settings, policies, env: { region: settings.region } };
  const describe = (text: string) => ({ description: `Bobbin ${settings.name}: ${text}` });
  const access = new AccessStack(app, names.access, {
    ...common,
    ...describe("the boundary and the deployer's policies"),
  });
  const data = new DataStack(app, names.data, { ...common, ...describe("buckets and keys, kept for ever") });
  const main = new MainStack(app, names.main, {
    ...common,
    data,
    root,
    ...describe("roles, machines, image, alarms"),
  });
  main.addStackDependency(access);
  const places = [access, data, main].map((stack): [string, string] => [stack.stackName, stack.region]);
  checkResidency(Object.fromEntries(places), settings.allowedRegions);
  for (const stack of [access, data, main]) onlyIn(stack, settings.allowedRegions);
  Tags.of(app).add("bobbin", settings.name);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}

/** The template refuses too, where somebody deploys it by hand elsewhere. */
function onlyIn(stack: Stack, allowed: readonly string[]): void {
  new CfnRule(stack, "Residency", {
    assertions: [
      {
        assert: Fn.conditionContains([...allowed], Aws.REGION),
        assertDescription: `Data may stand in ${allowed.join(", ")} only.`,
      },
    ],
  });
}
