// An account as the guard meets it, in memory: what it asks to end ends a little later, and any of its calls can fail, die or wait.

import type { CloudMachine } from "../../lib/contracts/cloud-run.ts";
import { budgetConfig } from "../../lib/contracts/config.ts";
import { experimentPlan, trialOwner } from "../../lib/contracts/experiment.ts";
import { dataKeys } from "../../lib/contracts/layout.ts";
import { commitPromise, readLedger } from "../../lib/core/budget/book.ts";
import type { GuardPorts } from "../../lib/core/guard/guard.ts";
import { onceNotifier, tellUnfinished } from "../../lib/core/guard/tell-once.ts";
import type { LiveJob, Notifier, ObjectStore } from "../../lib/core/ports.ts";
import { documentBytes } from "../../lib/core/registry/cas.ts";
import { takeLock } from "../../lib/core/registry/lock.ts";
import type { EndedRun } from "../../lib/core/steps/look-after.ts";
import { memoryStores } from "./memory-store.ts";
import { runIds, testConfig, testRequest } from "./run-request.ts";

/** Before a call, `before`; when it has been done, `after`: whichever throws or never comes back is what the guard meets. */
export interface Trouble {
  readonly before?: (call: string, number: number) => Promise<void> | void;
  readonly after?: (call: string, number: number) => Promise<void> | void;
}

export const terms = budgetConfig.parse({ capUsd: 200, ends: "2030-01-01T00:00:00Z" });
export const begin = Date.parse("2026-12-01T00:00:00Z");
export const minute = 60_000;

const prices = { admission: 500_000, trainHour: 825_500, predictHour: 825_500 };

interface Job extends LiveJob {
  /** Looks until it has ended, once it is asked to; null while nobody asked. */
  ending: number | null;
  ended: boolean;
}

export class GuardWorld {
  readonly stores = memoryStores();
  readonly executions = new Map<
    string,
    { machine: CloudMachine; input: object; startedAt: string; running: boolean }
  >();
  readonly jobs = new Map<string, Job>();
  readonly instances = new Map<string, string>();
  readonly told: string[] = [];
  readonly started: string[] = [];
  /** Every call that changes something, in order. */
  readonly calls: string[] = [];
  doors = { starts: true, queue: true };
  bill: number | null = null;
  lastEnd: string | null = null;
  now = begin;
  trouble: Trouble = {};
  readonly #experiments = new Set<string>();
  #number = 0;
  #ids = 0;

  at = (minutes = 0) => new Date(this.now + minutes * minute).toISOString();

