// An account in memory in which a machine runs as Step Functions has it (lib/workflow/cloud.ts) on the in-process engine: the
// steps that take, promise and give back are the real ones; what a training answers was recorded from a real one
// (test/fixtures/recorded-run.json). One state fails in one way; then comes what comes then: the event of the end, the schedule, proof.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { CloudMachine } from "../../../lib/contracts/cloud-run.ts";
import { budgetConfig } from "../../../lib/contracts/config.ts";
import { experimentPlan, trialOwner } from "../../../lib/contracts/experiment.ts";
import type { Job } from "../../../lib/contracts/job.ts";
import { dataKeys } from "../../../lib/contracts/layout.ts";
import { recipe } from "../../../lib/contracts/recipe.ts";
import { type RunRequest, runRequest } from "../../../lib/contracts/run.ts";
import { readLedger } from "../../../lib/core/budget/book.ts";
import { pricePerHour, pricesOf } from "../../../lib/core/budget/price-table.ts";
import { proveCost, type SeenJob } from "../../../lib/core/budget/proof.ts";
import { toProve } from "../../../lib/core/budget/view.ts";
import { digestOf } from "../../../lib/core/config/canonical.ts";
import type { ObjectStore } from "../../../lib/core/ports.ts";
import { documentBytes, findDocument, readDocument } from "../../../lib/core/registry/cas.ts";
import { readLock } from "../../../lib/core/registry/lock.ts";
import { admit } from "../../../lib/core/steps/admit.ts";
import { proveLater } from "../../../lib/core/steps/close-promises.ts";
import { markJob } from "../../../lib/core/steps/cloud-job.ts";
import { collectJob } from "../../../lib/core/steps/collect-job.ts";
import { collectTrial, reserveTrial } from "../../../lib/core/steps/experiment/trial.ts";
import { lookAfter } from "../../../lib/core/steps/look-after.ts";
import { reserve } from "../../../lib/core/steps/reserve.ts";
import { reserveMeasure } from "../../../lib/core/steps/reserve-measure.ts";
import { settleRun } from "../../../lib/core/steps/settle.ts";
import type { ExperimentInput, MeasureInput, TrainInput } from "../../../lib/core/steps/types.ts";
import { runStep } from "../../../lib/core/steps/wrapper.ts";
import { execute, type Handler } from "../../../lib/local/engine/engine.ts";
import type { AslMachine } from "../../../lib/workflow/asl.ts";
import { cloudAsl } from "../../../lib/workflow/cloud.ts";
import { experimentMachine } from "../../../lib/workflow/experiment.ts";
import type { Machine } from "../../../lib/workflow/machine.ts";
import { measureMachine } from "../../../lib/workflow/measure.ts";
import { trainMachine } from "../../../lib/workflow/train.ts";
import { MemoryStore } from "../memory-store.ts";
import { firstObjects } from "../model/programs.ts";
import { runIds, testConfig, testRequest } from "../run-request.ts";

const recorded = z
  .object({
    runId: z.string(),
    steps: z.record(z.string(), z.looseObject({})),
    results: z.record(z.string(), z.looseObject({})),
  })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, "../../fixtures/recorded-run.json"), "utf8")));

export const failures = ["throws", "times out", "is stopped", "machine times out", "lost answer", "killed"] as const;
export type Failure = (typeof failures)[number];

const image = ["FindImage", "BuildImage"] as const;
const training = ["StageTrain", "Train", "CollectTrain"] as const;
const prediction = ["StagePredict", "Predict", "CollectPredict"] as const;
/** States that do something, in order. An experiment has two trainings; what fails, fails in the first. */
export const states = {
  train: ["Admit", "Ingest", "Split", "Reserve", ...image, ...training, ...prediction, "Compare", "Publish", "Settle"],
  measure: ["Admit", "Ingest", "Reserve", ...image, ...prediction, "NeedTraining", "Settle"],
  experiment: ["Admit", "Ingest", "Reserve", ...image, ...training, ...prediction, "Compare", "Settle"],
} as const satisfies Record<CloudMachine, readonly string[]>;
export type StateName = (typeof states)[CloudMachine][number];
const machines = { train: trainMachine, measure: measureMachine, experiment: experimentMachine };

