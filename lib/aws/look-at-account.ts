// Asks an account what has to be right before a job can run in it. It changes nothing, and one refusal does not end the others.

import { BatchClient, DescribeComputeEnvironmentsCommand, DescribeJobQueuesCommand } from "@aws-sdk/client-batch";
import { BudgetsClient, paginateDescribeBudgets } from "@aws-sdk/client-budgets";
import { CloudFormationClient, DescribeStacksCommand, type Stack } from "@aws-sdk/client-cloudformation";
import { DescribeInstanceTypeOfferingsCommand, DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeImagesCommand, ECRClient } from "@aws-sdk/client-ecr";
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  NoSuchResourceException,
  type ServiceQuota,
  ServiceQuotasClient,
} from "@aws-sdk/client-service-quotas";
import { paginateListSubscriptionsByTopic, SNSClient } from "@aws-sdk/client-sns";
import { STSClient } from "@aws-sdk/client-sts";
import { type StackOutputs, stackNames, stackOutputs } from "../contracts/cloud.ts";
import type { AccountFacts, Bootstrap, Look, Looks, Machine, Plan, StackFacts } from "../core/account/facts.ts";
import { quotaCodes } from "../core/account/findings.ts";
import { callerIdentity } from "./identity.ts";

/** The stack that every `cdk bootstrap` makes. */
const bootstrapStack = "CDKToolkit";

/** @param name `name` of the settings; null where only the account itself is looked at */
export async function lookAtAccount(name: string | null, plan: Plan): Promise<AccountFacts> {
  const region = await usualRegion();
  const asked = plan?.region ?? region;
  if (asked === null) return { name, region, identity: null, looks: null };
  const identity = await look(() => callerIdentity(asked));
  const looks = "seen" in identity ? await allLooks(name, plan, asked, identity.seen.account) : null;
  return { name, region, identity, looks };
}

async function allLooks(name: string | null, plan: Plan, region: string, account: string): Promise<Looks> {
  const stack = name === null ? null : await look(() => stackFacts(stackNames(name).main, region));
  const machine = stack !== null && "seen" in stack && stack.seen !== null ? stack.seen.machine : null;
  const instanceType = machine !== null && "seen" in machine ? machine.seen.instanceType : plan?.instanceType;
  const [bootstrap, quotas, offers, budgets] = await Promise.all([
    look(() => bootstrapOf(region)),
    look(() => quotasOf(region)),
    instanceType === undefined ? null : look(() => zonesWith(instanceType, region)),
    look(() => budgetsOf(account, region)),
  ]);
  return { bootstrap, quotas, stack, offers, budgets };
}

async function look<T>(ask: () => Promise<T>): Promise<Look<T>> {
  try {
    return { seen: await ask() };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { refused: `${error.name}: ${error.message}` };
  }
}

async function withClient<C extends { destroy(): void }, T>(client: C, ask: (client: C) => Promise<T>): Promise<T> {
  try {
    return await ask(client);
  } finally {
    client.destroy();
  }
}

async function usualRegion(): Promise<string | null> {
  return withClient(new STSClient({}), async ({ config }) => {
    try {
      return await config.region();
    } catch {
      // The SDK throws a bare Error where nothing says a region.
      return null;
    }
  });
}

/** Null where there is no stack of that name. */
async function stackNamed(name: string, region: string): Promise<Stack | null> {
  return withClient(new CloudFormationClient({ region }), async (client) => {
    try {
      const { Stacks: stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
      return stacks[0] ?? null;
    } catch (error) {
      // CloudFormation has no error of its own for a stack that is not there.
      if (error instanceof Error && error.name === "ValidationError") return null;
      throw error;
    }
  });
}

const outputsOf = ({ Outputs = [] }: Stack) =>
  Object.fromEntries(Outputs.map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]));

/** CDK's bootstrap of the account; null where there is none. */
export async function bootstrapOf(region: string): Promise<Bootstrap | null> {
  const stack = await stackNamed(bootstrapStack, region);
  if (stack === null) return null;
  const said = stack.Parameters?.find(({ ParameterKey }) => ParameterKey === "CloudFormationExecutionPolicies");
  const policies = (said?.ParameterValue ?? "").split(",").filter((arn) => arn !== "");
  return { version: outputsOf(stack).BootstrapVersion ?? "unknown", policies };
}

