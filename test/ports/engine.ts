// What every engine must make of the parts of Amazon States Language that Bobbin's machines use.
import { describe, expect, it } from "@jest/globals";
import { type AslMachine, toAsl } from "../../lib/workflow/asl.ts";
import { experimentMachine } from "../../lib/workflow/experiment.ts";
import type { Machine } from "../../lib/workflow/machine.ts";
import { measureMachine } from "../../lib/workflow/measure.ts";
import { trainMachine } from "../../lib/workflow/train.ts";

type Json = Readonly<Record<string, unknown>>;
type Answer =
  | { readonly status: "succeeded"; readonly output: unknown }
  | { readonly status: "failed"; readonly error: string; readonly cause: string };
type Handler = (input: object) => Promise<object>;
type Run = (
  asl: AslMachine,
  input: object,
  handlers: Readonly<Record<string, Handler>>,
) => Promise<Answer | { readonly status: "aborted" }>;

const machine = (start: string, states: Record<string, Json>): AslMachine => ({
  Comment: "",
  StartAt: start,
  States: states,
});
const task = (more: Json = {}): Json => ({
  Type: "Task",
  Resource: "bobbin:test",
  TimeoutSeconds: 60,
  End: true,
  ...more,
});
const named = (name: string, message: string) => Object.assign(new Error(message), { name });

interface Case {
  readonly name: string;
  readonly asl: AslMachine;
  readonly input: object;
  readonly handlers?: () => Readonly<Record<string, Handler>>;
  readonly wanted: Answer;
}

const flaky = (fails: number, error: string) => () => {
  let tries = 0;
  return {
    A: async () => {
      tries += 1;
      if (tries <= fails) throw named(error, `try ${tries}`);
      return { tries };
    },
  };
};
const retry = (errors: readonly string[], attempts: number): Json => ({
  Retry: [
    {
      ErrorEquals: errors,
      IntervalSeconds: 1,
      MaxAttempts: attempts,
      BackoffRate: 1,
      MaxDelaySeconds: 2,
      JitterStrategy: "FULL",
    },
  ],
});
const caught = {
  Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "Caught" }],
  Next: "Caught",
  End: undefined,
};
const caughtEnd = { Caught: { Type: "Pass", End: true } };

