// What the guard does about what it sees, case by case; and that it leaves alone what is well.
import { describe, expect, it } from "@jest/globals";
import type { CloudMachine } from "../../../../lib/contracts/cloud-run.ts";
import { budgetConfig } from "../../../../lib/contracts/config.ts";
import type { Ledger } from "../../../../lib/contracts/ledger.ts";
import { closeLedger, newLedger, noteBill, promise, raiseCap, settle } from "../../../../lib/core/budget/ledger.ts";
import { decide } from "../../../../lib/core/guard/decide.ts";
import { cutOffInForce } from "../../../../lib/core/guard/in-force.ts";
import type { Seen, SeenJob } from "../../../../lib/core/guard/seen.ts";
import { runIds } from "../../../support/run-request.ts";

const [first, second] = runIds;
const budget = budgetConfig.parse({ capUsd: 100, ends: "2030-01-01T00:00:00Z" });
const start = Date.parse("2026-12-01T00:00:00Z");
const at = (minutes: number) => new Date(start + minutes * 60_000).toISOString();
const limits = { runSeconds: 86_400, aroundSeconds: 1800 };
const day = 24 * 60;

const held = (runId: string, minutes = 0, ledger: Ledger = newLedger(budget)) =>
  promise(ledger, { runId, item: "jobs", amount: 10_000_000, at: at(minutes), evidence: "" }, budget);
const waiting = settle(held(first), { runId: first, actual: {}, at: at(60), evidence: "" });
const lockOf = (runId: string, minutes = 0): Seen["lock"] => ({
  ...{ schema: "bobbin/lock/1", waiting: [], nonce: "" },
  holder: { runId, since: at(minutes) },
});
const execution = (runId: string, attempt = 1, minutes = 0, machine: CloudMachine = "train") => ({
  ...{ machine, name: `${runId}-${attempt}`, run: { runId, attempt }, startedAt: at(minutes) },
});
const job = (change: Partial<SeenJob> = {}): SeenJob => ({
  ...{ id: "job-1", name: `${first}-train-1`, isRunning: true, createdAt: at(0), startedAt: at(0) },
  ...{ deadline: at(2 * day), lastWord: at(59), ...change },
});

/** An hour in, a run is well: it holds lock and money, its execution runs, its job speaks, on a machine. */
const well: Seen = {
  ...{ at: at(60), ledgers: [held(first)], lock: lockOf(first), executions: [execution(first)] },
  ...{
    jobs: [job()],
    owners: {},
    lastEnd: null,
    instances: [{ id: "i-1", since: at(1) }],
    bill: 5_000_000,
    alarm: false,
  },
};
const done = (change: Partial<Seen>) =>
  decide({ ...well, ...change }, limits).map((action) => {
    const { do: what, ...of } = action;
    return `${what} ${"runId" in of ? of.runId : (Object.values(of)[0] ?? "")}`;
  });
const bill = "noteBill phase-1";

/** An experiment two days in: its training is the second run of the ledger, and has a job. */
const experiment: Seen = {
  ...{ ...well, at: at(2 * day), ledgers: [held(second, 2 * day - 60, held(first))], owners: { [second]: first } },
  executions: [execution(first, 1, 0, "experiment")],
  jobs: [job({ name: `${second}-train-1`, createdAt: at(2 * day - 60), startedAt: null, deadline: null })],
  ...{ instances: [], bill: null },
};

describe("the guard of an experiment", () => {
  const doneNow = (change: Partial<Seen>) =>
    decide({ ...experiment, ...change }, limits).map(({ do: what, ...of }) => `${what} ${Object.values(of)[0]}`);

  it("leaves it alone for as many trainings as it has, and the job of the one that is on", () => {
    expect(doneNow({})).toEqual([]);
  });

  it("stops it where one training takes longer than any run does", () => {
    const late = [held(second, 0, held(first))];
    expect(doneNow({ ledgers: late })).toEqual([`stopExecution ${first}-1`]);
    expect(decide({ ...experiment, ledgers: late }, limits)).toContainEqual(
      expect.objectContaining({ do: "stopExecution", machine: "experiment" }),
    );
  });

  it("settles for it once where it died, and ends the job of its training", () => {
    expect(doneNow({ executions: [], lock: null })).toEqual([
      `settle ${first}`,
      "tell job/job-1",
      "terminateJob job-1",
    ]);
    expect(doneNow({ executions: [], lock: lockOf(first) })).toEqual([
      `freeLock ${first}`,
      "tell job/job-1",
      "terminateJob job-1",
    ]);
  });

  it("proves what is left of it, once", () => {
    const over = settle(settle(held(second, 0, held(first)), { runId: first, actual: {}, at: at(60), evidence: "" }), {
      ...{ runId: second, actual: {}, at: at(60), evidence: "" },
    });
    expect(doneNow({ executions: [], lock: null, jobs: [], ledgers: [over] })).toEqual([`prove ${first}`]);
  });

  it("decides nothing where it could not be seen whose training it is", () => {
    expect(doneNow({ executions: [], lock: null, owners: null })).toEqual([]);
  });
});

