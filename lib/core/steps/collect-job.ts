// What a job on a rented machine came to: its answer in the store, not the word of whoever ran it, says how it ended.
import { BobbinError, reviveError } from "../../contracts/errors.ts";
import { type Job, type PredictResult, result as resultSchema, type TrainResult } from "../../contracts/job.ts";
import { dataKeys } from "../../contracts/layout.ts";
import type { ObjectStore } from "../ports.ts";
import { findDocument, readDocument } from "../registry/cas.ts";
import { predictOutput } from "./predict.ts";
import { trainOutput } from "./train.ts";
import type { CaughtError, PredictOutput, TrainOutput } from "./types.ts";

/**
 * @param caught what the engine said of the job, where it did not end well
 * @throws the trainer's named error, JobKilled, JobFailed
 */
export async function collectJob(
  kind: Job["kind"],
  runId: string,
  caught: CaughtError | undefined,
  data: ObjectStore,
): Promise<TrainOutput | PredictOutput> {
  const found = await succeededJob(kind, runId, caught, data);
  return found.kind === "train" ? trainOutput(found) : predictOutput(found);
}

/** The answer itself. @param id of the run, or of a training of an experiment @throws as collectJob */
export async function succeededJob(
  kind: Job["kind"],
  id: string,
  caught: CaughtError | undefined,
  data: ObjectStore,
): Promise<TrainResult | PredictResult> {
  const found = (await findDocument(data, dataKeys.result(id, kind), resultSchema))?.value;
  if (found?.status === "succeeded") return found;
  throw (await lastFailure(kind, id, data)) ?? unexplained(kind, caught);
}

/** The error of the job's last start, by its own name. */
async function lastFailure(kind: Job["kind"], runId: string, data: ObjectStore): Promise<Error | null> {
  let last: string | null = null;
  for await (const { key } of data.list(dataKeys.failedResults(runId, kind))) last = key;
  if (last === null) return null;
  const { value } = await readDocument(data, last, resultSchema);
  return value.status === "failed" ? reviveError(value.error.name, value.error.data) : null;
}

/** A job that left no answer: the machine was taken away, or the time was up. */
function unexplained(job: Job["kind"], caught: CaughtError | undefined): Error {
  if (caught === undefined) return new BobbinError("JobFailed", { job, exitCode: 0, problem: "it left no answer" });
  const { exitCode, reason } = statusOf(caught.Cause);
  if (exitCode === null || exitCode > 128) {
    const signal = exitCode === null ? reason : `signal ${exitCode - 128}`;
    return new BobbinError("JobKilled", { job, signal: signal || caught.Error });
  }
  return new BobbinError("JobFailed", { job, exitCode, problem: reason || "it left no answer" });
}

/** Batch's description of the job, as Step Functions puts it into a cause. */
function statusOf(cause: string): { readonly exitCode: number | null; readonly reason: string } {
  let value: unknown;
  try {
    value = JSON.parse(cause);
  } catch {
    // A timeout's cause is a sentence.
    return { exitCode: null, reason: cause };
  }
  const { StatusReason, Container } = (value ?? {}) as {
    readonly StatusReason?: unknown;
    readonly Container?: { readonly ExitCode?: unknown };
  };
  const code = Container?.ExitCode;
  return {
    exitCode: typeof code === "number" ? code : null,
    reason: typeof StatusReason === "string" ? StatusReason : "",
  };
}
