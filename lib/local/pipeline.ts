// The laptop's pipeline: what the command line calls. It owns no decision; it starts the machine and reads its journal.
import type { RunRecord, RunRequest } from "../contracts/run.ts";
import type { Clock, EventSink, Ids, Signer, Stores } from "../core/ports.ts";

/** What a person asks for; the pipeline adds the run id and the time. */
export type NewRun = Omit<RunRequest, "schema" | "runId" | "machine" | "requestedAt">;

export interface PipelineOptions {
  /** Folder of the store; made where it is absent. */
  readonly store: string;
  /** Folder of the trainer's Python environment. */
  readonly env: string;
  /** Folder that holds the package `bobbin_trainer`. */
  readonly trainer: string;
  /** Takes every progress event, in order; must not throw. */
  readonly sink: EventSink;
  /** Signs the release; asked only when Publish does. */
  readonly signer: Signer;
  /** @default the machine's clock */
  readonly clock?: Clock;
  /** @default ULIDs of this process */
  readonly ids?: Ids;
}

export interface RunOptions {
  /** Aborting leaves the run `interrupted`: children are stopped, lock and reservation stay with it. */
  readonly signal?: AbortSignal;
  /** Called once, when the run has its id and its request is stored. */
  readonly started?: (runId: string) => void;
}

/**
 * A run that fails, is rejected, skipped or interrupted is a record, not an exception; its `failure` says why.
 * @throws TrainerMissing, PipelineBusy, RunMissing, RunEnded, RunAlive, StoreUnusable
 */
export interface Pipeline {
  readonly stores: Stores;
  run(request: NewRun, options?: RunOptions): Promise<RunRecord>;
  /** Goes on with an interrupted or failed run, under the same run id. */
  resume(runId: string, options?: RunOptions): Promise<RunRecord>;
  /** Settles an interrupted or failed run and frees what it holds. */
  cancel(runId: string): Promise<RunRecord>;
  /** All runs, newest first. */
  runs(): Promise<readonly RunRecord[]>;
  status(runId: string): Promise<RunRecord>;
}

/** Opens the store and puts the machine, the steps and the trainer together; starts nothing. */
export declare function createPipeline(options: PipelineOptions): Promise<Pipeline>;
