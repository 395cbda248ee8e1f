// Follows a run that somebody else works on: its states as they come, and what its jobs say of their progress.
import { setTimeout as wait } from "node:timers/promises";
import { experimentPlan } from "../contracts/experiment.ts";
import { progressEvent } from "../contracts/job.ts";
import { dataKeys } from "../contracts/layout.ts";
import type { RunRecord } from "../contracts/run.ts";
import type { ObjectStore } from "../core/ports.ts";
import { readDocument } from "../core/registry/cas.ts";
import type { Context, Store } from "./context.ts";

const pauseMilliseconds = 2000;

/** @returns the run as it stands at its end, or when Ctrl-C was pressed */
export async function follow(runId: string, store: Store, { out, signal }: Context): Promise<RunRecord> {
  const told = new Set<string>();
  for (;;) {
    const record = await store.status(runId);
    for (const state of record.states) {
      const event = { kind: "state", at: state.startedAt, state: state.state } as const;
      const seconds = state.seconds === null ? {} : { seconds: state.seconds };
      const status = state.status === "running" ? "entered" : state.status;
      if (isNew(`${state.state} ${status}`, told)) out.events.emit({ ...event, status, ...seconds });
    }
    const ids = [runId, ...(await trainingsOn(record, store.stores.data, told, out))];
    for (const id of ids)
      for (const job of ["train", "predict"] as const)
        await tell(dataKeys.progress(id, job), store.stores.data, told, out);
    if (record.status !== "running" || signal.aborted) return record;
    await wait(pauseMilliseconds, undefined, { signal }).catch(() => undefined);
  }
}

/** Of an experiment: the trainings whose jobs may have something to say that was not told yet. */
async function trainingsOn(
  { runId, trainings }: RunRecord,
  data: ObjectStore,
  told: Set<string>,
  out: Context["out"],
): Promise<readonly string[]> {
  if (trainings === null) return [];
  const { done, planned } = trainings;
  if (isNew(`trainings ${done}`, told))
    out.events.emit({ kind: "work", at: new Date().toISOString(), what: "trainings done", done, total: planned });
  const { trials } = (await readDocument(data, dataKeys.experiment(runId, "plan.json"), experimentPlan)).value;
  // The last one may have said its last words since it was looked at.
  return trials.slice(Math.max(0, done - 1), done + 1).map(({ id }) => id);
}

function isNew(what: string, told: Set<string>): boolean {
  if (told.has(what)) return false;
  told.add(what);
  return true;
}

/** Each part of a job's progress once, in its order. */
async function tell(prefix: string, data: ObjectStore, told: Set<string>, out: Context["out"]): Promise<void> {
  for await (const { key } of data.list(prefix)) {
    if (!isNew(key, told)) continue;
    for (const line of Buffer.from((await data.get(key)).bytes)
      .toString("utf8")
      .split("\n")) {
      const event = line === "" ? null : progressEvent.safeParse(JSON.parse(line));
      if (event?.success === true) out.events.emit(event.data);
    }
  }
}

/** The run of an upload, once the machine has begun with it; null where Ctrl-C was pressed first. */
export async function runOfUpload(key: string, store: Store, signal: AbortSignal): Promise<string | null> {
  while (!signal.aborted) {
    const run = (await store.runs()).find(({ source }) => source === key);
    if (run !== undefined) return run.runId;
    await wait(pauseMilliseconds, undefined, { signal }).catch(() => undefined);
  }
  return null;
}
