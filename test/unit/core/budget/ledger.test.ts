// actual ≤ committed ≤ cap, in every order of events; what each limit refuses; settling only ever lowers.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { Config } from "../../../../lib/contracts/config.ts";
import { BobbinError } from "../../../../lib/contracts/errors.ts";
import type { Ledger } from "../../../../lib/contracts/ledger.ts";
import { newLedger, promise, settle } from "../../../../lib/core/budget/ledger.ts";
import { committed } from "../../../../lib/core/budget/limits.ts";
import { checkRate } from "../../../../lib/core/budget/rate.ts";
import { worstCaseOfJobs } from "../../../../lib/core/budget/worst-case.ts";
import { budgetUntil, refusal, wantedOf } from "../../../support/budget.ts";
import { holds } from "../../../support/property.ts";

const runs = ["01ARZ3NDEKTSV4RRFFQ69G5FA0", "01ARZ3NDEKTSV4RRFFQ69G5FA1", "01ARZ3NDEKTSV4RRFFQ69G5FA2"];
const at = "2026-01-15T12:00:00.000Z";
const budgetOf = (changes: Partial<Config["budget"]> = {}) => budgetUntil("2026-12-31T00:00:00Z", changes);
const wanted = wantedOf(runs[0] ?? "", at);

interface State {
  readonly ledger: Ledger;
  /** What all settled items have cost; of what nobody knows, the worst. */
  readonly spent: number;
}
type Item = Ledger["entries"][number]["item"];

const lastTry = ({ entries }: Ledger, runId: string) =>
  Math.max(1, ...entries.filter((entry) => entry.runId === runId).map(({ attempt }) => attempt));

/** A refusal changes nothing; a promise commits, and never less than before. */
function afterPromise(
  { ledger, spent }: State,
  one: { readonly runId: string; readonly item: Item; readonly amount: number; readonly day: number },
  budget: Config["budget"],
): State {
  const moment = new Date(Date.UTC(2026, 0, one.day)).toISOString();
  // A try that was settled for is over; the next promise of the run is of the next one.
  const last = lastTry(ledger, one.runId);
  const over = ledger.entries.some(
    (entry) => entry.runId === one.runId && entry.attempt === last && (entry.settled ?? entry.endedAt) !== null,
  );
  const attempt = last + (over ? 1 : 0);
  const asked = { runId: one.runId, attempt, item: one.item, amount: one.amount, at: moment, evidence: "test" };
  try {
    const next = promise(ledger, asked, budget);
    expect(committed(next)).toBeGreaterThanOrEqual(committed(ledger));
    return { ledger: next, spent };
  } catch (error) {
    expect(error).toBeInstanceOf(BobbinError);
    return { ledger, spent };
  }
}

function afterSettling(
  { ledger, spent }: State,
  one: { readonly runId: string; readonly actual: number | null },
): State {
  const { runId, actual } = one;
  const attempt = lastTry(ledger, runId);
  const open = ledger.entries.filter((entry) => entry.runId === runId && entry.settled === null);
  const bill = actual === null ? {} : { admission: actual, jobs: actual, image: actual, storage: actual };
  const next = settle(ledger, { runId, attempt, actual: bill, at, evidence: "test" });
  // Of tries before nothing is known: jobs wait for their proof, the rest has cost what it promised, at worst.
  const unknown = (entry: Ledger["entries"][number]) => (entry.item === "jobs" ? 0 : entry.promised);
  const cost = open.reduce(
    (sum, entry) => sum + (entry.attempt === attempt && actual !== null ? actual : unknown(entry)),
    0,
  );
  // What has cost more than was promised for it is committed on top, and closes the ledger.
  const mine = open.filter((entry) => entry.attempt === attempt);
  const over = mine.reduce((sum, { promised }) => sum + Math.max(0, (actual ?? 0) - promised), 0);
  expect(committed(next)).toBeLessThanOrEqual(committed(ledger) + over);
  expect(next.closed !== null).toBe(ledger.closed !== null || over > 0);
  return { ledger: next, spent: spent + cost };
}

function checkInvariant({ ledger, spent }: State, monthly: number | null): void {
  if (ledger.closed === null) expect(committed(ledger)).toBeLessThanOrEqual(ledger.cap);
  expect(committed(ledger)).toBeLessThanOrEqual(ledger.cap + ledger.unexplained);
  expect(spent).toBeLessThanOrEqual(committed(ledger));
  for (const entry of ledger.entries) expect(entry.settled ?? 0).toBeLessThanOrEqual(entry.promised);
  for (const month of monthly === null ? [] : ["2026-01", "2026-02", "2026-03"]) {
    const held = ledger.entries.filter((entry) => entry.promisedAt.startsWith(month));
    expect(held.reduce((sum, entry) => sum + (entry.settled ?? entry.promised), 0)).toBeLessThanOrEqual(monthly ?? 0);
  }
}

