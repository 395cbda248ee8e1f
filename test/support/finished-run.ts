// A run that has come as far as Compare, in a store: what Publish finds. The documents are those of the example report.
import { createHash } from "node:crypto";
import sharp from "sharp";
import type * as z from "zod";
import { dataKeys } from "../../lib/contracts/layout.ts";
import type { runRequest } from "../../lib/contracts/run.ts";
import type { Stores } from "../../lib/core/ports.ts";
import { documentBytes } from "../../lib/core/registry/cas.ts";
import type { TrainInput } from "../../lib/core/steps/types.ts";
import { reportExample } from "./report-example.ts";

const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");
const lines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join("");
const at = (second: number) => new Date(Date.UTC(2026, 2, 14, 9, 0, second)).toISOString();

export interface FinishedRun {
  readonly input: TrainInput;
  readonly runId: string;
  /** The example's model and version. */
  readonly model: string;
  readonly version: string;
}

/** Puts the documents of a finished run into `stores`. */
export async function finishedRun(stores: Stores): Promise<FinishedRun> {
  const example = await reportExample();
  const { release } = example;
  const { runId } = release;
  const put = (key: string, body: string | Uint8Array) => stores.data.create(key, Buffer.from(body));
  const document = (key: string, value: unknown) => put(key, documentBytes(value));

  const config = {
    schema: "bobbin/config/1",
    project: release.project,
    model: release.model,
    dataset: release.dataset.name,
    task: "detect",
    architecture: release.architecture,
    classes: release.classes.map((name) => ({ name, from: [], base: [] })),
    ignore: [] as string[],
    groupRule: { kind: "folder", depth: 1 },
    split: { ratios: example.split.ratios, seed: 7, stratify: true, reserved: [] },
    gates: example.gates,
    recipe: "plan",
    budget: { name: "phase-1", capUsd: 200, ends: "2027-01-01T00:00:00.000Z" },
    region: "local",
  } satisfies z.input<typeof runRequest>["config"];
  await document(dataKeys.request(runId), {
    schema: "bobbin/run-request/1",
    runId,
    machine: "train",
    requestedAt: at(0),
    source: { location: "/exports/hall_vehicles_march.zip", versionId: null, sha256: null },
    mode: "merge",
    config,
    configSha256: release.config.sha256,
    groupTable: { groupOfFrame: {}, attributes: {} },
    recipe: example.recipe,
    recipeSha256: release.recipe.sha256,
    device: "cuda",
    bobbin: release.bobbin,
    decode: true,
    names: null,
  } satisfies z.input<typeof runRequest>);

  const { name: dataset, version } = release.dataset;
  const ofDataset = (file: Parameters<typeof dataKeys.datasetFile>[2]) => dataKeys.datasetFile(dataset, version, file);
  const splitCsv = "name,sha256,group,part\nexample.jpg,0,g,test\n";
  await put(ofDataset("split.csv"), splitCsv);
  const group = example.split.assignments.find(({ part }) => part === "test")?.group ?? "";
  const frame = await sharp({ create: { width: 64, height: 48, channels: 3, background: "#445566" } })
    .jpeg()
    .toBuffer();
  await put(dataKeys.frame(sha256(frame), "jpg"), frame);
  const frameLine = (name: string, labels: readonly unknown[]) => ({
    name,
    sha256: sha256(frame),
    bytes: frame.length,
    ext: "jpg",
    width: 64,
    height: 48,
    orientation: 1,
    phash: null,
    group,
    labelled: true,
    labels,
  });
  const person = { class: "person", kind: "box", box: [4, 4, 24, 40] };
  await put(ofDataset("manifest.jsonl"), lines([frameLine("missed.jpg", [person]), frameLine("found.jpg", [person])]));
  await document(ofDataset("manifest.json"), example.manifest);
  await document(ofDataset("split.json"), { ...example.split, csvSha256: sha256(splitCsv) });
  await put(ofDataset("issues.jsonl"), lines(example.issues));
  // Of the statistics the pages show what looks alike: here the run's own two frames.
  const pairs = example.alike?.pairs.map((pair) => ({ ...pair, frame: "missed.jpg", other: "found.jpg" }));
  await document(ofDataset("stats.json"), { alike: { ...example.alike, pairs } });

  const weights = Buffer.from("weights of the candidate");
  const onnx = Buffer.from("the same as ONNX");
  const outputs: Record<string, Uint8Array> = {
    "weights/best.pt": weights,
    "weights/best.onnx": onnx,
    "train_run/args.yaml": Buffer.from("epochs: 50\n"),
    "train_run/results.csv": Buffer.from("epoch,time\n1,2\n"),
    "train_run/metrics.json": Buffer.from(documentBytes(example.training)),
    "train_run/events.out.tfevents.0.bobbin": Buffer.from("scalars"),
    "pictures/train_batch0.jpg": frame,
    "trainer.log": Buffer.from("log"),
    ...Object.fromEntries(example.plots.map(({ name, bytes }) => [`train_run/${name}`, bytes])),
  };
  for (const [name, bytes] of Object.entries(outputs)) await put(dataKeys.jobFile(runId, "train", name), bytes);
  const files = Object.entries(outputs)
    .map(([name, bytes]) => ({ name, bytes: bytes.length, sha256: sha256(bytes) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const answer = {
    schema: "bobbin/result/1",
    runId,
    startedAt: at(10),
    endedAt: at(50),
    environment: example.train.environment,
    status: "succeeded",
  };
  await document(dataKeys.result(runId, "train"), {
    ...answer,
    kind: "train",
    files,
    weights: { file: "weights/best.pt", sha256: sha256(weights), bytes: weights.length },
    onnx: { ...example.train.onnx, file: "weights/best.onnx", sha256: sha256(onnx), bytes: onnx.length },
    epochs: 50,
    bestEpoch: 44,
    attempts: 2,
    imagesPerSecond: 141.3,
  });

  const predicted = (name: string, model: string, boxes: readonly unknown[]) => ({
    frame: name,
    sha256: sha256(frame),
    part: "test",
    model,
    boxes,
  });
  const predictions = lines([
    predicted("missed.jpg", "candidate", [[0, 0.1, 4, 4, 24, 40]]),
    predicted("found.jpg", "candidate", [[0, 0.9, 5, 4, 24, 41]]),
    predicted("missed.jpg", "base", [[0, 0.9, 30, 4, 50, 40]]),
    predicted("found.jpg", "base", []),
  ]);
  await put(dataKeys.predictions(runId), predictions);
  const { classes } = release;
  const classMap = classes.map((name) => ({ class: name, from: [name] }));
  await document(dataKeys.job(runId, "predict"), {
    schema: "bobbin/job/1",
    runId,
    kind: "predict",
    device: "cuda",
    threads: 2,
    out: "out",
    models: [
      { role: "candidate", file: "candidate.pt", sha256: sha256(weights), classMap },
      { role: "base", file: "base.pt", sha256: release.base.sha256, classMap },
    ],
    frames: "frames.jsonl",
    imgsz: 640,
    confidence: 0.001,
    iou: 0.7,
    maxDetections: 300,
    batch: 4,
  });
  await document(dataKeys.result(runId, "predict"), {
    ...answer,
    kind: "predict",
    files: [],
    predictions: { file: "predictions.jsonl", sha256: sha256(predictions), lines: 4 },
    unknownClasses: {},
    protocol: { imgsz: 640, rect: false, confidence: 0.001, iou: 0.7, maxDetections: 300 },
  });

  const models = example.evaluation.models.map((model) =>
    model.role === "candidate" ? { ...model, sha256: sha256(weights) } : model,
  );
  const evaluation = documentBytes({ ...example.evaluation, models, predictionsSha256: sha256(predictions) });
  await put(dataKeys.evaluation(runId), evaluation);

  for (const [index, state] of ["Admit", "Ingest", "Split", "Reserve", "Train", "Predict", "Compare"].entries()) {
    const record = { schema: "bobbin/step-record/1", runId, state, startedAt: at(index), endedAt: at(index + 1) };
    await document(dataKeys.step(runId, state), { ...record, output: {} });
  }
  const input: TrainInput = {
    runId,
    split: {
      dataset,
      version,
      unchanged: false,
      manifestSha256: release.dataset.manifestSha256,
      splitSha256: sha256(splitCsv),
      testSet: "t3",
      difference: example.manifest.difference,
    },
    reserve: {
      outcome: "reserved",
      version: release.version,
      recipe: "r2",
      base: release.base,
      promised: release.cost.promised,
      predictedSeconds: null,
    },
    train: { weightsSha256: sha256(weights), seconds: 2143, attempts: 2 },
    predict: { predictionsSha256: sha256(predictions), seconds: 58 },
    compare: { decision: "promote", reason: release.verdict.reason, evaluationSha256: sha256(evaluation) },
  };
  return { input, runId, model: release.model, version: release.version };
}
