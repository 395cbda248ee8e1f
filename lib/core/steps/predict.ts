// Predict: one pass of candidate, base and production over val, test and deployment test, on the same frames in the same way.
import type { Config } from "../../contracts/config.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { type PredictJob, type PredictResult, type TrainResult, trainResult } from "../../contracts/job.ts";
import { dataKeys, registryKeys } from "../../contracts/layout.ts";
import { releaseFiles } from "../../contracts/names.ts";
import { type Release, release as releaseSchema } from "../../contracts/release.ts";
import type { RunRequest } from "../../contracts/run.ts";
import { partsOfGroups, readVersion } from "../dataset/manifest-version.ts";
import { type PredictFolder, predictFolder } from "../dataset/training-folder.ts";
import type { JobInput, ObjectStore, Stores } from "../ports.ts";
import { readDocument } from "../registry/cas.ts";
import { modelInUse } from "../registry/production.ts";
import { trainedClasses } from "./reserve.ts";
import {
  inputsOfJob,
  type JobPlan,
  type JobPorts,
  jobOnce,
  type Reserved,
  secondsOf,
  taskField,
  withDeadline,
} from "./train.ts";
import type { PredictOutput, SplitOutput, TrainInput } from "./types.ts";

type Model = PredictJob["models"][number];
/** A model of the job and where its weights lie. */
export interface Scored {
  readonly model: Model;
  readonly weights: JobInput;
}

/** @throws the trainer's named errors, JobFailed, JobKilled */
export async function predict(input: TrainInput, ports: JobPorts): Promise<PredictOutput> {
  const result = await runPredict(await planPredict(input, ports.stores), ports);
  return predictOutput(result);
}

export function predictOutput(result: PredictResult): PredictOutput {
  return { predictionsSha256: result.predictions.sha256, seconds: secondsOf(result) };
}

/** Which models are to be scored on which frames: the same on every machine. */
export async function planPredict(input: TrainInput, { data, registry }: Stores): Promise<JobPlan<PredictJob>> {
  const { request, split, reserve } = await inputsOfJob(input, data);
  const { value: trained } = await readDocument(data, dataKeys.result(request.runId, "train"), trainResult);
  const folder = await folderOf(request, split, data);
  const inUse = await productionOf(request.config.model, registry);
  const models = scoredModels(request, reserve, trained, inUse);
  return planOf(request, models, folder);
}

/** One pass of every model over the folder's frames. */
export function planOf(request: RunRequest, models: readonly Scored[], folder: PredictFolder): JobPlan<PredictJob> {
  return { request, job: compose(request, models), inputs: () => inputsOf(models, folder) };
}

/** @throws the trainer's named errors, JobFailed, JobKilled */
export async function runPredict(
  { request, job: planned, inputs }: JobPlan<PredictJob>,
  ports: JobPorts,
): Promise<PredictResult> {
  const job = await jobOnce(planned, ports);
  const result = await ports.jobs.run(withDeadline(job, request, ports.clock), inputs());
  if (result.kind === "predict") return result;
  throw new BobbinError("JobFailed", { job: "predict", exitCode: 0, problem: "its answer is not of a prediction" });
}

async function folderOf(request: RunRequest, split: SplitOutput, data: ObjectStore): Promise<PredictFolder> {
  const version = await readVersion(data, split.dataset, split.version);
  return predictFolder(version.lines, {
    config: request.config,
    recipeClasses: trainedClasses(request),
    partOf: partsOfGroups(version.split),
    folder: "frames",
  });
}

/** The release in use; null where that is the off-the-shelf model. */
async function productionOf(model: string, registry: ObjectStore): Promise<Release | null> {
  const inUse = await modelInUse(registry, model);
  if (inUse === "base") return null;
  const key = registryKeys.releaseFile(model, inUse, "release.json");
  return (await readDocument(registry, key, releaseSchema)).value;
}

function scoredModels(
  request: RunRequest,
  reserve: Reserved,
  trained: TrainResult,
  inUse: Release | null,
): readonly Scored[] {
  const classes = trainedClasses(request);
  const models = [
    candidateModel(trained, request.runId, classes),
    baseModel(reserve.base.sha256, classes, request.config),
  ];
  if (inUse === null) return models;
  return [...models, releaseModel("production", inUse, classes)];
}

/** A release as a model of a job. @throws ObjectMissing where it names no weights */
export function releaseModel(role: Model["role"], release: Release, classes: readonly string[]): Scored {
  const names = releaseFiles({ ...release, dataset: release.dataset.name });
  const weights = release.files.find(({ name }) => name === names.weights);
  const key = registryKeys.releaseFile(release.model, release.version, names.weights);
  if (weights === undefined) throw new BobbinError("ObjectMissing", { key });
  return scored(role, weights.sha256, classes, (name) => [name], { bucket: "registry", key });
}

/** The off-the-shelf model as a model of a job; its classes mean ours as the config says. */
export function baseModel(sha256: string, classes: readonly string[], config: Pick<Config, "classes">): Scored {
  return scored("base", sha256, classes, baseNames(config), { bucket: "data", key: dataKeys.baseWeights(sha256) });
}

/** Which classes of the off-the-shelf model mean a class of ours: as the config says, else the same name. */
function baseNames({ classes }: Pick<Config, "classes">): (name: string) => string[] {
  const said = new Map(classes.map(({ name, base }) => [name, base]));
  return (name) => {
    const names = said.get(name) ?? [];
    return names.length === 0 ? [name] : [...names];
  };
}

/** What was just trained, as a model of a job. */
export function candidateModel(trained: TrainResult, runId: string, classes: readonly string[]): Scored {
  const { file, sha256 } = trained.weights;
  const at = { bucket: "data", key: dataKeys.jobFile(runId, "train", file) } as const;
  return scored("candidate", sha256, classes, (name) => [name], at);
}

function scored(
  role: Model["role"],
  sha256: string,
  classes: readonly string[],
  namesOf: (name: string) => string[],
  at: { readonly bucket: "data" | "registry"; readonly key: string },
): Scored {
  const classMap = classes.map((name) => ({ class: name, from: namesOf(name) }));
  const file = `models/${role}.pt`;
  return { model: { role, file, sha256, classMap }, weights: { path: file, ...at, sha256 } };
}

/** What is kept of a frame: boxes; COCO's own number of masks, for each is as large as the frame; classes, all of nearly every project. */
const mostOf: Readonly<Record<Config["task"], number>> = { detect: 300, segment: 100, classify: 300 };

function compose({ runId, device, recipe, config }: RunRequest, models: readonly Scored[]): PredictJob {
  const { imgsz } = recipe.args;
  return {
    schema: "bobbin/job/1",
    kind: "predict",
    runId,
    device,
    ...taskField(config),
    threads: recipe.threads,
    out: "out",
    models: models.map(({ model }) => model),
    frames: "frames/frames.jsonl",
    imgsz: typeof imgsz === "number" ? imgsz : 640,
    confidence: 0.001,
    iou: 0.7,
    maxDetections: mostOf[config.task],
    batch: 4,
  };
}

function* inputsOf(models: readonly Scored[], folder: PredictFolder): Generator<JobInput> {
  for (const { weights } of models) yield weights;
  yield* folder.files();
}
