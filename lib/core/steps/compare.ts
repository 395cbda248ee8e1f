// Compare: scores every model on the same frames, compares candidate and model in use, writes the evaluation once.
import { createHash } from "node:crypto";
import type * as z from "zod";
import type { Role } from "../../contracts/common.ts";
import { split as splitSchema } from "../../contracts/dataset.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { type Evaluation, evaluation as evaluationSchema } from "../../contracts/evaluation.ts";
import { job, type PredictJob, type PredictResult, predictResult } from "../../contracts/job.ts";
import { dataKeys } from "../../contracts/layout.ts";
import { releaseFiles } from "../../contracts/names.ts";
import { type RunRequest, runRequest } from "../../contracts/run.ts";
import { evaluateAndCompare, type ModelPredictions, type Truth } from "../evaluation/evaluate.ts";
import { throughHash } from "../evaluation/json-lines.ts";
import { protocolOf } from "../evaluation/protocol.ts";
import { readPredictions } from "../evaluation/read-predictions.ts";
import { readTruth } from "../evaluation/read-truth.ts";
import { earlierTestSets, onTestSets, type TestSetList } from "../evaluation/test-sets.ts";
import type { ObjectStore, Stores } from "../ports.ts";
import { documentBytes, readDocument } from "../registry/cas.ts";
import { modelInUse } from "../registry/production.ts";
import { writeOnce } from "../registry/write-once.ts";
import type { CompareOutput, ReserveOutput, SplitOutput, TrainInput } from "./types.ts";

export interface ComparePorts {
  readonly stores: Stores;
}

type Reserved = Extract<ReserveOutput, { outcome: "reserved" }>;

interface Run {
  readonly runId: string;
  readonly request: RunRequest;
  readonly split: SplitOutput;
  readonly reserve: Reserved;
  readonly job: PredictJob;
  readonly result: PredictResult;
}

async function read<T extends z.ZodType>(store: ObjectStore, key: string, schema: T): Promise<z.output<T>> {
  return (await readDocument(store, key, schema)).value;
}

async function readRun({ runId, split, reserve }: TrainInput, data: ObjectStore): Promise<Run> {
  if (split === undefined || reserve?.outcome !== "reserved")
    throw new RangeError("Compare comes after Split and Reserve");
  const request = await read(data, dataKeys.request(runId), runRequest);
  const predictJob = await read(data, dataKeys.job(runId, "predict"), job);
  if (predictJob.kind !== "predict") {
    throw new BobbinError("ObjectCorrupt", { key: dataKeys.job(runId, "predict"), problem: "not a predict job" });
  }
  const result = await read(data, dataKeys.result(runId, "predict"), predictResult);
  return { runId, request, split, reserve, job: predictJob, result };
}

/** The classes that predictions number: one list for all models, or the job is not one that Bobbin made. */
function scoredClasses({ runId, job: { models } }: Run): readonly string[] {
  const [first = [], ...others] = models.map(({ classMap }) => classMap.map((entry) => entry.class));
  if (others.some((list) => JSON.stringify(list) !== JSON.stringify(first))) {
    const key = dataKeys.job(runId, "predict");
    throw new BobbinError("ObjectCorrupt", { key, problem: "its models number the classes differently" });
  }
  return first;
}

async function truthOf(run: Run, data: ObjectStore): Promise<Truth> {
  const { dataset, version } = run.split;
  const { assignments } = await read(data, dataKeys.datasetFile(dataset, version, "split.json"), splitSchema);
  const parts = new Map(assignments.map(({ group, part }) => [group, part]));
  const key = dataKeys.datasetFile(dataset, version, "manifest.jsonl");
  return readTruth(
    { key, bytes: data.stream(key) },
    {
      config: run.request.config,
      classes: scoredClasses(run),
      partOf: ({ group }) => parts.get(group),
      attributes: run.request.groupTable.attributes,
    },
  );
}

async function predictionsOf(run: Run, truth: Truth, stores: Stores): Promise<readonly ModelPredictions[]> {
  const key = dataKeys.predictions(run.runId);
  const hash = createHash("sha256");
  const { models } = run.job;
  const roles = models.map(({ role }) => role);
  const boxes = await readPredictions({ key, bytes: throughHash(stores.data.stream(key), hash) }, truth, roles);
  const found = hash.digest("hex");
  if (found !== run.result.predictions.sha256) {
    const problem = `SHA-256 ${found}, wanted ${run.result.predictions.sha256}`;
    throw new BobbinError("ObjectCorrupt", { key, problem });
  }
  const names = await modelNames(run, stores.registry);
  return models.flatMap(({ role, sha256 }) => {
    const rows = boxes.get(role);
    const unknownClasses = run.result.unknownClasses[role] ?? [];
    return rows === undefined ? [] : [{ role, name: names[role], sha256, unknownClasses, boxes: rows }];
  });
}

async function modelNames({ request, reserve }: Run, registry: ObjectStore): Promise<Record<Role, string>> {
  const { architecture, project, dataset, model } = request.config;
  const candidate = releaseFiles({ architecture, project, dataset, version: reserve.version }).model;
  return { candidate, base: reserve.base.name, production: await modelInUse(registry, model) };
}

/** No clock: the evaluation is of the moment its predictions were made, so that asked again it has the same bytes. */
function documentOf(
  run: Run,
  truth: Truth,
  models: readonly ModelPredictions[],
  earlier: readonly TestSetList[],
): Evaluation {
  const { request, result, split, reserve } = run;
  const { maxDetections } = result.protocol;
  const { gates, split: splitConfig, model } = request.config;
  const compared = evaluateAndCompare(truth, models, {
    maxDetections,
    gates,
    secondary: gates.secondary,
    seed: splitConfig.seed,
  });
  const testSets = onTestSets(earlier, { truth, models }, compared.models, { maxDetections });
  return evaluationSchema.parse({
    schema: "bobbin/evaluation/1",
    createdAt: result.endedAt,
    model,
    version: reserve.version,
    dataset: split.version,
    testSet: split.testSet,
    configSha256: request.configSha256,
    predictionsSha256: result.predictions.sha256,
    protocol: protocolOf(request.config.task, result.protocol),
    classes: [...truth.classes],
    ...compared,
    ...(testSets.length === 0 ? {} : { testSets }),
  });
}

/**
 * @throws ObjectCorrupt where predictions, manifest or job do not belong together
 * @throws ObjectExists where another evaluation was written for this run
 */
export async function compare(input: TrainInput, { stores }: ComparePorts): Promise<CompareOutput> {
  const run = await readRun(input, stores.data);
  const truth = await truthOf(run, stores.data);
  const earlier = await earlierTestSets(stores.data, run.split);
  const document = documentOf(run, truth, await predictionsOf(run, truth, stores), earlier);
  const { sha256 } = await writeOnce(stores.data, dataKeys.evaluation(run.runId), () => [documentBytes(document)]);
  return {
    decision: document.comparison.verdict,
    reason: document.comparison.reason,
    evaluationSha256: sha256,
  };
}
