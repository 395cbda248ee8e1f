// A ledger as people and the guard ask about it.
import { describe, expect, it } from "@jest/globals";
import { budgetConfig } from "../../../../lib/contracts/config.ts";
import { newLedger, promise, settle } from "../../../../lib/core/budget/ledger.ts";
import { runHolds, sumsOf, toProve } from "../../../../lib/core/budget/view.ts";
import { runIds } from "../../../support/run-request.ts";

const [first, second, third] = runIds;
const budget = budgetConfig.parse({ capUsd: 1, ends: "2035-01-01T00:00:00Z" });
const hour = (number: number) => `2026-12-01T${String(number).padStart(2, "0")}:00:00.000Z`;
const asked = (runId: string, item: "admission" | "jobs", amount: number, at: string, attempt = 1) => ({
  ...{ runId, item, amount, at, attempt, evidence: "" },
});

/** One run is settled, one waits for its proof since its first try and works on its second, one was just let in. */
const ledger = [
  asked(second, "admission", 5, hour(2)),
  asked(second, "jobs", 100, hour(3)),
  asked(first, "admission", 5, hour(1)),
  asked(third, "admission", 7, hour(9)),
].reduce((now, one) => promise(now, one, budget), newLedger(budget));
const done = (runId: string, actual: object) => ({ runId, actual, at: hour(4), evidence: "" });
const lived = promise(
  settle(settle(ledger, done(first, {})), done(second, {})),
  asked(second, "jobs", 60, hour(5), 2),
  budget,
);

describe("what runs hold", () => {
  it("is told try by try, the oldest first", () => {
    expect(runHolds(lived)).toEqual([
      { runId: first, attempt: 1, promised: 5, settled: 5, state: "settled", since: hour(1) },
      { runId: second, attempt: 1, promised: 105, settled: null, state: "waiting", since: hour(2) },
      { runId: second, attempt: 2, promised: 60, settled: null, state: "open", since: hour(5) },
      { runId: third, attempt: 1, promised: 7, settled: null, state: "open", since: hour(9) },
    ]);
    expect(runHolds(newLedger(budget))).toEqual([]);
  });

  it("adds up", () => {
    expect(sumsOf(lived, hour(10))).toEqual({
      ...{ committed: 177, left: 999_823, promised: 100 + 60 + 7, settled: 5 + 5, heldThisMonth: 177 },
    });
    expect(sumsOf(lived, "2027-01-01T00:00:00Z").heldThisMonth).toBe(0);
  });

  it("is to be proven where a try is over, or open for longer than any run takes", () => {
    const of = (at: string) => toProve(lived, at, 7200).map(({ runId, attempt }) => [runId, attempt]);
    expect(of(hour(7))).toEqual([[second, 1]]);
    expect(of("2026-12-01T07:00:00.001Z")).toEqual([
      [second, 1],
      [second, 2],
    ]);
    expect(of("2026-12-02T00:00:00.000Z")).toHaveLength(3);
  });
});