describe("the guard", () => {
  it("leaves a run alone that is well, but for the bill", () => {
    expect(done({})).toEqual([bill]);
    expect(done({ bill: null })).toEqual([]);
  });

  const quiet = { bill: null } as const;
  it.each<readonly [string, Partial<Seen>, readonly string[]]>([
    ["frees the lock of a run that died", { executions: [], jobs: [], instances: [] }, [`freeLock ${first}`]],
    [
      "leaves a holder alone whose execution may be starting",
      { executions: [], jobs: [], instances: [], lock: lockOf(first, 56) },
      [],
    ],
    [
      "takes the execution of another run for no sign of life",
      { executions: [execution(second)], jobs: [], instances: [] },
      [`freeLock ${first}`],
    ],
    [
      "settles for a run that died and holds no lock",
      { executions: [], jobs: [], instances: [], lock: null },
      [`settle ${first}`],
    ],
    [
      "leaves a promise alone whose execution may be listed later",
      { executions: [], jobs: [], instances: [], lock: null, ledgers: [held(first, 56)] },
      [],
    ],
    [
      "looks for the proof of what is over",
      { ledgers: [waiting], executions: [], jobs: [], lock: null, instances: [] },
      [`prove ${first}`],
    ],
    ["does not, while a later try works", { ledgers: [waiting] }, []],
    [
      "stops what holds its reservation for longer than any run takes",
      { at: at(day + 1), jobs: [job({ lastWord: at(day) })], instances: [] },
      [`stopExecution ${first}-1`],
    ],
    ["waits for that until then", { at: at(day), jobs: [job({ lastWord: at(day) })], instances: [] }, []],
    ["decides nothing on executions that could not be listed", { executions: null, ledgers: [waiting] }, []],
  ])("%s", (_, change, actions) => {
    expect(done({ ...quiet, ...change })).toEqual(actions);
  });

  const ended = ["tell job/job-1", "terminateJob job-1"];
  it.each<readonly [string, Partial<SeenJob>, Partial<Seen>, readonly string[]]>([
    ["past its deadline", { deadline: at(57) }, {}, ended],
    ["that may just be ending itself at its deadline", { deadline: at(58) }, {}, []],
    ["that was told no deadline", { deadline: null }, {}, []],
    ["silent for more than twenty minutes", { lastWord: at(39) }, {}, ended],
    ["silent for twenty minutes", { lastWord: at(40) }, {}, []],
    ["that has said nothing yet, and began long ago", { lastWord: null, startedAt: at(39) }, {}, ended],
    ["that has said nothing yet, and began just now", { lastWord: null, startedAt: at(50) }, {}, []],
    ["that spoke in an earlier try and begins anew", { lastWord: at(10), startedAt: at(50) }, {}, []],
    [
      "that waits for a machine and so says nothing",
      { isRunning: false, lastWord: null, startedAt: null },
      { instances: [] },
      [],
    ],
    ["whose run does not run any more", {}, { executions: [execution(second)], lock: null, ledgers: [] }, ended],
    ["of an earlier try of its run", {}, { executions: [execution(first, 2)] }, ended],
    ["that nobody of Bobbin's asked for", { name: "by hand" }, {}, ended],
    [
      "that was submitted moments ago",
      { name: "by hand", createdAt: at(56), startedAt: at(56), lastWord: null },
      {},
      [],
    ],
    ["while nobody knows what runs", { name: "by hand" }, { executions: null }, []],
  ])("of a job %s", (_, change, more, actions) => {
    expect(done({ ...quiet, ...more, jobs: [job(change)] })).toEqual(actions);
  });

  const machine = { id: "i-1", since: at(0) };
  const idle = { executions: [], ledgers: [], lock: null, jobs: [], instances: [machine] } as const;
  it.each<readonly [string, Partial<Seen>, readonly string[]]>([
    ["ends one that works for nobody", idle, ["tell instance/i-1", "terminateInstance i-1"]],
    ["leaves one that may have come for a job that never was", { ...idle, at: at(30) }, []],
    ["leaves one whose job has just ended", { ...idle, lastEnd: at(31) }, []],
    [
      "leaves one whose job waits for it",
      { ...idle, jobs: [job({ isRunning: false })], executions: [execution(first)] },
      [],
    ],
    [
      "tells of a second one beside a job",
      { instances: [machine, { id: "i-2", since: at(1) }] },
      ["tell instance/i-1/beside", "tell instance/i-2/beside"],
    ],
    ["decides nothing where jobs could not be listed", { ...idle, jobs: null }, []],
  ])("of machines, %s", (_, change, actions) => {
    expect(done({ ...quiet, ...change })).toEqual(actions);
  });
});

