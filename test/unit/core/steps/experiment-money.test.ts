// What an experiment and a measurement promise and give back: by machine, by training, by what each of them has submitted.
import { describe, expect, it } from "@jest/globals";
import { experimentPlan, experimentRequest, trainingsOf } from "../../../../lib/contracts/experiment.ts";
import type { Job } from "../../../../lib/contracts/job.ts";
import { dataKeys } from "../../../../lib/contracts/layout.ts";
import { commitPromise, commitSettlement, readLedger } from "../../../../lib/core/budget/book.ts";
import { storageOf, sumOf, worstCaseOfJobs } from "../../../../lib/core/budget/worst-case.ts";
import type { Stores } from "../../../../lib/core/ports.ts";
import { documentBytes } from "../../../../lib/core/registry/cas.ts";
import { admit } from "../../../../lib/core/steps/admit.ts";
import { closePromises } from "../../../../lib/core/steps/close-promises.ts";
import type { TrainInput } from "../../../../lib/core/steps/types.ts";
import { FaultyStore, StoreUnreachable } from "../../../support/faulty-store.ts";
import { memoryStores } from "../../../support/memory-store.ts";
import { runIds, testConfig, testRequest } from "../../../support/run-request.ts";

const [runId, one, two] = runIds;
const at = "2026-12-01T00:00:00.000Z";
const clock = { now: () => new Date(at) };
const ablation = experimentRequest.parse({
  ...{ kind: "ablate", vary: [{ argument: "fliplr", values: [0, 0.5] }], seeds: 1 },
});
const experiment = testRequest("exports/trays/may.zip", {
  ...{ runId, machine: "experiment", experiment: ablation, config: testConfig() },
  source: { location: "exports/trays/may.zip", versionId: "v1", sha256: null, bytes: 2e9 },
});
const { budget } = experiment.config;
const plan = experimentPlan.parse({
  ...{ schema: "bobbin/experiment-plan/1", runId, experiment: ablation, framesSha256: "d".repeat(64) },
  ...{ base: { name: "yolov8n", sha256: "c".repeat(64), official: false }, parts: {}, folds: {} },
  arms: [{ name: "a", args: {} }],
  trials: [one, two].map((id) => ({ id, arm: 0, seed: 0, fold: null })),
});

/** Two trainings that are promised at 10 and 20, beside the run's own 5; each has marks of the kinds of job that it wrote down. */
async function setting(marks: Readonly<Record<string, readonly Job["kind"][]>> = {}) {
  const stores = memoryStores();
  const { data, registry } = stores;
  await data.create(dataKeys.experiment(runId, "plan.json"), documentBytes(plan));
  const promise = (id: string, item: "jobs" | "admission", amount: number) =>
    commitPromise(registry, budget, { runId: id, attempt: 1, item, amount, at, evidence: "" }, `${id}/${item}`);
  await promise(runId, "admission", 5);
  await promise(one, "jobs", 10);
  await promise(two, "jobs", 20);
  for (const [id, kinds] of Object.entries(marks))
    for (const kind of kinds) await data.create(dataKeys.jobMark(id, kind, 1), documentBytes({}));
  const asked: (readonly [string, readonly Job["kind"][]])[] = [];
  const costs = {
    of: async (id: string, { staged }: { readonly staged: readonly Job["kind"][] }) => {
      asked.push([id, staged]);
      return staged.length;
    },
  };
  const close = (input: Partial<TrainInput> | object = {}, request = experiment, over: Stores = stores) =>
    closePromises(request, { runId, ...input }, { outcome: "failed", nonce: "end" }, { stores: over, clock, costs });
  const settled = async () =>
    Object.fromEntries((await readLedger(registry, budget)).entries.map((entry) => [entry.runId, entry.settled]));
  return { stores, asked, close, settled };
}

const admitted = { admit: { outcome: "admitted" } };
const second = { ...admitted, reserve: { outcome: "reserved", trial: 1, trials: 2, done: true } };
const stageOf = (id: string, BOBBIN_JOB: Job["kind"]) => ({ stage: { BOBBIN_JOB, BOBBIN_RUN_ID: id } });

