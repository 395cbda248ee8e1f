// Machines as typed data. A target that does not exist or a step that nobody names does not compile; what types cannot see
// (states nobody reaches, a way that never ends) `machineProblems` finds.

/** A try again after errors of these names; `States.ALL` for every one. */
export interface Retry {
  readonly errors: readonly [string, ...string[]];
  /** @default 1 */
  readonly firstSeconds?: number;
  readonly attempts: number;
  /** @default 2 */
  readonly backoff?: number;
}

export type State<Name extends string, Step extends string> =
  | {
      readonly kind: "step";
      readonly step: Step;
      /** Field of the machine's data that takes the step's output. */
      readonly result: string;
      readonly timeoutSeconds: number;
      readonly retry?: readonly Retry[];
      /** Where any error leads, its name and cause in the field `error`. */
      readonly onError: Name;
      readonly next: Name;
    }
  | {
      readonly kind: "choice";
      /** Field that is looked at, e.g. `admit.outcome`. */
      readonly field: string;
      readonly cases: readonly { readonly is: string | boolean; readonly next: Name }[];
      /** Where the field has none of these values, or is absent. */
      readonly otherwise: Name;
    }
  /** Does nothing here. */
  | { readonly kind: "pass"; readonly why: string; readonly next: Name }
  | { readonly kind: "succeed" }
  /** Ends as failed: with an error of its own, or with the one that was caught. */
  | { readonly kind: "fail"; readonly error: string; readonly cause: string }
  | { readonly kind: "failCaught" };

export interface Machine<Name extends string = string, Step extends string = string> {
  readonly name: string;
  readonly comment: string;
  readonly start: Name;
  /** Fields of the input; every other field must be some step's result. */
  readonly input: readonly string[];
  readonly states: Readonly<Record<Name, State<Name, Step>>>;
}

/** Keeps the names of the states as types, so that every target is one of them. */
export function defineMachine<const Name extends string, const Step extends string>(
  machine: Omit<Machine<NoInfer<Name>, Step>, "states"> & {
    readonly states: Readonly<Record<Name, State<NoInfer<Name>, Step>>>;
  },
): Machine<Name, Step> {
  return machine;
}

export function targetsOf(state: State<string, string>): readonly string[] {
  switch (state.kind) {
    case "step":
      return [state.next, state.onError];
    case "choice":
      return [...state.cases.map(({ next }) => next), state.otherwise];
    case "pass":
      return [state.next];
    default:
      return [];
  }
}