  async #call<T>(what: string, work: () => Promise<T> | T): Promise<T> {
    const number = this.#number++;
    await this.trouble.before?.(what, number);
    this.calls.push(what);
    const answer = await work();
    await this.trouble.after?.(what, number);
    return answer;
  }

  #watched(bucket: string, store: ObjectStore): ObjectStore {
    return {
      get: (key) => store.get(key),
      head: (key) => store.head(key),
      stream: (key, start, end) => store.stream(key, start, end),
      list: (prefix) => store.list(prefix),
      create: (key, body) => this.#call(`create ${bucket}/${key}`, () => store.create(key, body)),
      replace: (key, body, etag) => this.#call(`replace ${bucket}/${key}`, () => store.replace(key, body, etag)),
    };
  }

  /** A run that holds the pipeline and has promised; its execution runs. */
  async run(runId: string = runIds[0], attempt = 1, machine: CloudMachine = "train"): Promise<void> {
    const at = this.at();
    const clock = { now: () => new Date(this.now) };
    await takeLock(runId, `${runId}/lock/${attempt}`, null, { registry: this.stores.registry, clock });
    const asked = { runId, attempt, at, evidence: "a test" };
    await commitPromise(
      this.stores.registry,
      terms,
      [
        { ...asked, item: "admission", amount: 500_000 },
        { ...asked, item: "jobs", amount: 10_000_000 },
      ],
      `${runId}/promise/${attempt}`,
    );
    this.executions.set(`${runId}-${attempt}`, { machine, input: { runId, attempt }, startedAt: at, running: true });
  }

  /** An experiment of two trainings, of which the first is promised. */
  async experiment(runId: string, trials: readonly [string, string]): Promise<void> {
    await this.run(runId, 1, "experiment");
    this.#experiments.add(runId);
    const [id] = trials;
    const { data, registry } = this.stores;
    const folds = trials.map((trial, fold) => ({ id: trial, arm: 0, seed: 0, fold }));
    const plan = experimentPlan.parse({
      ...{ schema: "bobbin/experiment-plan/1", runId, experiment: { kind: "grouped-cv", folds: 3 } },
      ...{ base: { name: "yolov8n", sha256: "a".repeat(64), official: true }, framesSha256: "b".repeat(64) },
      ...{ parts: {}, folds: {}, arms: [{ name: "one", args: {} }], trials: folds },
    });
    await data.create(dataKeys.experiment(runId, "plan.json"), documentBytes(plan));
    const owner = trialOwner.parse({ schema: "bobbin/trial-owner/1", runId, number: 0 });
    await data.create(dataKeys.trialOwner(id), documentBytes(owner));
    const promised = { runId: id, attempt: 1, item: "jobs", amount: 10_000_000, at: this.at(), evidence: "" } as const;
    await commitPromise(registry, terms, promised, `${id}/promise`);
  }

  job(name: string, change: Partial<LiveJob> = {}): string {
    const id = `job-${++this.#ids}`;
    const of = { id, name, isRunning: true, createdAt: this.at(), startedAt: this.at(), deadline: null };
    this.jobs.set(id, { ...of, ...change, ending: null, ended: false });
    return id;
  }

  /** It ended in a way that nobody heard of. */
  end(name: string): EndedRun | null {
    const found = this.executions.get(name);
    if (found !== undefined) found.running = false;
    const { runId = "", attempt = 1 } = (found?.input ?? {}) as { runId?: string; attempt?: number };
    return found === undefined ? null : { runId, attempt, cancelled: false };
  }

  live = () => [...this.jobs.values()].filter(({ ended }) => !ended);
  running = () => [...this.executions].filter(([, { running }]) => running).map(([name]) => name);
  ledger = () => readLedger(this.stores.registry, terms);

  #set(doors: Partial<GuardWorld["doors"]>): void {
    this.doors = { ...this.doors, ...doors };
  }

  #look(): readonly LiveJob[] {
    for (const job of this.live()) {
      if (job.ending === null) continue;
      job.ending -= 1;
      job.ended = job.ending < 0;
      if (job.ended) this.lastEnd = this.at();
    }
    return this.live().map(({ ending: _, ended: __, ...job }) => job);
  }

  /** As another process sees it: nothing is remembered. */
  ports(): GuardPorts {
    const clock = { now: () => new Date(this.now) };
    const costs = { of: async () => null };
    const marks = { data: this.#watched("data", this.stores.data), clock };
    const people: Notifier = {
      tell: async (subject) => this.#call(`tell ${subject}`, () => void this.told.push(subject)),
    };
    return {
      stores: {
        data: this.#watched("data", this.stores.data),
        registry: this.#watched("registry", this.stores.registry),
      },
      requests: {
        read: async (runId) =>
          testRequest("incoming/trays/a.zip", {
            ...{ runId, config: testConfig({ budget: terms }) },
            ...(this.#experiments.has(runId) ? { machine: "experiment" as const } : {}),
          }),
      },
      ...{ clock, costs, costsNow: costs, prices },
      ids: { next: () => `01ARZ3NDEKTSV4RRFFQ69G5F${String(++this.#ids).padStart(2, "0")}` },
      start: async ({ runId }) => this.#call(`start ${runId}`, () => void this.started.push(runId)),
      notifier: onceNotifier(people, marks),
      tellUnfinished: () => tellUnfinished(people, marks),
      executions: this.#executions(),
      queue: {
        live: async () => this.#look(),
        lastEnd: async () => this.lastEnd,
        terminate: (id) =>
          this.#call(`terminate ${id}`, () => {
            const job = this.jobs.get(id);
            if (job !== undefined) job.ending ??= 2;
          }),
      },
      instances: {
        up: async () => [...this.instances].map(([id, since]) => ({ id, since })),
        terminate: (id) => this.#call(`terminate ${id}`, () => void this.instances.delete(id)),
      },
      doors: {
        shutStarts: () => this.#call("shut starts", () => this.#set({ starts: false })),
        shutQueue: () => this.#call("shut queue", () => this.#set({ queue: false })),
        open: () => this.#call("open", () => this.#set({ starts: true, queue: true })),
      },
      bill: { read: async () => this.bill },
      limits: { runSeconds: 86_400, aroundSeconds: 1800 },
      wait: async (milliseconds) => {
        this.now += milliseconds;
      },
    };
  }

  #executions(): GuardPorts["executions"] {
    const world = this;
    return {
      start: () => Promise.reject(new RangeError("nobody starts by hand here")),
      stop: ({ name }) => world.#call(`stop ${name}`, () => void world.end(name)),
      describe: async () => null,
      anyRunning: async (machine) =>
        [...world.executions.values()].some((one) => one.running && one.machine === machine),
      async *running(machine) {
        for (const [name, { machine: of, input, startedAt, running }] of world.executions)
          if (running && of === machine)
            yield { name, arn: `arn:aws:states:us-east-1:1:execution:m:${name}`, input, startedAt };
      },
      history: () => {
        throw new RangeError("nobody reads a history here");
      },
    };
  }
}
