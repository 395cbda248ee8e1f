// The machines that ship are sound, and the checker that says so sees every kind of fault.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { toAsl } from "../../../lib/workflow/asl.ts";
import { experimentMachine } from "../../../lib/workflow/experiment.ts";
import { defineMachine, type Machine, type State, targetsOf } from "../../../lib/workflow/machine.ts";
import { measureMachine } from "../../../lib/workflow/measure.ts";
import { machineProblems } from "../../../lib/workflow/problems.ts";
import { trainMachine } from "../../../lib/workflow/train.ts";
import { holds } from "../../support/property.ts";

const done = { kind: "succeed" } as const;
const stepTo = (next: string, more: Partial<Extract<State<string, string>, { kind: "step" }>> = {}) =>
  ({ kind: "step", step: "s", result: "a", timeoutSeconds: 1, onError: "End", next, ...more }) as const;
const machine = (states: Record<string, State<string, string>>, start = "A"): Machine => ({
  name: "m",
  comment: "",
  start,
  input: ["runId"],
  states,
});

describe("machineProblems", () => {
  it("finds nothing in the machines that ship", () => {
    for (const shipped of [trainMachine, measureMachine, experimentMachine])
      expect(machineProblems(shipped)).toEqual([]);
  });

  it.each<[string, Machine]>([
    ["the start B does not exist", machine({ A: done }, "B")],
    ["A leads to Nowhere, which does not exist", machine({ A: stepTo("Nowhere"), End: done })],
    ["A leads to Gone, which does not exist", machine({ A: stepTo("End", { onError: "Gone" }), End: done })],
    ["B is reached by nobody", machine({ A: done, B: done })],
    ["A never comes to an end", machine({ A: { kind: "pass", why: "", next: "A" } })],
    [
      "A chooses between nothing",
      machine({ A: { kind: "choice", field: "runId", cases: [], otherwise: "End" }, End: done }),
    ],
    [
      "A looks at b.done, which nothing sets",
      machine({
        A: { kind: "choice", field: "b.done", cases: [{ is: true, next: "End" }], otherwise: "End" },
        End: done,
      }),
    ],
    ["A overwrites the input runId", machine({ A: stepTo("End", { result: "runId" }), End: done })],
    ["A has no time", machine({ A: stepTo("End", { timeoutSeconds: 0 }), End: done })],
    [
      "A tries States.ALL again, which must stand alone and last",
      machine({
        A: stepTo("End", {
          retry: [
            { errors: ["States.ALL"], attempts: 1 },
            { errors: ["B"], attempts: 1 },
          ],
        }),
        End: done,
      }),
    ],
    [
      "A tries States.ALL again, which must stand alone and last",
      machine({ A: stepTo("End", { retry: [{ errors: ["B", "States.ALL"], attempts: 1 }] }), End: done }),
    ],
  ])("says: %s", (problem, faulty) => {
    expect(machineProblems(faulty)).toContain(problem);
  });

  it("sees a state that is taken away, and a way that is bent, in the machine that ships", () => {
    const states: Record<string, State<string, string>> = { ...trainMachine.states };
    const names = Object.keys(states);
    holds(
      fc.property(fc.constantFrom(...names), (name) => {
        const { [name]: _gone, ...rest } = states;
        expect(machineProblems({ ...trainMachine, states: rest })).not.toEqual([]);
      }),
    );
    for (const [name, state] of Object.entries(states)) {
      if (state.kind !== "step") continue;
      const bent = { ...states, [name]: { ...state, next: "Elsewhere" } };
      expect(machineProblems({ ...trainMachine, states: bent })).toEqual([
        `${name} leads to Elsewhere, which does not exist`,
      ]);
    }
  });

  it("does not compile with an unknown target", () => {
    const made = defineMachine({
      name: "m",
      comment: "",
      start: "A",
      input: [],
      // @ts-expect-error Nowhere is no state
      states: { A: { kind: "pass", why: "", next: "Nowhere" } },
    });
    expect(machineProblems(made)).toHaveLength(1);
  });
});

describe("the machine train", () => {
  const steps = Object.entries(trainMachine.states).flatMap(([name, state]) =>
    state.kind === "step" ? [{ name, ...state }] : [],
  );

  it("has the states of the design, in their order", () => {
    const order: string[] = [];
    for (let name: keyof typeof trainMachine.states = trainMachine.start; ; ) {
      const state: State<keyof typeof trainMachine.states, string> = trainMachine.states[name];
      order.push(name);
      const next =
        state.kind === "choice"
          ? state.cases[0]?.next
          : state.kind === "step" || state.kind === "pass"
            ? state.next
            : undefined;
      if (next === undefined) break;
      name = next;
    }
    const named = order.filter((name) => trainMachine.states[name as "Admit"].kind !== ("choice" as string));
    expect(named).toEqual([
      "Admit",
      "Ingest",
      "Split",
      "Reserve",
      "BuildImage",
      "Train",
      "Predict",
      "Compare",
      "Publish",
      "Settle",
      "Done",
    ]);
  });

  it("leads every error to Settle, and Settle's own to Failed", () => {
    for (const { name, onError } of steps)
      expect([name, onError]).toEqual([name, name === "Settle" ? "Failed" : "Settle"]);
  });

  it("has no way from a state that took something to an end but through Settle", () => {
    const ends = Object.entries(trainMachine.states).flatMap(([name, state]) =>
      targetsOf(state).length === 0 ? [name] : [],
    );
    const before = Object.entries(trainMachine.states).flatMap(([name, state]) =>
      targetsOf(state).some((target) => ends.includes(target)) ? [name] : [],
    );
    // IsAdmitted may end in Skipped and Waiting: those have taken nothing.
    expect(before.sort()).toEqual(["HowSettled", "IsAdmitted", "Settle"]);
  });

  it("is told apart by every outcome that a step can give", () => {
    const cases = (name: "IsAdmitted" | "IsReserved" | "HowSettled") => {
      const state: State<string, string> = trainMachine.states[name];
      return state.kind === "choice" ? Object.fromEntries(state.cases.map(({ is, next }) => [is, next])) : {};
    };
    expect(cases("IsAdmitted")).toEqual({
      admitted: "Ingest",
      duplicate: "Skipped",
      ignored: "Skipped",
      waiting: "Waiting",
    });
    expect(cases("IsReserved")).toEqual({ reserved: "BuildImage" });
    expect(cases("HowSettled")).toEqual({
      released: "Done",
      skipped: "Skipped",
      ingested: "Ingested",
      rejected: "RejectedOverBudget",
    });
  });
});

describe("toAsl", () => {
  const asl = toAsl(trainMachine, (step, timeoutSeconds) => ({
    Resource: `here:${step}`,
    TimeoutSeconds: timeoutSeconds,
  }));

  it("lets the place to run name the resources and nothing else", () => {
    expect(asl.States.Train).toMatchObject({
      Type: "Task",
      Resource: "here:train",
      ResultPath: "$.train",
      Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "Settle" }],
      Next: "Predict",
    });
  });

  it("uses only what every engine knows", () => {
    const text = JSON.stringify(asl);
    for (const word of ["$$.", "QueryLanguage", "Assign", "JSONata", "{%", "DISTRIBUTED"])
      expect(text).not.toContain(word);
    for (const state of Object.values(asl.States)) {
      expect(["Task", "Choice", "Pass", "Succeed", "Fail"]).toContain(state.Type);
      if (state.Type === "Task") expect(state.TimeoutSeconds).toBeGreaterThan(0);
    }
  });
});
