// A step's error on its way through the machine: its name is what Catch and Retry see, its message carries all the rest.
import * as z from "zod";
import { BobbinError } from "../../contracts/errors.ts";
import { errorRecord } from "../../contracts/job.ts";
import type { RunRequest } from "../../contracts/run.ts";
import type { CaughtError, TrainInput } from "./types.ts";

export type ErrorRecord = z.infer<typeof errorRecord>;

/** Characters of a message that are kept: a machine's Cause holds 32,768 in all. */
const messageCharacters = 8_000;
const packed = z.strictObject({ state: z.string(), ...errorRecord.shape });
/** How a Lambda wraps what was thrown. */
const wrapped = z.object({ errorType: z.string(), errorMessage: z.string() });

export function recordOf(error: unknown): ErrorRecord {
  if (error instanceof BobbinError) return { name: error.name, message: error.message, data: { ...error.data } };
  if (error instanceof Error) return { name: error.name, message: error.message.slice(0, messageCharacters), data: {} };
  return { name: "Error", message: String(error).slice(0, messageCharacters), data: {} };
}

/** What the wrapper throws into the engine. */
export class StepFailure extends Error {
  override readonly name: string;

  constructor(state: string, cause: unknown) {
    const record = recordOf(cause);
    super(JSON.stringify({ state, ...record }), { cause });
    this.name = record.name;
  }
}

const begin = [
  ["Admit", "admit"],
  ["Ingest", "ingest"],
] as const;
const train = [
  ...begin,
  ["Split", "split"],
  ["Reserve", "reserve"],
  ["Train", "train"],
  ["Predict", "predict"],
  ["Compare", "compare"],
  ["Publish", "publish"],
] as const;

/** The order in which the states of a machine leave their outputs, to tell where a run stood that gave no other sign. */
const orders: Readonly<Partial<Record<RunRequest["machine"], readonly (readonly [state: string, field: string])[]>>> = {
  train,
  measure: [...begin, ["Reserve", "reserve"], ["Predict", "predict"], ["NeedTraining", "need"]],
  // Laps leave what the one before left: it stood in the first of them, as far as this can tell.
  experiment: [...begin, ["Reserve", "reserve"], ["Train", "train"], ["Predict", "predict"], ["Compare", "experiment"]],
};

function stateReached(input: TrainInput, machine: RunRequest["machine"]): string {
  const left: Readonly<Record<string, unknown>> = { ...input };
  const isMissing = (field: string) => left[field] === undefined || (field === "ingest" && !input.ingest?.done);
  const missing = (orders[machine] ?? train).find(([, field]) => isMissing(field));
  return missing?.[0] ?? "Settle";
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not every cause is ours: a timeout's is a sentence or nothing.
    return null;
  }
}

/** Reads back what StepFailure packed, also out of a Lambda's wrapping; an engine's own error gets the state it happened in. */
export function unpackFailure(
  caught: CaughtError,
  input: TrainInput,
  machine: RunRequest["machine"] = "train",
): { state: string; error: ErrorRecord } {
  const outer = wrapped.safeParse(json(caught.Cause));
  const parsed = packed.safeParse(json(outer.success ? outer.data.errorMessage : caught.Cause));
  if (parsed.success) {
    const { state, ...error } = parsed.data;
    return { state, error };
  }
  const message = outer.success ? outer.data.errorMessage : caught.Cause;
  const said = message === "" || message === caught.Error ? plainWords(caught.Error) : message;
  return { state: stateReached(input, machine), error: { name: caught.Error, message: said, data: {} } };
}

function plainWords(name: string): string {
  return name === "States.Timeout" ? "The state took longer than it may." : name;
}
