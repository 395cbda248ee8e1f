// Where a sum or a comparison could be one off, and nothing but these figures would show it.
import { describe, expect, it } from "@jest/globals";
import { budgetConfig, type Config } from "../../../../lib/contracts/config.ts";
import { isBobbinError } from "../../../../lib/contracts/errors.ts";
import type { Ledger } from "../../../../lib/contracts/ledger.ts";
import { monthsTouched } from "../../../../lib/core/budget/idle.ts";
import { closeLedger, newLedger, noteBill, promise, raiseCap, settle } from "../../../../lib/core/budget/ledger.ts";
import { checkPrices } from "../../../../lib/core/budget/price-check.ts";
import { pricePerHour } from "../../../../lib/core/budget/price-table.ts";
import { proveCost, type SeenJob } from "../../../../lib/core/budget/proof.ts";
import { checkRate } from "../../../../lib/core/budget/rate.ts";
import { runHolds, sumsOf } from "../../../../lib/core/budget/view.ts";
import { storageOf, worstCase } from "../../../../lib/core/budget/worst-case.ts";
import { runIds } from "../../../support/run-request.ts";

const [first, second, third] = runIds;
const at = "2026-12-01T12:00:00.000Z";
const budgetOf = (changes: Partial<Config["budget"]> = {}) => ({
  ...budgetConfig.parse({ capUsd: 1, ends: "2027-12-01T00:00:00Z" }),
  ...changes,
});
const budget = budgetOf();
const wanted = (amount: number, item: "admission" | "jobs" | "image" = "jobs", runId: string = first) => ({
  ...{ runId, item, amount, at, evidence: "" },
});

/** What an error says, by its data. */
function dataOf(work: () => unknown): object {
  try {
    work();
  } catch (error) {
    if (isBobbinError(error)) return { name: error.name, ...error.data };
    throw error;
  }
  return {};
}

describe("the ledger", () => {
  it("counts dollars that no binary fraction is to the nearest micro-dollar", () => {
    expect(newLedger(budgetOf({ capUsd: 8.2, monthlyUsd: 1.1 }))).toMatchObject({
      ...{ cap: 8_200_000, terms: { monthly: 1_100_000 } },
    });
  });

  it("gives the same answer to one who asks again for what it holds, also when it is closed", () => {
    const closed = closeLedger(promise(newLedger(budget), wanted(5), budget), at, "cut off");
    expect(promise(closed, wanted(5), budget)).toBe(closed);
  });

  it("names in an overrun only what cost more than it had promised", () => {
    const held = [wanted(5), wanted(7, "image")].reduce((now, one) => promise(now, one, budget), newLedger(budget));
    const done = settle(held, { runId: first, actual: { jobs: 6, image: 7 }, at, evidence: "" });
    expect(done).toMatchObject({
      unexplained: 1,
      closed: { reason: `overrun: jobs of ${first} cost more than promised` },
    });
  });

  it("takes a bill of nothing for what it is", () => {
    const ledger = newLedger(budget);
    expect(noteBill(ledger, { amount: 0, at })).toBe(ledger);
  });

  it("says of a raise that is refused what was found: the sum, or that it has no reason", () => {
    const raise = (to: number, reason: string) => () => raiseCap(newLedger(budget), { to, reason, by: "me", at });
    expect(dataOf(raise(5, "more"))).toMatchObject({ name: "BudgetRaiseInvalid", found: "5" });
    expect(dataOf(raise(2_000_000, " "))).toMatchObject({ found: "2000000 without a reason" });
  });

  it("says which term has changed, in dollars", () => {
    const ledger = newLedger(budgetOf({ monthlyUsd: 0.5 }));
    const asked = (changes: Partial<Config["budget"]>) => () => promise(ledger, wanted(1), budgetOf(changes));
    expect(dataOf(asked({ capUsd: 2.5, monthlyUsd: 0.5 }))).toMatchObject({
      term: "capUsd",
      found: "2.5",
      wanted: "1",
    });
    expect(dataOf(asked({}))).toMatchObject({ term: "monthlyUsd", found: "nothing", wanted: "0.5" });
  });
});

describe("months", () => {
  it.each([
    ["2026-12-31T23:59:59.999Z", "2027-01-01T00:00:00.000Z", 1],
    ["2026-12-31T23:59:59.999Z", "2027-01-01T00:00:00.001Z", 2],
    ["2027-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z", 0],
  ])("from %s until before %s: %d", (from, to, months) => {
    expect(monthsTouched(from, to)).toBe(months);
  });
});

describe("how often runs start", () => {
  it("is counted from the last of them, in whole minutes", () => {
    const often = budgetOf({ minMinutesBetweenRuns: 30 });
    const earlier = { ...wanted(1, "admission", first), at: "2026-12-01T11:00:00.000Z" };
    const ledger = [earlier, wanted(1, "admission", second)].reduce(
      (now, one) => promise(now, one, often),
      newLedger(often),
    );
    const late = "2026-12-01T12:14:59.000Z";
    expect(dataOf(() => checkRate(ledger, third, late, often))).toMatchObject({
      found: "14 minutes after the last run",
    });
  });
});

