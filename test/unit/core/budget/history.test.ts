// What a budget goes through in its life: idling, AWS's bill, closing, raising, and years of runs in one small document.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { Config } from "../../../../lib/contracts/config.ts";
import type { Ledger } from "../../../../lib/contracts/ledger.ts";
import { compact } from "../../../../lib/core/budget/compact.ts";
import { commitIdle, monthsTouched } from "../../../../lib/core/budget/idle.ts";
import {
  closeLedger,
  giveBack,
  newLedger,
  noteBill,
  promise,
  raiseCap,
  settle,
} from "../../../../lib/core/budget/ledger.ts";
import { sealed } from "../../../../lib/core/budget/ledger-document.ts";
import { committed, heldInMonth, left } from "../../../../lib/core/budget/limits.ts";
import { runHolds, sumsOf } from "../../../../lib/core/budget/view.ts";
import { documentBytes } from "../../../../lib/core/registry/cas.ts";
import { budgetUntil, refusal, wantedOf } from "../../../support/budget.ts";
import { holds } from "../../../support/property.ts";
import { runIds } from "../../../support/run-request.ts";

const [first, second] = runIds;
const at = "2026-12-01T00:00:00.000Z";
const budgetOf = (changes: Partial<Config["budget"]> = {}) => budgetUntil("2027-12-31T00:00:00Z", changes);
const budget = budgetOf();
const wanted = wantedOf(first, at);
const with300 = promise(newLedger(budget), wanted(300), budget);

describe("tries of a run", () => {
  const done = (more: object = {}) => ({ runId: first, actual: {}, at, evidence: "", ...more });

  it("promise each for itself: what one left unproven is not what the next one starts on", () => {
    const waiting = settle(with300, done({ attempt: 1 }));
    const next = promise(waiting, wanted(300, { attempt: 2 }), budget);
    expect(committed(next)).toBe(600);
    expect(runHolds(next)).toMatchObject([
      { attempt: 1, state: "waiting", settled: null },
      { attempt: 2, state: "open", settled: null },
    ]);
  });

  it("that are over promise nothing more, proven or not", () => {
    for (const actual of [{}, { jobs: 10 }]) {
      const over = settle(with300, done({ actual }));
      for (const amount of [1, 300, 400]) expect(refusal(() => promise(over, wanted(amount), budget))).toBe("RunEnded");
    }
  });

  it("are closed each by its own jobs: what one left open only waits, however cheap the next one was", () => {
    const both = promise(with300, wanted(500, { attempt: 2 }), budget);
    const settled = settle(both, done({ attempt: 2, actual: { jobs: 0 } }));
    expect(settled.entries.map((entry) => [entry.settled, entry.endedAt])).toEqual([
      [null, at],
      [0, at],
    ]);
    const proven = settle(settled, done({ attempt: 1, actual: { jobs: 120 } }));
    expect([committed(proven), proven.closed]).toEqual([120, null]);
  });

  it("leave those after them alone", () => {
    const both = promise(with300, wanted(500, { attempt: 2 }), budget);
    expect(settle(both, done({ attempt: 1, actual: { jobs: 0 } })).entries.map(({ settled }) => settled)).toEqual([
      0,
      null,
    ]);
  });

  it("give back only what they themselves never began", () => {
    const items = ["jobs", "image"] as const;
    const one = promise(
      promise(with300, wanted(40, { item: "admission" }), budget),
      wanted(500, { attempt: 2 }),
      budget,
    );
    const given = giveBack(one, { ...done({ actual: { jobs: 0 } }), attempt: 2, items });
    expect(given.entries.map(({ settled }) => settled)).toEqual([null, null, 0]);
    const other = promise(one, wanted(30, { runId: second, attempt: 2 }), budget);
    expect(giveBack(other, { ...done({ actual: { jobs: 0 } }), attempt: 2, items }).entries.at(-1)?.settled).toBeNull();
    const unproven = giveBack(one, { ...done(), attempt: 2, items });
    expect(committed(unproven)).toBe(committed(one));
    expect(giveBack(unproven, { ...done(), attempt: 2, items })).toBe(unproven);
  });

  it("that cost more than they promised commit the rest on top and close the ledger", () => {
    const over = settle(with300, done({ actual: { jobs: 301 } }));
    expect(over).toMatchObject({ unexplained: 1, closed: { kind: "overrun" } });
    expect([committed(over), left(over)]).toEqual([301, 0]);
  });

  it("close at nothing what was promised as nothing: that needs no proof", () => {
    const free = settle(promise(newLedger(budget), wanted(0), budget), done());
    expect(free.entries).toMatchObject([{ settled: 0, settledAt: at, proof: null }]);
  });

  it("cost as much as they promised, and that is no overrun", () => {
    const settled = settle(with300, done({ actual: { jobs: 300 } }));
    expect(settled).toMatchObject({ closed: null, unexplained: 0, entries: [{ settled: 300 }] });
  });

  it("take no sum that is none", () => {
    for (const amount of [Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY])
      expect(() => promise(newLedger(budget), wanted(amount), budget)).toThrow(RangeError);
  });

  it("count to the sum for one run with all they hold", () => {
    const perRun = budgetOf({ perRunUsd: 0.0004 });
    const one = settle(promise(newLedger(perRun), wanted(300), perRun), done({ actual: { jobs: 300 } }));
    expect(refusal(() => promise(one, wanted(101, { attempt: 2 }), perRun))).toBe("RejectedOverBudget");
    expect(refusal(() => promise(one, wanted(100, { attempt: 2 }), perRun))).toBe("accepted");
  });
});

