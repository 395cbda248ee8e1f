// Errors of runs, stores and releases.
import * as z from "zod";
import { defineErrors } from "./define.ts";

const text = z.string();
export const runErrors = defineErrors({
  ObjectMissing: {
    exit: 3,
    trainerExit: 79,
    data: z.strictObject({ key: text }),
    say: "The store has no {key}.",
    todo: "See `bobbin doctor`; was the store moved or cleaned?",
  },
  ObjectExists: {
    exit: 3,
    data: z.strictObject({ key: text }),
    say: "{key} exists and is never overwritten.",
    todo: "Run it again; if it stays, report it.",
  },
  ObjectChanged: {
    exit: 3,
    data: z.strictObject({ key: text }),
    say: "{key} was changed by another process meanwhile.",
    todo: "Run it again.",
  },
  StoreBusy: {
    exit: 3,
    data: z.strictObject({ key: text, tries: z.int() }),
    say: "Others write {key} at the very same moment: {tries} tries were refused.",
    todo: "Run it again.",
  },
  ObjectCorrupt: {
    exit: 3,
    trainerExit: 80,
    data: z.strictObject({ key: text, problem: text }),
    say: "{key} in the store is damaged: {problem}.",
    todo: "Bring it back from a copy; nothing was overwritten.",
  },
  KeyInvalid: {
    exit: 3,
    data: z.strictObject({ key: text, problem: text }),
    say: "{key} is no key of the store: {problem}.",
    todo: "This is a fault in Bobbin: please report it.",
  },
  StoreUnusable: {
    exit: 3,
    trainerExit: 81,
    data: z.strictObject({ store: text, problem: text }),
    say: "The store {store} cannot be used: {problem}.",
    todo: "Choose another folder with `--store`.",
  },
  PipelineBusy: {
    exit: 1,
    data: z.strictObject({ runId: text, since: text, status: text }),
    say: "The run {runId} holds the pipeline since {since} ({status}).",
    todo: "Go on with it: `bobbin resume {runId}`; or end it: `bobbin cancel {runId}`.",
  },
  RunMissing: {
    exit: 2,
    data: z.strictObject({ runId: text }),
    say: "There is no run {runId}.",
    todo: "See `bobbin runs`.",
  },
  ExecutionMissing: {
    exit: 2,
    data: z.strictObject({ machine: text, execution: text }),
    say: "The machine {machine} has no execution {execution}.",
    todo: "See `bobbin runs`.",
  },
  RunEnded: {
    exit: 2,
    data: z.strictObject({ runId: text, status: text }),
    say: "The run {runId} has ended ({status}).",
    todo: "Start a new one with `bobbin run EXPORT`.",
  },
  RunAlive: {
    exit: 2,
    data: z.strictObject({ runId: text, pid: z.int() }),
    say: "The run {runId} is at work in process {pid}.",
    todo: "Wait for it, or stop that process first.",
  },
  RunInterrupted: {
    exit: 3,
    data: z.strictObject({ runId: text, state: text }),
    say: "The run {runId} was interrupted in {state}; nothing is lost.",
    todo: "Go on: `bobbin resume {runId}`; or end it: `bobbin cancel {runId}`.",
  },
  StepUnknown: {
    exit: 3,
    data: z.strictObject({ state: text }),
    say: "The machine names a step {state} that does not exist.",
    todo: "This is a fault in Bobbin: please report it.",
  },
  UploadDuplicate: {
    exit: 1,
    data: z.strictObject({ location: text, runId: text }),
    say: "This upload {location} was taken by run {runId} already.",
    todo: "Nothing to do.",
  },
  TrainingUnneeded: {
    exit: 1,
    data: z.strictObject({ runId: text, reason: text }),
    say: "The off-the-shelf model was measured to be enough (run {runId}). {reason}",
    todo: 'Use it as it is; or train all the same: `bobbin run EXPORT --override "why"`, which the release keeps.',
  },
  JobKilled: {
    exit: 3,
    data: z.strictObject({ job: text, signal: text }),
    say: "The job {job} was killed from outside ({signal}) without an answer; its checkpoints are kept.",
    todo: "If the machine ran out of memory, lower `batch` in the recipe; then `bobbin resume`.",
  },
  JobFailed: {
    exit: 3,
    data: z.strictObject({ job: text, exitCode: z.int(), problem: text }),
    say: "The job {job} ended with code {exitCode}: {problem}.",
    todo: "See its log in the run's folder; then `bobbin resume` or `bobbin cancel`.",
  },
  ReleaseMissing: {
    exit: 2,
    data: z.strictObject({ version: text, wanted: text }),
    say: "There is no release {version}; there are {wanted}.",
    todo: "See `bobbin models`.",
  },
  VerifyFailed: {
    exit: 1,
    data: z.strictObject({ what: text, found: text, wanted: text }),
    say: "The release does not verify: {what} is {found}, wanted {wanted}.",
    todo: "Do not use it; fetch it again from the store.",
  },
  WeightsNotScored: {
    exit: 3,
    data: z.strictObject({ file: text, found: text, wanted: text }),
    say: "The weights {file} have SHA-256 {found}, but the predictions were made by {wanted}; nothing was published.",
    todo: "The run's folder was changed after training; start a new run.",
  },
  EvaluationImpossible: {
    exit: 1,
    data: z.strictObject({ problem: text }),
    say: "Nothing can be evaluated: {problem}.",
    todo: "Hand in frames with labels of the model's classes.",
  },
});
