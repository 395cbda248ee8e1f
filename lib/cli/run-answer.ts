// How a run ended, for `run`, `resume` and `cancel`: the answer, the words, the exit code.
import { existsSync } from "node:fs";
import type { RunAnswer } from "../contracts/answers.ts";
import type { BobbinError } from "../contracts/errors.ts";
import { reviveError } from "../contracts/errors.ts";
import { registryKeys } from "../contracts/layout.ts";
import type { RunRecord } from "../contracts/run.ts";
import type { Context, Store } from "./context.ts";
import { answerExperiment } from "./experiment-answer.ts";
import { answerMeasured } from "./measure-answer.ts";
import { filesOf, findRelease } from "./releases.ts";
import { storePaths } from "./store-paths.ts";
import { duration, plain } from "./text.ts";

const exits: Readonly<Record<RunRecord["status"], number>> = {
  succeeded: 0,
  skipped: 0,
  ingested: 0,
  waiting: 0,
  cancelled: 0,
  running: 3,
  interrupted: 130,
  rejected: 1,
  failed: 3,
};

/** null while the run has not ended. */
function secondsOf(record: RunRecord): number | null {
  return record.endedAt === null ? null : (Date.parse(record.endedAt) - Date.parse(record.startedAt)) / 1000;
}

async function describe(context: Context, pipeline: Store, record: RunRecord): Promise<RunAnswer> {
  const answer: RunAnswer = {
    schema: "bobbin/answer-run/1",
    runId: record.runId,
    status: record.status,
    version: record.version,
    release: null,
    report: null,
    gallery: null,
    verdict: null,
    seconds: secondsOf(record),
  };
  if (record.version === null || (record.status !== "succeeded" && record.status !== "skipped")) return answer;
  const release = await findRelease(pipeline.stores.registry, record.version, context.configFile);
  if (context.stack !== null) {
    return {
      ...answer,
      release: registryKeys.release(release.model, release.version),
      verdict: release.verdict.reason,
    };
  }
  const gallery = storePaths.gallery(context.store, release.runId);
  return {
    ...answer,
    release: storePaths.release(context.store, release.model, release.version),
    report: storePaths.releaseFile(context.store, release.model, release.version, filesOf(release).report),
    gallery: existsSync(gallery) ? gallery : null,
    verdict: release.verdict.reason,
  };
}

function ending({ runId, status, version, seconds }: RunAnswer): string {
  if (status === "skipped") return `Nothing new: the same data, recipe and starting weights as ${version}.`;
  if (status === "ingested") return "Taken into the data set; a later run trains on it.";
  return `Run ${runId} ${status}${seconds === null ? "" : ` after ${duration(seconds)}`}.`;
}

function words(answer: RunAnswer): string[] {
  const lines = [ending(answer)];
  if (answer.verdict !== null) lines.push(`Release ${answer.version}: ${plain(answer.verdict)}`);
  if (answer.release !== null) lines.push(`Release  ${answer.release}`);
  if (answer.gallery !== null) lines.push(`Pictures ${answer.gallery}`);
  if (answer.report !== null) lines.push(`Report   ${answer.report}`);
  return lines;
}

/** The named error a run ended with, if it did. */
function failureOf(record: RunRecord): BobbinError | null {
  const error = record.failure?.error;
  return error === undefined ? null : reviveError(error.name, error.data);
}

/** Prints how a run ended. @returns the exit code */
export async function answerRun(context: Context, pipeline: Store, record: RunRecord): Promise<number> {
  if (record.status === "failed" || record.status === "rejected") {
    const named = failureOf(record);
    const code = context.out.fail(
      named ??
        new Error(
          `${record.failure?.error.name ?? "Unexpected"}: ${record.failure?.error.message ?? "the run ended without a cause"}`,
        ),
    );
    if (record.status === "failed")
      context.out.say(
        `  Run ${record.runId} failed in ${record.failure?.state ?? "an unknown state"}. Try it again: bobbin resume ${record.runId}`,
      );
    return code;
  }
  if (record.status === "interrupted") {
    context.out.say(
      `Run ${record.runId} is interrupted; nothing is lost.\n  → Go on: bobbin resume ${record.runId}\n  → End it: bobbin cancel ${record.runId}`,
    );
  }
  if (record.status === "succeeded" && record.machine === "measure") {
    return answerMeasured(context, pipeline, record.runId);
  }
  if (record.status === "succeeded" && record.machine === "experiment") {
    return answerExperiment(context, pipeline, record.runId);
  }
  const answer = await describe(context, pipeline, record);
  context.out.answer(answer, () => words(answer));
  return exits[record.status];
}
