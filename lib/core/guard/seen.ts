// What the guard sees of an account at one moment. It has seen nothing before, and needs not to: whoever looks at the ledger, Batch and the
// executions alone finds the right state. What could not be looked at is null, and nothing is decided on it.
import type { CloudMachine } from "../../contracts/cloud-run.ts";
import type { Ledger } from "../../contracts/ledger.ts";
import type { Lock } from "../../contracts/run.ts";
import type { LiveJob } from "../ports.ts";

export interface SeenExecution {
  readonly machine: CloudMachine;
  readonly name: string;
  /** null where nothing of Bobbin's started it. */
  readonly run: { readonly runId: string; readonly attempt: number } | null;
  readonly startedAt: string;
}

export interface SeenJob extends LiveJob {
  /** Its last line of progress; null where there is none yet. */
  readonly lastWord: string | null;
}

export interface Seen {
  readonly at: string;
  readonly ledgers: readonly Ledger[];
  readonly lock: Lock | null;
  /** Jobs are looked at before executions: whose job is seen has an execution that was there by then. */
  readonly jobs: readonly SeenJob[] | null;
  /** When the last job ended. */
  readonly lastEnd: string | null;
  readonly executions: readonly SeenExecution[] | null;
  /** Of ids in ledgers and queue that are trainings of an experiment: the experiment's run. */
  readonly owners: Readonly<Record<string, string>> | null;
  readonly instances: readonly { readonly id: string; readonly since: string }[] | null;
  /** Micro-dollars that AWS has billed. */
  readonly bill: number | null;
  /** AWS has just said that the whole sum is used up. */
  readonly alarm: boolean;
}

/** How long things may take before somebody looks. */
export interface Limits {
  /** A run, with all that it waits for. */
  readonly runSeconds: number;
  /** Before and after a job, its machine boots, pulls and goes. */
  readonly aroundSeconds: number;
}
