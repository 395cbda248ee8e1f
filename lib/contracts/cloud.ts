// What a person writes once per AWS account they deploy into, `bobbin.cloud.json`, and what the stack answers with.
// Rules between fields (regions) live in lib/core/config/residency.ts.
import * as z from "zod";
import { document, slug } from "./common.ts";

export const awsRegion = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/);

/** Names of buckets (63 characters) and roles (64) are made from these, so they are shorter than a slug. */
const cloudName = z.string().regex(/^[a-z](?:[a-z0-9-]{0,14}[a-z0-9])?$/);
const uploadDataset = slug.max(30);

/** GPU instances whose jobs Bobbin can bound: one GPU, four vCPU, at least 16 GiB. */
export const instanceType = z.enum(["g5.xlarge", "g6.xlarge", "g6e.xlarge"]);
export const purchase = z.enum(["spot", "onDemand"]);

export const cloudSettings = document(
  "bobbin/cloud/1",
  "bobbin.cloud.json: where in AWS Bobbin stands, on which machines it trains, and from where people may reach it.",
  z.strictObject({
    $schema: z.string().optional(),
    schema: z.literal("bobbin/cloud/1"),
    /** Part of every resource's name; one per account. */
    name: cloudName,
    /** Where everything stands: buckets, keys, logs and machines. */
    region: awsRegion,
    /** Regions that data may stand in; another one is refused at synth and by Admit. Empty: the region alone. */
    allowedRegions: z.array(awsRegion).default([]),
    /** Zones with the instance type, by zone id (names differ per account). Empty: those known for the region. */
    zoneIds: z.array(z.string().regex(/^[a-z0-9]+-az\d$/)).default([]),
    /** `public`: machines have an address of their own, let nothing in and cost nothing while idle. `private`: none, behind a NAT gateway that is billed by the hour. */
    network: z.enum(["public", "private"]).default("public"),
    instanceType: instanceType.default("g6.xlarge"),
    /** US dollars that an hour of the machine costs on demand, disk and address included. Absent: as the table of known prices says. */
    hourUsd: z.number().positive().optional(),
    /** One of the two: both at once would double what can run at a time. */
    purchase: purchase.default("spot"),
    /** One try of a job may take this long, from its start. */
    jobHours: z.int().min(1).max(48).default(6),
    /** Tries in all, where Spot took the machine away. */
    jobAttempts: z.int().min(1).max(3).default(2),
    /** A job that finds no machine is cancelled after this. */
    capacityWaitMinutes: z.int().min(10).max(1440).default(60),
    /** What the account may cost in all, from one date to the other: AWS tells people when its bill nears it. Absent: nobody is told. */
    budget: z.strictObject({ capUsd: z.number().positive(), starts: z.iso.date(), ends: z.iso.date() }).optional(),
    /** Data sets that get an uploader's role of their own. */
    datasets: z.array(uploadDataset).default([]),
    /** A user for CVAT for each of these, by which it puts exports into the data bucket. */
    cvat: z.boolean().default(false),
    /** People reach the buckets only from these addresses (CIDR) or VPC endpoints. Both empty: from anywhere, over TLS. */
    sourceAddresses: z.array(z.string().regex(/^[0-9a-f.:]+\/\d{1,3}$/)).default([]),
    vpcEndpoints: z.array(z.string().regex(/^vpce-[0-9a-f]{8,17}$/)).default([]),
  }),
  "input",
);
export type CloudSettings = z.infer<typeof cloudSettings>;

/** Three stacks stand for one `name` of the settings. */
export const stackNames = (name: string) => ({
  access: `bobbin-${name}-access`,
  data: `bobbin-${name}-data`,
  main: `bobbin-${name}`,
});

/** Roles, and the policies that roles carry, by the name of their file in policies/. */
export const roleName = (name: string, role: string) => `bobbin-${name}-${role}`;

/** What the command line reads from the stack `bobbin-<name>`; nobody copies an ARN. */
export const stackOutputs = z.strictObject({
  Region: awsRegion,
  DataBucket: z.string(),
  RegistryBucket: z.string(),
  SigningKey: z.string(),
  TrainMachine: z.string(),
  JobQueue: z.string(),
  JobDefinition: z.string(),
  JobLogs: z.string(),
  ImageRepository: z.string(),
  ImageTag: z.string(),
  ImageProject: z.string(),
  AlarmTopic: z.string(),
  /** What promises are made by, as JSON; a stack of an older Bobbin does not say. */
  Prices: z.string().optional(),
});
export type StackOutputs = z.infer<typeof stackOutputs>;

/** The tag by which objects under `incoming/` and `runs/` expire, and the values it takes. */
export const expiryTag = { key: "bobbin-expires", ingestedUpload: "ingested", checkpoint: "checkpoint" } as const;