describe("idling", () => {
  it.each([
    ["2026-12-01T00:00:00Z", "2027-12-31T00:00:00Z", 13],
    ["2026-12-31T23:59:59Z", "2027-01-01T00:00:01Z", 2],
    ["2026-12-05T00:00:00Z", "2026-12-06T00:00:00Z", 1],
    ["2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z", 1],
    ["2026-12-31T00:00:00Z", "2027-01-01T00:00:00.001Z", 2],
    ["2026-12-05T00:00:00Z", "2026-12-05T00:00:00Z", 0],
  ])("from %s to %s touches %d months", (from, to, months) => {
    expect(monthsTouched(from, to)).toBe(months);
  });

  it("is committed to the end date when the budget is made, and raised for what is left where it grows", () => {
    const made = commitIdle(newLedger(budget), 10, at);
    expect(committed(made)).toBe(130);
    expect(commitIdle(made, 10, "2027-06-01T00:00:00Z")).toBe(made);
    expect(commitIdle(made, 5, at)).toBe(made);
    // December is thirteen months off the end, the next November two: 130 and twice ten more.
    expect(committed(commitIdle(made, 20, "2027-11-01T00:00:00Z"))).toBe(150);
  });

  it("is refused where the cap does not hold it, and leaves nothing behind", () => {
    expect(refusal(() => commitIdle(newLedger(budget), 77, at))).toBe("BudgetTooSmall");
    expect(committed(commitIdle(newLedger(budget), 76, at))).toBe(988);
    const exact = budgetOf({ capUsd: 0.000988 });
    expect(commitIdle(newLedger(exact), 76, at)).toMatchObject({ revision: 1, idle: { month: 76, committed: 988 } });
  });

  it("counts to the month", () => {
    const monthly = budgetOf({ monthlyUsd: 0.0001 });
    const made = commitIdle(newLedger(monthly), 10, at);
    expect(refusal(() => promise(made, wanted(91), monthly))).toBe("RejectedOverBudget");
    expect(refusal(() => promise(made, wanted(90), monthly))).toBe("accepted");
  });
});

describe("AWS's bill", () => {
  it("is noted while it is below what is committed, and never lowered", () => {
    const noted = noteBill(with300, { amount: 200, at });
    expect([committed(noted), noted.closed, noted.bill?.amount]).toEqual([300, null, 200]);
    expect(noteBill(noted, { amount: 200, at })).toBe(noted);
    expect(noteBill(noted, { amount: 10, at })).toBe(noted);
    expect(committed(noteBill(with300, { amount: 300, at }))).toBe(300);
  });

  it("is no sum that is none", () => {
    for (const amount of [Number.NaN, -1, 0.5]) expect(() => noteBill(with300, { amount, at })).toThrow(RangeError);
  });

  it("above it is committed all the same, and closes the ledger; what is promised after a raise comes on top", () => {
    const over = noteBill(with300, { amount: 301, at });
    expect(over).toMatchObject({ unexplained: 1, closed: { kind: "overrun" } });
    const open = raiseCap(over, { to: 2000, reason: "found the machine", by: "me", at });
    const more = promise(open, wanted(100, { runId: second }), { ...budget, capUsd: 0.002 });
    expect(committed(more)).toBe(401);
    expect(noteBill(more, { amount: 401, at }).closed).toBeNull();
  });
});

