// `evaluate` on this machine: the ports of a run, without its machine, lock and journal.
import fs from "node:fs";
import { monotonicFactory } from "ulid";
import type { EventSink, Stores } from "../core/ports.ts";
import { type EvaluatedRelease, type EvaluateReleaseInput, evaluateRelease } from "../core/steps/evaluate-release.ts";
import { imageProbe } from "./decode/image-probe.ts";
import { openExport } from "./export-source/open.ts";
import { createLocalJobs } from "./jobs/local-jobs.ts";
import { pythonOf } from "./jobs/python.ts";
import { abortableStores } from "./store/abortable.ts";
import { openStores, workFolder } from "./store/open.ts";

export interface EvaluatorOptions {
  /** Folder of the store. */
  readonly store: string;
  /** Folder of the trainer's Python environment. */
  readonly env: string;
  /** Folder that holds the package `bobbin_trainer`. */
  readonly trainer: string;
  readonly sink: EventSink;
  /** Aborted, it stops at its next look into the store, and the trainer is stopped. */
  readonly signal: AbortSignal;
}

export interface Evaluator {
  readonly stores: Stores;
  /** @throws TrainerMissing and what `evaluateRelease` throws */
  evaluate(input: Omit<EvaluateReleaseInput, "runId">): Promise<EvaluatedRelease & { readonly runId: string }>;
}

/** @throws StoreUnusable */
export function openEvaluator(options: EvaluatorOptions): Evaluator {
  const stores = openStores(options.store);
  return {
    stores,
    async evaluate(input) {
      pythonOf(options.env);
      const runId = monotonicFactory()();
      const work = workFolder(options.store, runId);
      const evaluated = await evaluateRelease({ ...input, runId }, portsOf(options)).catch((error: unknown) => {
        // After a fault the trainer's log stays; after Ctrl-C nobody asks for it.
        if (options.signal.aborted) fs.rmSync(work, { recursive: true, force: true });
        throw error;
      });
      fs.rmSync(work, { recursive: true, force: true });
      return { ...evaluated, runId };
    },
  };
}

function portsOf({ store, env, trainer, sink, signal }: EvaluatorOptions): Parameters<typeof evaluateRelease>[1] {
  const stores = abortableStores(openStores(store), signal);
  const workOf = (runId: string) => workFolder(store, runId);
  return {
    stores,
    clock: { now: () => new Date() },
    events: sink,
    exports: { open: ({ location }) => openExport(location) },
    probe: imageProbe({ locate: (key) => stores.data.readPath(key) }),
    jobs: createLocalJobs({ stores, workOf, env, trainer, sink, signal }),
    // The page loads Vega, which nothing before it should wait for.
    page: async (input) => (await import("../report/evaluation.ts")).renderEvaluation(input),
  };
}
