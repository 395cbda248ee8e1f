// NeedTraining: what the off-the-shelf model did on the frames, and whether that is enough. Writes the measurement, its page, its
// figure and its tables; where a training looks for it, it stands last.
import { createHash } from "node:crypto";
import { measureConfig } from "../../contracts/config.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { predictResult } from "../../contracts/job.ts";
import { dataKeys, type MeasuredFile } from "../../contracts/layout.ts";
import { type Measurement, measurement as measurementSchema } from "../../contracts/measurement.ts";
import { type RunRequest, runRequest } from "../../contracts/run.ts";
import { exportName, readStaged } from "../dataset/ingest/staged.ts";
import type { Truth } from "../evaluation/evaluate.ts";
import { throughHash } from "../evaluation/json-lines.ts";
import { groupShares, histogram, measureFrames, talliesBy, tallyOf } from "../evaluation/measure.ts";
import { readPredictions } from "../evaluation/read-predictions.ts";
import { readTruth } from "../evaluation/read-truth.ts";
import { sufficiencyOf } from "../evaluation/sufficiency.ts";
import type { ObjectStore, Stores } from "../ports.ts";
import { createOnce, documentBytes, readDocument } from "../registry/cas.ts";
import { writeOnce } from "../registry/write-once.ts";
import { isOfFrames } from "../tasks.ts";
import { trainedClasses } from "./reserve.ts";
import type { MeasureInput, NeedTrainingOutput } from "./types.ts";

/** What is drawn of a measurement; text of each file. */
export type MeasurementFiles = Readonly<Record<Exclude<MeasuredFile, "frames.jsonl" | "measurement.json">, string>>;

export interface NeedTrainingPorts {
  readonly stores: Stores;
  readonly draw: (measurement: Measurement) => Promise<MeasurementFiles>;
}

/** @throws ObjectCorrupt where predictions and frames do not belong together */
export async function needTraining(input: MeasureInput, ports: NeedTrainingPorts): Promise<NeedTrainingOutput> {
  const { data } = ports.stores;
  const { runId } = input;
  const document = await measure(input, data);
  const files = await ports.draw(document);
  for (const [name, text] of Object.entries(files)) {
    await writeOnce(data, dataKeys.measured(runId, name as MeasuredFile), () => [Buffer.from(text)]);
  }
  const { sha256 } = await writeOnce(data, dataKeys.measured(runId, "measurement.json"), () => [
    documentBytes(document),
  ]);
  await createOnce(data, dataKeys.measurement(document.dataset, runId), measurementSchema, document);
  return { answer: document.answer, reason: document.reason, measurementSha256: sha256 };
}

/** No clock: it is of the moment its predictions were made. */
async function measure({ runId, reserve }: MeasureInput, data: ObjectStore): Promise<Measurement> {
  if (reserve?.outcome !== "reserved") throw new RangeError("NeedTraining comes after Reserve and Predict");
  const { value: request } = await readDocument(data, dataKeys.request(runId), runRequest);
  const { truth, framesSha256 } = await readFrames(request, data);
  const { value: result } = await readDocument(data, dataKeys.result(runId, "predict"), predictResult);
  const { config } = request;
  const thresholds = measureConfig.parse(config.measure ?? {});
  const { iou, imgsz, maxDetections } = result.protocol;
  const boxes = await readBoxes(runId, truth, data, result.predictions.sha256);
  const frames = measureFrames(truth, { boxes }, { confidence: thresholds.confidence, maxDetections });
  const unknownClasses = result.unknownClasses.base ?? [];
  const groups = groupShares(frames, thresholds.medianConfidence);
  const unknown = labelledClasses(truth).filter((name) => unknownClasses.includes(name));
  const attributeNames = new Set(Object.values(truth.attributes).flatMap((values) => Object.keys(values)));
  return measurementSchema.parse({
    schema: "bobbin/measurement/1",
    runId,
    createdAt: result.endedAt,
    project: config.project,
    model: config.model,
    dataset: config.dataset,
    ...(isOfFrames(config.task) ? { task: config.task } : {}),
    source: { name: exportName(request.source.location), format: (await readStaged(data, runId)).format },
    configSha256: request.configSha256,
    framesSha256,
    predictionsSha256: result.predictions.sha256,
    base: reserve.base,
    classes: [...truth.classes],
    unknownClasses,
    protocol: {
      iou: 0.5,
      confidence: thresholds.confidence,
      medianConfidence: thresholds.medianConfidence,
      imgsz,
      nmsIou: iou,
      maxDetections,
    },
    all: tallyOf(frames),
    groups: talliesBy(frames, ({ group }) => group),
    attributes: Object.fromEntries(
      [...attributeNames]
        .sort()
        .map((name) => [name, talliesBy(frames, ({ group }) => truth.attributes[group]?.[name])]),
    ),
    topConfidence: histogram(frames),
    ...sufficiencyOf({ groups, thresholds, unknown, seed: config.split.seed }),
  } satisfies Measurement);
}

async function readFrames(request: RunRequest, data: ObjectStore) {
  const key = dataKeys.measured(request.runId, "frames.jsonl");
  const hash = createHash("sha256");
  const truth = await readTruth(
    { key, bytes: throughHash(data.stream(key), hash) },
    {
      config: request.config,
      classes: trainedClasses(request),
      partOf: () => "test",
      attributes: request.groupTable.attributes,
    },
  );
  return { truth, framesSha256: hash.digest("hex") };
}

async function readBoxes(runId: string, truth: Truth, data: ObjectStore, wanted: string) {
  const key = dataKeys.predictions(runId);
  const hash = createHash("sha256");
  const boxes = await readPredictions({ key, bytes: throughHash(data.stream(key), hash) }, truth, ["base"]);
  const found = hash.digest("hex");
  const base = boxes.get("base");
  if (found !== wanted || base === undefined) {
    throw new BobbinError("ObjectCorrupt", { key, problem: `SHA-256 ${found}, wanted ${wanted}` });
  }
  return base;
}

function labelledClasses({ boxes, classes }: Truth): readonly string[] {
  const there = new Set<string>();
  for (let row = 0; row < boxes.count; row++) there.add(classes[boxes.classes[row] as number] as string);
  return classes.filter((name) => there.has(name));
}
