// What starts a run in the cloud, what a data set is trained by there, and the variables of the functions that do it.
import * as z from "zod";
import { awsRegion } from "./cloud.ts";
import { device, document, isoTime, runId } from "./common.ts";
import { config, groupTable } from "./config.ts";
import { annotator, mode, override, retrain } from "./dataset.ts";
import { experimentRequest } from "./experiment.ts";
import { prices } from "./ledger.ts";
import { runRequest, upload } from "./run.ts";

export const frozenProject = document(
  "bobbin/project/1",
  "config/<dataset>.json: the project's config, recipe and tables as `bobbin config push` froze them; each upload is run by them.",
  z.strictObject({
    schema: z.literal("bobbin/project/1"),
    config,
    groupTable,
    recipe: runRequest.shape.recipe,
    /** As in a run's request. */
    names: runRequest.shape.names,
    decode: z.boolean(),
    /** Where the trainer runs: `cuda` on the account's machines. */
    device,
    bobbin: runRequest.shape.bobbin,
  }),
);
export type FrozenProject = z.infer<typeof frozenProject>;

export const unfinishedUpload = document(
  "bobbin/unfinished-upload/1",
  ".bobbin/uploads/<digest>.json beside the config: a zip that is being sent in parts, so that the next try sends the rest.",
  z.strictObject({
    schema: z.literal("bobbin/unfinished-upload/1"),
    bucket: z.string(),
    key: z.string(),
    uploadId: z.string(),
    partBytes: z.int().positive(),
    /** Of the zip as it was when the first part left: another size or time, and it is another zip. */
    bytes: z.int().positive(),
    modified: isoTime,
    mode,
    retrain,
    annotator: annotator.optional(),
    override: override.optional(),
  }),
);
export type UnfinishedUpload = z.infer<typeof unfinishedUpload>;

/** What the rule makes of S3's event: where it happened, and which object; keys in it are not encoded. */
export const uploadEvent = z.object({ time: isoTime, region: z.string().min(1), upload });

/** What a person starts a machine with that no event starts: an export under `exports/`, which Admit pins to a version. */
const asked = z.strictObject({ location: z.string().min(1), experiment: experimentRequest.optional() });
export type AskedRun = z.infer<typeof asked>;

/** How Bobbin itself starts a machine: an upload that waited, a run that is taken up again, or one that a person asks for. */
export const startedRun = z.object({
  runId,
  attempt: z.int().min(1).default(1),
  upload: upload.optional(),
  asked: asked.optional(),
});

/** The machines that a stack has, by the last part of their names. */
export const cloudMachines = ["train", "measure", "experiment"] as const;
export type CloudMachine = (typeof cloudMachines)[number];

/** The machine of an execution, by its ARN; what is named like none of ours is taken for `train`. */
export function machineOf(executionArn: string): CloudMachine {
  const name = /-([a-z]+):[^:]*$/.exec(executionArn)?.[1];
  return cloudMachines.find((machine) => machine === name) ?? "train";
}

/** Step Functions' event at the end of an execution; `input` is what it was started with, as text. */
export const endedExecution = z.object({
  detail: z.object({ executionArn: z.string().min(1), input: z.string().nullable() }),
});

/** The error that `bobbin cancel` stops an execution with. */
export const cancelledError = "Cancelled";

/** What every function is called with: what the machine has gathered, and which execution of it asks. */
export const functionCall = z.strictObject({
  input: z.record(z.string(), z.unknown()),
  /** ARN of the execution. */
  execution: z.string().min(1),
  /** Which job is meant, where a function serves both. */
  job: z.enum(["train", "predict"]).optional(),
});

export const functionEnvironment = z.object({
  AWS_REGION: awsRegion,
  BOBBIN_DATA_BUCKET: z.string().min(3),
  BOBBIN_REGISTRY_BUCKET: z.string().min(3),
  /** Alias of the key that signs releases. */
  BOBBIN_SIGNING_KEY: z.string().min(1),
  /** ARNs of the machines without the last part. */
  BOBBIN_MACHINES: z.string().min(1),
  /** Comma-separated; data may stand nowhere else. */
  BOBBIN_ALLOWED_REGIONS: z.string().min(1),
  BOBBIN_TRAINER_VERSION: z.string().min(1),
  BOBBIN_JOB_QUEUE: z.string().min(1),
  /** One try of a job is ended after so many seconds. */
  BOBBIN_JOB_SECONDS: z.string().regex(/^\d+$/).transform(Number),
  /** ARN of the topic that tells people. */
  BOBBIN_ALARM_TOPIC: z.string().min(1),
  /** What promises are made by, as JSON. */
  BOBBIN_PRICES: z
    .string()
    .transform((text) => JSON.parse(text))
    .pipe(prices),
});
export type FunctionVariables = { readonly [Name in keyof z.input<typeof functionEnvironment>]: string };

/** What the guard has to know beside that. */
export const guardEnvironment = z.object({
  /** `name` of the settings. */
  BOBBIN_STACK: z.string().min(1),
  /** ARN of the topic by which AWS Budgets says that the whole sum is billed; empty where nobody watches the bill. */
  BOBBIN_CUT_OFF_TOPIC: z.string(),
  /** No run takes longer. */
  BOBBIN_RUN_SECONDS: z.string().regex(/^\d+$/).transform(Number),
});
export type GuardVariables = { readonly [Name in keyof z.input<typeof guardEnvironment>]: string };

/** A message of a topic, as Lambda hands it on. */
export const topicMessage = z.object({
  Records: z.array(z.object({ Sns: z.object({ TopicArn: z.string().min(1) }) })).min(1),
});
