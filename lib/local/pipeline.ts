// The laptop's pipeline: what the command line calls. It owns no decision; it starts the machine and reads its journal.
import fs from "node:fs";
import path from "node:path";
import { monotonicFactory } from "ulid";
import { BobbinError, isBobbinError } from "../contracts/errors.ts";
import { dataKeys } from "../contracts/layout.ts";
import { type RunRecord, type RunRequest, runRequest } from "../contracts/run.ts";
import type { CutOffDone, CutOffOrder } from "../core/guard/cut-off.ts";
import type { Clock, EventSink, Ids, Signer, Stores } from "../core/ports.ts";
import { createOnce } from "../core/registry/cas.ts";
import { runIds } from "../core/registry/run-record.ts";
import { StepFailure } from "../core/steps/failure.ts";
import type { SettleInput } from "../core/steps/settle.ts";
import type { TrainInput } from "../core/steps/types.ts";
import { runStep } from "../core/steps/wrapper.ts";
import { toAsl } from "../workflow/asl.ts";
import type { Machine } from "../workflow/machine.ts";
import { type Ending, execute, type Handler } from "./engine/engine.ts";
import { endOrphans } from "./jobs/child.ts";
import { pythonOf } from "./jobs/python.ts";
import { type LocalMachine, localMachines } from "./machines.ts";
import { claim, release } from "./process/claim.ts";
import { busyWith, look, type Seen } from "./records.ts";
import { type LocalStep, localSteps, type StepOptions, settleLocally, trialsFolder } from "./steps.ts";
import { stopHere } from "./stop-all.ts";
import { openStores, workFolder } from "./store/open.ts";

/** What a person asks for; the pipeline adds the run id and the time. */
export type NewRun = Omit<RunRequest, "schema" | "runId" | "machine" | "requestedAt"> & {
  /** @default "train" */
  readonly machine?: LocalMachine;
};

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
  /** Closes the store's budgets, ends every process that works on a run here, and settles for what it leaves. @throws CutOffIncomplete */
  stopAll(order: CutOffOrder): Promise<CutOffDone>;
  /** All runs, newest first. */
  runs(): Promise<readonly RunRecord[]>;
  status(runId: string): Promise<RunRecord>;
}

/** States that are done anew in every try: a failed try gave back what they had taken. */
const perAttempt: ReadonlySet<string> = new Set(["Admit", "Reserve", "Settle"]);
/** In process nothing needs a Lambda's fifteen minutes; a laptop may sleep for days with its lid closed. */
const leastSeconds = 604_800;

/** Opens the store and puts the machine, the steps and the trainer together; starts nothing. */
export async function createPipeline(options: PipelineOptions): Promise<Pipeline> {
  const ulid = monotonicFactory();
  return new LocalPipeline({
    clock: { now: () => new Date() },
    ids: { next: () => ulid() },
    ...options,
    stores: openStores(options.store),
    workOf: (runId) => workFolder(options.store, runId),
  });
}

class LocalPipeline implements Pipeline {
  readonly #options: StepOptions;

  constructor(options: StepOptions) {
    this.#options = options;
  }

  get stores(): Stores {
    return this.#options.stores;
  }

