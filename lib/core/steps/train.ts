// Train: tells the trainer what to train, on what, from what. The job is written down once, so that every start of it is the same.
import { BobbinError } from "../../contracts/errors.ts";
import { type Job, job as jobSchema, type TrainJob, type TrainResult } from "../../contracts/job.ts";
import { dataKeys } from "../../contracts/layout.ts";
import { releaseFiles } from "../../contracts/names.ts";
import { type RunRequest, runRequest } from "../../contracts/run.ts";
import { partsOfGroups, readVersion } from "../dataset/manifest-version.ts";
import { type TrainingFolder, trainingFolder } from "../dataset/training-folder.ts";
import type { Clock, JobInput, Jobs, ObjectStore, Stores } from "../ports.ts";
import { createOnce, readDocument } from "../registry/cas.ts";
import type { ReserveOutput, SplitOutput, TrainInput, TrainOutput } from "./types.ts";

export interface JobPorts {
  readonly stores: Stores;
  readonly jobs: Jobs;
  readonly clock: Clock;
}

export type Reserved = Extract<ReserveOutput, { outcome: "reserved" }>;

/** A job and every file it needs, before anything is written or started. */
export interface JobPlan<J extends Job> {
  readonly request: RunRequest;
  readonly job: J;
  readonly inputs: () => Generator<JobInput>;
}

/** @throws the trainer's named errors, JobFailed, JobKilled */
export async function train(input: TrainInput, ports: JobPorts): Promise<TrainOutput> {
  return trainOutput(await runTrain(await planTrain(input, ports.stores), ports));
}

/** @throws the trainer's named errors, JobFailed, JobKilled */
export async function runTrain(plan: JobPlan<TrainJob>, ports: JobPorts): Promise<TrainResult> {
  const job = await jobOnce(plan.job, ports);
  const result = await ports.jobs.run(withDeadline(job, plan.request, ports.clock), plan.inputs());
  if (result.kind !== "train")
    throw new BobbinError("JobFailed", { job: "train", exitCode: 0, problem: "its answer is not of a training" });
  return result;
}

export function trainOutput(result: TrainResult): TrainOutput {
  return { weightsSha256: result.weights.sha256, seconds: secondsOf(result), attempts: result.attempts };
}

/** What is to be trained, on what, from what: the same on every machine. */
export async function planTrain(input: TrainInput, { data }: Stores): Promise<JobPlan<TrainJob>> {
  const { request, split, reserve } = await inputsOfJob(input, data);
  const folder = await folderOf(request, split, data);
  return { request, job: composeTrain(request, reserve, folder), inputs: () => trainInputs(folder, reserve) };
}

/** What both jobs begin with. */
export async function inputsOfJob({ runId, split, reserve }: TrainInput, data: ObjectStore) {
  if (split === undefined || reserve?.outcome !== "reserved")
    throw new RangeError("a job comes after Split and Reserve");
  const { value: request } = await readDocument(data, dataKeys.request(runId), runRequest);
  return { request, split, reserve };
}

async function folderOf(
  { config, recipe }: RunRequest,
  split: SplitOutput,
  data: ObjectStore,
): Promise<TrainingFolder> {
  const version = await readVersion(data, split.dataset, split.version);
  const partOf = partsOfGroups(version.split);
  const subset = recipe.classes === undefined ? {} : { recipeClasses: recipe.classes };
  return trainingFolder(version.lines, { config, partOf, folder: "data", ...subset });
}

/** @param reserve what it starts from, and the version in its name */
export function composeTrain(
  request: RunRequest,
  reserve: Pick<Reserved, "version" | "base">,
  folder: TrainingFolder,
): TrainJob {
  const { runId, config, recipe, recipeSha256, device } = request;
  const momentum = recipe.batchNormMomentum === undefined ? {} : { batchNormMomentum: recipe.batchNormMomentum };
  return {
    schema: "bobbin/job/1",
    kind: "train",
    runId,
    device,
    ...taskField(config),
    threads: recipe.threads,
    out: "out",
    data: { folder: "data", classes: [...folder.classes], train: folder.counts.train, val: folder.counts.val },
    weights: { file: "base.pt", sha256: reserve.base.sha256, name: reserve.base.name },
    recipe: {
      name: recipe.name,
      sha256: recipeSha256,
      args: recipe.args,
      ...momentum,
      smokeBatches: recipe.smokeBatches,
    },
    checkpoints: "checkpoints",
    modelName: releaseFiles({ ...config, version: reserve.version }).model,
  };
}

/** A job of boxes says nothing of its task, as jobs did before there was another. */
export function taskField({ task }: Pick<RunRequest["config"], "task">): Pick<Job, "task"> {
  return task === "detect" ? {} : { task };
}

export function* trainInputs(folder: TrainingFolder, { base }: Pick<Reserved, "base">): Generator<JobInput> {
  yield { path: "base.pt", bucket: "data", key: dataKeys.baseWeights(base.sha256), sha256: base.sha256 };
  yield* folder.files();
}

/** The job as it was first written down: a later try trains the same thing under the same name. */
export async function jobOnce<J extends Job>(job: J, { stores }: Pick<JobPorts, "stores">): Promise<J> {
  const key = dataKeys.job(job.runId, job.kind);
  const written = await createOnce(stores.data, key, jobSchema, job);
  if (written.kind === job.kind) return written as J;
  throw new BobbinError("ObjectCorrupt", { key, problem: `it is a ${written.kind} job` });
}

/** The deadline belongs to one start of the job, so it is not written down. */
export function withDeadline<J extends Job>(job: J, { recipe }: RunRequest, clock: Clock): J {
  return { ...job, deadlineEpoch: Math.floor(clock.now().getTime() / 1000) + recipe.timeoutSeconds };
}

export function secondsOf({ startedAt, endedAt }: { readonly startedAt: string; readonly endedAt: string }): number {
  return (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
}
