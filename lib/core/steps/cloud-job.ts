// A job for a rented machine: written into the store, as the supervisor there reads it. Started by whoever drives the queue.

import type { StartVariables } from "../../contracts/cloud-job.ts";
import { isBobbinError } from "../../contracts/errors.ts";
import type { Job } from "../../contracts/job.ts";
import { dataKeys } from "../../contracts/layout.ts";
import { jobName } from "../../contracts/names.ts";
import type { Clock, JobInput, ObjectStore, Stores } from "../ports.ts";
import { documentBytes } from "../registry/cas.ts";
import { planPredict } from "./predict.ts";
import { type JobPlan, jobOnce, planTrain, withDeadline } from "./train.ts";
import type { TrainInput } from "./types.ts";

export interface StagePorts {
  readonly stores: Stores;
  readonly clock: Clock;
}

export interface StagedJob extends StartVariables {
  readonly timeoutSeconds: number;
  /** The run's, for the job's name. */
  readonly attempt: string;
}

/**
 * Writes the job of `train` or `predict` and the list of its inputs, once; a second call changes nothing.
 * @returns the variables of this start of the job, the time that each of its tries has, and which try of the run it belongs to
 */
export async function stageJob(kind: Job["kind"], input: TrainInput, ports: StagePorts): Promise<StagedJob> {
  const plan = await (kind === "train" ? planTrain : planPredict)(input, ports.stores);
  await stage(plan, ports);
  const { deadlineEpoch } = withDeadline(plan.job, plan.request, ports.clock);
  const { timeoutSeconds } = plan.request.recipe;
  const { runId, attempt = 1 } = input;
  // The last of all: whoever settles for a try that left no mark knows that nothing was submitted.
  const name = jobName(runId, kind, attempt);
  await markOnce(dataKeys.jobMark(runId, kind, attempt), documentBytes({ name }), ports.stores.data);
  const start = { BOBBIN_RUN_ID: runId, BOBBIN_JOB: kind, DEADLINE_EPOCH: String(deadlineEpoch) };
  return { ...start, timeoutSeconds, attempt: String(attempt) };
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

async function markOnce(key: string, mark: Uint8Array, data: ObjectStore): Promise<void> {
  try {
    await data.create(key, mark);
  } catch (error) {
    if (!isBobbinError(error, "ObjectExists")) throw error;
  }
}

/** Lines go out in blocks: a data set has thousands. */
const blockCharacters = 65_536;

async function* inputLines(inputs: AsyncIterable<JobInput>): AsyncGenerator<Uint8Array> {
  let block = "";
  for await (const input of inputs) {
    block += `${JSON.stringify(input)}\n`;
    if (block.length < blockCharacters) continue;
    yield Buffer.from(block);
    block = "";
  }
  yield Buffer.from(block);
}