describe("the ledger over any order of events", () => {
  const run = fc.constantFrom(...runs);
  const item = fc.constantFrom<Item>("admission", "jobs", "image", "storage");
  const event = fc.oneof(
    fc.record({
      kind: fc.constant("promise" as const),
      runId: run,
      item,
      amount: fc.nat(700),
      day: fc.integer({ min: 1, max: 60 }),
    }),
    fc.record({ kind: fc.constant("settle" as const), runId: run, actual: fc.option(fc.nat(900)) }),
  );

  it("never commits more than the cap, the month, or less than was spent", () => {
    holds(
      fc.property(fc.array(event, { maxLength: 60 }), fc.option(fc.nat(1000)), (events, monthly) => {
        const budget = budgetOf(monthly === null ? {} : { monthlyUsd: monthly / 1e6 });
        let state = { ledger: newLedger(budget), spent: 0 };
        for (const one of events) {
          state = one.kind === "promise" ? afterPromise(state, one, budget) : afterSettling(state, one);
          checkInvariant(state, monthly);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("counts a promise raised in a later month in that month", () => {
    const budget = budgetOf({ monthlyUsd: 477 / 1e6 });
    const [one, other] = [runs[0] ?? "", runs[1] ?? ""];
    const events = [
      { kind: "promise", runId: one, item: "admission", amount: 1, day: 1 },
      { kind: "promise", runId: other, item: "jobs", amount: 0, day: 1 },
      { kind: "promise", runId: other, item: "jobs", amount: 477, day: 32 },
    ] as const;
    let state: State = { ledger: newLedger(budget), spent: 0 };
    for (const event of events) state = afterPromise(state, event, budget);
    expect(committed(state.ledger)).toBe(478);
    checkInvariant(state, 477);
  });

  it("does nothing the second time", () => {
    holds(
      fc.property(fc.nat(1000), fc.nat(1000), (amount, cost) => {
        const budget = budgetOf();
        const once = promise(newLedger(budget), wanted(amount), budget);
        expect(promise(once, wanted(amount), budget)).toBe(once);
        const settled = settle(once, { runId: runs[0] ?? "", actual: { jobs: cost }, at, evidence: "" });
        expect(settle(settled, { runId: runs[0] ?? "", actual: { jobs: 0 }, at, evidence: "" })).toBe(settled);
      }),
    );
  });
});

describe("promise", () => {
  const budget = budgetOf();
  const ledger = (changes: Partial<Ledger> = {}): Ledger => ({ ...newLedger(budget), ...changes });

  it("takes exactly the cap and not a micro-dollar more", () => {
    expect(committed(promise(ledger(), wanted(1000), budget))).toBe(1000);
    expect(() => promise(ledger(), wanted(1001), budget)).toThrow(
      new BobbinError("RejectedOverBudget", { budget: "phase-1", limit: "the cap", wanted: 1001, left: 1000 }),
    );
  });

  it("lets what is free pass under a cap of nothing, and refuses what is not", () => {
    const nothing = budgetOf({ capUsd: 0 });
    expect(committed(promise(newLedger(nothing), wanted(0), nothing))).toBe(0);
    expect(refusal(() => promise(newLedger(nothing), wanted(1), nothing))).toBe("RejectedOverBudget");
  });

  it("raises what a run has promised, and never lowers it", () => {
    const raised = promise(promise(ledger(), wanted(300), budget), wanted(800), budget);
    expect(raised.entries).toHaveLength(1);
    expect(committed(raised)).toBe(800);
    expect(promise(raised, wanted(100), budget)).toBe(raised);
  });

  it("counts what another run has settled, and what it still holds", () => {
    const other = promise(ledger(), wanted(600, { runId: runs[1] }), budget);
    expect(refusal(() => promise(other, wanted(500), budget))).toBe("RejectedOverBudget");
    const settled = settle(other, { runId: runs[1] ?? "", actual: { jobs: 100 }, at, evidence: "" });
    expect(refusal(() => promise(settled, wanted(500), budget))).toBe("accepted");
  });

  it("counts the month it was promised in", () => {
    const monthly = budgetOf({ monthlyUsd: 0.0005 });
    const january = promise(newLedger(monthly), wanted(400, { runId: runs[1] }), monthly);
    expect(refusal(() => promise(january, wanted(200), monthly))).toBe("RejectedOverBudget");
    expect(refusal(() => promise(january, wanted(200, { at: "2026-02-01T00:00:00.000Z" }), monthly))).toBe("accepted");
  });

  it("holds a single run to its own limit", () => {
    const perRun = budgetOf({ perRunUsd: 0.0003 });
    const first = promise(newLedger(perRun), wanted(200, { item: "admission" }), perRun);
    expect(refusal(() => promise(first, wanted(101), perRun))).toBe("RejectedOverBudget");
    expect(refusal(() => promise(first, wanted(100), perRun))).toBe("accepted");
  });

  it.each([
    ["BudgetEnded", ledger(), wanted(0, { at: "2026-12-31T00:00:00.000Z" }), budget],
    ["accepted", ledger(), wanted(0, { at: "2026-12-30T23:59:59.999Z" }), budget],
    ["BudgetClosed", ledger({ closed: { at, kind: "overrun", reason: "overrun" } }), wanted(0), budget],
    ["BudgetTermsChanged", ledger(), wanted(0), budgetOf({ capUsd: 5 })],
    ["BudgetTermsChanged", ledger(), wanted(0), budgetOf({ ends: "2027-12-31T00:00:00Z" })],
    ["BudgetTermsChanged", ledger(), wanted(0), budgetOf({ monthlyUsd: 1 })],
  ])("answers %s", (answer, given, asked, terms) => {
    expect(refusal(() => promise(given, asked as Parameters<typeof promise>[1], terms))).toBe(answer);
  });
});

describe("settle", () => {
  it("records a bill above its promise as an overrun that closes the ledger", () => {
    const budget = budgetOf();
    const ledger = settle(promise(newLedger(budget), wanted(300), budget), {
      runId: runs[0] ?? "",
      actual: { jobs: 301 },
      at,
      evidence: "bill",
    });
    expect(ledger.closed?.reason).toContain("overrun");
    expect(refusal(() => promise(ledger, wanted(1, { runId: runs[1] }), budget))).toBe("BudgetClosed");
  });

  it("counts what nobody knows as the worst case", () => {
    const budget = budgetOf();
    const ledger = settle(promise(newLedger(budget), wanted(300), budget), {
      runId: runs[0] ?? "",
      actual: {},
      at,
      evidence: "",
    });
    expect(ledger.entries[0]).toMatchObject({ settled: null, endedAt: at });
    expect(committed(ledger)).toBe(300);
  });
});

describe("worstCaseOfJobs", () => {
  it("is never below the price of the time, in whole micro-dollars", () => {
    holds(
      fc.property(
        fc.integer({ min: 60, max: 604_800 }),
        fc.nat(100_000_000),
        fc.nat(100_000_000),
        (seconds, trainHour, predictHour) => {
          const cost = worstCaseOfJobs(seconds, { admission: 0, trainHour, predictHour });
          const exact = (BigInt(seconds) * (BigInt(trainHour) + BigInt(predictHour))) / 3600n;
          expect(Number.isSafeInteger(cost)).toBe(true);
          expect(BigInt(cost)).toBeGreaterThanOrEqual(exact);
          expect(BigInt(cost)).toBeLessThanOrEqual(exact + 2n);
        },
      ),
    );
    expect(worstCaseOfJobs(3600, { admission: 9, trainHour: 805_000, predictHour: 1 })).toBe(805_001);
  });

  it("counts every try of a job, and what each costs beside its own time", () => {
    // Two tries of six hours, two minutes to stop and half an hour around each, at $0.8255: 47,040 seconds, $10.79.
    const aside = { tries: 2, secondsAround: 1_800, secondsToStop: 120 };
    expect(worstCaseOfJobs(21_600, { admission: 0, trainHour: 825_500, predictHour: 0, ...aside })).toBe(10_786_534);
  });
});

describe("checkRate", () => {
  const budget = budgetOf({ capUsd: 1, runsPerDay: 2, minMinutesBetweenRuns: 30 });
  const started = (runId: string, moment: string, ledger = newLedger(budget)) =>
    promise(ledger, wanted(0, { runId, item: "admission", at: moment }), budget);

  it.each([
    ["2026-01-15T12:29:59.000Z", "RateLimited"],
    ["2026-01-15T12:30:00.000Z", "accepted"],
  ])("keeps runs apart: at %s %s", (moment, answer) => {
    expect(refusal(() => checkRate(started(runs[1] ?? "", at), runs[0] ?? "", moment, budget))).toBe(answer);
  });

  it.each([
    ["2026-01-16T11:59:59.000Z", "RateLimited"],
    ["2026-01-16T12:00:00.000Z", "accepted"],
  ])("counts any 24 hours: at %s %s", (moment, answer) => {
    const two = started(runs[2] ?? "", "2026-01-15T18:00:00.000Z", started(runs[1] ?? "", at));
    expect(refusal(() => checkRate(two, runs[0] ?? "", moment, budget))).toBe(answer);
  });

  it("does not count the run that asks", () => {
    expect(refusal(() => checkRate(started(runs[0] ?? "", at), runs[0] ?? "", at, budget))).toBe("accepted");
  });
});
