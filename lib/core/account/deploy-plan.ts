// What `bobbin deploy` runs, as a pure function: the policies first, then the bootstrap that deploys with them, then everything else.
import { roleName, stackNames } from "../../contracts/cloud.ts";
import type { Bootstrap } from "./facts.ts";

export interface DeployTarget {
  /** `name` of the settings. */
  readonly name: string;
  readonly region: string;
  readonly account: string;
  /** `aws`, or what stands there in China and for governments. */
  readonly partition: string;
  /** How CDK starts the app. */
  readonly app: string;
  /** Folder that what is synthesised goes into. */
  readonly assembly: string;
}

export interface DeployChoices {
  /** False: CDK's bootstrap of the account is used as it is. */
  readonly bootstrap: boolean;
  /** Nobody is asked before rights are widened. */
  readonly yes: boolean;
}

export interface DeployCommand {
  /** Words after `cdk`. */
  readonly words: readonly string[];
  /** `aside`: in an empty folder, since in the app's own a bootstrap would synthesise the app anew, unbundled. */
  readonly where: "app" | "aside";
}

/** Policies that CloudFormation's role is given, and the one that bounds it: files of policies/, made by the access stack. */
const executionPolicies = ["deployer", "deployer-compute"] as const;
const executionBoundary = "deployer-boundary";

export function deployCommands(target: DeployTarget, { bootstrap, yes }: DeployChoices): readonly DeployCommand[] {
  const { name, region, account, partition, app, assembly } = target;
  const stacks = stackNames(name);
  const consent = yes ? ["--require-approval", "never"] : [];
  const policies = executionPolicies.map((role) => `arn:${partition}:iam::${account}:policy/${roleName(name, role)}`);
  const bootstrapWords = [
    ...["bootstrap", `aws://${account}/${region}`],
    ...["--cloudformation-execution-policies", policies.join(",")],
    ...["--custom-permissions-boundary", roleName(name, executionBoundary)],
  ];
  return [
    { words: ["deploy", stacks.access, "--app", app, "--output", assembly, ...consent], where: "app" },
    ...(bootstrap ? [{ words: bootstrapWords, where: "aside" as const }] : []),
    { words: ["deploy", stacks.data, stacks.main, "--app", assembly, ...consent], where: "app" },
  ];
}

/** True where the bootstrap deploys with this stack's policies: to write it again changes nothing for others. */
export function isOurs(name: string, { policies }: Bootstrap): boolean {
  return executionPolicies.every((role) => policies.some((arn) => arn.endsWith(`:policy/${roleName(name, role)}`)));
}
