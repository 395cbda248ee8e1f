// A state of the model: what lies in the buckets, what Batch does, where each execution stands, what each process has heard, and how
// much bad luck is left.
import type { TrainInput } from "../../../lib/core/steps/types.ts";
import type { ModelJob } from "./batch.ts";
import { Interned } from "./locals.ts";

/** How often each kind of bad luck may strike on one way through; together at most `faults`. */
export interface Luck {
  readonly faults: number;
  /** A process dies between two looks into the world. */
  readonly kill: number;
  /** A write is done and its answer lost: the client asks again, and hears that somebody was faster. */
  readonly lost: number;
  /** An execution is stopped. */
  readonly abort: number;
  /** An event, or a call of a function, comes twice. */
  readonly twice: number;
  /** A process's clock is an hour wrong, either way. */
  readonly skew: number;
  /** Batch does not show the job yet. */
  readonly unseen: number;
  /** The schedule looks while all is well; the event of an execution's end is lost. */
  readonly tick: number;
  readonly cutOff: number;
  /** AWS says what all of it has cost. */
  readonly bill: number;
  /** A person takes a failed run up again. */
  readonly resume: number;
  /** A machine is taken away. */
  readonly spot: number;
}
export type Fault = Exclude<keyof Luck, "faults">;

export interface Execution {
  readonly run: string;
  readonly attempt: number;
  readonly upload: string;
  readonly status: "running" | "succeeded" | "failed" | "aborted";
  /** Of trainMachine; between Train's staging and its next state, `Submit`, `Job`, and how that ended. */
  readonly state: string;
  readonly gathered: TrainInput;
  /** Calls of the function of this state before this one. */
  readonly calls: number;
  /** The event of its end is still to come. */
  readonly tellEnd: boolean;
}

export interface Process {
  /** See Locals. */
  readonly local: number;
  /** Whose call it is; null where nobody waits for its answer. */
  readonly for: { readonly execution: number; readonly state: string; readonly call: number } | null;
}

export interface State {
  /** Text of each object, as a number. */
  readonly objects: ReadonlyMap<string, number>;
  readonly executions: readonly Execution[];
  readonly processes: readonly Process[];
  readonly jobs: readonly ModelJob[];
  readonly luck: Luck;
}

export const may = ({ luck }: State, fault: Fault) => luck.faults > 0 && luck[fault] > 0;

export function spend(state: State, fault: Fault): State {
  const { luck } = state;
  return { ...state, luck: { ...luck, faults: luck.faults - 1, [fault]: luck[fault] - 1 } };
}

export const changed = (state: State, index: number, change: Partial<Execution>): State => ({
  ...state,
  executions: state.executions.map((one, at) => (at === index ? { ...one, ...change } : one)),
});

/** @throws RangeError */
export function at<T>(all: readonly T[], index: number): T {
  const found = all[index];
  if (found === undefined) throw new RangeError(`nothing at ${index}`);
  return found;
}

/** Short texts by which states are told apart: the same for two that hold the same. Processes have no order. */
export class Keys {
  readonly #parts = new Interned();
  readonly #known = new WeakMap<object, string>();

  of(state: State): string {
    return this.#once(state, () => {
      const processes = state.processes.map((one) => this.part(one)).sort();
      const rest = [...state.executions, ...state.jobs, state.luck].map((one) => this.part(one));
      return `${this.#objects(state.objects)} ${processes.join()} ${rest.join()}`;
    });
  }

  part(part: object): string {
    return this.#once(part, () => this.#parts.number(JSON.stringify(part)).toString(36));
  }

  #objects(objects: State["objects"]): string {
    const all = () => [...objects].map(([name, number]) => `${name}:${number}`).sort();
    return this.#once(objects, () => this.#parts.number(all().join()).toString(36));
  }

  #once(of: object, make: () => string): string {
    const known = this.#known.get(of);
    if (known !== undefined) return known;
    const made = make();
    this.#known.set(of, made);
    return made;
  }
}