  async run(request: NewRun, options: RunOptions = {}): Promise<RunRecord> {
    pythonOf(this.#options.env);
    await this.#checkFree(null);
    const { clock, ids, stores } = this.#options;
    const runId = ids.next();
    const requestedAt = clock.now().toISOString();
    const whole = runRequest.parse({
      schema: "bobbin/run-request/1",
      runId,
      machine: "train",
      requestedAt,
      ...request,
    } satisfies RunRequest);
    claim(this.#options.workOf(runId), runId);
    await createOnce(stores.data, dataKeys.request(runId), runRequest, whole);
    options.started?.(runId);
    return this.#work({ runId, attempt: 1 }, localMachines[whole.machine as LocalMachine], options.signal);
  }

  async resume(runId: string, options: RunOptions = {}): Promise<RunRecord> {
    const { attempt, record } = await this.#stopped(runId, ["interrupted", "failed"]);
    pythonOf(this.#options.env);
    await this.#checkFree(runId);
    claim(this.#options.workOf(runId), runId);
    options.started?.(runId);
    return this.#work({ runId, attempt }, localMachines[record.machine as LocalMachine], options.signal);
  }

  async cancel(runId: string): Promise<RunRecord> {
    const { attempt } = await this.#stopped(runId, ["interrupted", "failed"]);
    const folder = this.#options.workOf(runId);
    claim(folder, runId);
    try {
      for (const jobs of [folder, ...trialFolders(folder)]) {
        for (const kind of ["train", "predict"]) {
          if (fs.existsSync(path.join(jobs, kind))) await endOrphans(path.join(jobs, kind));
        }
      }
      await this.#settle({ runId, attempt, cancelled: true });
    } finally {
      release(folder);
    }
    return this.#over(runId);
  }

  async stopAll(order: CutOffOrder): Promise<CutOffDone> {
    const { stores, clock, workOf } = this.#options;
    const done = await stopHere(order, { stores, clock, work: path.dirname(workOf("any")) });
    for (const { runId, status } of await this.runs()) if (status === "interrupted") await this.cancel(runId);
    return done;
  }

  async runs(): Promise<readonly RunRecord[]> {
    const records: RunRecord[] = [];
    for (const runId of await runIds(this.stores)) {
      // A run that was killed before its request was written never was.
      if ((await this.stores.data.head(dataKeys.request(runId))) !== null) records.push(await this.status(runId));
    }
    return records;
  }

  async status(runId: string): Promise<RunRecord> {
    return (await look(runId, this.#options)).record;
  }

  async #checkFree(except: string | null): Promise<void> {
    const busy = await busyWith(this.#options, except);
    if (busy !== null) throw busy;
  }

  /** @throws RunMissing, RunAlive, RunEnded */
  async #stopped(runId: string, wanted: readonly RunRecord["status"][]): Promise<Seen> {
    const seen = await look(runId, this.#options);
    if (seen.worker !== null) throw new BobbinError("RunAlive", { runId, pid: seen.worker.pid });
    const { status } = seen.record;
    if (!wanted.includes(status)) throw new BobbinError("RunEnded", { runId, status });
    return seen;
  }

  /** One try of a run, from the first state whose record is missing to an end or an interruption. */
  async #work(
    input: Required<Pick<TrainInput, "runId" | "attempt">>,
    machine: Machine<string, LocalStep>,
    signal?: AbortSignal,
  ): Promise<RunRecord> {
    const folder = this.#options.workOf(input.runId);
    try {
      const ending = await execute({
        asl: toAsl(machine, (step, seconds) => ({
          Resource: `bobbin:${step}`,
          TimeoutSeconds: Math.max(seconds, leastSeconds),
        })),
        input,
        handlers: this.#handlers(machine),
        signal,
      });
      await this.#settleIfNobodyDid(input, ending);
    } finally {
      release(folder);
    }
    return this.#over(input.runId);
  }

  #handlers(machine: Machine<string, LocalStep>): Record<string, Handler> {
    const handlers: Record<string, Handler> = {};
    for (const [state, made] of Object.entries(machine.states)) {
      if (made.kind !== "step") continue;
      handlers[state] = (input, signal) =>
        runStep<TrainInput, object>(
          {
            state,
            run: localSteps(this.#options, signal)[made.step],
            perAttempt: perAttempt.has(state),
            // A lap that is not the last, as Ingest and an experiment make them.
            isDone: (output) => !("done" in output) || output.done === true,
          },
          input as TrainInput,
          { clock: this.#options.clock, data: this.stores.data, sink: quietAfter(signal, this.#options.sink) },
        );
    }
    return handlers;
  }

  /** Some ways to fail are not caught by a machine; what the run holds is given back all the same. */
  async #settleIfNobodyDid(input: Required<Pick<TrainInput, "runId" | "attempt">>, ending: Ending): Promise<void> {
    if (ending.status !== "failed") return;
    const seen = await look(input.runId, this.#options);
    if (seen.attempt > input.attempt) return;
    await this.#settle({ ...input, error: { Error: ending.error, Cause: ending.cause } });
  }

  async #settle(input: SettleInput): Promise<void> {
    const step = {
      state: "Settle",
      run: (given: SettleInput) => settleLocally(given, this.#options),
      perAttempt: true,
    };
    try {
      await runStep<SettleInput, object>(step, input, { ...this.#options, data: this.stores.data });
    } catch (error) {
      // No machine is there to take it: a ledger that cannot be read is told by its own name.
      throw error instanceof StepFailure && isBobbinError(error.cause) ? error.cause : error;
    }
  }

  /** The record of a run that has stopped; where it has ended for good, its job folders go. */
  async #over(runId: string): Promise<RunRecord> {
    const record = await this.status(runId);
    const ended = ["succeeded", "skipped", "ingested", "cancelled", "rejected"].includes(record.status);
    if (ended) fs.rmSync(this.#options.workOf(runId), { recursive: true, force: true });
    return record;
  }
}

/** Of an experiment: where the jobs of its trainings lie. */
function trialFolders(folder: string): readonly string[] {
  const trials = path.join(folder, trialsFolder);
  return fs.existsSync(trials) ? fs.readdirSync(trials).map((name) => path.join(trials, name)) : [];
}

/** A state that was told to stop has not failed. */
function quietAfter(signal: AbortSignal, sink: EventSink): EventSink {
  return {
    emit(event) {
      if (!signal.aborted || event.kind !== "state" || event.status !== "failed") sink.emit(event);
    },
  };
}
