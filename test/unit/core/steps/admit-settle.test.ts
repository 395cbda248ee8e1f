// Admit takes and Settle gives back: lock, small sum, once per upload. Whatever answer is lost, whoever asks again.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { budgetConfig, type Config } from "../../../../lib/contracts/config.ts";
import { BobbinError } from "../../../../lib/contracts/errors.ts";
import { dataKeys } from "../../../../lib/contracts/layout.ts";
import { failure, type RunRequest, runRecord } from "../../../../lib/contracts/run.ts";
import { commitPromise, readLedger } from "../../../../lib/core/budget/book.ts";
import { committed } from "../../../../lib/core/budget/limits.ts";
import { readDocument } from "../../../../lib/core/registry/cas.ts";
import { readLock } from "../../../../lib/core/registry/lock.ts";
import { seeRun } from "../../../../lib/core/registry/run-record.ts";
import { admit } from "../../../../lib/core/steps/admit.ts";
import { type AskedCosts, proveLater } from "../../../../lib/core/steps/close-promises.ts";
import { StepFailure } from "../../../../lib/core/steps/failure.ts";
import { settleRun } from "../../../../lib/core/steps/settle.ts";
import { runStep } from "../../../../lib/core/steps/wrapper.ts";
import { type Fault, FaultyStore, StoreUnreachable } from "../../../support/faulty-store.ts";
import { MemoryStore } from "../../../support/memory-store.ts";
import { runIds, testConfig, testRequest } from "../../../support/run-request.ts";

const [first, second, third, fourth] = runIds;
const budget = (changes: Partial<Config["budget"]> = {}) => ({
  ...budgetConfig.parse({ capUsd: 1, ends: "2035-01-01T00:00:00Z" }),
  ...changes,
});

function setting(
  changes: {
    readonly faults?: readonly Fault[];
    readonly budget?: Config["budget"];
    readonly admission?: number;
    readonly wait?: boolean;
  } = {},
) {
  const memory = { data: new MemoryStore(), registry: new MemoryStore() };
  const faulty = new FaultyStore(memory.registry, changes.faults ?? []);
  const stores = { data: memory.data, registry: faulty };
  const terms = changes.budget ?? budget();
  const sources = new Map<string, RunRequest["source"]>();
  const requests = {
    read: async (runId: string) =>
      testRequest("/x.zip", {
        runId,
        config: testConfig({ budget: terms }),
        source: sources.get(runId) ?? { location: "/x.zip", versionId: null, sha256: null },
      }),
  };
  const clock = { now: () => new Date("2026-01-02T03:04:05.000Z") };
  const started: string[] = [];
  const told: string[] = [];
  const ports = {
    stores,
    requests,
    clock,
    ids: { next: () => fourth },
    prices: { admission: changes.admission ?? 1000, trainHour: 0, predictHour: 0 },
    whenBusy: changes.wait === true ? ("wait" as const) : ("refuse" as const),
    costs: { of: async () => 0 },
    notifier: {
      tell: async (subject: string, text: string) => void told.push(`${subject}\n${text}`),
    },
    start: async (next: { readonly runId: string; readonly location: string }) => {
      started.push(`${next.runId} ${next.location}`);
    },
  };
  return {
    memory,
    ports,
    sources,
    started,
    told,
    terms,
    ledger: () => readLedger(memory.registry, terms),
    lock: () => readLock(memory.registry),
  };
}

async function insist<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StoreUnreachable)) throw error;
    return insist(work);
  }
}

