// Every step runs in here. When it is done, its output is written into the run's journal; asked again, that is what comes back.
// So a retry is harmless and a restart resumes, on every engine.
import { BobbinError, isBobbinError } from "../../contracts/errors.ts";
import { dataKeys } from "../../contracts/layout.ts";
import { type StepRecord, stepRecord } from "../../contracts/run.ts";
import type { Clock, EventSink, ObjectStore } from "../ports.ts";
import { documentBytes, type Found, findDocument } from "../registry/cas.ts";
import { StepFailure } from "./failure.ts";
import { runEnded } from "./late.ts";
import type { RunInput } from "./types.ts";

export interface WrapperPorts {
  readonly data: ObjectStore;
  readonly clock: Clock;
  readonly sink: EventSink;
}

export interface WrappedStep<I extends RunInput, O extends object> {
  readonly state: string;
  readonly run: (input: I) => Promise<O>;
  /** Done once a try of the run, not once for ever: what a failed try gave back is taken anew. */
  readonly perAttempt: boolean;
  /** False for a lap that is not the last: it is not written down. @default true */
  readonly isDone?: (output: O) => boolean;
  /** How long the work took, where it was done elsewhere before. @default as long as `run` */
  readonly seconds?: (output: O) => number;
}

/** @throws StepFailure with the name of the step's own error */
export async function runStep<I extends RunInput, O extends object>(
  step: WrappedStep<I, O>,
  input: I,
  ports: WrapperPorts,
): Promise<O> {
  const started = ports.clock.now();
  const event = { kind: "state", state: step.state } as const;
  try {
    const { key, attempt, found } = await look(step, input, ports.data);
    const theirs = found?.value.attempt ?? 1;
    // Who was slow to take the run up again may come after one who took it up as a later try: what that was told is no answer to this
    // one, for which nothing is promised. What is settled is settled for both.
    if (theirs > attempt && step.state !== "Settle") throw runEnded(input.runId);
    if (found !== null && theirs >= attempt) {
      ports.sink.emit({ ...event, at: started.toISOString(), status: "resumed" });
      return outputOf<O>(found.value);
    }
    ports.sink.emit({ ...event, at: started.toISOString(), status: "entered" });
    const output = await step.run(input);
    const ended = ports.clock.now();
    const elsewhere = step.seconds?.(output);
    const began = elsewhere === undefined ? started : new Date(ended.getTime() - elsewhere * 1000);
    const record = recordFor(step.state, input, attempt, [began, ended], output);
    const kept = step.isDone?.(output) === false ? record : await keep(ports.data, key, record, found);
    const seconds = (ended.getTime() - began.getTime()) / 1000;
    ports.sink.emit({ ...event, at: ended.toISOString(), status: "succeeded", seconds });
    return outputOf<O>(kept);
  } catch (error) {
    const at = ports.clock.now();
    const seconds = (at.getTime() - started.getTime()) / 1000;
    const failure = new StepFailure(step.state, error);
    ports.sink.emit({ ...event, at: at.toISOString(), status: "failed", seconds, error: failure.name });
    throw failure;
  }
}

async function look<I extends RunInput, O extends object>(step: WrappedStep<I, O>, input: I, data: ObjectStore) {
  const key = dataKeys.step(input.runId, step.state);
  const attempt = step.perAttempt ? (input.attempt ?? 1) : 1;
  return { key, attempt, found: await findDocument(data, key, stepRecord) };
}

function recordFor(
  state: string,
  input: RunInput,
  attempt: number,
  [started, ended]: readonly [Date, Date],
  output: object,
): StepRecord {
  return {
    schema: "bobbin/step-record/1",
    runId: input.runId,
    state,
    ...(attempt === 1 ? {} : { attempt }),
    startedAt: started.toISOString(),
    endedAt: ended.toISOString(),
    output: { ...output },
  };
}

/**
 * Whoever writes first is right: a second worker on the same step of the same try gets the first one's record. A worker of an earlier
 * try that is still at it is not: what it left is replaced, and what it brings is not written over a later try's.
 */
async function keep(
  data: ObjectStore,
  key: string,
  record: StepRecord,
  older: Found<StepRecord> | null,
): Promise<StepRecord> {
  try {
    if (older === null) await data.create(key, documentBytes(record));
    else await data.replace(key, documentBytes(record), older.etag);
    return record;
  } catch (error) {
    if (!isBobbinError(error, "ObjectExists") && !isBobbinError(error, "ObjectChanged")) throw error;
    const there = await findDocument(data, key, stepRecord);
    if (there === null) throw new BobbinError("ObjectMissing", { key }, { cause: error });
    const [mine, theirs] = [record.attempt ?? 1, there.value.attempt ?? 1];
    if (mine === theirs) return there.value;
    return mine > theirs ? keep(data, key, record, there) : record;
  }
}

/** A record was made from the step's own output; the reader of a field checks it again where it matters. */
function outputOf<O extends object>(record: StepRecord): O {
  return record.output as O;
}
