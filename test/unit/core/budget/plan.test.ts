// What a run would cost and whether it would be let in: the same answers that Admit and Reserve would give, with nothing written.
import { describe, expect, it } from "@jest/globals";
import { budgetConfig, type Config } from "../../../../lib/contracts/config.ts";
import { newLedger, promise } from "../../../../lib/core/budget/ledger.ts";
import { type Asked, planRun } from "../../../../lib/core/budget/plan.ts";
import { runIds } from "../../../support/run-request.ts";

const at = "2026-12-01T00:00:00.000Z";
const ends = "2027-01-01T00:00:00Z";
/** A micro-dollar a second. */
const prices = { admission: 10, trainHour: 3600, predictHour: 7200 };

function asked(changes: Partial<Asked> = {}, terms: Partial<Config["budget"]> = {}): Asked {
  const budget = { ...budgetConfig.parse({ capUsd: 0.01, ends }), ...terms };
  return {
    ...{ ledger: newLedger(budget), budget, recipe: { name: "test", timeoutSeconds: 1000 } },
    ...{ size: { timeoutSeconds: 1000, uploadBytes: 0, at, ends }, forecast: null, predictSeconds: null },
    ...changes,
  };
}
const names = (plan: ReturnType<typeof planRun>) => plan.refusals.map(({ name }) => name);

describe("a plan", () => {
  it("is at most what the run would promise, and says what is left after it", () => {
    const plan = planRun(asked(), prices);
    expect(plan).toMatchObject({ atMost: 10 + 1000 + 2000, left: 10_000, leftAfter: 10_000 - 3010, refusals: [] });
    expect(plan.lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(plan.atMost);
  });

  it("counts the idle months that the first promise would commit", () => {
    expect(planRun(asked(), { ...prices, idleMonth: 100 })).toMatchObject({ left: 9_900, leftAfter: 9_900 - 3010 });
  });

  it("expects what was measured, at the price on demand, and nothing where nothing was", () => {
    const forecast = { seconds: 600, epochs: 10, fits: 16 };
    // The training and a quarter of an hour around it; the scoring.
    expect(planRun(asked({ forecast, predictSeconds: 30 }), prices).expected).toBe(600 + 900 + 60);
    expect(planRun(asked({ forecast, predictSeconds: 30 }), { ...prices, trainHour: 3601 }).expected).toBe(1561);
    expect(planRun(asked({ forecast }), prices).expected).toBeNull();
    expect(planRun(asked({ predictSeconds: 30 }), prices).expected).toBeNull();
  });

  it("expects nothing of a place that charges nothing, measured or not", () => {
    const free = { admission: 0, trainHour: 0, predictHour: 0 };
    expect(planRun(asked(), free).expected).toBe(0);
    expect(planRun(asked(), { ...free, predictHour: 1 }).expected).toBeNull();
    expect(planRun(asked(), { ...free, trainHour: 1 }).expected).toBeNull();
  });

  it("says each reason why it would be refused", () => {
    const forecast = { seconds: 1001, epochs: 10, fits: 9 };
    const busy = (budget: Config["budget"]) =>
      promise(newLedger(budget), { runId: runIds[0], item: "admission", amount: 9000, at, evidence: "" }, budget);
    const rare = asked({}, { runsPerDay: 1 });
    const plan = planRun({ ...rare, ledger: busy(rare.budget), forecast }, prices);
    expect(names(plan)).toEqual(["RateLimited", "RunTooLong", "RejectedOverBudget"]);
    expect(plan).toMatchObject({ left: 1000, leftAfter: 1000 });
    const small = planRun(asked(), { ...prices, idleMonth: 10_001 });
    expect(names(small)).toEqual(["BudgetTooSmall"]);
  });

  it("is none where a sum is none", () => {
    expect(() => planRun(asked(), { ...prices, admission: Number.NaN })).toThrow(RangeError);
  });
});