const kindOf = (state: StateName): Job["kind"] => (state.endsWith("Train") ? "train" : "predict");
const isJob = (state: StateName) => state === "Train" || state === "Predict";
const isImage = (state: StateName) => state === "FindImage" || state === "BuildImage";

export interface Left {
  /** Of the execution. */
  readonly status: string;
  /** How Settle or the watch called it. */
  readonly outcome: string;
  /** Who settled: the machine, the event of its end, the schedule. */
  readonly settledBy: string;
  readonly holder: string | null;
  /** Items that are not settled, before the proof is looked for and after it. */
  readonly waiting: readonly string[];
  readonly open: readonly string[];
  /** Micro-dollars. */
  readonly committed: number;
  readonly spent: number;
  readonly told: readonly string[];
}

const [runId, nextId, ...trials] = runIds;
const minute = 60_000;
const idleMonth = 0;

/** Dies with the function that it belongs to. */
class Died extends Error {
  override readonly name = "Lambda.Unknown";
}

export async function failIn(machine: CloudMachine, state: StateName, failure: Failure): Promise<Left> {
  return new Stack(machine, state, failure).live();
}

/** Of an experiment of two trainings, as Reserve would make it. */
const plan = experimentPlan.parse({
  ...{ schema: "bobbin/experiment-plan/1", runId, base: { name: "yolov8n", sha256: "c".repeat(64), official: false } },
  experiment: { kind: "ablate", vary: [{ argument: "fliplr", values: [0, 0.5] }], seeds: 1 },
  ...{ framesSha256: "d".repeat(64), parts: {}, folds: {} },
  arms: [0, 0.5].map((fliplr) => ({ name: `fliplr ${fliplr}`, args: { fliplr } })),
  trials: trials.map((id, arm) => ({ id, arm, seed: 0, fold: null })),
});

/** What steps that are not real here answer with. */
const answers: Readonly<Record<CloudMachine, Readonly<Record<string, object>>>> = {
  train: recorded.steps,
  measure: { ...recorded.steps, NeedTraining: { answer: "inconclusive", reason: "Two groups are too few." } },
  experiment: { ...recorded.steps, Compare: { summary: "None of them differs." } },
};

/** A job, and the id that it stands under. */
type OwnedJob = SeenJob & { readonly of: string };

class Stack {
  readonly #machine: CloudMachine;
  readonly #state: StateName;
  readonly #failure: Failure;
  readonly #data = new MemoryStore();
  readonly #registry = new MemoryStore();
  readonly #jobs: OwnedJob[] = [];
  readonly #told: string[] = [];
  readonly #control = new AbortController();
  readonly #request: RunRequest;
  #now = Date.parse("2026-12-01T00:00:00Z");
  #failed = false;
  #running = true;
  #settledBy = "";
  #outcome = "";
  /** What was done when an execution was stopped. */
  #stopped: Promise<void> = Promise.resolve();
  /** Batch ends a job that it was asked to end. */
  #endLate: () => void = () => undefined;