async function stackFacts(name: string, region: string): Promise<StackFacts | null> {
  const stack = await stackNamed(name, region);
  if (stack === null) return null;
  const parsed = stackOutputs.safeParse(outputsOf(stack));
  const status = stack.StackStatus ?? "unknown";
  if (!parsed.success) {
    const refused = "the stack does not say where";
    return { status, outputs: null, machine: { refused }, image: { refused }, subscriptions: { refused } };
  }
  const outputs = parsed.data;
  const [machine, image, subscriptions] = await Promise.all([
    look(() => machineBehind(outputs.JobQueue, region)),
    look(() => isBuilt(outputs, region)),
    look(() => subscribers(outputs.AlarmTopic, region)),
  ]);
  return { status, outputs, machine, image, subscriptions };
}

async function machineBehind(queue: string, region: string): Promise<Machine> {
  const resources = await withClient(new BatchClient({ region }), async (batch) => {
    const { jobQueues = [] } = await batch.send(new DescribeJobQueuesCommand({ jobQueues: [queue] }));
    const environments = (jobQueues[0]?.computeEnvironmentOrder ?? []).flatMap(
      ({ computeEnvironment = [] }) => computeEnvironment,
    );
    const described = new DescribeComputeEnvironmentsCommand({ computeEnvironments: environments });
    return (await batch.send(described)).computeEnvironments?.[0]?.computeResources;
  });
  const instanceType = resources?.instanceTypes?.[0];
  if (instanceType === undefined) throw new RangeError(`no environment with machines behind the queue ${queue}`);
  const zoneIds = await zonesOf(resources?.subnets ?? [], region);
  return { instanceType, purchase: resources?.type === "SPOT" ? "spot" : "onDemand", zoneIds };
}

async function zonesOf(SubnetIds: string[], region: string): Promise<readonly string[]> {
  return withClient(new EC2Client({ region }), async (ec2) => {
    const { Subnets: subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds }));
    return subnets.flatMap(({ AvailabilityZoneId = [] }) => AvailabilityZoneId).sort();
  });
}

async function isBuilt({ ImageRepository, ImageTag }: StackOutputs, region: string): Promise<boolean> {
  return withClient(new ECRClient({ region }), async (ecr) => {
    const imageIds = [{ imageTag: ImageTag }];
    try {
      const asked = new DescribeImagesCommand({ repositoryName: ImageRepository, imageIds });
      const { imageDetails = [] } = await ecr.send(asked);
      return imageDetails.length > 0;
    } catch (error) {
      if (error instanceof Error && error.name === "ImageNotFoundException") return false;
      throw error;
    }
  });
}

async function subscribers(TopicArn: string, region: string): Promise<{ confirmed: number; pending: number }> {
  return withClient(new SNSClient({ region }), async (client) => {
    const arns: string[] = [];
    for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic({ client }, { TopicArn }))
      arns.push(...Subscriptions.map(({ SubscriptionArn = "" }) => SubscriptionArn));
    const confirmed = arns.filter((arn) => arn.startsWith("arn:")).length;
    return { confirmed, pending: arns.length - confirmed };
  });
}

async function quotasOf(region: string): Promise<Readonly<Record<keyof typeof quotaCodes, number>>> {
  return withClient(new ServiceQuotasClient({ region }), async (client) => ({
    onDemand: await quotaOf(client, quotaCodes.onDemand),
    spot: await quotaOf(client, quotaCodes.spot),
  }));
}

async function quotaOf(client: ServiceQuotasClient, QuotaCode: string): Promise<number> {
  const which = { ServiceCode: "ec2", QuotaCode };
  try {
    return vcpus((await client.send(new GetServiceQuotaCommand(which))).Quota);
  } catch (error) {
    // An account whose quota nobody has ever changed may have the default alone.
    if (!(error instanceof NoSuchResourceException)) throw error;
    return vcpus((await client.send(new GetAWSDefaultServiceQuotaCommand(which))).Quota);
  }
}

function vcpus(quota: ServiceQuota | undefined): number {
  if (quota?.Value === undefined) throw new RangeError("a quota without a value");
  return quota.Value;
}

async function zonesWith(instanceType: string, region: string): Promise<readonly string[]> {
  return withClient(new EC2Client({ region }), async (ec2) => {
    const { InstanceTypeOfferings: offers = [] } = await ec2.send(
      new DescribeInstanceTypeOfferingsCommand({
        LocationType: "availability-zone-id",
        Filters: [{ Name: "instance-type", Values: [instanceType] }],
      }),
    );
    return offers.flatMap(({ Location = [] }) => Location).sort();
  });
}

async function budgetsOf(AccountId: string, region: string): Promise<readonly string[]> {
  return withClient(new BudgetsClient({ region }), async (client) => {
    const names: string[] = [];
    for await (const { Budgets = [] } of paginateDescribeBudgets({ client }, { AccountId }))
      names.push(...Budgets.flatMap(({ BudgetName = [] }) => BudgetName));
    return names;
  });
}
