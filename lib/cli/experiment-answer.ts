// What an experiment found, as an answer and in words.
import type { ExperimentAnswer } from "../contracts/answers.ts";
import { type ExperimentResult, experimentPlan, experimentResult } from "../contracts/experiment.ts";
import { dataKeys, type ExperimentFile } from "../contracts/layout.ts";
import { endPointsBeside } from "../core/evaluation/measures.ts";
import { readDocument } from "../core/registry/cas.ts";
import { summaryOf } from "../core/steps/experiment/compare.ts";
import type { Context, Store } from "./context.ts";
import { filesHere } from "./files-here.ts";
import { plain, score, table } from "./text.ts";

function rowsOf({ found, primary }: ExperimentResult): string[][] {
  const shown = endPointsBeside[primary];
  if (found.kind === "grouped-cv") {
    return [
      ["fold", "groups", "frames", ...shown, "recall"],
      ...found.folds.map((fold) => [
        String(fold.fold + 1),
        String(fold.groups),
        String(fold.frames),
        ...shown.map((measure) => score(fold[measure])),
        score(fold.recall),
      ]),
    ];
  }
  const limits = (range: { readonly low: number; readonly high: number } | null) =>
    range === null ? "–" : `${range.low.toFixed(3)} to ${range.high.toFixed(3)}`;
  return [
    ["arm", `${primary} by seed`, "difference", "95 % interval", "range of groups", "range of seeds", "p corrected"],
    ...found.arms.map((arm) => [
      plain(arm.name),
      (arm[primary] ?? []).map((value) => score(value)).join(" "),
      arm.difference === null ? "–" : arm.difference.toFixed(3),
      limits(arm.interval),
      limits(arm.rangeOfGroups),
      limits(arm.rangeOfSeeds),
      arm.corrected === null ? "–" : arm.corrected < 0.001 ? "< 0.001" : arm.corrected.toFixed(3),
    ]),
  ];
}

/** Prints it. @returns the exit code */
export async function answerExperiment(context: Context, { stores }: Store, runId: string): Promise<number> {
  const { out } = context;
  const key = (file: ExperimentFile) => dataKeys.experiment(runId, file);
  const { value: result } = await readDocument(stores.data, key("experiment.json"), experimentResult);
  const { value: plan } = await readDocument(stores.data, key("plan.json"), experimentPlan);
  const answer: ExperimentAnswer = {
    schema: "bobbin/answer-experiment/1",
    runId,
    summary: summaryOf(result),
    trainings: plan.trials.length,
    groups: result.groups,
    frames: result.frames,
    found: result.found,
    files: await filesHere(context, stores.data, `experiment_${runId}`, {
      experiment: key("experiment.json"),
      report: key("report.html"),
      csv: key("table.csv"),
      latex: key("table.tex"),
    }),
  };
  out.answer(answer, () => [
    ...table(rowsOf(result)),
    "",
    plain(answer.summary),
    `Report   ${answer.files.report}`,
    `For the paper: ${answer.files.csv}, table.tex`,
  ]);
  return 0;
}
