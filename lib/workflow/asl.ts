// Amazon States Language, as far as Bobbin's machines need it, made from typed data. JSONPath; no variables, no $$.State.
import type { Machine, Retry, State } from "./machine.ts";

export interface AslTask {
  readonly Resource: string;
  readonly TimeoutSeconds: number;
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly ResultSelector?: Readonly<Record<string, unknown>>;
}

type Json = Readonly<Record<string, unknown>>;
export interface AslMachine {
  readonly Comment: string;
  readonly StartAt: string;
  readonly States: Readonly<Record<string, Json>>;
}

/** What a place to run makes of a step: its resource, and how long it may take there. */
export type Resolver<Step extends string> = (step: Step, timeoutSeconds: number) => AslTask;

export function toAsl<Name extends string, Step extends string>(
  machine: Machine<Name, Step>,
  resolve: Resolver<Step>,
): AslMachine {
  const states = Object.entries<State<Name, Step>>(machine.states).map(([name, state]) => [
    name,
    stateAsl(state, resolve),
  ]);
  return { Comment: machine.comment, StartAt: machine.start, States: Object.fromEntries(states) };
}

function stateAsl<Step extends string>(state: State<string, Step>, resolve: Resolver<Step>): Json {
  switch (state.kind) {
    case "step":
      return {
        Type: "Task",
        ...resolve(state.step, state.timeoutSeconds),
        ResultPath: `$.${state.result}`,
        ...(state.retry === undefined ? {} : { Retry: state.retry.map(retryAsl) }),
        Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: state.onError }],
        Next: state.next,
      };
    case "choice":
      return { Type: "Choice", Choices: state.cases.map((one) => caseAsl(state.field, one)), Default: state.otherwise };
    case "pass":
      return { Type: "Pass", Comment: state.why, Next: state.next };
    case "succeed":
      return { Type: "Succeed" };
    case "fail":
      return { Type: "Fail", Error: state.error, Cause: state.cause };
    case "failCaught":
      return { Type: "Fail", ErrorPath: "$.error.Error", CausePath: "$.error.Cause" };
  }
}

/** An absent field is no fault: the rule then does not hold. */
function caseAsl(field: string, one: { readonly is: string | boolean; readonly next: string }): Json {
  const variable = `$.${field}`;
  const equals = typeof one.is === "boolean" ? { BooleanEquals: one.is } : { StringEquals: one.is };
  return {
    And: [
      { Variable: variable, IsPresent: true },
      { Variable: variable, ...equals },
    ],
    Next: one.next,
  };
}

function retryAsl({ errors, firstSeconds = 1, attempts, backoff = 2 }: Retry): Json {
  return {
    ErrorEquals: errors,
    IntervalSeconds: firstSeconds,
    MaxAttempts: attempts,
    BackoffRate: backoff,
    MaxDelaySeconds: 30,
    JitterStrategy: "FULL",
  };
}
