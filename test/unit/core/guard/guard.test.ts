// The guard at work on an account in memory: it finds the right state from what is there, however often it comes, and however many of it.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { dataKeys, registryKeys } from "../../../../lib/contracts/layout.ts";
import { failure } from "../../../../lib/contracts/run.ts";
import { commitPromise } from "../../../../lib/core/budget/book.ts";
import { committed } from "../../../../lib/core/budget/limits.ts";
import { watch } from "../../../../lib/core/guard/guard.ts";
import { lastWord } from "../../../../lib/core/guard/last-word.ts";
import { readDocument } from "../../../../lib/core/registry/cas.ts";
import { readLock } from "../../../../lib/core/registry/lock.ts";
import { GuardWorld, minute, terms } from "../../../support/guard-world.ts";
import { runIds } from "../../../support/run-request.ts";

const [first, second] = runIds;
const micro = 1_000_000;

describe("the guard", () => {
  it("does nothing to a run that is well, and says what the budget stands at", async () => {
    const world = new GuardWorld();
    await world.run(first);
    world.job(`${first}-train-1`);
    world.now += 10 * minute;
    world.calls.length = 0;
    const { actions, money } = await watch({}, world.ports());
    expect(actions).toEqual([]);
    expect(world.calls).toEqual([]);
    expect(money).toEqual([
      {
        ...{ budget: "phase-1", cap: 200 * micro, committed: 10.5 * micro, promised: 10.5 * micro, settled: 0 },
        ...{ left: 189.5 * micro, bill: 0, next: null },
      },
    ]);
  });

  it("that was never there before settles for a run that died, ends its job, frees the pipeline and tells people once", async () => {
    const world = new GuardWorld();
    await world.run(first);
    const id = world.job(`${first}-train-1`);
    world.end(`${first}-1`);
    world.now += 60 * minute;
    for (let times = 0; times < 5; times += 1) {
      await watch({}, world.ports());
      world.now += 15 * minute;
    }
    expect((await readLock(world.stores.registry)).holder).toBeNull();
    expect(world.jobs.get(id)).toMatchObject({ ended: true });
    const { value } = await readDocument(world.stores.data, dataKeys.failure(first, 1), failure);
    expect(value.error.name).toBe("RunStopped");
    expect(world.told).toEqual([expect.stringContaining("failed"), `Bobbin: the job ${first}-train-1 is ended`]);
    // Nobody knows what the job has cost: its worst case stays committed.
    const ledger = await world.ledger();
    expect(committed(ledger)).toBe(10.5 * micro);
    expect(ledger.entries.map(({ item, endedAt }) => [item, endedAt !== null])).toEqual([
      ["admission", true],
      ["jobs", true],
    ]);
  });

  describe("of an experiment", () => {
    const [, , third] = runIds;
    const trials = [second, third] as const;

    it("lets its training and the training's job alone while it runs", async () => {
      const world = new GuardWorld();
      await world.experiment(first, trials);
      world.job(`${second}-train-1`);
      world.now += 10 * minute;
      expect((await watch({}, world.ports())).actions).toEqual([]);
    });

    it("that died without Settle ends the training's job, settles for both and frees the pipeline", async () => {
      const world = new GuardWorld();
      await world.experiment(first, trials);
      const id = world.job(`${second}-train-1`);
      await world.stores.data.create(dataKeys.jobMark(second, "train", 1), Buffer.from("{}"));
      world.end(`${first}-1`);
      world.now += 60 * minute;
      for (let times = 0; times < 5; times += 1) {
        await watch({}, world.ports());
        world.now += 15 * minute;
      }
      expect((await readLock(world.stores.registry)).holder).toBeNull();
      expect(world.jobs.get(id)).toMatchObject({ ended: true });
      // A training is no run: nothing is told of it but that its job was ended.
      expect(await world.stores.data.head(dataKeys.failure(second, 1))).toBeNull();
      expect(world.told).toEqual([expect.stringContaining("failed"), `Bobbin: the job ${second}-train-1 is ended`]);
      // What its job has cost nobody proves here: the worst case stays committed. Jobs of its own the experiment has none.
      const { entries } = await world.ledger();
      expect(entries.filter(({ runId, endedAt }) => runId === second && endedAt !== null)).toHaveLength(1);
      expect(committed(await world.ledger())).toBe(10.5 * micro);
    });

    it("is stopped by a cut-off with the others", async () => {
      const world = new GuardWorld();
      await world.experiment(first, trials);
      world.bill = 300 * micro;
      await watch({}, world.ports());
      expect(world.running()).toEqual([]);
    });
  });

  it("lowers a promise when the proof has come, and not before", async () => {
    const world = new GuardWorld();
    await world.run(first);
    world.end(`${first}-1`);
    world.now += 60 * minute;
    await watch({}, world.ports());
    expect(committed(await world.ledger())).toBe(10.5 * micro);
    const proof = { jobs: [] };
    await watch({}, { ...world.ports(), costsNow: { of: async () => ({ amount: micro, proof }) } });
    expect(committed(await world.ledger())).toBe(1.5 * micro);
  });

  it("closes what a worker promised after its run was settled for, and died before it gave it back", async () => {
    const world = new GuardWorld();
    await world.run(first);
    await watch({ ended: { ...(world.end(`${first}-1`) ?? fail()) } }, world.ports());
    const late = { runId: first, item: "image", amount: 600_000, at: world.at(), evidence: "" } as const;
    await commitPromise(world.stores.registry, terms, late, "late");
    world.now += 60 * minute;
    await watch({}, world.ports());
    expect((await world.ledger()).entries.every(({ endedAt }) => endedAt !== null)).toBe(true);
  });

  it("raises what is committed to what AWS has billed, closes the ledger and tells people once", async () => {
    const world = new GuardWorld();
    await world.run(first);
    world.bill = 50 * micro;
    for (let times = 0; times < 3; times += 1) await watch({}, world.ports());
    const ledger = await world.ledger();
    expect([committed(ledger), ledger.closed?.kind]).toEqual([50 * micro, "overrun"]);
    expect(world.told).toEqual(["Bobbin: the budget phase-1 is overrun"]);
    // What runs is promised, and goes on.
    expect(world.running()).toEqual([`${first}-1`]);
  });

  it("cuts everything off when the whole sum is billed", async () => {
    const world = new GuardWorld();
    await world.run(first);
    world.job(`${first}-train-1`);
    world.bill = 200 * micro;
    await watch({}, world.ports());
    expect([world.live(), world.running(), world.doors]).toEqual([[], [], { starts: false, queue: false }]);
    expect((await world.ledger()).closed).toMatchObject({ kind: "cutOff" });
  });

  it("does what it can where something cannot be looked at, and says so by name", async () => {
    const world = new GuardWorld();
    await world.run(first);
    world.end(`${first}-1`);
    world.now += 60 * minute;
    const away = () => Promise.reject(new Error("EC2 is away"));
    const ports = { ...world.ports(), instances: { up: away, terminate: away }, bill: { read: away } };
    await expect(watch({}, ports)).rejects.toMatchObject({
      name: "GuardIncomplete",
      message: expect.stringContaining("EC2 is away"),
    });
    expect((await readLock(world.stores.registry)).holder).toBeNull();
  });

  it("looks after machines and jobs also where a ledger cannot be read", async () => {
    const world = new GuardWorld();
    await world.stores.registry.create(registryKeys.ledger("phase-1"), Buffer.from("{"));
    world.job("by hand");
    world.now += 10 * minute;
    await expect(watch({}, world.ports())).rejects.toMatchObject({ name: "GuardIncomplete" });
    expect(world.calls).toContain("terminate job-1");
  });
});

