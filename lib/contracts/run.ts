// A run: its request, the journal of its steps, what it looked like from outside; the lock it holds.
import * as z from "zod";
import { count, device, document, isoTime, runId, sha256 } from "./common.ts";
import { config, groupTable } from "./config.ts";
import { annotator, mode, override, retrain } from "./dataset.ts";
import { experimentRequest } from "./experiment.ts";
import { errorRecord } from "./job.ts";
import { recipe } from "./recipe.ts";

export const runRequest = document(
  "bobbin/run-request/1",
  "runs/<id>/request.json: the trigger, the config and the recipe as they were when the run was admitted.",
  z.strictObject({
    schema: z.literal("bobbin/run-request/1"),
    runId,
    machine: z.enum(["train", "measure", "experiment", "select", "promote"]),
    requestedAt: isoTime,
    /** Where the export lies: a key of the data bucket with its version, or a path of this machine. */
    source: z.strictObject({
      location: z.string(),
      versionId: z.string().nullable(),
      sha256: sha256.nullable(),
      /** Absent where the export stays where it is. */
      bytes: count.optional(),
    }),
    mode,
    /** `later`: the upload is taken in, and trained on by a run that comes after it. */
    retrain: retrain.default("now"),
    /** Whose labels the export holds, where whoever handed it in says so. */
    annotator: annotator.optional(),
    config,
    configSha256: sha256,
    groupTable,
    recipe,
    recipeSha256: sha256,
    device,
    /** False: images are hashed and read to their end mark, but not decoded. */
    decode: z.boolean(),
    /** Class names by id, for an export that carries ids alone; null where it names them itself. */
    names: z.array(z.string()).min(1).nullable(),
    /** Version of Bobbin, and the commit of its checkout where there is one. */
    bobbin: z.strictObject({ version: z.string(), commit: z.string().nullable() }),
    /** What the machine `experiment` is to do. */
    experiment: experimentRequest.optional(),
    override: override.optional(),
  }),
);
export type RunRequest = z.infer<typeof runRequest>;

/** An object that was sent, in one version. */
export const upload = z.strictObject({ location: z.string().min(1), versionId: z.string().min(1) });
export type Upload = z.infer<typeof upload>;

export const stepRecord = document(
  "bobbin/step-record/1",
  "runs/<id>/steps/<State>.json: a step that is done and what it returned; asked again, it returns this.",
  z.strictObject({
    schema: z.literal("bobbin/step-record/1"),
    runId,
    state: z.string(),
    /** Which try of the run wrote it; absent means the first. Admit, Reserve and Settle are done once a try, the others once. */
    attempt: z.int().min(1).optional(),
    startedAt: isoTime,
    endedAt: isoTime,
    output: z.record(z.string(), z.unknown()),
  }),
);
export type StepRecord = z.infer<typeof stepRecord>;

export const failure = document(
  "bobbin/failure/1",
  "runs/<id>/failures/<try>.json: why a run ended without a release.",
  z.strictObject({
    schema: z.literal("bobbin/failure/1"),
    runId,
    state: z.string(),
    at: isoTime,
    error: errorRecord,
    /** What the run was for, where it was refused before it had a request that says so. */
    upload: upload.optional(),
  }),
);
export type Failure = z.infer<typeof failure>;

export const runStatus = z.enum([
  "running",
  "interrupted",
  "succeeded",
  "skipped",
  "ingested",
  "waiting",
  "rejected",
  "failed",
  "cancelled",
]);
export const runRecord = document(
  "bobbin/run-record/1",
  "A run as `bobbin runs` and `bobbin status` show it, read from its journal.",
  z.strictObject({
    schema: z.literal("bobbin/run-record/1"),
    runId,
    machine: z.string(),
    status: runStatus,
    startedAt: isoTime,
    endedAt: isoTime.nullable(),
    source: z.string(),
    /** null where the run was refused before it had a request. */
    recipe: z.string().nullable(),
    version: z.string().nullable(),
    /** Of an experiment: how many of its trainings are done and settled, and what they took; null where none is planned. */
    trainings: z
      .strictObject({
        kind: z.enum(["ablate", "grouped-cv"]),
        done: count,
        planned: count,
        seconds: z.number(),
      })
      .nullable(),
    states: z.array(
      z.strictObject({
        state: z.string(),
        status: z.enum(["succeeded", "running", "failed"]),
        startedAt: isoTime,
        seconds: z.number().nullable(),
      }),
    ),
    failure: failure.nullable(),
  }),
);
export type RunRecord = z.infer<typeof runRecord>;

export const lock = document(
  "bobbin/lock/1",
  "locks/pipeline.json: who holds the pipeline and which uploads wait for it, in order.",
  z.strictObject({
    schema: z.literal("bobbin/lock/1"),
    /** `upload`: what the run was started for, where it waited before. */
    holder: z
      .strictObject({
        runId,
        since: isoTime,
        upload: z.strictObject({ location: z.string(), versionId: z.string().nullable() }).optional(),
      })
      .nullable(),
    waiting: z.array(
      z.strictObject({
        location: z.string(),
        versionId: z.string().nullable(),
        at: isoTime,
        retrain: retrain.default("now"),
        /** Taken in already and left to an upload behind it to be trained on; its turn comes if that one never gets so far. */
        owed: z.boolean().default(false),
      }),
    ),
    nonce: z.string(),
  }),
);
export type Lock = z.infer<typeof lock>;

export const admission = document(
  "bobbin/admission/1",
  "admitted/<digest>.json: which run took one version of one upload; written once, so that an event delivered twice starts one run.",
  z.strictObject({ schema: z.literal("bobbin/admission/1"), runId, location: z.string(), versionId: z.string() }),
);