describe("the end of an experiment", () => {
  it("closes each training by the jobs that it wrote down, where nobody knows more", async () => {
    const { asked, close, settled } = await setting({ [one]: ["train", "predict"], [two]: ["train"] });
    // The run's own 5, two jobs of one training and one of the other.
    expect(await close()).toBe(8);
    expect(asked).toEqual([
      [one, ["train", "predict"]],
      [two, ["train"]],
    ]);
    expect(await settled()).toEqual({ [runId]: 5, [one]: 2, [two]: 1 });
  });

  it.each([
    ["submitted its training", second, stageOf(two, "train"), ["train"]],
    ["submitted both", second, stageOf(two, "predict"), ["train", "predict"]],
    ["submitted nothing of it, whatever is written down", second, stageOf(one, "predict"), []],
    ["submitted nothing at all", second, {}, []],
    ["refused it", { ...admitted, reserve: { outcome: "rejected" } }, stageOf(two, "train"), ["train", "predict"]],
    ["is not known to have begun", { reserve: second.reserve }, stageOf(two, "train"), ["train", "predict"]],
  ])("closes the training that is on by what the machine knows: it %s", async (_, input, stage, wanted) => {
    const { asked, close } = await setting({ [one]: ["train"], [two]: ["train", "predict"] });
    await close({ ...input, ...stage });
    // The other one is over, and goes by its marks.
    expect(asked).toEqual([
      [one, ["train"]],
      [two, wanted],
    ]);
  });

  it("asks for no training that is settled, and for none that was never promised", async () => {
    const { stores, asked, close, settled } = await setting({ [one]: ["train"] });
    const paid = { runId: one, attempt: 1, actual: { jobs: 3 }, at, evidence: "" };
    await commitSettlement(stores.registry, budget, paid, "paid");
    expect(await close()).toBe(8);
    expect(asked).toEqual([[two, []]]);
    expect(await settled()).toEqual({ [runId]: 5, [one]: 3, [two]: 0 });
  });

  it("writes down by what a training was closed", async () => {
    const { stores, close } = await setting({ [one]: ["train"] });
    await close();
    const { entries } = await readLedger(stores.registry, budget);
    const said = entries.flatMap(({ runId: of, evidence }) => (of === one ? [evidence] : []));
    expect(said).toEqual([expect.stringContaining("the experiment: failed; cost known")]);
  });

  it("has not ended where a training could not be closed", async () => {
    const { stores, close } = await setting({ [one]: ["train"] });
    const registry = new FaultyStore(stores.registry, [{ operation: "replace", kind: "refused" }]);
    await expect(close({}, experiment, { ...stores, registry })).rejects.toBeInstanceOf(StoreUnreachable);
  });

  it("has nothing to close before it has a plan", async () => {
    const { asked, close } = await setting();
    const other = { ...experiment, runId: two };
    await close({ runId: two }, other);
    expect(asked).toEqual([]);
  });
});

describe("the end of other machines", () => {
  const measure = testRequest("exports/trays/may.zip", { runId, machine: "measure", config: testConfig() });
  const train = testRequest("incoming/trays/may.zip", { runId, machine: "train", config: testConfig() });

  it("of a measurement looks for its one job, and at no training of anybody's", async () => {
    const { asked, close } = await setting({ [runId]: ["train", "predict"] });
    await close({ ...admitted, stage: { BOBBIN_JOB: "predict" } }, measure);
    expect(asked).toEqual([[runId, ["predict"]]]);
  });

  it("of a training looks for both", async () => {
    const { asked, close } = await setting();
    await close({ ...admitted, stage: { BOBBIN_JOB: "predict" } }, train);
    expect(asked).toEqual([[runId, ["train", "predict"]]]);
  });
});

describe("what Admit promises for an experiment", () => {
  const prices = { admission: 100, training: 7, trainHour: 1, predictHour: 1, gbMonth: 1000 };
  const entriesOf = async (request: typeof experiment) => {
    const stores = memoryStores();
    const requests = { read: async () => request };
    await admit({ runId }, { stores, requests, clock, prices, whenBusy: "refuse" });
    const { entries } = await readLedger(stores.registry, budget);
    const [first] = entries.flatMap(({ item, evidence }) => (item === "admission" ? [evidence] : []));
    return { ...Object.fromEntries(entries.map(({ item, promised }) => [item, promised])), said: first };
  };
  const size = { uploadBytes: 2e9, at, ends: budget.ends };

  it("holds the functions of every training, and what each leaves behind", async () => {
    const stored = sumOf(storageOf({ ...size, trainings: 2 }, prices));
    expect(await entriesOf(experiment)).toEqual({
      ...{ admission: 100 + 2 * 7, storage: stored },
      said: "functions and requests, of 2 trainings, at most",
    });
    expect(stored).toBeGreaterThan(sumOf(storageOf(size, prices)));
  });

  it("is what it was where there is none", async () => {
    const { experiment: _, ...none } = experiment;
    expect(await entriesOf({ ...none, machine: "measure" })).toEqual({
      admission: 100,
      storage: sumOf(storageOf(size, prices)),
      said: "functions and requests, at most",
    });
  });
});

describe("trainings", () => {
  it("are folds, or every combination of the values with every seed", () => {
    expect(trainingsOf({ kind: "grouped-cv", folds: 5 })).toBe(5);
    const vary = [
      { argument: "fliplr", values: [0, 0.5] },
      { argument: "mosaic", values: [0, 0.5, 1] },
    ];
    expect(trainingsOf({ kind: "ablate", vary, seeds: 4 })).toBe(24);
  });
});

describe("the worst case of a measurement", () => {
  it("is that of a prediction alone", () => {
    const prices = { admission: 0, trainHour: 3_600, predictHour: 7_200 };
    expect(worstCaseOfJobs(10, prices, ["predict"])).toBe(20);
    expect(worstCaseOfJobs(10, prices)).toBe(30);
  });
});
