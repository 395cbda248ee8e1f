// A job for a rented machine: written into the store, as the supervisor there reads it. Started by whoever drives the queue.

import type { StartVariables } from "../../contracts/cloud-job.ts";
import type { CloudMachine } from "../../contracts/cloud-run.ts";
import { isBobbinError } from "../../contracts/errors.ts";
import type { Job } from "../../contracts/job.ts";
import { dataKeys } from "../../contracts/layout.ts";
import { jobName } from "../../contracts/names.ts";
import { attemptSeconds, latestSeconds, type Patience } from "../budget/job-time.ts";
import type { Clock, JobInput, ObjectStore, Stores } from "../ports.ts";
import { documentBytes } from "../registry/cas.ts";
import { planTrialPrediction, planTrialTraining } from "./experiment/trial.ts";
import { refuseIfEnded } from "./late.ts";
import { planPredict } from "./predict.ts";
import { planMeasure } from "./predict-measure.ts";
import { type JobPlan, jobOnce, planTrain } from "./train.ts";
import type { ExperimentInput, MeasureInput, RunInput, TrainInput } from "./types.ts";

export interface StagePorts {
  readonly stores: Stores;
  readonly clock: Clock;
  /** How long the machine waits for a job, whatever its recipe asks for. */
  readonly patience: Patience & { readonly timeoutSeconds: number };
}

/** The variables of this start of the job, and when Batch is to end each of its tries. */
export interface StagedStart extends StartVariables {
  readonly attemptSeconds: number;
  /** The run's, for the job's name. */
  readonly attempt: string;
}

/** What a machine's job of a kind is; each machine gathers fields of its own. */
const plans: Readonly<
  Record<CloudMachine, (kind: Job["kind"], input: TrainInput, stores: Stores) => Promise<JobPlan<Job>>>
> = {
  train: (kind, input, stores) => (kind === "train" ? planTrain : planPredict)(input, stores),
  measure: (_, input, stores) => planMeasure(input as MeasureInput, stores),
  experiment: (kind, input, stores) =>
    (kind === "train" ? planTrialTraining : planTrialPrediction)(input as ExperimentInput, stores),
};

/**
 * Writes the job of `train` or `predict` and the list of its inputs, once; a second call changes nothing. The job of an experiment's
 * training stands under the training's own id.
 * @throws RunEnded where this try of the run was settled for
 */
export async function stageJob(
  { machine, kind }: { readonly machine: CloudMachine; readonly kind: Job["kind"] },
  input: TrainInput,
  ports: StagePorts,
): Promise<StagedStart> {
  const plan = await plans[machine](kind, input, ports.stores);
  await stage(plan, ports);
  const { timeoutSeconds } = plan.request.recipe;
  const latest = ports.clock.now().getTime() / 1000 + latestSeconds(ports.patience.timeoutSeconds, ports.patience);
  const { runId } = plan.job;
  const { attempt = 1 } = input;
  await markJob({ kind, id: runId }, input, ports.stores.data);
  return {
    BOBBIN_RUN_ID: runId,
    BOBBIN_JOB: kind,
    BOBBIN_TRY_SECONDS: String(timeoutSeconds),
    DEADLINE_EPOCH: String(Math.floor(latest)),
    attemptSeconds: attemptSeconds(timeoutSeconds),
    attempt: String(attempt),
  };
}

/** The inputs come first: a job document is the sign that both are there. */
async function stage({ job, inputs }: JobPlan<Job>, ports: StagePorts): Promise<void> {
  try {
    await ports.stores.data.create(dataKeys.inputs(job.runId, job.kind), inputLines(inputs()));
  } catch (error) {
    if (!isBobbinError(error, "ObjectExists")) throw error;
  }
  await jobOnce(job, ports);
}

/**
 * The last before a job is submitted: whoever settles for a try that left no mark knows that nothing was submitted. Settled for in that
 * very moment, nothing is: see late.ts.
 * @param id that the job stands under: the run's, or that of one of its trainings
 * @throws RunEnded
 */
export async function markJob(
  { kind, id }: { readonly kind: Job["kind"]; readonly id: string },
  input: RunInput,
  data: ObjectStore,
): Promise<void> {
  const { attempt = 1 } = input;
  const name = jobName(id, kind, attempt);
  await markOnce(dataKeys.jobMark(id, kind, attempt), documentBytes({ name }), data);
  await refuseIfEnded(input, data);
}

async function markOnce(key: string, mark: Uint8Array, data: ObjectStore): Promise<void> {
  try {
    await data.create(key, mark);
  } catch (error) {
    if (!isBobbinError(error, "ObjectExists")) throw error;
  }
}

/** Lines go out in blocks: a data set has thousands. */
const blockCharacters = 65_536;

async function* inputLines(inputs: Iterable<JobInput>): AsyncGenerator<Uint8Array> {
  let block = "";
  for (const input of inputs) {
    block += `${JSON.stringify(input)}\n`;
    if (block.length < blockCharacters) continue;
    yield Buffer.from(block);
    block = "";
  }
  yield Buffer.from(block);
}