describe("Admit", () => {
  it("takes the pipeline and its small sum", async () => {
    const { ports, lock, ledger } = setting();
    expect(await admit({ runId: first }, ports)).toEqual({ outcome: "admitted" });
    expect((await lock()).holder?.runId).toBe(first);
    expect(await ledger()).toMatchObject({
      cap: 1_000_000,
      entries: [{ runId: first, item: "admission", promised: 1000, settled: null }],
    });
  });

  it("refuses a second run by the name of the first, where a person waits", async () => {
    const { ports, ledger } = setting();
    await admit({ runId: first }, ports);
    await expect(admit({ runId: second }, ports)).rejects.toMatchObject({
      name: "PipelineBusy",
      data: { runId: first },
    });
    expect((await ledger()).entries).toHaveLength(1);
  });

  it("lets an upload wait, once, and Settle start it", async () => {
    const { ports, sources, lock, started } = setting({ wait: true });
    sources.set(second, { location: "incoming/d/b.zip", versionId: "7", sha256: null });
    await admit({ runId: first }, ports);
    for (let again = 0; again < 2; again += 1) {
      expect(await admit({ runId: second }, ports)).toEqual({ outcome: "waiting", holder: first });
    }
    expect((await lock()).waiting).toHaveLength(1);
    expect(await settleRun({ runId: first, publish: { version: "v0", releaseSha256: "" } }, ports)).toMatchObject({
      outcome: "released",
      next: fourth,
    });
    expect(started).toEqual([`${fourth} incoming/d/b.zip`]);
    expect(await lock()).toMatchObject({ holder: { runId: fourth }, waiting: [] });
  });

  it("takes one version of an upload for one run, and a file of this machine as often as someone asks", async () => {
    const { ports, sources } = setting();
    const source = { location: "incoming/d/a.zip", versionId: "1", sha256: null };
    for (const runId of [first, second]) sources.set(runId, source);
    sources.set(third, { ...source, versionId: "2" });
    expect(await admit({ runId: first }, ports)).toEqual({ outcome: "admitted" });
    expect(await admit({ runId: first }, ports)).toEqual({ outcome: "admitted" });
    expect(await admit({ runId: second }, ports)).toEqual({ outcome: "duplicate", runId: first });
    await settleRun({ runId: first }, ports);
    expect(await admit({ runId: third }, ports)).toEqual({ outcome: "admitted" });
  });

  it.each([
    ["RejectedOverBudget", { budget: budget({ capUsd: 0 }) }],
    ["BudgetEnded", { budget: budget({ ends: "2026-01-01T00:00:00Z" }) }],
  ])("turns %s into an outcome with its data, and Settle gives the lock back", async (error, changes) => {
    const { ports, lock, memory, told } = setting(changes);
    const said = await admit({ runId: first }, ports);
    expect(said).toMatchObject({ outcome: "rejected", error, data: { budget: "phase-1" } });
    expect(await settleRun({ runId: first, admit: said }, ports)).toMatchObject({ outcome: "rejected" });
    expect((await lock()).holder).toBeNull();
    const { value } = await readDocument(memory.data, dataKeys.failure(first, 1), failure);
    expect(value).toMatchObject({ state: "Admit", error: { name: error, data: { budget: "phase-1" } } });
    expect(told).toEqual([expect.stringMatching(new RegExp(`^Bobbin: rejected: .*${error} in Admit: `, "s"))]);
  });

  it("lets a free run pass under a cap of nothing", async () => {
    const { ports } = setting({ budget: budget({ capUsd: 0 }), admission: 0 });
    expect(await admit({ runId: first }, ports)).toEqual({ outcome: "admitted" });
  });

  it("keeps to how often a run may start", async () => {
    const { ports } = setting({ budget: budget({ runsPerDay: 1 }) });
    await admit({ runId: first }, ports);
    await settleRun({ runId: first }, ports);
    expect(await admit({ runId: second }, ports)).toMatchObject({ outcome: "rejected", error: "RateLimited" });
  });
});