function fail(): never {
  throw new RangeError("there was no such execution");
}

/** What can be wrong with an account, any of it together. */
const state = fc.record({
  /** An execution ended unheard of. */
  died: fc.boolean(),
  /** Its job lives, or never was. */
  job: fc.constantFrom("none", "waits", "works", "silent", "overdue"),
  stray: fc.boolean(),
  machine: fc.boolean(),
  bill: fc.constantFrom(null, 0, 50 * micro, 200 * micro),
  alarm: fc.boolean(),
  minutes: fc.constantFrom(1, 10, 60),
});
type Wrong = typeof state extends fc.Arbitrary<infer T> ? T : never;

async function worldOf(wrong: Wrong): Promise<GuardWorld> {
  const world = new GuardWorld();
  await world.run(first);
  const name = `${first}-train-1`;
  if (wrong.job === "waits") world.job(name, { isRunning: false, startedAt: null });
  if (wrong.job === "works") world.job(name, { startedAt: world.at(wrong.minutes) });
  if (wrong.job === "silent") world.job(name, { startedAt: world.at(-60) });
  if (wrong.job === "overdue") world.job(name, { startedAt: world.at(wrong.minutes), deadline: world.at(-60) });
  if (wrong.stray) world.job("by hand");
  if (wrong.machine) world.instances.set("i-1", world.at(-60));
  if (wrong.died) world.end(`${first}-1`);
  world.bill = wrong.bill;
  world.now += wrong.minutes * minute;
  return world;
}

