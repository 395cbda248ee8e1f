// The cut-off: its order, and that it comes to its end from wherever it was left: by death after any single call, or by its failing.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { BobbinError } from "../../../../lib/contracts/errors.ts";
import { commitPromise, commitRaise } from "../../../../lib/core/budget/book.ts";
import { cutOff } from "../../../../lib/core/guard/cut-off.ts";
import { watch } from "../../../../lib/core/guard/guard.ts";
import { GuardWorld, minute, type Trouble, terms } from "../../../support/guard-world.ts";
import { runIds } from "../../../support/run-request.ts";

const [first, second] = runIds;

/** A run at work, a job of it, and one that somebody submitted by hand. */
async function busy(): Promise<GuardWorld> {
  const world = new GuardWorld();
  await world.run(first);
  world.job(`${first}-train-1`);
  world.job("by hand", { isRunning: false, startedAt: null });
  return world;
}

const order = { reason: "a person", patienceSeconds: 60 };
function cut(world: GuardWorld, change: Partial<typeof order> = {}) {
  const ports = world.ports();
  return cutOff(
    { ...order, ...change },
    { ...ports, tell: ({ id, subject, text }) => ports.notifier.tell(subject, text, id) },
  );
}

async function expectAllEnded(world: GuardWorld): Promise<void> {
  expect({ live: world.live(), running: world.running(), doors: world.doors }).toEqual({
    ...{ live: [], running: [], doors: { starts: false, queue: false } },
  });
  const ledger = await world.ledger();
  expect(ledger.closed).toMatchObject({ kind: "cutOff" });
  const asked = { runId: second, item: "jobs", amount: 1, at: world.at(), evidence: "" } as const;
  await expect(commitPromise(world.stores.registry, terms, asked, "late")).rejects.toMatchObject({
    name: "BudgetClosed",
  });
}

/** What a process that is killed leaves behind: nothing of it goes on. */
const never = () => new Promise<never>(() => undefined);
const dies = (at: number, when: keyof Trouble): Trouble => ({
  [when]: (_: string, number: number) => (number === at ? never() : undefined),
});
const fails = (at: number, when: keyof Trouble): Trouble => ({
  [when]: (_: string, number: number) => {
    if (number === at) throw new Error("refused");
  },
});
/** Comes back when the world is still: the one who died never does. */
const orDead = (work: Promise<unknown>) =>
  Promise.race([work.catch(() => undefined), new Promise((settle) => setTimeout(settle, 20))]);

async function callsOfOne(): Promise<number> {
  const world = await busy();
  await cut(world);
  return world.calls.length;
}