const cases: readonly Case[] = [
  {
    name: "a task's result goes where ResultPath says, beside the input",
    asl: machine("A", { A: task({ ResultPath: "$.r" }) }),
    input: { runId: "x" },
    handlers: () => ({ A: async (input) => ({ seen: input }) }),
    wanted: { status: "succeeded", output: { runId: "x", r: { seen: { runId: "x" } } } },
  },
  {
    name: "a task without ResultPath gives its result",
    asl: machine("A", { A: task() }),
    input: { v: 1 },
    handlers: () => ({ A: async (input) => input }),
    wanted: { status: "succeeded", output: { v: 1 } },
  },
  {
    name: "Parameters choose by path",
    asl: machine("A", { A: { Type: "Pass", Parameters: { "x.$": "$.a.b", k: 1 }, ResultPath: "$.r", End: true } }),
    input: { a: { b: 5 } },
    wanted: { status: "succeeded", output: { a: { b: 5 }, r: { x: 5, k: 1 } } },
  },
  ...[
    { value: { outcome: "yes" }, next: "Yes" },
    { value: { outcome: "no" }, next: "Other" },
    { value: {}, next: "Other" },
    { value: { outcome: null }, next: "Other" },
  ].map(({ value, next }) => ({
    name: `a choice over ${JSON.stringify(value)} leads to ${next}`,
    asl: machine("C", {
      C: {
        Type: "Choice",
        Choices: [
          {
            And: [
              { Variable: "$.a.outcome", IsPresent: true },
              { Variable: "$.a.outcome", StringEquals: "yes" },
            ],
            Next: "Yes",
          },
        ],
        Default: "Other",
      },
      Yes: { Type: "Pass", Result: "Yes", End: true },
      Other: { Type: "Pass", Result: "Other", End: true },
    }),
    input: { a: value },
    wanted: { status: "succeeded" as const, output: next },
  })),
  {
    name: "a choice tells true from false and from absent",
    asl: machine("C", {
      C: {
        Type: "Choice",
        Choices: [
          {
            And: [
              { Variable: "$.done", IsPresent: true },
              { Variable: "$.done", BooleanEquals: true },
            ],
            Next: "Yes",
          },
        ],
        Default: "No",
      },
      Yes: { Type: "Pass", Result: "yes", End: true },
      No: { Type: "Pass", Result: "no", End: true },
    }),
    input: { done: false },
    wanted: { status: "succeeded", output: "no" },
  },
  {
    name: "an error that is named is tried again",
    asl: machine("A", { A: task(retry(["Flaky"], 3)) }),
    input: {},
    handlers: flaky(2, "Flaky"),
    wanted: { status: "succeeded", output: { tries: 3 } },
  },
  {
    name: "tries come to an end, with the last error",
    asl: machine("A", { A: task(retry(["Flaky"], 1)) }),
    input: {},
    handlers: flaky(9, "Flaky"),
    wanted: { status: "failed", error: "Flaky", cause: "try 2" },
  },
  {
    name: "an error that is not named is not tried again",
    asl: machine("A", { A: task(retry(["Flaky"], 3)) }),
    input: {},
    handlers: flaky(9, "Other"),
    wanted: { status: "failed", error: "Other", cause: "try 1" },
  },
  {
    name: "States.ALL is every error",
    asl: machine("A", { A: task(retry(["States.ALL"], 2)) }),
    input: {},
    handlers: flaky(2, "Whatever"),
    wanted: { status: "succeeded", output: { tries: 3 } },
  },
  {
    name: "a caught error brings its name and cause, beside the input",
    asl: machine("A", { A: task(caught), ...caughtEnd }),
    input: { runId: "x" },
    handlers: () => ({
      A: async () => {
        throw named("SplitInvalid", "boom");
      },
    }),
    wanted: { status: "succeeded", output: { runId: "x", error: { Error: "SplitInvalid", Cause: "boom" } } },
  },
  {
    name: "tries come before the catch",
    asl: machine("A", { A: task({ ...retry(["Flaky"], 1), ...caught }), ...caughtEnd }),
    input: {},
    handlers: flaky(9, "Flaky"),
    wanted: { status: "succeeded", output: { error: { Error: "Flaky", Cause: "try 2" } } },
  },
  {
    name: "a state that takes too long fails by that name",
    asl: machine("A", { A: task({ TimeoutSeconds: 1, ...caught }), ...caughtEnd }),
    input: {},
    handlers: () => ({ A: () => new Promise((resolve) => setTimeout(() => resolve({}), 1_500)) }),
    wanted: { status: "succeeded", output: { error: { Error: "States.Timeout", Cause: "States.Timeout" } } },
  },
  {
    name: "Fail ends with its own error",
    asl: machine("F", { F: { Type: "Fail", Error: "RejectedOverBudget", Cause: "too dear" } }),
    input: {},
    wanted: { status: "failed", error: "RejectedOverBudget", cause: "too dear" },
  },
  {
    name: "Fail ends with the error that was caught",
    asl: machine("F", { F: { Type: "Fail", ErrorPath: "$.error.Error", CausePath: "$.error.Cause" } }),
    input: { error: { Error: "TooFewGroups", Cause: "two" } },
    wanted: { status: "failed", error: "TooFewGroups", cause: "two" },
  },
  {
    name: "Succeed ends with what came",
    asl: machine("S", { S: { Type: "Succeed" } }),
    input: { a: 1 },
    wanted: { status: "succeeded", output: { a: 1 } },
  },
  {
    name: "a state may be entered again and again",
    asl: machine("A", {
      A: task({ ResultPath: "$.a", Next: "C", End: undefined }),
      C: { Type: "Choice", Choices: [{ Variable: "$.a.done", BooleanEquals: true, Next: "S" }], Default: "A" },
      S: { Type: "Succeed" },
    }),
    input: {},
    handlers: () => ({
      A: async (input) => {
        const { a } = input as { a?: { lap: number } };
        const lap = (a?.lap ?? 0) + 1;
        return { lap, done: lap === 3 };
      },
    }),
    wanted: { status: "succeeded", output: { a: { lap: 3, done: true } } },
  },
];

