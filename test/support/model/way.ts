// The way through the machine `train` as far as money goes: which of its states call a function here, and where each answer leads.
import type { TrainInput } from "../../../lib/core/steps/types.ts";
import { trainMachine } from "../../../lib/workflow/train.ts";
import { split } from "./programs.ts";
import type { Execution } from "./state.ts";

/** States whose work is none of the budget's business: they are done as soon as they are entered. */
const instantly: Readonly<Partial<Record<string, object>>> = {
  ingest: { done: true, cursor: null, frames: 1, boxes: 1 },
  split,
  predict: { predictionsSha256: "d".repeat(64), seconds: 1 },
  compare: { decision: "inconclusive", reason: "few groups", evaluationSha256: "e".repeat(64) },
  publish: { version: "v0", releaseSha256: "f".repeat(64) },
};
export const trained = { weightsSha256: "a".repeat(64), seconds: 1, attempts: 1 };
/** The functions of the states that take time here. */
const programs = { Admit: "admit", Reserve: "reserve", Train: "stage", Settle: "settle" } as const;
const isTimed = (state: string): state is keyof typeof programs => Object.hasOwn(programs, state);

/** @throws RangeError */
export function programFor(state: string): (typeof programs)[keyof typeof programs] {
  if (!isTimed(state)) throw new RangeError(`no program for ${state}`);
  return programs[state];
}

const stateOf = (name: string) => trainMachine.states[name as keyof typeof trainMachine.states];

function stepOf(name: string) {
  const made = stateOf(name);
  if (made.kind !== "step") throw new RangeError(`${name} is no step`);
  return made;
}

export const nextOf = (state: string) => stepOf(state).next;
export const resultOf = (state: string) => stepOf(state).result;

type Reached = Pick<Execution, "state" | "status" | "gathered">;

/** Goes on to a state of the machine, and through all that take no time here: to one that calls a function, or to an end. */
export function arrive(state: string, gathered: TrainInput): Reached {
  const made = stateOf(state);
  switch (made.kind) {
    case "choice": {
      const [from = "", field = ""] = made.field.split(".");
      const said = (gathered as unknown as Record<string, Record<string, unknown> | undefined>)[from]?.[field];
      return arrive(made.cases.find(({ is }) => is === said)?.next ?? made.otherwise, gathered);
    }
    case "pass":
      return arrive(made.next, gathered);
    case "succeed":
      return { state, status: "succeeded", gathered };
    case "fail":
    case "failCaught":
      return { state, status: "failed", gathered };
    case "step": {
      const instant = instantly[made.step];
      if (instant === undefined) return { state, status: "running", gathered };
      return arrive(made.next, { ...gathered, [made.result]: instant });
    }
  }
}