describe("a cut-off", () => {
  it("closes the ledger, shuts rule and queue, stops executions, ends jobs, waits, and tells people, in this order", async () => {
    const world = await busy();
    expect(await cut(world)).toMatchObject({ executions: 1, jobs: 2 });
    await expectAllEnded(world);
    const order = [
      ...["replace registry/ledger/phase-1.json", "shut starts", "shut queue", `stop ${first}-1`],
      ...["terminate job-1", "terminate job-2", "tell Bobbin: everything is cut off"],
    ];
    const found = order.map((call) => world.calls.indexOf(call));
    expect(found.every((place) => place >= 0)).toBe(true);
    expect(found).toEqual([...found].sort((a, b) => a - b));
  });

  it("done again does no more than ask again, and tells nobody twice", async () => {
    const world = await busy();
    await cut(world);
    const { revision } = await world.ledger();
    expect(await cut(world)).toMatchObject({ executions: 0, jobs: 0 });
    expect((await world.ledger()).revision).toBe(revision);
    expect(world.told).toEqual(["Bobbin: everything is cut off"]);
  });

  it("that dies before or after any single call is brought to its end by the next one, and by the guard", async () => {
    const calls = await callsOfOne();
    expect(calls).toBeGreaterThan(8);
    for (const when of ["before", "after"] as const) {
      for (let at = 0; at < calls; at += 1) {
        for (const next of ["cutOff", "guard"] as const) {
          const world = await busy();
          world.trouble = dies(at, when);
          await orDead(cut(world));
          world.trouble = {};
          const isBegun = (await world.ledger()).closed !== null;
          // What died before it had done anything was never ordered, as far as anybody can tell.
          if (next === "guard" && !isBegun) continue;
          world.now += 10 * minute;
          await (next === "guard" ? watch({}, world.ports()) : cut(world));
          await expectAllEnded(world);
          // Whoever was being told when it died is told by the guard.
          world.now += 10 * minute;
          await watch({}, world.ports());
          expect(world.told).toContain("Bobbin: everything is cut off");
          // At worst the one who died had told them.
          expect(world.told.filter((said) => said === "Bobbin: everything is cut off").length).toBeLessThanOrEqual(2);
        }
      }
    }
  }, 120_000);

  it("of which any single call fails, done or not, does all the rest, says so by name, and comes to its end when asked again", async () => {
    const calls = await callsOfOne();
    for (const when of ["before", "after"] as const) {
      for (let at = 0; at < calls; at += 1) {
        const world = await busy();
        world.trouble = fails(at, when);
        const thrown = await cut(world).catch((error: unknown) => error);
        if (thrown instanceof Error) expect(thrown).toMatchObject({ name: "CutOffIncomplete" });
        // Executions and jobs were ended whatever failed.
        expect([world.running(), world.live()]).toEqual([[], []]);
        world.trouble = {};
        await cut(world);
        await expectAllEnded(world);
      }
    }
  }, 60_000);

  it("ends what comes in while it is at work: an execution that was starting, a job that was being submitted", async () => {
    const world = await busy();
    const late = [
      () =>
        world.executions.set("late-1", {
          machine: "experiment",
          input: { runId: second, attempt: 1 },
          startedAt: world.at(),
          running: true,
        }),
      () => world.job(`${second}-train-1`),
    ];
    world.trouble = { after: (call) => void (call.startsWith("terminate") && late.shift()?.()) };
    await cut(world);
    await expectAllEnded(world);
  });

  it("gives up waiting when its patience is over, names what is left, and leaves it to whoever comes next", async () => {
    const world = await busy();
    world.trouble = {
      before: (call) => (call === "terminate job-1" ? Promise.reject(new Error("Batch is away")) : undefined),
    };
    const thrown = await cut(world, { patienceSeconds: 5 }).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(BobbinError);
    expect(thrown).toMatchObject({
      ...{ name: "CutOffIncomplete" },
      data: { left: expect.stringContaining(`${first}-train-1`), problems: expect.stringContaining("Batch is away") },
    });
    expect(world.told).toEqual(["Bobbin: everything is cut off, but not yet in full"]);
    world.trouble = {};
    await watch({}, world.ports());
    await expectAllEnded(world);
  });

  it("closes a budget that nothing was promised from yet, and one whose ledger cannot be read stops nothing else", async () => {
    const world = new GuardWorld();
    const ports = world.ports();
    await cutOff({ ...order, budgets: [terms] }, { ...ports, tell: async () => undefined });
    await expectAllEnded(world);
    const broken = await busy();
    const key = "ledger/phase-1.json";
    await broken.stores.registry.replace(key, Buffer.from("{}"), (await broken.stores.registry.get(key)).etag);
    await expect(cut(broken)).rejects.toMatchObject({
      name: "CutOffIncomplete",
      data: { left: "nothing", problems: expect.stringContaining("LedgerNewer") },
    });
    expect([broken.live(), broken.running(), broken.doors]).toEqual([[], [], { starts: false, queue: false }]);
  });

  it("is over when a person raises the budget: then the guard leaves the doors as they are", async () => {
    const world = await busy();
    await cut(world);
    const raise = { to: 200_000_000, reason: "it was a mistake", by: "somebody", at: world.at(1) };
    await commitRaise(world.stores.registry, terms.name, raise, "raise");
    await world.ports().doors.open();
    world.now += 10 * minute;
    await watch({}, world.ports());
    expect(world.doors).toEqual({ starts: true, queue: true });
    expect((await world.ledger()).closed).toBeNull();
  });

  it("twice at once, in any order of their calls, ends everything once and tells people once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const world = await busy();
        world.trouble = { before: (call) => scheduler.schedule(Promise.resolve(), call) };
        const both = Promise.all([cut(world), cut(world)]);
        await scheduler.waitFor(both);
        world.trouble = {};
        await expectAllEnded(world);
        expect(world.told).toEqual(["Bobbin: everything is cut off"]);
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});