describe("a closed ledger", () => {
  const closed = closeLedger(with300, at, "cut off at 100 %");

  it("takes no promise, is closed once, and settles what it holds", () => {
    expect(refusal(() => promise(closed, wanted(1, { runId: second }), budget))).toBe("BudgetClosed");
    expect(refusal(() => promise(closed, wanted(301), budget))).toBe("BudgetClosed");
    expect(closeLedger(closed, at, "again")).toBe(closed);
    expect(left(closed)).toBe(0);
    const settled = settle(closed, { runId: first, actual: { jobs: 5 }, at, evidence: "" });
    expect([committed(settled), settled.closed?.reason]).toEqual([5, "cut off at 100 %"]);
  });

  it("is opened by a raise alone, which keeps who, why and what it was", () => {
    const raise = { to: 1000, reason: "looked at", by: "me", at };
    const open = raiseCap(closed, raise);
    expect(open.raises).toEqual([
      { at, by: "me", from: 1000, to: 1000, reason: "looked at", opened: "cut off at 100 %" },
    ]);
    expect(refusal(() => promise(open, wanted(700, { runId: second }), budget))).toBe("accepted");
    expect(refusal(() => promise(open, wanted(701, { runId: second }), budget))).toBe("RejectedOverBudget");
  });

  it.each([
    ["lower than the cap", with300, { to: 999 }],
    ["the same where nothing is closed", with300, { to: 1000 }],
    ["below what is committed", noteBill(with300, { amount: 5000, at }), { to: 4999 }],
    ["without a reason", closed, { reason: " " }],
    ["to no sum", closed, { to: Number.NaN }],
  ])("is not raised %s", (_, ledger, change) => {
    const raise = { to: 2000, reason: "why", by: "me", at, ...change };
    expect(refusal(() => raiseCap(ledger, raise))).toBe("BudgetRaiseInvalid");
  });

  it("may be named by the old cap or the new one afterwards, and by no other", () => {
    const open = raiseCap(with300, { to: 2000, reason: "why", by: "me", at });
    const said = (capUsd: number) => refusal(() => promise(open, wanted(1, { runId: second }), budgetOf({ capUsd })));
    expect([0.001, 0.002, 0.0015].map(said)).toEqual(["accepted", "accepted", "BudgetTermsChanged"]);
  });
});

describe("every change", () => {
  it("has a number of its own, one higher than the last", () => {
    const changes: ((ledger: Ledger) => Ledger)[] = [
      (ledger) => commitIdle(ledger, 1, at),
      (ledger) => promise(ledger, wanted(100), budget),
      (ledger) => promise(ledger, wanted(200), budget),
      (ledger) => settle(ledger, { runId: first, actual: {}, at, evidence: "" }),
      (ledger) => settle(ledger, { runId: first, actual: { jobs: 3 }, at, evidence: "" }),
      (ledger) => noteBill(ledger, { amount: 1, at }),
      (ledger) => noteBill(ledger, { amount: 500, at }),
      (ledger) => raiseCap(ledger, { to: 2000, reason: "why", by: "me", at }),
      (ledger) => closeLedger(ledger, at, "why"),
    ];
    let ledger = newLedger(budget);
    for (const [index, change] of changes.entries()) {
      ledger = change(ledger);
      expect(ledger.revision).toBe(index + 1);
    }
  });
});

