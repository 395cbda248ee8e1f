// An execution is stopped while its function is at work: in whatever order the two get to lock, ledger and failure document, in the
// end the pipeline is free and nothing stays promised.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { dataKeys } from "../../../../lib/contracts/layout.ts";
import { commitPromise, readLedger } from "../../../../lib/core/budget/book.ts";
import type { ObjectStore, Stores } from "../../../../lib/core/ports.ts";
import { documentBytes } from "../../../../lib/core/registry/cas.ts";
import { readLock } from "../../../../lib/core/registry/lock.ts";
import { admit } from "../../../../lib/core/steps/admit.ts";
import { giveBackIfEnded } from "../../../../lib/core/steps/late.ts";
import { lookAfter } from "../../../../lib/core/steps/look-after.ts";
import { memoryStores } from "../../../support/memory-store.ts";
import { runIds, testRequest } from "../../../support/run-request.ts";

const [runId, next] = runIds;
const clock = { now: () => new Date("2026-01-02T03:04:05.000Z") };
const prices = { admission: 1000, trainHour: 0, predictHour: 0 };

/** Every request to it is answered when the scheduler says so. */
function scheduled(store: ObjectStore, scheduler: fc.Scheduler): ObjectStore {
  const turn = () => scheduler.schedule(Promise.resolve());
  return {
    get: async (key) => turn().then(() => store.get(key)),
    head: async (key) => turn().then(() => store.head(key)),
    create: async (key, body) => turn().then(() => store.create(key, body)),
    replace: async (key, body, etag) => turn().then(() => store.replace(key, body, etag)),
    stream: (...given) => store.stream(...given),
    list: (prefix) => store.list(prefix),
  };
}

function setting(stores: Stores) {
  const request = testRequest("/x.zip", { runId });
  return {
    ...{ stores, clock, prices },
    request,
    requests: { read: async () => request },
    ids: { next: () => next },
    costs: { of: async () => 0 },
    notifier: { tell: async () => undefined },
    start: async () => undefined,
    executions: { anyRunning: async () => false },
    whenBusy: "wait" as const,
  };
}

async function stoppedDuring(scheduler: fc.Scheduler, step: (ports: ReturnType<typeof setting>) => Promise<unknown>) {
  const plain = memoryStores();
  const { request } = setting(plain);
  await plain.data.create(dataKeys.request(runId), documentBytes(request));
  const slow = setting({
    data: scheduled(plain.data, scheduler),
    registry: scheduled(plain.registry, scheduler),
  });
  const both = Promise.all([step(slow), lookAfter({ runId, attempt: 1, cancelled: true }, slow)]);
  await scheduler.waitFor(both);
  const { entries } = await readLedger(plain.registry, request.config.budget);
  return { open: entries.filter(({ settled }) => settled === null), holder: (await readLock(plain.registry)).holder };
}

describe("a run that is over while a step of it is at work", () => {
  it("holds nothing after Admit, in whatever order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const left = await stoppedDuring(scheduler, (ports) => admit({ runId }, ports));
        expect(left).toEqual({ open: [], holder: null });
      }),
      { numRuns: 300 },
    );
  });

  it("has nothing promised after Reserve, in whatever order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const left = await stoppedDuring(scheduler, async (ports) => {
          const { budget } = ports.request.config;
          const wanted = { runId, item: "jobs" as const, amount: 5000, at: "2026-01-02T03:04:05Z", evidence: "" };
          await commitPromise(ports.stores.registry, budget, wanted, "reserve");
          await giveBackIfEnded({ runId }, ["jobs"], budget, ports);
        });
        expect(left.open).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("keeps promised what a twin of the function went on to begin: only its proof closes that", async () => {
    const stores = memoryStores();
    const { budget } = setting(stores).request.config;
    const wanted = { runId, item: "jobs" as const, amount: 5000, at: "2026-01-02T03:04:05Z", evidence: "" };
    await commitPromise(stores.registry, budget, wanted, "reserve");
    expect(await giveBackIfEnded({ runId }, ["jobs"], budget, { stores, clock })).toBe(false);
    await stores.data.create(dataKeys.jobMark(runId, "train", 1), documentBytes({}));
    await stores.data.create(dataKeys.failure(runId, 1), documentBytes({}));
    expect(await giveBackIfEnded({ runId }, ["jobs"], budget, { stores, clock })).toBe(true);
    const { entries } = await readLedger(stores.registry, budget);
    expect(entries).toMatchObject([{ promised: 5000, settled: null, endedAt: expect.any(String) }]);
  });
});
