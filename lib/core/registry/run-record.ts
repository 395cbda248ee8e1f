// Runs as people see them, read from the journal and the lock. Nothing is kept that could differ.
import { BobbinError } from "../../contracts/errors.ts";
import { dataKeys, runOfKey } from "../../contracts/layout.ts";
import {
  failure,
  type RunRecord,
  type RunRequest,
  runRequest,
  type StepRecord,
  stepRecord,
} from "../../contracts/run.ts";
import type { Stores } from "../ports.ts";
import { findDocument } from "./cas.ts";
import { readLock } from "./lock.ts";
import { seeTrainings } from "./trainings.ts";

export interface SeenRun {
  readonly record: RunRecord;
  /** null where the run was refused before it had one. */
  readonly request: RunRequest | null;
  /** The number of the try that is on, or that would be next. */
  readonly attempt: number;
}

/** @param isAtWork whether somebody works on it at this moment @throws RunMissing */
export async function seeRun(runId: string, stores: Stores, isAtWork: boolean): Promise<SeenRun> {
  const request = isRunId(runId) ? await findDocument(stores.data, dataKeys.request(runId), runRequest) : null;
  if (request === null) return seeRefused(runId, stores);
  const journal = await readJournal(runId, stores);
  const lock = await readLock(stores.registry);
  const tries = triesOf(journal);
  const status = statusOf(journal, tries, isAtWork, lock.holder?.runId === runId);
  const over = !["running", "interrupted"].includes(status);
  const current = over
    ? journal
    : journal.filter(({ state, attempt }) => state !== "Settle" || (attempt ?? 1) > tries.settled);
  const cause =
    status === "failed" || status === "rejected"
      ? await findDocument(stores.data, dataKeys.failure(runId, tries.settled), failure)
      : null;
  const ended = current.at(-1)?.endedAt ?? request.value.requestedAt;
  const { experiment } = request.value;
  const trainings = experiment === undefined ? null : await seeTrainings(runId, stores.data);
  const record: RunRecord = {
    schema: "bobbin/run-record/1",
    runId,
    machine: request.value.machine,
    status,
    startedAt: request.value.requestedAt,
    endedAt: over ? ended : null,
    source: request.value.source.location,
    recipe: request.value.recipe.name,
    version: versionOf(journal),
    trainings:
      experiment === undefined || trainings === null
        ? null
        : { kind: experiment.kind, done: trainings.done, planned: trainings.planned, seconds: trainings.seconds },
    states: [
      ...current.filter(({ state }) => state !== "Settle").map(shown),
      ...unfinished(current, status, cause?.value.state, request.value, trainings?.current?.state),
      ...current.filter(({ state }) => state === "Settle").map(shown),
    ],
    failure: cause?.value ?? null,
  };
  return { record, request: request.value, attempt: tries.settled + 1 };
}

/** A run that never got as far as a request has its cause alone: what was uploaded, and why it was not taken. */
async function seeRefused(runId: string, stores: Stores): Promise<SeenRun> {
  const journal = isRunId(runId) ? await readJournal(runId, stores) : [];
  const { settled } = triesOf(journal);
  const last = Math.max(1, settled);
  const cause = isRunId(runId) ? await findDocument(stores.data, dataKeys.failure(runId, last), failure) : null;
  if (cause === null) throw new BobbinError("RunMissing", { runId });
  const { state, at, upload } = cause.value;
  const record: RunRecord = {
    schema: "bobbin/run-record/1",
    runId,
    machine: "train",
    status: settledAs[String(journal.find((one) => one.state === "Settle")?.output.outcome)] ?? "failed",
    startedAt: at,
    endedAt: journal.at(-1)?.endedAt ?? at,
    source: upload?.location ?? "",
    recipe: null,
    version: null,
    trainings: null,
    states: [{ state, status: "failed", startedAt: at, seconds: null }, ...journal.map(shown)],
    failure: cause.value,
  };
  return { record, request: null, attempt: last + 1 };
}

function isRunId(text: string): boolean {
  return runOfKey(`runs/${text}/`) !== null;
}