const steps = ["Admit", "Ingest", "Split", "Reserve", "Train", "Predict", "Compare", "Publish", "Settle"] as const;
type StepState = (typeof steps)[number];
/** What the choices look at where all goes well. */
const good: Readonly<Record<StepState, object>> = {
  ...{ Admit: { outcome: "admitted" }, Ingest: { done: true }, Split: {}, Reserve: { outcome: "reserved" } },
  ...{ Train: {}, Predict: {}, Compare: {}, Publish: {}, Settle: { outcome: "released" } },
};

interface Way {
  readonly name: string;
  readonly says?: Partial<Record<StepState, object>>;
  readonly throws?: Partial<Record<StepState, { readonly name: string; readonly times: number }>>;
  readonly entered: readonly StepState[];
  /** Name of the error it ends with; null where it succeeds. */
  readonly wanted: string | null;
}

const before = (state: StepState) => steps.slice(0, steps.indexOf(state) + 1);
const always = 99;
const failed = { outcome: "failed" };

/** Every choice, every Catch, and the tries that are worth one. */
const ways: readonly Way[] = [
  { name: "to its end", entered: steps, wanted: null },
  ...["duplicate", "waiting", "ignored"].map((outcome) => ({
    name: `to an end without Settle where Admit says ${outcome}`,
    says: { Admit: { outcome } },
    entered: ["Admit"] as const,
    wanted: null,
  })),
  {
    name: "to a refusal where Admit has no money",
    says: { Admit: { outcome: "rejected" }, Settle: { outcome: "rejected" } },
    entered: ["Admit", "Settle"],
    wanted: "RejectedOverBudget",
  },
  ...[
    { outcome: "skipped", wanted: null },
    { outcome: "ingested", wanted: null },
    { outcome: "rejected", wanted: "RejectedOverBudget" },
  ].map(({ outcome, wanted }) => ({
    name: `past the jobs where Reserve does not reserve, and Settle says ${outcome}`,
    says: { Reserve: { outcome: "not reserved" }, Settle: { outcome } },
    entered: [...before("Reserve"), "Settle"] as const,
    wanted,
  })),
  ...steps.slice(0, -1).map((state) => ({
    name: `through Settle to the error where ${state} fails`,
    says: { Settle: failed },
    throws: { [state]: { name: "Broken", times: always } },
    entered: [...before(state), "Settle"] as const,
    wanted: "Broken",
  })),
  {
    name: "through a job that was killed and is taken up again",
    throws: { Train: { name: "JobKilled", times: 1 } },
    entered: [...before("Train"), "Train", ...steps.slice(steps.indexOf("Predict"))],
    wanted: null,
  },
  {
    name: "through a Settle that fails once",
    throws: { Settle: { name: "StoreBusy", times: 1 } },
    entered: [...steps, "Settle"],
    wanted: null,
  },
];

/** What a state of another machine says, each time that it is entered; the last one again and again. */
type Says = Readonly<Record<string, readonly object[]>>;
interface OtherWay {
  readonly name: string;
  readonly machine: Machine<string, string>;
  readonly says: Says;
  /** The n-th time that it is entered, it fails. */
  readonly broken?: readonly [state: string, time: number];
  readonly entered: readonly string[];
  readonly wanted: string | null;
}

