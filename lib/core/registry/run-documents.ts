// What a run has written before Publish, read back and checked against its schema.
import * as z from "zod";
import { alikeFrames, issueLine, manifest, split } from "../../contracts/dataset.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { evaluation } from "../../contracts/evaluation.ts";
import { job, predictResult, trainingMetrics, trainResult } from "../../contracts/job.ts";
import { type DatasetFile, dataKeys } from "../../contracts/layout.ts";
import { runRequest, stepRecord } from "../../contracts/run.ts";
import { jsonLines } from "../evaluation/json-lines.ts";
import type { ObjectStore } from "../ports.ts";
import type { TrainInput } from "../steps/types.ts";
import { readDocument } from "./cas.ts";

/** How many lines of issues.jsonl a page shows; the counts are whole. */
const issuesShown = 50;

/** Of stats.json what the pages show; versions made before frames were compared do not have it. */
const comparedFrames = z.object({ alike: alikeFrames.nullable().default(null) });

async function read<T extends z.ZodType>(store: ObjectStore, key: string, schema: T): Promise<z.output<T>> {
  return (await readDocument(store, key, schema)).value;
}

const states = ["Admit", "Ingest", "Split", "Reserve", "BuildImage", "Train", "Predict", "Compare"] as const;

/** Everything Publish decides on. @throws ObjectMissing, ObjectCorrupt */
export async function readRun(input: TrainInput, store: ObjectStore) {
  const { runId, split: splitStep, reserve, train: trainStep, predict: predictStep, compare: compareStep } = input;
  if (splitStep === undefined || trainStep === undefined || predictStep === undefined || compareStep === undefined) {
    throw new RangeError("Publish comes after Split, Train, Predict and Compare");
  }
  if (reserve?.outcome !== "reserved") throw new RangeError("Publish comes after a reservation");
  const ofDataset = (file: DatasetFile) => dataKeys.datasetFile(splitStep.dataset, splitStep.version, file);
  const predictJob = await read(store, dataKeys.job(runId, "predict"), job);
  if (predictJob.kind !== "predict") {
    throw new BobbinError("ObjectCorrupt", { key: dataKeys.job(runId, "predict"), problem: "not a predict job" });
  }
  return {
    request: await read(store, dataKeys.request(runId), runRequest),
    splitStep,
    reserve,
    trainStep,
    predictStep,
    manifest: await read(store, ofDataset("manifest.json"), manifest),
    split: await read(store, ofDataset("split.json"), split),
    splitCsvKey: ofDataset("split.csv"),
    manifestLinesKey: ofDataset("manifest.jsonl"),
    alike: (await read(store, ofDataset("stats.json"), comparedFrames)).alike,
    issues: await firstIssues(store, ofDataset("issues.jsonl")),
    predictJob,
    trainResult: await read(store, dataKeys.result(runId, "train"), trainResult),
    predictResult: await read(store, dataKeys.result(runId, "predict"), predictResult),
    compareStep,
    evaluation: await read(store, dataKeys.evaluation(runId), evaluation),
    states: await timings(store, runId),
  };
}
export type RunDocuments = Awaited<ReturnType<typeof readRun>>;

/** metrics.json of the training job. */
export async function readTrainingMetrics(store: ObjectStore, key: string) {
  return read(store, key, trainingMetrics);
}

async function timings(store: ObjectStore, runId: string) {
  const done: { state: string; seconds: number }[] = [];
  for (const state of states) {
    const key = dataKeys.step(runId, state);
    if ((await store.head(key)) === null) continue;
    const { startedAt, endedAt } = await read(store, key, stepRecord);
    done.push({ state, seconds: (Date.parse(endedAt) - Date.parse(startedAt)) / 1000 });
  }
  return done;
}

async function firstIssues(store: ObjectStore, key: string) {
  const found: z.infer<typeof issueLine>[] = [];
  for await (const { value } of jsonLines({ key, bytes: store.stream(key) })) {
    const parsed = issueLine.safeParse(value);
    if (!parsed.success) throw new BobbinError("ObjectCorrupt", { key, problem: z.prettifyError(parsed.error) });
    found.push(parsed.data);
    if (found.length === issuesShown) break;
  }
  return found;
}