/** Steps that are done, in the order they were done. */
async function readJournal(runId: string, { data }: Stores): Promise<readonly StepRecord[]> {
  const records: StepRecord[] = [];
  for await (const { key } of data.list(dataKeys.steps(runId))) {
    const found = await findDocument(data, key, stepRecord);
    if (found !== null) records.push(found.value);
  }
  return records.sort((a, b) => (a.endedAt < b.endedAt ? -1 : a.endedAt > b.endedAt ? 1 : order(a) - order(b)));
}

/** The states of each machine, as they follow each other; those of every machine stand in the order of `train`. */
const statesOf: Readonly<Record<RunRequest["machine"], readonly string[]>> = {
  train: ["Admit", "Ingest", "Split", "Reserve", "Train", "Predict", "Compare", "Publish", "Settle"],
  measure: ["Admit", "Ingest", "Reserve", "Predict", "NeedTraining", "Settle"],
  experiment: ["Admit", "Ingest", "Reserve", "Train", "Predict", "Compare", "Settle"],
  select: [],
  promote: [],
};
const anyOrder = [...statesOf.train.slice(0, -1), "NeedTraining", "Settle"];
const order = ({ state }: StepRecord) => anyOrder.indexOf(state);

/** The numbers of the last try that was admitted and of the last that was settled; 0 for none. */
function triesOf(journal: readonly StepRecord[]) {
  const number = (state: string) => {
    const record = journal.find((one) => one.state === state);
    return record === undefined ? 0 : (record.attempt ?? 1);
  };
  return { admitted: number("Admit"), settled: number("Settle") };
}

const settledAs: Readonly<Record<string, RunRecord["status"]>> = {
  released: "succeeded",
  measured: "succeeded",
  compared: "succeeded",
  skipped: "skipped",
  ingested: "ingested",
  rejected: "rejected",
  failed: "failed",
  cancelled: "cancelled",
};
const admittedAs: Readonly<Record<string, RunRecord["status"]>> = { waiting: "waiting", duplicate: "skipped" };

function statusOf(
  journal: readonly StepRecord[],
  tries: { readonly admitted: number; readonly settled: number },
  alive: boolean,
  holds: boolean,
): RunRecord["status"] {
  if (alive) return "running";
  if (holds || tries.admitted > tries.settled) {
    const admitted = admittedAs[String(journal.find(({ state }) => state === "Admit")?.output.outcome)];
    return !holds && admitted !== undefined ? admitted : "interrupted";
  }
  const outcome = journal.find(({ state }) => state === "Settle")?.output.outcome;
  return settledAs[String(outcome)] ?? "interrupted";
}

function versionOf(journal: readonly StepRecord[]): string | null {
  const version = journal.find(({ state }) => state === "Reserve")?.output.version;
  return typeof version === "string" ? version : null;
}

function shown({ state, startedAt, endedAt }: StepRecord): RunRecord["states"][number] {
  return { state, status: "succeeded", startedAt, seconds: (Date.parse(endedAt) - Date.parse(startedAt)) / 1000 };
}

/** The state a run is in or failed in: it has no record of its own. */
function unfinished(
  journal: readonly StepRecord[],
  status: RunRecord["status"],
  failed: string | undefined,
  request: RunRequest,
  lap: string | undefined,
): RunRecord["states"] {
  const since = journal.filter(({ state }) => state !== "Settle").at(-1)?.endedAt ?? request.requestedAt;
  if (failed !== undefined && status === "failed") {
    return [{ state: failed, status: "failed", startedAt: since, seconds: null }];
  }
  // Of a lap only the last one is journaled.
  const next = lap ?? statesOf[request.machine].find((name) => journal.every(({ state }) => state !== name));
  return status === "running" && next !== undefined
    ? [{ state: next, status: "running", startedAt: since, seconds: null }]
    : [];
}

/** Ids of all runs, newest first: ULIDs sort by time. */
export async function runIds({ data }: Stores): Promise<readonly string[]> {
  const ids = new Set<string>();
  for await (const { key } of data.list(dataKeys.runs())) {
    const id = runOfKey(key);
    if (id !== null) ids.add(id);
  }
  return [...ids].sort().reverse();
}
