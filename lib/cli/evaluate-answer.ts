// What `evaluate` found, as an answer and in words.
import type { EvaluateAnswer } from "../contracts/answers.ts";
import type { Metrics, ModelEvaluation } from "../contracts/evaluation.ts";
import { leadingMeasures, leadingScores, taskOfScores } from "../core/evaluation/measures.ts";
import type { EvaluatedRelease } from "../core/steps/evaluate-release.ts";
import { plain, score, table } from "./text.ts";

const shownNames = 5;

type Evaluated = EvaluatedRelease & { readonly runId: string };

function metricsOf(models: readonly ModelEvaluation[], role: ModelEvaluation["role"]): Metrics | undefined {
  return models.find((model) => model.role === role)?.parts.test?.all;
}

function scores(all: Metrics | undefined): EvaluateAnswer["unseen"] {
  return {
    frames: all?.frames ?? 0,
    ...leadingScores(all),
    precision: all?.precision ?? null,
    recall: all?.recall ?? null,
  };
}

/** Where people find what was kept. */
export type EvaluationPlaces = Pick<EvaluateAnswer, "evaluation" | "report">;

export function evaluationAnswer(
  places: EvaluationPlaces,
  version: string,
  { runId, evaluation, frames, seen }: Evaluated,
): EvaluateAnswer {
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
    ...places,
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

/** The answer in words: what was seen and why, a table, the verdict, where the report lies. */
export function evaluationLines(answer: EvaluateAnswer, { evaluation, seen, leftOut }: Evaluated): string[] {
  const lots = [
    ["unseen", answer.unseen.frames, evaluation.models],
    ["seen", answer.seenScores.frames, seen],
  ] as const;
  const leading = leadingMeasures(
    taskOfScores(lots.flatMap(([, , models]) => models.map(({ parts }) => parts.test?.all))),
  );
  const rows = lots.flatMap(([lot, frames, models]) =>
    models.map(({ role, name }) => {
      const all = metricsOf(models, role);
      const figures = [...leading.map(([measure]) => all?.[measure]), all?.precision, all?.recall].map((one) =>
        score(one),
      );
      return [lot, plain(name), String(frames), ...figures];
    }),
  );
  const left = Object.entries(leftOut).map(([name, labels]) => `${plain(name)} (${labels})`);
  return [
    ...seenLines(answer),
    ...(left.length === 0 ? [] : [`Labels left out, as ${answer.version} has no such class: ${left.join(", ")}.`]),
    "",
    ...table([["which", "model", "frames", ...leading.map(([, title]) => title), "precision", "recall"], ...rows]),
    "",
    plain(evaluation.comparison.reason),
    `Report ${answer.report}`,
    ...(answer.evaluation.startsWith("s3:") ? [`Kept   ${answer.evaluation}`] : []),
  ];
}
