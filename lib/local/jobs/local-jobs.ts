// Jobs as child processes of this machine. A job has one folder for all its starts; killed at any moment, the next start goes on.
import fs from "node:fs";
import path from "node:path";
import { BobbinError, reviveError } from "../../contracts/errors.ts";
import {
  type Job,
  type ProgressEvent,
  progressEvent,
  type Result,
  result as resultSchema,
} from "../../contracts/job.ts";
import { dataKeys } from "../../contracts/layout.ts";
import type { EventSink, JobInput, Jobs } from "../../core/ports.ts";
import { findDocument } from "../../core/registry/cas.ts";
import type { LocalStores } from "../store/open.ts";
import { type Ended, endOrphans, runChild } from "./child.ts";
import { collect, readResult } from "./collect.ts";
import { layOut, writeWhole } from "./folder.ts";
import { pythonOf, trainerVariables } from "./python.ts";

type Succeeded = Exclude<Result, { status: "failed" }>;

export interface LocalJobsOptions {
  readonly stores: LocalStores;
  /** Folder of a run's job folders. */
  readonly workOf: (runId: string) => string;
  /** Folder of the Python environment. */
  readonly env: string;
  /** Folder that holds the package `bobbin_trainer`. */
  readonly trainer: string;
  readonly sink: EventSink;
  readonly signal: AbortSignal;
}

/** Seconds after a job's own deadline at which it is ended from outside. */
const overtime = 60;

export function createLocalJobs(options: LocalJobsOptions): Jobs {
  return { run: (job, inputs) => runJob(job, inputs, options) };
}

async function runJob(job: Job, inputs: Iterable<JobInput>, options: LocalJobsOptions): Promise<Succeeded> {
  const { data } = options.stores;
  const done = await findDocument(data, dataKeys.result(job.runId, job.kind), resultSchema);
  if (done !== null && done.value.status === "succeeded") return done.value;
  const folder = path.join(options.workOf(job.runId), job.kind);
  fs.mkdirSync(folder, { recursive: true });
  await endOrphans(folder);
  // A trainer that outlived us may have come to its end.
  const earlier = readResult(folder, job);
  if (earlier?.status === "succeeded") return collect(folder, job, earlier, data);
  layOut(folder, inputs, options.stores);
  fs.rmSync(path.join(folder, "result.json"), { force: true });
  writeWhole(path.join(folder, "job.json"), JSON.stringify(job, null, 2));
  const ended = await startTrainer(job, folder, options);
  const answer = readResult(folder, job);
  if (answer?.status === "succeeded" && ended.code === 0) return collect(folder, job, answer, data);
  throw failureOf(job, ended, answer, folder);
}

async function startTrainer(job: Job, folder: string, options: LocalJobsOptions): Promise<Ended> {
  const log = fs.openSync(path.join(folder, "stderr.log"), "a");
  const timeout = AbortSignal.timeout(Math.ceil(secondsLeft(job) * 1000));
  try {
    const ended = await runChild({
      file: pythonOf(options.env),
      arguments: ["-m", "bobbin_trainer", "job.json"],
      folder,
      env: trainerVariables(options.trainer, folder, job.threads),
      onLine: (line) => pass(line, log, options.sink),
      stderr: log,
      signal: AbortSignal.any([options.signal, timeout]),
    });
    if (timeout.aborted && !options.signal.aborted)
      throw new BobbinError("DeadlinePassed", { deadline: deadlineOf(job) });
    return ended;
  } finally {
    fs.closeSync(log);
  }
}

/** A timer holds 24 days at most; a job's own deadline is a week. */
function secondsLeft({ deadlineEpoch }: Job): number {
  const most = 2_000_000;
  return deadlineEpoch === undefined ? most : Math.min(most, Math.max(1, deadlineEpoch - Date.now() / 1000 + overtime));
}

function deadlineOf({ deadlineEpoch }: Job): string {
  return deadlineEpoch === undefined ? "none" : new Date(deadlineEpoch * 1000).toISOString();
}

/** Progress goes on to whoever listens; every other line is the log's. */
function pass(line: string, log: number, sink: EventSink): void {
  const event = readEvent(line);
  if (event === null) fs.writeSync(log, `${line}\n`);
  else sink.emit(event);
}

function readEvent(line: string): ProgressEvent | null {
  try {
    const parsed = progressEvent.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : null;
  } catch {
    // Something a library printed.
    return null;
  }
}

function failureOf(job: Job, ended: Ended, answer: Result | null, folder: string): Error {
  if (answer?.status === "failed") {
    const revived = reviveError(answer.error.name, answer.error.data);
    if (revived !== null) return revived;
  }
  if (ended.signal !== null) return new BobbinError("JobKilled", { job: job.kind, signal: ended.signal });
  const problem = lastWords(path.join(folder, "stderr.log"));
  return new BobbinError("JobFailed", { job: job.kind, exitCode: ended.code ?? -1, problem });
}

/** The last line that the process left, for people. */
function lastWords(log: string): string {
  const lines = fs.readFileSync(log, "utf8").trimEnd().split("\n");
  return lines.at(-1)?.slice(0, 500) || "it left no word";
}
