// A job for a rented machine: written into the store, as the supervisor there reads it. Started by whoever drives the queue.

import type { StartVariables } from "../../contracts/cloud-job.ts";
import { isBobbinError } from "../../contracts/errors.ts";
import type { Job } from "../../contracts/job.ts";
import { dataKeys } from "../../contracts/layout.ts";
import type { Clock, JobInput, Stores } from "../ports.ts";
import { planPredict } from "./predict.ts";
import { type JobPlan, jobOnce, planTrain, withDeadline } from "./train.ts";
import type { TrainInput } from "./types.ts";

export interface StagePorts {
  readonly stores: Stores;
  readonly clock: Clock;
}

/**
 * Writes the job of `train` or `predict` and the list of its inputs, once; a second call changes nothing.
 * @returns the variables of this start of the job
 */
export async function stageJob(kind: Job["kind"], input: TrainInput, ports: StagePorts): Promise<StartVariables> {
  const plan = await (kind === "train" ? planTrain : planPredict)(input, ports.stores);
  await stage(plan, ports);
  const { deadlineEpoch } = withDeadline(plan.job, plan.request, ports.clock);
  return { BOBBIN_RUN_ID: input.runId, BOBBIN_JOB: kind, DEADLINE_EPOCH: String(deadlineEpoch) };
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
