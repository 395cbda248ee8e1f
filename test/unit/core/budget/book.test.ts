// Decisions of the ledger as they are written: all of one errand or none, once, and found again where the answer was lost.
import { describe, expect, it } from "@jest/globals";
import { budgetConfig } from "../../../../lib/contracts/config.ts";
import {
  commitBill,
  commitClosing,
  commitPromise,
  commitRaise,
  commitSettlement,
  findLedger,
  ledgerNames,
  readLedger,
} from "../../../../lib/core/budget/book.ts";
import { committed } from "../../../../lib/core/budget/limits.ts";
import { FaultyStore, StoreUnreachable } from "../../../support/faulty-store.ts";
import { MemoryStore } from "../../../support/memory-store.ts";
import { runIds } from "../../../support/run-request.ts";

const [first, second] = runIds;
const at = "2026-12-01T00:00:00.000Z";
const budget = budgetConfig.parse({ capUsd: 0.001, ends: "2035-01-01T00:00:00Z" });
const jobs = (amount: number, runId: string = first) => ({ runId, item: "jobs", amount, at, evidence: "" }) as const;
const admission = (amount: number) => ({ ...jobs(amount), item: "admission" }) as const;

describe("the book", () => {
  it("writes all that one errand promises, or nothing", async () => {
    const store = new MemoryStore();
    await commitPromise(store, budget, [admission(100), jobs(900)], "one");
    expect((await findLedger(store, budget.name))?.entries).toHaveLength(2);
    await expect(
      commitPromise(store, budget, [{ ...admission(0), runId: second }, jobs(1, second)], "two"),
    ).rejects.toMatchObject({ name: "RejectedOverBudget" });
    expect((await findLedger(store, budget.name))?.entries).toHaveLength(2);
  });

  it("makes no ledger for a budget that does not hold its idle months, or for what is refused", async () => {
    const store = new MemoryStore();
    await expect(commitPromise(store, budget, jobs(1), "one", 500)).rejects.toMatchObject({ name: "BudgetTooSmall" });
    await expect(commitPromise(store, budget, jobs(1001), "two")).rejects.toMatchObject({ name: "RejectedOverBudget" });
    expect(await findLedger(store, budget.name)).toBeNull();
  });

  it("knows by name the budgets that something was promised from, and nothing else that lies there", async () => {
    const store = new MemoryStore();
    await commitPromise(store, budget, jobs(100), "one");
    await commitPromise(store, { ...budget, name: "phase-2" }, jobs(100, second), "two");
    await store.create("ledger/old/phase-0.json", Buffer.from("{}"));
    expect(await ledgerNames(store)).toEqual([budget.name, "phase-2"]);
  });

  it("promises once where the answer was lost, also under others' writes", async () => {
    const memory = new MemoryStore();
    const faulty = new FaultyStore(memory, [{ operation: "create", kind: "lost" }]);
    await expect(commitPromise(faulty, budget, jobs(400), "one")).rejects.toBeInstanceOf(StoreUnreachable);
    await commitPromise(memory, budget, jobs(300, second), "other");
    await commitPromise(faulty, budget, jobs(400), "one");
    expect(committed(await readLedger(memory, budget))).toBe(700);
  });

  it("refuses a promise of a try that was settled while its answer was lost", async () => {
    const memory = new MemoryStore();
    const faulty = new FaultyStore(memory, [{ operation: "create", kind: "lost" }]);
    await expect(commitPromise(faulty, budget, jobs(400), "one")).rejects.toBeInstanceOf(StoreUnreachable);
    await commitSettlement(memory, budget, { runId: first, actual: { jobs: 0 }, at, evidence: "" }, "settle");
    await expect(commitPromise(faulty, budget, jobs(400), "one")).rejects.toMatchObject({ name: "RunEnded" });
  });

  it("writes nothing where there is nothing to settle, not even under another's nonce", async () => {
    const store = new MemoryStore();
    const faulty = new FaultyStore(store, []);
    await commitPromise(store, budget, jobs(400), "one");
    for (const runId of [second, first])
      await commitSettlement(faulty, budget, { runId, attempt: 1, actual: { jobs: 1 }, at, evidence: "" }, runId);
    await commitSettlement(faulty, budget, { runId: first, actual: { jobs: 0 }, at, evidence: "" }, "again");
    expect(faulty.asked.filter((one) => one.startsWith("replace"))).toHaveLength(1);
    expect(faulty.asked.filter((one) => one.startsWith("get"))).toHaveLength(4);
    expect((await findLedger(store, budget.name))?.entries).toMatchObject([{ settled: 1 }]);
  });

  it("notes a bill, closes, and raises, only where there is something to", async () => {
    const store = new MemoryStore();
    const raise = { to: 2000, reason: "why", by: "me", at };
    const errands = [
      () => commitBill(store, budget.name, { amount: 1, at }, "bill"),
      () => commitClosing(store, budget.name, { at, reason: "cut off" }, "close"),
      () => commitRaise(store, budget.name, raise, "raise"),
    ];
    for (const errand of errands) await expect(errand()).rejects.toMatchObject({ name: "BudgetMissing" });
    await commitPromise(store, budget, jobs(400), "one");
    for (const errand of errands) await errand();
    expect(await findLedger(store, budget.name)).toMatchObject({
      ...{ cap: 2000, closed: null, bill: { amount: 1 } },
      raises: [{ from: 1000, to: 2000, by: "me", opened: "cut off" }],
    });
  });
});