  constructor(machine: CloudMachine, state: StateName, failure: Failure) {
    this.#machine = machine;
    this.#state = state;
    this.#failure = failure;
    const short = recipe.parse({ schema: "bobbin/recipe/1", name: "test", args: {}, timeoutSeconds: 3600 });
    const config = testConfig({ budget: budgetConfig.parse({ capUsd: 100, ends: "2027-12-01T00:00:00Z" }) });
    this.#request = testRequest("-", {
      ...{ runId, config, configSha256: digestOf(config), recipe: short, recipeSha256: digestOf(short) },
      ...{ machine, ...(machine === "experiment" ? { experiment: plan.experiment } : {}) },
      source: { location: "incoming/trays/may.zip", versionId: "v1", sha256: null, bytes: 1e8 },
    });
  }

  async live(): Promise<Left> {
    for (const [key, text] of firstObjects()) await this.#data.create(key.replace(/^data\//, ""), Buffer.from(text));
    await this.#data.create(dataKeys.request(runId), documentBytes(this.#request));
    if (this.#machine === "experiment")
      await this.#data.create(dataKeys.experiment(runId, "plan.json"), documentBytes(plan));
    const { signal } = this.#control;
    const handlers = Object.fromEntries(states[this.#machine].map((name) => [name, this.#handler(name)]));
    const ending = await execute({
      ...{ asl: this.#asl(), input: { runId, attempt: 1 }, handlers, signal, retryMilliseconds: 1 },
    });
    this.#running = false;
    await this.#stopped;
    // The event of the end; of a success nobody asks.
    if (ending.status === "failed") await this.#watch("the event", false);
    this.#now += 20 * minute;
    await this.#look("the schedule", () => lookAfter(null, this.#ports()));
    const waiting = await this.#unsettled();
    this.#endLate();
    await this.#prove();
    return this.#left(ending.status, waiting);
  }

  /** The stack's machine; a state that is to hang has a second. */
  #asl(): AslMachine {
    const place = {
      ...{ functionArn: (name: string) => `arn:aws:lambda:::${name}`, jobQueue: "q", jobDefinition: "d" },
      ...{ imageProject: "p", imageRepository: "r", imageTag: "t", jobSeconds: 36_000 },
    };
    const asl = cloudAsl(machines[this.#machine] as Machine, place);
    const mine = Object.entries(asl.States).map(([name, { Parameters: _, ResultSelector: __, ...made }]) => {
      const hangs = name === this.#state && this.#failure === "times out";
      return [name, { ...made, ...(hangs ? { TimeoutSeconds: 1 } : {}) }];
    });
    return { ...asl, States: Object.fromEntries(mine) };
  }

  // What a state does, and how it fails, once.

  #handler(state: StateName): Handler {
    return (input, signal) => {
      const work = (stores = this.#stores()) => this.#work(state, input as TrainInput, stores);
      if (state !== this.#state || this.#failed) return work();
      this.#failed = true;
      return isJob(state) ? this.#failJob(state, idOf(input), signal) : this.#fail(state, work, signal);
    };
  }

  async #fail(state: StateName, work: Work, signal: AbortSignal): Promise<object> {
    switch (this.#failure) {
      case "throws":
        throw Object.assign(new Error("made up"), {
          name: isImage(state) ? "CodeBuild.ServerException" : "ObjectCorrupt",
        });
      case "times out":
        // AWS ends the function with its state.
        return new Promise((_, fail) => signal.addEventListener("abort", () => fail(new Died("its time was over"))));
      case "is stopped":
      case "machine times out":
        await this.#stop();
        // It goes on, and nobody hears its answer.
        return work();
      case "lost answer":
        await work();
        throw Object.assign(new Error("no answer"), { name: "Lambda.SdkClientException" });
      case "killed":
        return dyingAfterWrites(1, this.#stores(), work);
    }
  }

  /** A machine of Batch in the hand of Step Functions. */
  async #failJob(state: StateName, id: string, signal: AbortSignal): Promise<object> {
    const kind = kindOf(state);
    const failed = (name: string) => Object.assign(new Error("{}"), { name });
    switch (this.#failure) {
      case "throws":
        throw failed("Batch.ClientException");
      case "times out": {
        // Step Functions asks Batch to end it, and Batch takes its time.
        this.#endLate = this.#submit(kind, id);
        return new Promise((_, fail) => signal.addEventListener("abort", () => fail(failed("States.Timeout"))));
      }
      case "is stopped":
      case "machine times out": {
        this.#endLate = this.#submit(kind, id);
        await this.#stop();
        throw new Died("stopped");
      }
      case "lost answer":
        await this.#rent(kind, id);
        throw failed("Batch.SdkClientException");
      case "killed": {
        this.#submit(kind, id, [40])();
        throw failed("Batch.JobFailed");
      }
    }
  }

  async #stop(): Promise<void> {
    this.#control.abort();
    this.#running = false;
    // Batch and people are slower than an event.
    this.#stopped = this.#watch("the event", this.#failure === "is stopped");
    await this.#stopped;
  }

  async #work(state: StateName, input: TrainInput, stores: Stores): Promise<object> {
    const clock = this.#clock;
    const ports = { clock, data: stores.data, sink: { emit: () => undefined } };
    const isDone = (output: object) => !("done" in output) || output.done === true;
    const step = (name: string, run: (given: TrainInput) => Promise<object>, perAttempt = false) =>
      runStep({ state: name, perAttempt, run, isDone }, input, ports);
    switch (state) {
      case "Admit":
        return step("Admit", (given) => admit(given, { ...this.#ports(stores), whenBusy: "wait" }), true);
      case "Reserve":
        return step("Reserve", (given) => this.#reserve(given, stores), true);
      case "FindImage":
        if (this.#state === "BuildImage")
          throw Object.assign(new Error("none"), { name: "Ecr.ImageNotFoundException" });
        return {};
      case "BuildImage":
        return {};
      case "StageTrain":
      case "StagePredict": {
        const kind = kindOf(state);
        await markJob({ kind, id: idOf(input) }, input, stores.data);
        return { BOBBIN_JOB: kind, BOBBIN_RUN_ID: idOf(input) };
      }
      case "Train":
      case "Predict":
        return this.#rent(kindOf(state), idOf(input));
      case "CollectTrain":
      case "CollectPredict": {
        const { Error: name, Cause = "" } = input.job ?? {};
        const said = name === undefined ? undefined : { Error: name, Cause };
        const kind = kindOf(state);
        return step(kind === "train" ? "Train" : "Predict", (given) =>
          this.#machine === "experiment"
            ? collectTrial(kind, given as ExperimentInput, said, this.#ports(stores))
            : collectJob(kind, runId, said, stores.data),
        );
      }
      case "Settle":
        return this.#look("the machine", () => step("Settle", (given) => settleRun(given, this.#ports(stores)), true));
      default:
        return step(state, async () => answers[this.#machine][state] ?? {});
    }
  }

  #reserve(given: TrainInput, stores: Stores): Promise<object> {
    const ports = this.#ports(stores);
    if (this.#machine === "train") return reserve(given, ports);
    if (this.#machine === "measure") return reserveMeasure(given as MeasureInput, ports);
    return reserveTrial(given as ExperimentInput, ports);
  }

  /** A job that does what the recorded one did: its answer lies in the store. */
  async #rent(kind: Job["kind"], id: string): Promise<object> {
    this.#submit(kind, id)();
    await this.#data.create(dataKeys.result(id, kind), documentBytes({ ...recorded.results[kind], runId: id }));
    return { jobId: kind };
  }

  /** @param minutes that each of its tries ran @returns ends it */
  #submit(kind: Job["kind"], of: string, minutes: readonly number[] = [10]): () => void {
    const createdAt = this.#now;
    const job = { id: kind, of, kind, createdAt };
    const index = this.#jobs.push({ ...job, endedAt: null, attempts: [] }) - 1;
    return () => {
      const attempts = minutes.map((length) => {
        const startedAt = this.#now + 5 * minute;
        this.#now = startedAt + length * minute;
        return { startedAt, stoppedAt: this.#now };
      });
      this.#jobs[index] = { ...job, endedAt: this.#now, attempts };
    };
  }

  // What comes after it.

  async #watch(by: string, cancelled: boolean): Promise<void> {
    await this.#look(by, () => lookAfter({ runId, attempt: 1, cancelled }, this.#ports()));
  }

  async #look<T extends object | null>(by: string, work: () => Promise<T>): Promise<T> {
    const done = await work();
    const outcome = (done as { readonly outcome?: string } | null)?.outcome;
    if (outcome !== undefined && this.#settledBy === "") {
      this.#settledBy = by;
      this.#outcome = outcome;
    }
    return done;
  }

  async #prove(): Promise<void> {
    this.#now += 24 * 60 * minute;
    const ledger = await readLedger(this.#registry, this.#request.config.budget);
    for (const { runId: of, attempt } of toProve(ledger, this.#clock.now().toISOString(), 3600)) {
      const owner = (await findDocument(this.#data, dataKeys.trialOwner(of), trialOwner))?.value.runId;
      await proveLater({ runId: owner ?? of, attempt }, this.#ports());
    }
  }

  readonly #clock = { now: () => new Date(this.#now) };
  #stores(): Stores {
    return { data: this.#data, registry: this.#registry };
  }

  #prices() {
    const place = { region: "us-east-1", instanceType: "g6.xlarge", said: false, tries: 2, waitSeconds: 3600 };
    const hour = pricePerHour(place.region, place.instanceType) ?? Number.NaN;
    return pricesOf({ ...place, hour, nat: false, idleMonth });
  }

  #ports(stores: Stores = this.#stores()) {
    const prices = this.#prices();
    return {
      ...{ stores, clock: this.#clock, prices, trainer: { version: async () => "1" } },
      requests: {
        read: async (of: string) => (await readDocument(stores.data, dataKeys.request(of), runRequest)).value,
      },
      ids: { next: () => nextId },
      costs: {
        of: async (id: string, { staged }: { readonly staged: readonly Job["kind"][] }) => {
          const own = this.#jobs.filter(({ of }) => of === id);
          return proveCost(own, staged, prices);
        },
      },
      notifier: { tell: async (subject: string) => void this.#told.push(subject) },
      start: async () => {
        throw new RangeError("nobody waits here");
      },
      executions: { anyRunning: async () => this.#running },
    };
  }

  async #unsettled(): Promise<string[]> {
    const { entries } = await readLedger(this.#registry, this.#request.config.budget);
    return entries
      .filter(({ settled }) => settled === null)
      .map(({ item, endedAt }) => (endedAt === null ? `${item}, not over` : item));
  }

  async #left(status: string, waiting: readonly string[]): Promise<Left> {
    const { entries } = await readLedger(this.#registry, this.#request.config.budget);
    const hour = this.#prices().trainHour;
    const length = this.#jobs.reduce((sum, { createdAt, endedAt }) => sum + ((endedAt ?? this.#now) - createdAt), 0);
    return {
      ...{ status, outcome: this.#outcome, settledBy: this.#settledBy, waiting, open: await this.#unsettled() },
      holder: (await readLock(this.#registry)).holder?.runId ?? null,
      committed: entries.reduce((sum, { settled, promised }) => sum + (settled ?? promised), 0),
      spent: Math.ceil((length / 3_600_000) * hour),
      told: this.#told,
    };
  }
}

/** What a job of the input's state stands under. */
function idOf(input: object): string {
  const { reserve } = input as ExperimentInput;
  return plan.trials[reserve?.outcome === "reserved" ? (reserve.trial ?? -1) : -1]?.id ?? runId;
}

interface Stores {
  readonly data: ObjectStore;
  readonly registry: ObjectStore;
}
type Work = (stores?: Stores) => Promise<object>;

/** The function dies with its n-th write done and nobody told; where it writes less, before its answer. */
async function dyingAfterWrites(most: number, { data, registry }: Stores, work: Work): Promise<never> {
  let left = most;
  const dying = (store: ObjectStore): ObjectStore => {
    const write = async (done: Promise<string>) => {
      const etag = await done;
      left -= 1;
      if (left === 0) throw new Died("killed");
      return etag;
    };
    return {
      get: (key) => store.get(key),
      head: (key) => store.head(key),
      create: (key, body) => write(store.create(key, body)),
      replace: (key, body, etag) => write(store.replace(key, body, etag)),
      stream: (...given) => store.stream(...given),
      list: (prefix) => store.list(prefix),
    };
  };
  await work({ data: dying(data), registry: dying(registry) }).catch(() => undefined);
  throw new Died("killed");
}
