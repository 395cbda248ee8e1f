// Runs of this machine: what their journal says, and the processes that work on them.
import { BobbinError } from "../contracts/errors.ts";
import type { Lock } from "../contracts/run.ts";
import type { Stores } from "../core/ports.ts";
import { readLock } from "../core/registry/lock.ts";
import { type SeenRun, seeRun } from "../core/registry/run-record.ts";
import { isAlive, type ProcessMark } from "./process/alive.ts";
import { claimant } from "./process/claim.ts";

export interface RecordPorts {
  readonly stores: Stores;
  readonly workOf: (runId: string) => string;
}

export interface Seen extends SeenRun {
  /** The process at work on it. */
  readonly worker: ProcessMark | null;
}

/** @throws RunMissing */
export async function look(runId: string, { stores, workOf }: RecordPorts): Promise<Seen> {
  const worker = claimant(workOf(runId));
  return { ...(await seeRun(runId, stores, worker !== null)), worker };
}

/** Who holds the pipeline, in the words of PipelineBusy; null where nobody does. */
export async function busyWith(ports: RecordPorts, except: string | null): Promise<BobbinError | null> {
  const { holder }: Lock = await readLock(ports.stores.registry);
  if (holder === null || holder.runId === except) return null;
  const worker = claimant(ports.workOf(holder.runId));
  const status = worker !== null && isAlive(worker) ? `at work in process ${worker.pid}` : "interrupted";
  return new BobbinError("PipelineBusy", { ...holder, status });
}