/** What is left when the guard has looked a few times more. */
async function rest(world: GuardWorld) {
  for (let times = 0; times < 9; times += 1) {
    world.now += 15 * minute;
    await watch({}, world.ports());
  }
  const { entries, closed } = await world.ledger();
  const { holder } = await readLock(world.stores.registry);
  return {
    ...{ holder: holder?.runId ?? null, closed: closed?.kind ?? null, running: world.running(), doors: world.doors },
    live: world.live().map(({ name }) => name),
    machines: [...world.instances.keys()],
    open: entries.filter(({ endedAt }) => endedAt === null).map(({ item }) => item),
    // A guard that died between the two leaves an overrun for a while, before it is a cut-off.
    told: world.told.filter((said) => !said.includes("overrun")).sort(),
  };
}

describe("two guards at once", () => {
  it("in any order of their calls, leave what one leaves, and people hear each thing once", async () => {
    await fc.assert(
      fc.asyncProperty(state, fc.scheduler(), async (wrong, scheduler) => {
        const alone = await worldOf(wrong);
        await watch({ alarm: wrong.alarm }, alone.ports());
        const world = await worldOf(wrong);
        world.trouble = { before: (call) => scheduler.schedule(Promise.resolve(), call) };
        const call = { alarm: wrong.alarm };
        await scheduler.waitFor(Promise.all([watch(call, world.ports()), watch(call, world.ports())]));
        world.trouble = {};
        expect(await rest(world)).toEqual(await rest(alone));
        expect(world.told).toEqual([...new Set(world.told)]);
      }),
      { numRuns: 50 },
    );
  }, 120_000);

  it("one of which dies at any of its calls, leave what one leaves", async () => {
    await fc.assert(
      fc.asyncProperty(state, fc.nat(12), async (wrong, at) => {
        const alone = await worldOf(wrong);
        await watch({ alarm: wrong.alarm }, alone.ports());
        const world = await worldOf(wrong);
        world.trouble = { before: (_, number) => (number === at ? new Promise(() => undefined) : undefined) };
        const dead = watch({ alarm: wrong.alarm }, world.ports()).catch(() => undefined);
        await Promise.race([dead, new Promise((settle) => setTimeout(settle, 10))]);
        world.trouble = {};
        await watch({ alarm: wrong.alarm }, world.ports());
        const [left, wanted] = [await rest(world), await rest(alone)];
        expect({ ...left, told: new Set(left.told) }).toEqual({ ...wanted, told: new Set(wanted.told) });
      }),
      { numRuns: 50 },
    );
  }, 120_000);
});

describe("telling people", () => {
  function teller() {
    const world = new GuardWorld();
    const tell = () => world.ports().notifier.tell("a thing", "", "its id");
    return { world, tell, later: () => world.ports().tellUnfinished() };
  }

  it("is done once, whoever comes again", async () => {
    const { world, tell, later } = teller();
    await tell();
    await tell();
    world.now += 60 * minute;
    await tell();
    await later();
    expect(world.told).toEqual(["a thing"]);
  });

  it("is left to whoever began it, for five minutes", async () => {
    const { world, tell, later } = teller();
    world.trouble = { before: (call) => (call.startsWith("tell") ? new Promise(() => undefined) : undefined) };
    tell().catch(() => undefined);
    await new Promise((settle) => setTimeout(settle, 5));
    world.trouble = {};
    world.now += 5 * minute - 1;
    await tell();
    await later();
    expect(world.told).toEqual([]);
    world.now += 1;
    await later();
    await later();
    expect(world.told).toEqual(["a thing"]);
  });
});

describe("the last word of a job", () => {
  const job = { id: "1", isRunning: true, createdAt: "", startedAt: null, deadline: null };
  const line = (at: string) => `${JSON.stringify({ kind: "work", at, what: "frames", done: 1, total: 2 })}\n`;

  it("is the time in the last line of its newest part", async () => {
    const { data } = new GuardWorld().stores;
    const put = (number: number, text: string) =>
      data.create(dataKeys.progressPart(first, "train", number), Buffer.from(text));
    await put(2, line("2026-12-01T00:00:02Z") + line("2026-12-01T00:00:03Z"));
    await put(1, line("2026-12-01T00:00:01Z"));
    await put(10, `${line("2026-12-01T00:00:10Z")}half a li`);
    expect(await lastWord({ ...job, name: `${first}-train-1` }, data)).toBe("2026-12-01T00:00:10Z");
    expect(await lastWord({ ...job, name: `${first}-predict-1` }, data)).toBeNull();
    expect(await lastWord({ ...job, name: `${second}-train-1` }, data)).toBeNull();
    expect(await lastWord({ ...job, name: "by hand" }, data)).toBeNull();
  });
});
