// The name of every resource and the ARN of what policies speak about, as pure functions of where Bobbin stands.
// Names are fixed so that policies can be decided offline, and so that a second deploy finds the ledger instead of a new, empty one.

import { costBudget, roleName, uploadRule } from "../contracts/cloud.ts";

/** Where a stack stands. In a stack, partition and account are tokens; in tests they are strings. */
export interface Place {
  /** `name` of bobbin.cloud.json. */
  readonly name: string;
  readonly region: string;
  readonly partition: string;
  readonly account: string;
}

export const bucketName = ({ name, account, region }: Place, kind: "data" | "registry") =>
  `bobbin-${name}-${kind}-${account}-${region}`;

export const keyAlias = (name: string, kind: "data" | "signing") => `alias/bobbin-${name}-${kind}`;
/** Jobs, image builds, and one for each Lambda. */
export const logGroupName = (name: string, what: string) => `/bobbin/${name}/${what}`;
/** Queue, image repository, image project, topic, … : what there is one of. */
export const resourceName = (name: string, what?: string) =>
  what === undefined ? `bobbin-${name}` : `bobbin-${name}-${what}`;

/** Keys have no ARN before they exist. */
export interface KeyArns {
  readonly dataKey: string;
  readonly signingKey: string;
}

/** What `{placeholder}` stands for in the files of policies/; where the keys do not exist yet, all but them. */
export function placeholders(place: Place, keys: KeyArns): Readonly<Record<Placeholder, string>>;
export function placeholders(place: Place): Readonly<Record<Exclude<Placeholder, keyof KeyArns>, string>>;
export function placeholders(place: Place, keys?: KeyArns): Readonly<Partial<Record<Placeholder, string>>> {
  const { name, partition, region, account } = place;
  const arn = (service: string, rest: string) => `arn:${partition}:${service}:${region}:${account}:${rest}`;
  const iam = (rest: string) => `arn:${partition}:iam::${account}:${rest}`;
  const s3 = (bucket: string) => `arn:${partition}:s3:::${bucket}`;
  return {
    ...keys,
    name,
    region,
    account,
    accountRoot: iam("root"),
    partition,
    dataBucket: s3(bucketName(place, "data")),
    registryBucket: s3(bucketName(place, "registry")),
    assetBucket: s3(`cdk-hnb659fds-assets-${account}-${region}`),
    keys: arn("kms", "key"),
    aliases: arn("kms", `alias/bobbin-${name}`),
    roles: iam(`role/bobbin-${name}`),
    users: iam(`user/bobbin-${name}`),
    instanceProfiles: iam(`instance-profile/bobbin-${name}`),
    boundary: iam(`policy/${roleName(name, "boundary")}`),
    serviceRoles: iam("role/aws-service-role"),
    queue: arn("batch", `job-queue/${resourceName(name)}`),
    jobDefinition: arn("batch", `job-definition/${resourceName(name)}`),
    batch: arn("batch", ""),
    machines: arn("states", `stateMachine:bobbin-${name}`),
    executions: arn("states", `execution:bobbin-${name}`),
    rules: arn("events", "rule"),
    // Budgets belong to no region.
    budget: `arn:${partition}:budgets::${account}:budget/${costBudget(name)}`,
    schedules: arn("scheduler", `schedule/default/bobbin-${name}`),
    functions: arn("lambda", `function:bobbin-${name}`),
    imageRepository: arn("ecr", `repository/${resourceName(name)}`),
    imageProject: arn("codebuild", `project/${resourceName(name, "image")}`),
    topic: arn("sns", resourceName(name)),
    cutOffTopic: arn("sns", resourceName(name, "cut-off")),
    instances: arn("ec2", "instance"),
    // Dashboards belong to no region.
    dashboard: `arn:${partition}:cloudwatch::${account}:dashboard/${resourceName(name)}`,
    uploadRule: arn("events", `rule/${uploadRule(name)}`),
    deadLetters: arn("sqs", resourceName(name, "dead-letters")),
    logs: arn("logs", `log-group:/bobbin/${name}`),
    clusters: arn("ecs", "cluster"),
    containerInstances: arn("ecs", "container-instance"),
    bootstrapVersion: arn("ssm", "parameter/cdk-bootstrap/hnb659fds/version"),
  };
}

export const placeholderNames = [
  "dataKey",
  "signingKey",
  "name",
  "region",
  "account",
  "accountRoot",
  "partition",
  "dataBucket",
  "registryBucket",
  "assetBucket",
  "keys",
  "aliases",
  "roles",
  "users",
  "instanceProfiles",
  "boundary",
  "serviceRoles",
  "queue",
  "jobDefinition",
  "batch",
  "machines",
  "executions",
  "rules",
  "budget",
  "schedules",
  "functions",
  "imageRepository",
  "imageProject",
  "topic",
  "cutOffTopic",
  "instances",
  "dashboard",
  "uploadRule",
  "deadLetters",
  "logs",
  "clusters",
  "containerInstances",
  "bootstrapVersion",
] as const;
export type Placeholder = (typeof placeholderNames)[number];
