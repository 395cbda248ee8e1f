// The journal: what is done is not done again; what failed leaves nothing; a new try does anew only what a try gives back.
import { describe, expect, it } from "@jest/globals";
import { BobbinError } from "../../../../lib/contracts/errors.ts";
import type { ProgressEvent } from "../../../../lib/contracts/job.ts";
import { dataKeys } from "../../../../lib/contracts/layout.ts";
import { stepRecord } from "../../../../lib/contracts/run.ts";
import type { ObjectStore } from "../../../../lib/core/ports.ts";
import { readDocument } from "../../../../lib/core/registry/cas.ts";
import { recordOf, StepFailure, unpackFailure } from "../../../../lib/core/steps/failure.ts";
import type { RunInput } from "../../../../lib/core/steps/types.ts";
import { runStep } from "../../../../lib/core/steps/wrapper.ts";
import { FaultyStore, StoreUnreachable } from "../../../support/faulty-store.ts";
import { MemoryStore } from "../../../support/memory-store.ts";
import { runIds } from "../../../support/run-request.ts";

const runId: string = runIds[0];

function setting(data: ObjectStore = new MemoryStore()) {
  const events: ProgressEvent[] = [];
  let seconds = 0;
  const clock = {
    now: () => {
      seconds += 1;
      return new Date(seconds * 1000);
    },
  };
  const calls: number[] = [];
  const step = {
    state: "Split",
    perAttempt: false,
    run: async (input: RunInput) => {
      calls.push(input.attempt ?? 1);
      return { call: calls.length };
    },
  };
  return {
    data,
    events,
    calls,
    step,
    ports: { data, clock, sink: { emit: (event: ProgressEvent) => events.push(event) } },
  };
}
const said = (events: readonly ProgressEvent[]) =>
  events.map((event) => (event.kind === "state" ? event.status : event.kind));

