// The programs of the model: the account's functions as lambdas/ puts them together, over the real steps; and what a guard and a person do.
import type { Config } from "../../../lib/contracts/config.ts";
import { budgetConfig } from "../../../lib/contracts/config.ts";
import { dataKeys } from "../../../lib/contracts/layout.ts";
import { recipe } from "../../../lib/contracts/recipe.ts";
import { type RunRequest, runRequest } from "../../../lib/contracts/run.ts";
import { commitBill, commitClosing, commitRaise } from "../../../lib/core/budget/book.ts";
import { digestOf } from "../../../lib/core/config/canonical.ts";
import { createOnce, documentBytes, readDocument } from "../../../lib/core/registry/cas.ts";
import { admit } from "../../../lib/core/steps/admit.ts";
import { proveLater } from "../../../lib/core/steps/close-promises.ts";
import { markJob } from "../../../lib/core/steps/cloud-job.ts";
import { lookAfter } from "../../../lib/core/steps/look-after.ts";
import { reserve } from "../../../lib/core/steps/reserve.ts";
import { settleRun } from "../../../lib/core/steps/settle.ts";
import type { SplitOutput, TrainInput } from "../../../lib/core/steps/types.ts";
import { runStep } from "../../../lib/core/steps/wrapper.ts";
import { testConfig, testRequest } from "../run-request.ts";
import { modelPrices, timeoutSeconds } from "./batch.ts";
import type { Program, World } from "./process.ts";

/** One process: which program on what, and how its clock goes. */
export type Call =
  | { readonly program: "admit" | "reserve" | "stage" | "settle"; readonly input: TrainInput; readonly upload: string }
  | { readonly program: "ended"; readonly runId: string; readonly attempt: number; readonly cancelled: boolean }
  | { readonly program: "prove"; readonly runId: string; readonly attempt: number }
  | { readonly program: "tick"; readonly minutes: number }
  | { readonly program: "cutOff" }
  | { readonly program: "bill"; readonly amount: number }
  | { readonly program: "raise"; readonly to: number; readonly number: number };

export interface Setting {
  readonly budget: Config["budget"];
}

/** Half an hour before a month ends, so that an hour's skew of a clock leads into the next. */
const now = Date.parse("2026-11-30T23:30:00Z");
const minute = 60_000;

/** @param cap micro-dollars */
export function settingOf(cap: number): Setting {
  return { budget: budgetConfig.parse({ capUsd: cap / 1e6, ends: "2027-01-01T00:00:00Z" }) };
}

const plan = recipe.parse({ schema: "bobbin/recipe/1", name: "test", args: {}, timeoutSeconds });

function requestOf(runId: string, upload: string, { budget }: Setting): RunRequest {
  const config = testConfig({ budget });
  return testRequest("-", {
    ...{ runId, config, configSha256: digestOf(config), recipe: plan, recipeSha256: digestOf(plan) },
    source: { location: `incoming/trays/${upload}.zip`, versionId: "v1", sha256: null },
  });
}

export const split: SplitOutput = {
  ...{ dataset: "trays", version: "d1", unchanged: false, testSet: "t1" },
  ...{ manifestSha256: "a".repeat(64), splitSha256: "b".repeat(64) },
  difference: {
    ...{ framesAdded: 1, framesRemoved: 0, framesChanged: 0, framesUnchanged: 0, boxesBefore: 0, boxesAfter: 1 },
  },
};

/** What lies in the buckets before anything happens. */
export function firstObjects(): ReadonlyMap<string, string> {
  const weights = {
    ...{ schema: "bobbin/base-weights/1", name: "yolov8n", file: "yolov8n.pt", sha256: "c".repeat(64), bytes: 1 },
    ...{ official: false, addedAt: "2026-11-01T00:00:00.000Z" },
  };
  const text = (value: unknown) => Buffer.from(documentBytes(value)).toString();
  return new Map([
    [`data/${dataKeys.baseName("yolov8n")}`, text(weights)],
    [`data/${dataKeys.baseWeights("c".repeat(64))}`, "weights"],
  ]);
}

/** @param skew minutes that the process's clock is wrong by @param started the run that Settle would start next */
export function programOf(call: Call, skew: number, started: string, setting: Setting): Program {
  return (world) => {
    const later = call.program === "tick" ? call.minutes : 0;
    const clock = { now: () => new Date(now + (skew + later) * minute) };
    const read = (runId: string) => readDocument(world.stores.data, dataKeys.request(runId), runRequest);
    const requests = { read: async (runId: string) => (await read(runId)).value };
    const ports = { ...world, requests, clock, prices: modelPrices };
    const settle = { ...ports, ids: { next: () => started } };
    switch (call.program) {
      case "admit":
        return inJournal("Admit", call.input, world, clock, async (input) => {
          // As Admit does with an event, or with a run that is taken up again.
          const request = requestOf(input.runId, call.upload, setting);
          await createOnce(world.stores.data, dataKeys.request(input.runId), runRequest, request);
          return admit(input, { ...ports, whenBusy: "wait" });
        });
      case "reserve":
        return inJournal("Reserve", { ...call.input, split }, world, clock, (input) =>
          reserve(input, { ...ports, trainer: { version: async () => "1" } }),
        );
      case "stage":
        return stage(call.input, world);
      case "settle":
        return inJournal("Settle", call.input, world, clock, (input) => settleRun(input, settle));
      case "ended":
        return lookAfter(call, settle);
      case "prove":
        return proveLater(call, ports);
      case "tick":
        return lookAfter(null, settle);
      case "cutOff":
        return commitClosing(
          world.stores.registry,
          setting.budget.name,
          { at: clock.now().toISOString(), reason: "cut off" },
          "cut",
        );
      case "bill": {
        const bill = { amount: call.amount, at: clock.now().toISOString() };
        return commitBill(world.stores.registry, setting.budget.name, bill, `bill/${call.amount}`);
      }
      case "raise": {
        const raise = { to: call.to, reason: "more to do", by: "someone", at: clock.now().toISOString() };
        return commitRaise(world.stores.registry, setting.budget.name, raise, `raise/${call.number}`);
      }
    }
  };
}

type Clock = { readonly now: () => Date };

function inJournal<O extends object>(
  state: string,
  input: TrainInput,
  { stores }: World,
  clock: Clock,
  run: (input: TrainInput) => Promise<O>,
): Promise<O> {
  const sink = { emit: () => undefined };
  return runStep<TrainInput, O>({ state, perAttempt: true, run }, input, { clock, data: stores.data, sink });
}

/** As StageTrain: the job is written down, once, before Step Functions submits it. */
async function stage(input: TrainInput, { stores }: World): Promise<object> {
  await markJob({ kind: "train", id: input.runId }, input, stores.data);
  return { BOBBIN_JOB: "train" };
}