describe("what is shown of a ledger", () => {
  const done = (ledger: Ledger, runId: string) => settle(ledger, { runId, actual: {}, at, evidence: "" });

  it("calls a try open while one of its entries is", () => {
    const waiting = done(promise(newLedger(budget), wanted(5), budget), first);
    const ledger = promise(waiting, wanted(2, "image"), budget);
    expect(runHolds(ledger)).toMatchObject([{ runId: first, state: "open", settled: null }]);
  });

  it("adds up what was summed up with what was not", () => {
    const row = { month: "2026-10", item: "jobs", entries: 1, promised: 90 } as const;
    const settled = settle(promise(newLedger(budget), wanted(5, "admission"), budget), {
      ...{ runId: first, actual: {}, at, evidence: "" },
    });
    const ledger = {
      ...settled,
      folded: [
        { ...row, settled: 40 },
        { ...row, month: "2026-11", settled: 30 },
      ],
    };
    expect(sumsOf(ledger, at)).toMatchObject({ settled: 75, committed: 75 });
  });
});

describe("a proof", () => {
  const prices = { trainHour: 3600, predictHour: 7200, tries: 2 };
  const job = (
    kind: SeenJob["kind"],
    [createdAt, endedAt]: readonly [number, number],
    ...attempts: readonly (readonly [number, number])[]
  ): SeenJob => ({
    ...{ id: kind, kind, createdAt, endedAt },
    attempts: attempts.map(([startedAt, stoppedAt]) => ({ startedAt, stoppedAt })),
  });
  const amountOf = (jobs: readonly SeenJob[], more: object = {}) => proveCost(jobs, [], { ...prices, ...more })?.amount;

  it("charges each job at its own hour where there is only that one", () => {
    const [from, to] = [1_000, 101_000];
    expect(amountOf([job("train", [0, to], [from, to])], { waitSeconds: 0 })).toBe(100);
    expect(amountOf([job("predict", [0, to], [from, to])], { waitSeconds: 0 })).toBe(200);
  });

  it("rounds seconds and micro-dollars up", () => {
    expect(amountOf([job("train", [0, 1_001], [0, 1_001])])).toBe(2);
    expect(amountOf([job("train", [0, 1_000], [0, 1_000])], { trainHour: 1 })).toBe(1);
  });

  it("counts a wait for one more try only where a try was left, and it ended more than moments after the last", () => {
    const started = { overSeconds: 1000, waitSeconds: 3600 };
    const once = job("train", [0, 15_000], [0, 10_000]);
    expect(amountOf([once], started)).toBe(10 + 1000);
    expect(amountOf([{ ...once, endedAt: 15_001 }], started)).toBe(16 + 2000);
    const twice = job("train", [0, 60_000], [0, 10_000], [10_000, 20_000]);
    expect(amountOf([twice], started)).toBe(20 + 2000);
  });

  it("is the same in whatever order jobs are listed", () => {
    const jobs = [
      job("train", [0, 50_000], [0, 50_000]),
      job("predict", [40_000, 60_000], [40_000, 60_000]),
      job("train", [10_000, 20_000], [10_000, 20_000]),
    ];
    expect(amountOf(jobs)).toBe(120);
    expect(amountOf([...jobs].reverse())).toBe(120);
    expect(amountOf([jobs[1], jobs[0], jobs[2]] as SeenJob[])).toBe(120);
  });
});

describe("the lines of a plan", () => {
  const prices = { admission: 1, trainHour: 3_600_000, predictHour: 7_200_000, startFee: 540_000, gbMonth: 23_000 };
  const size = { timeoutSeconds: 60, uploadBytes: 1e9, at, ends: "2027-12-01T00:00:00Z" };
  const lines = worstCase(size, prices);
  const line = (what: string) => lines.find((one) => one.what === what);

  it("charge each job at its own hour, and say which", () => {
    expect(line("train: its machine")).toMatchObject({
      amount: 60_000,
      how: expect.stringContaining("at $3.6 an hour"),
    });
    expect(line("predict: its machine")).toMatchObject({ amount: 120_000, how: expect.stringContaining("at $7.2 an") });
    expect(line("train: what a machine fetches")?.how).toMatch(/^1 starts × \$0\.54 /);
  });

  it("say how long an upload is stored, and at what", () => {
    expect(line("the upload")?.how).toBe("1.000 GB × 4 months at $0.023 a GB and month");
    expect(line("its frames")?.how).toBe("1.000 GB × 2 × 12 months, to the budget's end, at $0.023 a GB and month");
  });

  it("round what is stored up", () => {
    const odd = storageOf({ ...size, uploadBytes: 1, ends: "2026-12-02T00:00:00Z" }, { ...prices, gbMonth: 0.5 });
    expect(odd.map(({ amount }) => amount)).toEqual([1, 1, 1]);
  });
});

describe("known prices", () => {
  it("are of the machine with its disk and its address", () => {
    expect(pricePerHour("us-east-1", "g6.xlarge")).toBe(825_500);
  });

  it("are as old as whole days have passed", () => {
    const [one] = checkPrices(null, "2026-12-28T12:00:00Z").filter(({ machine }) => machine === "g6.xlarge");
    expect(one).toMatchObject({ seen: "2026-07", ageDays: 180, state: "ok" });
  });
});