describe("money", () => {
  const reason = (seen: Partial<Seen>) => decide({ ...well, ...seen }, limits).find((one) => one.do === "cutOff");

  it("notes a bill that is higher than any before, and no other", () => {
    const noted = noteBill(held(first), { amount: 5_000_000, at: at(1) });
    expect(done({ ledgers: [noted] })).toEqual([]);
    expect(done({ ledgers: [noted], bill: 5_000_001 })).toEqual([bill]);
  });

  it("holds a bill against the budget in use, less what others have committed", () => {
    const old = { ...held(second), budget: "phase-0", terms: { ...held(second).terms, ends: at(-1) } };
    const actions = decide({ ...well, ledgers: [old, held(first)], bill: 12_000_000 }, limits);
    expect(actions).toContainEqual({ do: "noteBill", budget: "phase-1", amount: 2_000_000 });
  });

  it("cuts off at the whole sum, and not a micro-dollar before", () => {
    expect(reason({ bill: 99_999_999 })).toBeUndefined();
    expect(reason({ bill: 100_000_000 })).toMatchObject({ reason: expect.stringContaining("$100.00") });
  });

  it("cuts off where an overrun has led past the cap", () => {
    const over = settle(held(first), { runId: first, actual: { jobs: 100_000_001 }, at: at(1), evidence: "" });
    expect(reason({ ledgers: [over], bill: null })).toMatchObject({ reason: expect.stringContaining("$100.01") });
  });

  it("believes an alarm that it cannot look into, and looks into one that it can", () => {
    expect(reason({ alarm: true, bill: null })).toBeDefined();
    expect(reason({ alarm: true, bill: 5_000_000 })).toBeUndefined();
  });

  it("goes on with a cut-off that somebody began, until somebody raises the budget", () => {
    const closed = closeLedger(held(first), at(10), "a person");
    expect(reason({ ledgers: [closed] })).toMatchObject({ reason: "a person" });
    const raised = raiseCap(closed, { to: 100_000_000, reason: "it was a mistake", by: "somebody", at: at(20) });
    expect(reason({ ledgers: [raised] })).toBeUndefined();
  });

  it("tells of an overrun, and of a budget's end with what idling costs", () => {
    const over = settle(held(first), { runId: first, actual: { jobs: 20_000_000 }, at: at(1), evidence: "" });
    expect(done({ ledgers: [over], bill: null, executions: null })).toEqual([`tell overrun/phase-1/${at(1)}`]);
    const ended = { ...newLedger({ ...budget, ends: at(30) }), idle: { month: 3_000_000, committed: 3_000_000 } };
    const [said] = decide({ ...well, ledgers: [ended], bill: null, lock: null }, limits);
    expect(said).toMatchObject({
      do: "tell",
      id: `ended/phase-1/${at(30)}`,
      text: expect.stringContaining("$3.00 a month"),
    });
  });
});

describe("a cut-off", () => {
  const of = (name: string, closedAt: number | null) => {
    const ledger = { ...held(first), budget: name };
    return closedAt === null ? ledger : closeLedger(ledger, at(closedAt), `cut off at ${closedAt}`);
  };
  const opened = (ledger: Ledger, minutes: number) =>
    raiseCap(ledger, { to: ledger.cap, reason: "a test", by: "somebody", at: at(minutes) });

  it("is in force from the first ledger that is closed to the first that a person opens after it", () => {
    expect(cutOffInForce([of("a", null), of("b", null)])).toBeNull();
    expect(cutOffInForce([of("a", 5), of("b", null)])).toMatchObject({ budget: "a", reason: "cut off at 5" });
    expect(cutOffInForce([of("a", 5), of("b", 6)])).toMatchObject({ budget: "b" });
    expect(cutOffInForce([of("a", 5), opened(of("b", 6), 7)])).toBeNull();
  });

  it("that comes after a raise is in force again", () => {
    const raised = opened(of("b", 6), 7);
    expect(cutOffInForce([of("a", 9), raised])).toMatchObject({ budget: "a" });
    expect(cutOffInForce([of("a", 5), closeLedger(raised, at(9), "again")])).toMatchObject({
      budget: "b",
      reason: "again",
    });
  });

  it("is not what an overrun is; begun after one, it keeps its words", () => {
    const over = settle(held(first), { runId: first, actual: { jobs: 20_000_000 }, at: at(1), evidence: "" });
    expect(cutOffInForce([over])).toBeNull();
    const cut = closeLedger(over, at(2), "a person");
    expect(cutOffInForce([cut])).toMatchObject({ at: at(2), reason: expect.stringMatching(/^a person; .*overrun/) });
  });
});