describe("compaction", () => {
  const day = 86_400_000;
  const run = (number: number) => String(number).padStart(26, "0");

  it("loses no sum, of the whole or of a month, and keeps what is open or young", () => {
    const entry = fc.record({
      run: fc.nat(5),
      amount: fc.nat(100),
      day: fc.nat(80),
      cost: fc.option(fc.nat(100)),
      settle: fc.boolean(),
    });
    holds(
      fc.property(fc.array(entry, { maxLength: 30 }), fc.nat(200), (all, today) => {
        let ledger: Ledger = newLedger(budgetOf({ capUsd: 1 }));
        for (const [index, one] of all.entries()) {
          const moment = new Date(Date.parse(at) + one.day * day).toISOString();
          const asked = wanted(one.amount, { runId: run(one.run), attempt: index + 1, at: moment });
          ledger = promise(ledger, asked, budgetOf({ capUsd: 1 }));
          const actual = one.cost === null ? {} : { jobs: Math.min(one.cost, one.amount) };
          if (one.settle)
            ledger = settle(ledger, { runId: run(one.run), attempt: index + 1, actual, at: moment, evidence: "" });
        }
        const now = new Date(Date.parse(at) + today * day).toISOString();
        const small = compact(ledger, now);
        expect(committed(small)).toBe(committed(ledger));
        for (const month of ["2026-12", "2027-01", "2027-02"])
          expect(heldInMonth(small, month)).toBe(heldInMonth(ledger, month));
        const kept = ({ settled, endedAt, settledAt }: Ledger["entries"][number]) =>
          (settled === null && endedAt === null) ||
          Date.parse(now) - Date.parse(settledAt ?? endedAt ?? now) <= 8 * day;
        expect(small.entries).toEqual(expect.arrayContaining(ledger.entries.filter(kept)));
        expect(compact(small, now)).toBe(small);
      }),
    );
  });

  it("sums up what is settled after eight days and what waited for its proof after thirty, by month and item", () => {
    const later = (milliseconds: number) => new Date(Date.parse(at) + milliseconds).toISOString();
    const terms = budgetOf({ capUsd: 1 });
    const all = [
      wanted(10, { item: "admission" }),
      wanted(300),
      wanted(20, { runId: second, item: "admission" }),
      wanted(500, { runId: second }),
      wanted(7, { runId: runIds[2], at: "2027-01-01T00:00:00.000Z" }),
    ].reduce((now, one) => promise(now, one, terms), newLedger(terms));
    const done = (runId: string, actual: object) => ({ runId, actual, at, evidence: "" });
    // One run is proven, one waits, one is open.
    const lived = settle(settle(all, done(first, { jobs: 120 })), done(second, {}));
    expect(compact(lived, later(8 * day))).toBe(lived);
    const week = compact(lived, later(8 * day + 1));
    expect(week.folded).toEqual([
      { month: "2026-12", item: "admission", entries: 2, promised: 30, settled: 30 },
      { month: "2026-12", item: "jobs", entries: 1, promised: 300, settled: 120 },
    ]);
    expect(week.entries.map(({ runId, item }) => [runId, item])).toEqual([
      [second, "jobs"],
      [runIds[2], "jobs"],
    ]);
    expect(compact(week, later(30 * day))).toBe(week);
    const month = compact(week, later(30 * day + 1));
    expect(month.folded[1]).toEqual({ month: "2026-12", item: "jobs", entries: 2, promised: 800, settled: 620 });
    expect(compact(month, later(400 * day)).entries).toHaveLength(1);
    expect(committed(month)).toBe(committed(lived));
  });

  it("keeps a year of hourly runs, each with its proof, under a megabyte", () => {
    const terms = budgetOf({ capUsd: 100_000, monthlyUsd: 100_000 });
    let ledger = newLedger(terms);
    let largest = 0;
    const attempts = [0, 1].map(() => ({ startedAt: at, stoppedAt: at }));
    const jobs = (["train", "predict"] as const).map((kind) => ({
      ...{ id: "b3b5ab2e-3f2a-4f6e-9c1d-5d3f7f1d2a4c", kind, createdAt: at, endedAt: at, attempts },
    }));
    const price = { region: "us-east-1", machine: "g6.xlarge", hour: 825_500, seen: "2026-07" };
    for (let hour = 0; hour < 365 * 24; hour += 1) {
      const moment = new Date(Date.parse(at) + hour * 3_600_000).toISOString();
      const runId = run(hour);
      const evidence = "released; cost known";
      for (const [item, amount] of [
        ["admission", 500_000],
        ["storage", 90_000],
        ["image", 600_000],
        ["jobs", 6_000_000],
      ] as const)
        ledger = promise(ledger, { runId, item, amount, at: moment, evidence }, terms);
      const actual = { jobs: 400_000, image: 0 };
      ledger = settle(ledger, { runId, actual, at: moment, evidence, proof: { jobs, price } });
      // In use it is done with every write; once a day is enough to see what becomes of it.
      if (hour % 24 === 23) ledger = compact(ledger, moment);
      if (hour % 1000 === 998) largest = Math.max(largest, documentBytes(sealed(ledger)).byteLength);
    }
    expect(committed(ledger)).toBe(365 * 24 * (500_000 + 90_000 + 400_000));
    expect(sumsOf(ledger, at)).toMatchObject({ settled: committed(ledger), promised: 0 });
    expect(largest).toBeGreaterThan(100_000);
    expect(largest).toBeLessThan(1_000_000);
  }, 120_000);
});
