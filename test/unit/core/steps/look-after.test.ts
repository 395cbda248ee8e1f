// Runs that died are settled for; runs that live, or that nobody holds the pipeline for, are left alone.
import { describe, expect, it } from "@jest/globals";
import { dataKeys } from "../../../../lib/contracts/layout.ts";
import { failure } from "../../../../lib/contracts/run.ts";
import { readDocument } from "../../../../lib/core/registry/cas.ts";
import { readLock } from "../../../../lib/core/registry/lock.ts";
import { admit } from "../../../../lib/core/steps/admit.ts";
import { lookAfter } from "../../../../lib/core/steps/look-after.ts";
import { memoryStores } from "../../../support/memory-store.ts";
import { runIds, testRequest } from "../../../support/run-request.ts";

const [first, second, third] = runIds;
const start = new Date("2026-01-02T03:00:00.000Z").getTime();
const prices = { admission: 1000, trainHour: 0, predictHour: 0 };

/** `first` holds the pipeline and `second` waits for it. */
async function setting(running: boolean) {
  const stores = memoryStores();
  let minutes = 0;
  const started: string[] = [];
  const ports = {
    stores,
    clock: { now: () => new Date(start + minutes * 60_000) },
    requests: {
      read: async (runId: string) =>
        testRequest("-", { runId, source: { location: `incoming/trays/${runId}.zip`, versionId: "v1", sha256: null } }),
    },
    ids: { next: () => third },
    costs: { of: async () => null },
    notifier: { tell: async () => undefined },
    start: async ({ runId }: { readonly runId: string }) => void started.push(runId),
    executions: { anyRunning: async () => running },
  };
  for (const runId of [first, second]) await admit({ runId }, { ...ports, prices, whenBusy: "wait" });
  return {
    ports,
    started,
    later: (more: number) => {
      minutes += more;
    },
  };
}

describe("looking after runs that died", () => {
  it("settles for one that holds the pipeline while nothing runs, and starts what waited", async () => {
    const { ports, started, later } = await setting(false);
    later(15);
    expect(await lookAfter(null, ports)).toMatchObject({ outcome: "failed", next: third });
    const { value } = await readDocument(ports.stores.data, dataKeys.failure(first, 1), failure);
    expect(value.error).toMatchObject({ name: "RunStopped" });
    expect(started).toEqual([third]);
    expect((await readLock(ports.stores.registry)).holder?.runId).toBe(third);
  });

  it("settles at once for one whose execution has just ended", async () => {
    const { ports } = await setting(false);
    expect(await lookAfter({ runId: first, attempt: 1, cancelled: false }, ports)).toMatchObject({ outcome: "failed" });
  });

  it("calls one that a person has stopped cancelled", async () => {
    const { ports } = await setting(false);
    expect(await lookAfter({ runId: first, attempt: 1, cancelled: true }, ports)).toMatchObject({
      outcome: "cancelled",
    });
  });

  it.each([
    ["it runs", true, 15, null],
    ["it was only just started", false, 4, null],
  ] as const)("leaves a run alone where %s", async (_, running, minutes, ended) => {
    const { ports, later } = await setting(running);
    later(minutes);
    expect(await lookAfter(ended, ports)).toBeNull();
    expect((await readLock(ports.stores.registry)).holder?.runId).toBe(first);
  });

  it("starts what waited again where its start was lost, and settles for it where it never comes", async () => {
    const { ports, started, later } = await setting(false);
    await lookAfter({ runId: first, attempt: 1, cancelled: false }, { ...ports, start: async () => undefined });
    later(15);
    expect(await lookAfter(null, ports)).toBeNull();
    expect(started).toEqual([third]);
    later(60);
    expect(await lookAfter(null, ports)).toMatchObject({ outcome: "failed" });
    expect((await readLock(ports.stores.registry)).holder).toBeNull();
  });

  it("takes the pipeline from nobody whose own execution goes on, and settles once for one that ended", async () => {
    const { ports } = await setting(true);
    const ended = { runId: second, attempt: 1, cancelled: false };
    expect(await lookAfter(ended, ports)).toMatchObject({ outcome: "failed", next: null });
    expect((await readLock(ports.stores.registry)).holder?.runId).toBe(first);
    expect(await lookAfter(ended, ports)).toBeNull();
  });

  it("says what an execution was for that was stopped before it had a request", async () => {
    const { ports } = await setting(false);
    const upload = { location: "incoming/trays/early.zip", versionId: "v1" };
    await lookAfter({ runId: third, attempt: 1, cancelled: false, upload }, ports);
    const { value } = await readDocument(ports.stores.data, dataKeys.failure(third, 1), failure);
    expect(value).toMatchObject({ state: "Admit", error: { name: "RunStopped" }, upload });
  });

  it("has nothing to do where nobody holds the pipeline", async () => {
    const { ports } = await setting(false);
    expect(await lookAfter(null, { ...ports, stores: memoryStores() })).toBeNull();
  });
});
