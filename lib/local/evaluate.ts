// `evaluate` on this machine: the ports of a run, without its machine, lock and journal.
import fs from "node:fs";
import path from "node:path";
import { monotonicFactory } from "ulid";
import { dataKeys } from "../contracts/layout.ts";
import type { EventSink } from "../core/ports.ts";
import { type EvaluatedRelease, type EvaluateReleaseInput, evaluateRelease } from "../core/steps/evaluate-release.ts";
import { imageProbe } from "./decode/image-probe.ts";
import { openExport } from "./export-source/open.ts";
import { createLocalJobs } from "./jobs/local-jobs.ts";
import { pythonOf } from "./jobs/python.ts";
import { clearAbandoned } from "./process/abandoned.ts";
import { claim, release } from "./process/claim.ts";
import { abortableStores } from "./store/abortable.ts";
import { type LocalStores, openStores, workFolder } from "./store/open.ts";

export interface EvaluatorOptions {
  /** Folder of the trainer's Python environment. */
  readonly env: string;
  /** Folder that holds the package `bobbin_trainer`. */
  readonly trainer: string;
  readonly sink: EventSink;
  /** Aborted, it stops at its next look into the store, and the trainer is stopped. */
  readonly signal: AbortSignal;
}

/** Where an evaluation works. */
export interface Workplace {
  readonly runId: string;
  /** Claimed by this process; goes with the evaluation, or where that was killed with the next one. */
  readonly folder: string;
  readonly stores: LocalStores;
}

export type Evaluated = EvaluatedRelease & { readonly runId: string };

/** In a store of this machine, beside the runs. @throws TrainerMissing, StoreUnusable */
export async function workInStore(store: string, env: string): Promise<Workplace> {
  pythonOf(env);
  const stores = openStores(store);
  const isRun = async (runId: string) => (await stores.data.head(dataKeys.request(runId))) !== null;
  await clearAbandoned(path.dirname(workFolder(store, "-")), isRun);
  const runId = monotonicFactory()();
  return opened({ runId, folder: workFolder(store, runId), stores });
}

/** In a folder that holds evaluations alone, each with a store of its own that goes with it. @throws TrainerMissing, StoreUnusable */
export async function workApart(parent: string, env: string): Promise<Workplace> {
  pythonOf(env);
  await clearAbandoned(parent, async () => false);
  const runId = monotonicFactory()();
  const folder = path.join(parent, runId);
  return opened({ runId, folder, stores: openStores(folder) });
}

function opened(workplace: Workplace): Workplace {
  claim(workplace.folder, workplace.runId);
  return workplace;
}

/**
 * Works, and clears the place; after a fault the trainer's log stays until the next evaluation, after Ctrl-C nobody asks for it.
 */
export async function inWorkplace<T>({ folder }: Workplace, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    const done = await work();
    fs.rmSync(folder, { recursive: true, force: true });
    return done;
  } catch (error) {
    if (signal.aborted) fs.rmSync(folder, { recursive: true, force: true });
    else release(folder);
    throw error;
  }
}

/** @throws what `evaluateRelease` throws */
export async function evaluateIn(
  { runId, folder, stores }: Workplace,
  input: Omit<EvaluateReleaseInput, "runId">,
  options: EvaluatorOptions,
): Promise<Evaluated> {
  const evaluated = await evaluateRelease({ ...input, runId }, portsOf(folder, stores, options));
  return { ...evaluated, runId };
}

function portsOf(
  folder: string,
  whole: LocalStores,
  { env, trainer, sink, signal }: EvaluatorOptions,
): Parameters<typeof evaluateRelease>[1] {
  const stores = abortableStores(whole, signal);
  return {
    stores,
    clock: { now: () => new Date() },
    events: sink,
    exports: { open: ({ location }) => openExport(location) },
    probe: imageProbe({ locate: (key) => stores.data.readPath(key) }),
    jobs: createLocalJobs({ stores, workOf: () => folder, env, trainer, sink, signal }),
    // The page loads Vega, which nothing before it should wait for.
    page: async (input) => (await import("../report/evaluation.ts")).renderEvaluation(input),
  };
}
