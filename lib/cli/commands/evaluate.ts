// bobbin evaluate: a release on other labelled frames. Frames it may have seen in training are named and scored apart.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { EvaluateAnswer } from "../../contracts/answers.ts";
import { BobbinError } from "../../contracts/errors.ts";
import type { Metrics, ModelEvaluation } from "../../contracts/evaluation.ts";
import type { RunRequest } from "../../contracts/run.ts";
import type { EvaluatedRelease } from "../../core/steps/evaluate-release.ts";
import { openEvaluator } from "../../local/evaluate.ts";
import { classNames } from "../class-names.ts";
import type { Context } from "../context.ts";
import { trainerFolder } from "../paths.ts";
import { loadProject } from "../project.ts";
import { findRelease } from "../releases.ts";
import { storePaths } from "../store-paths.ts";
import { plain, score, table } from "../text.ts";

interface EvaluateOptions {
  readonly on: string;
  readonly device: RunRequest["device"];
  readonly names?: string;
}

type Evaluated = EvaluatedRelease & { readonly runId: string };

const shownNames = 5;
const interruptedExit = 130;

function metricsOf(models: readonly ModelEvaluation[], role: ModelEvaluation["role"]): Metrics | undefined {
  return models.find((model) => model.role === role)?.parts.test?.all;
}

function scores(all: Metrics | undefined): EvaluateAnswer["unseen"] {
  return {
    frames: all?.frames ?? 0,
    mAP50: all?.mAP50 ?? null,
    "mAP50-95": all?.["mAP50-95"] ?? null,
    precision: all?.precision ?? null,
    recall: all?.recall ?? null,
  };
}

function answerOf(context: Context, version: string, { runId, evaluation, frames, seen }: Evaluated): EvaluateAnswer {
  const named = frames.flatMap(({ name, group, lot }) =>
    lot === "unseen" ? [] : [{ name, group, by: lot === "seenByHash" ? ("hash" as const) : ("group" as const) }],
  );
  const byHash = named.filter(({ by }) => by === "hash").length;
  return {
    schema: "bobbin/answer-evaluate/1",
    runId,
    version,
    frames: frames.length,
    seen: { byHash, byGroup: named.length - byHash, frames: named },
    unseen: scores(metricsOf(evaluation.models, "candidate")),
    seenScores: scores(metricsOf(seen, "candidate")),
    evaluation: storePaths.extraEvaluation(context.store, runId, "evaluation.json"),
    report: storePaths.extraEvaluation(context.store, runId, "report.html"),
  };
}

function seenLines({ version, frames, seen }: EvaluateAnswer): string[] {
  const list = (by: "hash" | "group") => {
    const all = seen.frames.filter((frame) => frame.by === by).map(({ name }) => plain(name));
    const more = all.length - shownNames;
    return `${all.slice(0, shownNames).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  };
  const { byHash, byGroup } = seen;
  if (byHash + byGroup === 0) return [`None of the ${frames} frames was in train or val of ${version}.`];
  return [
    `${byHash + byGroup} of ${frames} frames ${version} may have seen in training; they are scored apart:`,
    ...(byHash === 0 ? [] : [`  ${byHash} images that were in train or val themselves: ${list("hash")}`]),
    ...(byGroup === 0 ? [] : [`  ${byGroup} of groups that were in train or val: ${list("group")}`]),
  ];
}

function lines(answer: EvaluateAnswer, { evaluation, seen, leftOut }: Evaluated): string[] {
  const lots = [
    ["unseen", answer.unseen.frames, evaluation.models],
    ["seen", answer.seenScores.frames, seen],
  ] as const;
  const rows = lots.flatMap(([lot, frames, models]) =>
    models.map(({ role, name }) => {
      const all = scores(metricsOf(models, role));
      const figures = [all.mAP50, all["mAP50-95"], all.precision, all.recall].map(score);
      return [lot, plain(name), String(frames), ...figures];
    }),
  );
  const left = Object.entries(leftOut).map(([name, labels]) => `${plain(name)} (${labels})`);
  return [
    ...seenLines(answer),
    ...(left.length === 0 ? [] : [`Labels left out, as ${answer.version} has no such class: ${left.join(", ")}.`]),
    "",
    ...table([["which", "model", "frames", "mAP50", "mAP50-95", "precision", "recall"], ...rows]),
    "",
    plain(evaluation.comparison.reason),
    `Report ${answer.report}`,
  ];
}

/** @throws ReleaseMissing, ExportMissing, TrainerMissing, EvaluationImpossible and the errors that refuse an export */
export async function evaluate(
  context: Context,
  [version]: readonly [string],
  { on, device, names }: EvaluateOptions,
): Promise<number> {
  const location = resolve(on);
  if (!existsSync(location)) throw new BobbinError("ExportMissing", { path: on });
  const { store, env, signal, out, configFile } = context;
  const evaluator = openEvaluator({ store, env, trainer: trainerFolder(), sink: out.events, signal });
  const release = await findRelease(evaluator.stores.registry, version, configFile);
  const today = existsSync(configFile) ? await loadProject(configFile) : null;
  try {
    const evaluated = await evaluator.evaluate({ release, location, device, today, names: classNames(names) });
    const answer = answerOf(context, version, evaluated);
    out.answer(answer, () => lines(answer, evaluated));
    return 0;
  } catch (error) {
    // Told to stop, the store and the trainer each end in a way of their own; there is nothing to resume.
    if (!signal.aborted) throw error;
    out.say("Interrupted; nothing was evaluated. Start it again when you like.");
    return interruptedExit;
  }
}