describe("Settle", () => {
  it("closes what the run had promised and frees the pipeline; again, it does nothing more", async () => {
    const { ports, lock, ledger } = setting();
    await admit({ runId: first }, ports);
    const input = { runId: first, error: { Error: "TooFewGroups", Cause: "two" } };
    expect(await settleRun(input, ports)).toEqual({ outcome: "failed", settled: 1000, next: null });
    const revision = (await ledger()).revision;
    await admit({ runId: second }, ports);
    await settleRun(input, ports);
    expect((await lock()).holder?.runId).toBe(second);
    expect((await ledger()).revision).toBe(revision + 1);
  });

  it("counts an unknown cost as all that was promised", async () => {
    const { ports, ledger } = setting();
    await admit({ runId: first }, ports);
    expect(await settleRun({ runId: first }, { ...ports, costs: { of: async () => null } })).toMatchObject({
      settled: 1000,
    });
    expect(committed(await ledger())).toBe(1000);
  });

  it("keeps jobs that nobody has proven promised, and closes them when they are", async () => {
    const { ports, terms, memory, ledger } = setting();
    await admit({ runId: first }, ports);
    const jobs = { runId: first, item: "jobs", amount: 5000, at: "2026-01-02T03:04:05.000Z", evidence: "" } as const;
    await commitPromise(memory.registry, terms, jobs, "reserve");
    const unknown = { ...ports, costs: { of: async () => null } };
    expect(await settleRun({ runId: first }, unknown)).toMatchObject({ settled: 6000 });
    expect((await ledger()).entries).toMatchObject([
      { item: "admission", settled: 1000 },
      { item: "jobs", settled: null, endedAt: expect.any(String) },
    ]);
    const proof = {
      jobs: [{ id: "a", kind: "train" as const, createdAt: jobs.at, endedAt: jobs.at, attempts: [] }],
    };
    const asked: AskedCosts[] = [];
    const known = {
      ...ports,
      costs: {
        of: async (_: string, of: AskedCosts) => {
          asked.push(of);
          return { amount: 700, proof };
        },
      },
    };
    // The next try's jobs prove nothing of it.
    expect(await settleRun({ runId: first, attempt: 2 }, known)).toMatchObject({ settled: 6000 });
    await memory.data.create(dataKeys.jobMark(first, "train", 1), Buffer.from("{}"));
    expect(await proveLater({ runId: first, attempt: 1 }, known)).toBe(1700);
    expect((await ledger()).entries[1]).toMatchObject({ settled: 700, proof });
    expect(asked).toEqual([
      { attempt: 2, staged: [] },
      { attempt: 1, staged: ["train"] },
    ]);
  });

  it.each([
    [[], undefined],
    [["train"], "train"],
    [["train", "predict"], "predict"],
  ] as const)("wants to see the jobs %j, where the machine came as far as %s", async (staged, last) => {
    const { ports } = setting();
    await admit({ runId: first }, ports);
    const asked: AskedCosts[] = [];
    const costs = {
      of: async (_: string, of: AskedCosts) => {
        asked.push(of);
        return 0;
      },
    };
    const stage = last === undefined ? {} : { stage: { BOBBIN_JOB: last } };
    await settleRun({ runId: first, admit: { outcome: "admitted" }, ...stage }, { ...ports, costs });
    expect(asked).toEqual([{ attempt: 1, staged }]);
  });

  it("closes the image's build at nothing only where the machine went past it without one", async () => {
    for (const [input, settled] of [
      [{ stage: { BOBBIN_JOB: "train" } }, 0],
      [{ stage: { BOBBIN_JOB: "train" }, image: {} }, 300],
      [{}, 300],
    ] as const) {
      const { ports, terms, memory, ledger } = setting();
      await admit({ runId: first }, ports);
      const image = { runId: first, item: "image", amount: 300, at: "2026-01-02T03:04:05.000Z", evidence: "" } as const;
      await commitPromise(memory.registry, terms, image, "reserve");
      await settleRun({ runId: first, admit: { outcome: "admitted" }, ...input }, ports);
      expect((await ledger()).entries[1]).toMatchObject({ item: "image", settled });
    }
  });

  it.each([
    ["cancelled", { cancelled: true, error: { Error: "X", Cause: "" } }],
    ["failed", { error: { Error: "X", Cause: "" }, publish: { version: "v0", releaseSha256: "" } }],
    ["skipped", { reserve: { outcome: "skipped", version: "v0" } }],
    ["released", { publish: { version: "v0", releaseSha256: "" } }],
    ["failed", {}],
  ] as const)("says %s", async (outcome, input) => {
    const { ports } = setting();
    await admit({ runId: first }, ports);
    expect(await settleRun({ runId: first, ...input }, ports)).toMatchObject({ outcome });
  });

  it("takes nothing from others for a run that holds nothing", async () => {
    const { ports, lock, ledger } = setting();
    await admit({ runId: first }, ports);
    await settleRun({ runId: second, error: { Error: "PipelineBusy", Cause: "" } }, ports);
    expect((await lock()).holder?.runId).toBe(first);
    expect((await ledger()).entries).toMatchObject([{ runId: first, settled: null }]);
  });
});