describe("runStep", () => {
  it("writes down what is done and gives it back when asked again, by whatever worker", async () => {
    const { step, ports, calls, events, data } = setting();
    expect(await runStep(step, { runId }, ports)).toEqual({ call: 1 });
    expect(await runStep(step, { runId }, ports)).toEqual({ call: 1 });
    expect(calls).toEqual([1]);
    expect(said(events)).toEqual(["entered", "succeeded", "resumed"]);
    const { value } = await readDocument(data, dataKeys.step(runId, "Split"), stepRecord);
    expect(value).toMatchObject({
      state: "Split",
      output: { call: 1 },
      startedAt: "1970-01-01T00:00:01.000Z",
      endedAt: "1970-01-01T00:00:02.000Z",
    });
  });

  it("gives all of many workers what the first wrote", async () => {
    const { step, ports } = setting();
    const answers = await Promise.all(Array.from({ length: 8 }, () => runStep(step, { runId }, ports)));
    expect(new Set(answers.map(({ call }) => call)).size).toBe(1);
  });

  it("writes nothing of a step that failed, and throws its error by name with all it carries", async () => {
    const { ports, events, data } = setting();
    const step = {
      state: "Ingest",
      perAttempt: false,
      run: () => Promise.reject(new BobbinError("NoFrames", { path: "x.zip", found: "nothing" })),
    };
    const thrown = await runStep(step, { runId }, ports).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ name: "NoFrames" });
    const caught = { Error: "NoFrames", Cause: (thrown as Error).message };
    expect(unpackFailure(caught, { runId })).toMatchObject({
      state: "Ingest",
      error: { name: "NoFrames", data: { path: "x.zip" } },
    });
    expect(await data.head(dataKeys.step(runId, "Ingest"))).toBeNull();
    expect(said(events)).toEqual(["entered", "failed"]);
  });

  it("does a lap again until it is the last", async () => {
    const { ports, data } = setting();
    let lap = 0;
    const step = {
      state: "Ingest",
      perAttempt: false,
      isDone: ({ done }: { done: boolean }) => done,
      run: async () => {
        lap += 1;
        return { done: lap === 3 };
      },
    };
    const answers = [];
    for (let round = 0; round < 4; round += 1) answers.push((await runStep(step, { runId }, ports)).done);
    expect([answers, lap]).toEqual([[false, false, true, true], 3]);
    expect(await data.head(dataKeys.step(runId, "Ingest"))).not.toBeNull();
  });

  it("does once a try what a try gives back, and once for ever the rest", async () => {
    const { step, ports, calls } = setting();
    for (const attempt of [1, 1, 2, 2, 3])
      await runStep({ ...step, state: "Reserve", perAttempt: true }, { runId, attempt }, ports);
    expect(calls).toEqual([1, 2, 3]);
    for (const attempt of [1, 2]) await runStep(step, { runId, attempt }, ports);
    expect(calls).toHaveLength(4);
  });

  it("takes no record of an earlier try that was still at work for its own, and leaves a later one's alone", async () => {
    const { data, step, ports } = setting();
    const inTries = { ...step, perAttempt: true };
    /** A worker that is overtaken while it works. */
    const overtaken = (attempt: number, by: number) => {
      const run = async () => {
        await runStep({ ...inTries, run: async () => ({ of: by }) }, { runId, attempt: by }, ports);
        return { of: attempt };
      };
      return runStep({ ...inTries, run }, { runId, attempt }, ports);
    };
    expect(await overtaken(2, 1)).toEqual({ of: 2 });
    const written = async () => (await readDocument(data, dataKeys.step(runId, "Split"), stepRecord)).value;
    expect(await written()).toMatchObject({ attempt: 2, output: { of: 2 } });
    expect(await overtaken(3, 4)).toEqual({ of: 3 });
    expect(await written()).toMatchObject({ attempt: 4, output: { of: 4 } });
  });

  it("gives a try that comes after a later one none of its answers, but for Settle's: nothing is promised for it", async () => {
    const { step, ports, calls } = setting();
    for (const state of ["Admit", "Reserve", "Settle"]) {
      const inTries = { ...step, state, perAttempt: true };
      await runStep(inTries, { runId, attempt: 3 }, ports);
      const late = runStep(inTries, { runId, attempt: 2 }, ports).then(
        () => "answered",
        (error: Error) => error.name,
      );
      expect([state, await late]).toEqual([state, state === "Settle" ? "answered" : "RunEnded"]);
    }
    expect(calls).toEqual([3, 3, 3]);
  });

  it("is harmless to ask again after the answer of its writing was lost", async () => {
    const { step, ports, calls } = setting(new FaultyStore(new MemoryStore(), [{ operation: "create", kind: "lost" }]));
    await expect(runStep(step, { runId }, ports)).rejects.toMatchObject({ name: StoreUnreachable.name });
    expect(await runStep(step, { runId }, ports)).toEqual({ call: 1 });
    expect(calls).toHaveLength(1);
  });
});

describe("a failure on its way through the machine", () => {
  it("comes back out of a Lambda's wrapping", () => {
    const inner = new StepFailure("Train", new BobbinError("LossNotFinite", { epoch: 3, batch: 7 }));
    const Cause = JSON.stringify({ errorType: inner.name, errorMessage: inner.message, trace: [] });
    expect(unpackFailure({ Error: inner.name, Cause }, { runId })).toEqual({
      state: "Train",
      error: {
        name: "LossNotFinite",
        message: new BobbinError("LossNotFinite", { epoch: 3, batch: 7 }).message,
        data: { epoch: 3, batch: 7 },
      },
    });
  });

  it("of the engine's own gets the state that the run had reached", () => {
    const input = {
      runId,
      admit: { outcome: "admitted" },
      ingest: { done: false, cursor: "x", frames: 1, boxes: 1 },
    } as const;
    expect(unpackFailure({ Error: "States.Timeout", Cause: "" }, input)).toMatchObject({
      state: "Ingest",
      error: { name: "States.Timeout" },
    });
    expect(unpackFailure({ Error: "States.Timeout", Cause: "" }, { runId })).toMatchObject({ state: "Admit" });
  });

  it("never grows beyond what a machine's Cause holds", () => {
    const long = new StepFailure("Split", new Error("x".repeat(100_000)));
    expect(long.message.length).toBeLessThan(32_768);
    expect(recordOf("a thrown string")).toEqual({ name: "Error", message: "a thrown string", data: {} });
  });
});
