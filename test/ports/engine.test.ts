// The laptop's engine against the battery, and what only a laptop needs: an abort that leaves nothing at work.
import { describe, expect, it } from "@jest/globals";
import { StateMachine } from "aws-local-stepfunctions";
import { execute } from "../../lib/local/engine/engine.ts";
import { type AslMachine, toAsl } from "../../lib/workflow/asl.ts";
import { trainMachine } from "../../lib/workflow/train.ts";
import { engineSuite } from "./engine.ts";

engineSuite("the laptop", (asl, input, handlers) => execute({ asl, input, handlers, retryMilliseconds: 0 }));

describe("the machine train", () => {
  // The library checks against the language's own JSON Schema and its paths; running a machine leaves that out, for time.
  const check = (asl: AslMachine) => () =>
    new StateMachine(structuredClone(asl) as never, { validationOptions: { checkArn: false } });

  it("is valid Amazon States Language", () => {
    const asl = toAsl(trainMachine, (step, seconds) => ({ Resource: `bobbin:${step}`, TimeoutSeconds: seconds }));
    expect(check(asl)).not.toThrow();
    expect(check({ ...asl, StartAt: "Nowhere" })).toThrow("Nowhere");
  });
});

describe("an abort", () => {
  const asl = toAsl(trainMachine, (step, seconds) => ({ Resource: `bobbin:${step}`, TimeoutSeconds: seconds }));
  const quick = async () => ({ outcome: "admitted" });

  it("tells the step, waits for it, and enters no state after it, not even Settle", async () => {
    const control = new AbortController();
    const seen: string[] = [];
    const ending = await execute({
      asl,
      input: { runId: "x" },
      signal: control.signal,
      handlers: {
        Admit: quick,
        Ingest: async (_input, signal) => {
          control.abort();
          expect(signal.aborted).toBe(true);
          await new Promise((resolve) => setTimeout(resolve, 50));
          seen.push("Ingest came to its end");
          throw new Error("stopped");
        },
        Settle: async () => {
          seen.push("Settle");
          return {};
        },
      },
    });
    expect(ending).toEqual({ status: "aborted" });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).toEqual(["Ingest came to its end"]);
  });

  it("does not try again what failed by it", async () => {
    const control = new AbortController();
    let starts = 0;
    const handlers = {
      Admit: async () => {
        starts += 1;
        control.abort();
        throw Object.assign(new Error("stopped"), { name: "ObjectChanged" });
      },
    };
    expect(await execute({ asl, input: {}, handlers, signal: control.signal })).toEqual({ status: "aborted" });
    expect(starts).toBe(1);
  });

  it("before the start, starts nothing", async () => {
    const handlers = { Admit: () => Promise.reject(new Error("entered")) };
    expect(await execute({ asl, input: {}, handlers, signal: AbortSignal.abort() })).toEqual({ status: "aborted" });
  });

  it("by a state's own time tells the step too", async () => {
    const short = toAsl(trainMachine, (step) => ({ Resource: `bobbin:${step}`, TimeoutSeconds: 1 }));
    const told: boolean[] = [];
    const handlers = {
      Admit: (_input: object, signal: AbortSignal) =>
        new Promise<object>((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            told.push(true);
            reject(new Error("stopped"));
          });
        }),
      Settle: async (input: object) => {
        expect(input).toMatchObject({ error: { Error: expect.any(String) } });
        return { outcome: "failed" };
      },
    };
    expect(await execute({ asl: short, input: {}, handlers })).toMatchObject({ status: "failed" });
    expect(told).toEqual([true]);
  });
});