describe("Admit and Settle of many runs over a store that fails", () => {
  it("have one holder at a time and leave nothing promised", async () => {
    const fault = fc.record({
      operation: fc.constantFrom("get" as const, "create" as const, "replace" as const),
      kind: fc.constantFrom("refused" as const, "lost" as const),
      times: fc.integer({ min: 1, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 5 }), async (faults) => {
        const { ports, lock, ledger } = setting({ faults });
        let atWork = 0;
        const run = async (runId: string): Promise<void> => {
          const said = await insist(() => admit({ runId }, ports)).catch((error: Error) => error);
          if (said instanceof Error) {
            expect(said.name).toBe("PipelineBusy");
            await insist(() => settleRun({ runId, error: { Error: said.name, Cause: "" } }, ports));
            return;
          }
          atWork += 1;
          expect(atWork).toBe(1);
          await Promise.resolve();
          atWork -= 1;
          await insist(() => settleRun({ runId, publish: { version: "v0", releaseSha256: "" } }, ports));
        };
        await Promise.all([first, second, third].map(run));
        expect((await lock()).holder).toBeNull();
        expect((await ledger()).entries.filter(({ settled }) => settled === null)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a run that was refused before it had a request", () => {
  const upload = { location: "incoming/nobody/may.zip", versionId: "v1" };
  const refusal = new StepFailure(
    "Admit",
    new BobbinError("NoConfigForDataset", { dataset: "nobody", key: "config/nobody.json" }),
  );
  const refused = { runId: first, upload, error: { Error: refusal.name, Cause: refusal.message } };
  const requestless = () => {
    const { ports, memory, told, lock } = setting();
    const requests = {
      read: async (runId: string): Promise<RunRequest> => {
        throw new BobbinError("ObjectMissing", { key: dataKeys.request(runId) });
      },
    };
    return { ports: { ...ports, requests }, memory, told, lock };
  };

  it("leaves its cause and what was uploaded, and tells people both, with what to do", async () => {
    const { ports, memory, told } = requestless();
    expect(await settleRun(refused, ports)).toEqual({ outcome: "failed", settled: 0, next: null });
    const { value } = await readDocument(memory.data, dataKeys.failure(first, 1), failure);
    expect(value).toMatchObject({ state: "Admit", error: { name: "NoConfigForDataset" }, upload });
    expect(told).toHaveLength(1);
    for (const word of ["failed", upload.location, "NoConfigForDataset in Admit", "`bobbin config push`"])
      expect(told[0]).toContain(word);
  });

  it("is seen with its cause, as one that can be taken up again", async () => {
    const { ports, memory } = requestless();
    const journal = { clock: ports.clock, data: memory.data, sink: { emit: () => undefined } };
    const settle = { state: "Settle", perAttempt: true, run: (input: typeof refused) => settleRun(input, ports) };
    await runStep(settle, refused, journal);
    const seen = await seeRun(first, memory, false);
    expect(seen).toMatchObject({ request: null, attempt: 2 });
    expect(seen.record).toMatchObject({ status: "failed", source: upload.location, recipe: null, version: null });
    expect(seen.record.failure?.error.message).toContain("there is no config/nobody.json");
    expect(runRecord.safeParse(seen.record).error).toBeUndefined();
    await runStep(settle, { ...refused, attempt: 2 }, journal);
    expect((await seeRun(first, memory, false)).attempt).toBe(3);
  });

  it("is no run where nothing was written for it", async () => {
    const { memory } = setting();
    await memory.data.create(dataKeys.extraEvaluation(first, "evaluation.json"), Buffer.from("{}"));
    await expect(seeRun(first, memory, false)).rejects.toMatchObject({ name: "RunMissing" });
    await expect(seeRun("../x", memory, false)).rejects.toMatchObject({ name: "RunMissing" });
  });

  it("keeps what a run with a request was for where it stands: in the request", async () => {
    const { ports, memory } = setting();
    await settleRun(refused, ports);
    const { value } = await readDocument(memory.data, dataKeys.failure(first, 1), failure);
    expect(value.upload).toBeUndefined();
  });
});