const begun: Says = { Admit: [{ outcome: "admitted" }], Ingest: [{ done: true }] };
const reservedOnce: Says = { ...begun, Reserve: [{ outcome: "reserved" }] };
const measured: Says = { ...reservedOnce, Predict: [{}], NeedTraining: [{}], Settle: [{ outcome: "measured" }] };
const compared: Says = {
  ...{ ...reservedOnce, Train: [{}], Compare: [{}], Settle: [{ outcome: "compared" }] },
  Predict: [{ done: false }, { done: false }, { done: true }],
};
const measuring = ["Admit", "Ingest", "Reserve", "Predict", "NeedTraining", "Settle"];
const lap = ["Reserve", "Train", "Predict"];
const otherWays: readonly OtherWay[] = [
  { name: "measure to its end", machine: measureMachine, says: measured, entered: measuring, wanted: null },
  ...measuring.slice(0, -1).map((state) => ({
    name: `measure through Settle to the error where ${state} fails`,
    machine: measureMachine,
    says: { ...measured, Settle: [failed] },
    broken: [state, 1] as const,
    entered: [...measuring.slice(0, measuring.indexOf(state) + 1), "Settle"],
    wanted: "Broken",
  })),
  {
    name: "measure to a refusal where Reserve has no money",
    machine: measureMachine,
    says: { ...measured, Reserve: [{ outcome: "rejected" }], Settle: [{ outcome: "rejected" }] },
    entered: ["Admit", "Ingest", "Reserve", "Settle"],
    wanted: "RejectedOverBudget",
  },
  {
    name: "experiment in as many laps as it has trainings",
    machine: experimentMachine,
    says: compared,
    entered: ["Admit", "Ingest", ...lap, ...lap, ...lap, "Compare", "Settle"],
    wanted: null,
  },
  ...[...lap, "Compare"].map((state, index) => ({
    name: `experiment through Settle to the error where ${state} fails in the second lap, or after the last`,
    machine: experimentMachine,
    says: { ...compared, Settle: [failed] },
    broken: [state, state === "Compare" ? 1 : 2] as const,
    entered: [
      ...["Admit", "Ingest", ...lap],
      ...(state === "Compare" ? [...lap, ...lap, "Compare"] : lap.slice(0, index + 1)),
      "Settle",
    ],
    wanted: "Broken",
  })),
  {
    name: "experiment to a refusal where the first training has no money",
    machine: experimentMachine,
    says: { ...compared, Reserve: [{ outcome: "rejected" }], Settle: [{ outcome: "rejected" }] },
    entered: ["Admit", "Ingest", "Reserve", "Settle"],
    wanted: "RejectedOverBudget",
  },
];

/** JSON has no undefined: a field that a case takes away is not there. */
const plain = (asl: AslMachine): AslMachine => JSON.parse(JSON.stringify(asl)) as AslMachine;

export function engineSuite(name: string, run: Run): void {
  describe(`${name} as an engine`, () => {
    it.each(cases)("$name", async ({ asl, input, handlers, wanted }) => {
      expect(await run(plain(asl), input, handlers?.() ?? {})).toEqual(wanted);
    });
  });
  describe(`${name} runs the machine`, () => {
    it.each(otherWays)("$name", async ({ machine: made, says, broken, entered, wanted }) => {
      const seen: string[] = [];
      const handlers = Object.fromEntries(
        Object.entries(says).map(([state, answers]) => [
          state,
          async () => {
            seen.push(state);
            const time = seen.filter((one) => one === state).length;
            if (broken?.[0] === state && broken[1] === time) throw named("Broken", "on purpose");
            return answers[time - 1] ?? answers.at(-1) ?? {};
          },
        ]),
      );
      const asl = toAsl(made, () => ({ Resource: "bobbin:test", TimeoutSeconds: 60 }));
      const { status, ...ending } = await run(plain(asl), { runId: "x", attempt: 1 }, handlers);
      const error = "error" in ending ? ending.error : null;
      const ended = wanted === null ? "succeeded" : "failed";
      expect({ seen, status, error }).toEqual({ seen: entered, status: ended, error: wanted });
    });
  });
  describe(`${name} runs the machine train`, () => {
    it.each(ways)("$name", async ({ says, throws, entered, wanted }) => {
      const seen: string[] = [];
      const handlers = Object.fromEntries(
        steps.map((state) => [
          state,
          async () => {
            seen.push(state);
            const error = throws?.[state];
            if (error !== undefined && seen.filter((one) => one === state).length <= error.times) {
              throw named(error.name, "on purpose");
            }
            return says?.[state] ?? good[state];
          },
        ]),
      );
      const asl = toAsl(trainMachine, () => ({ Resource: "bobbin:test", TimeoutSeconds: 60 }));
      const { status, ...ending } = await run(plain(asl), { runId: "x", attempt: 1 }, handlers);
      const error = "error" in ending ? ending.error : null;
      expect({ seen, status, error }).toEqual({
        seen: entered,
        status: wanted === null ? "succeeded" : "failed",
        error: wanted,
      });
    });
  });
}
