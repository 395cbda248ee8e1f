// The page of an experiment: an ablation, or a grouped cross-validation. Its table also stands beside it, for a paper.
import type { ArmResult, ExperimentResult } from "../contracts/experiment.ts";
import { endPointsBeside } from "../core/evaluation/measures.ts";
import type { ExperimentFiles } from "../core/steps/experiment/compare.ts";
import { count, counted, dollars, duration, moment, probability, score, signed } from "./format.ts";
import { type Fragment, type Html, html } from "./html.ts";
import { contents, page, type Section, sectionsOf } from "./page.ts";
import { breakdownTables } from "./parts/breakdown.ts";
import { facts, given, modelKey, table } from "./parts/common.ts";
import { statistics } from "./parts/comparison.ts";
import { csvOf, latexOf, type PaperTable } from "./tables.ts";

type Found<K extends ExperimentResult["found"]["kind"]> = Extract<ExperimentResult["found"], { kind: K }>;
type Limits = { readonly low: number; readonly high: number } | null;

const limits = (range: Limits) => (range === null ? "–" : `${signed(range.low)} to ${signed(range.high)}`);
const mean = (values: readonly (number | null)[]) => {
  const there = values.filter((value) => value !== null);
  return there.length === 0 ? null : there.reduce((sum, value) => sum + value, 0) / there.length;
};

function armsTable(result: ExperimentResult, { arms }: Found<"ablate">): PaperTable {
  const { primary } = result;
  const shown = endPointsBeside[result.primary];
  const row = (arm: ArmResult) => [
    arm.name,
    ...shown.map((measure) => mean(arm[measure] ?? [])),
    arm.difference,
    arm.interval?.low ?? null,
    arm.interval?.high ?? null,
    arm.rangeOfGroups?.low ?? null,
    arm.rangeOfGroups?.high ?? null,
    arm.rangeOfSeeds?.low ?? null,
    arm.rangeOfSeeds?.high ?? null,
    arm.p,
    arm.corrected,
  ];
  return {
    caption: `Ablation on val, ${result.frames} frames in ${result.groups} groups, ${arms[0]?.mAP50.length ?? 0} seeds an arm: mean over seeds, difference of ${primary} to the first arm, 95 % interval over groups where there are enough, lowest and highest group and seed, p by swapping whole groups, corrected by Holm.`,
    label: "tab:ablation",
    columns: [
      { title: "arm" },
      ...shown.map((title) => ({ title, digits: 3 })),
      { title: "difference", digits: 3 },
      { title: "low", digits: 3 },
      { title: "high", digits: 3 },
      { title: "lowest group", digits: 3 },
      { title: "highest group", digits: 3 },
      { title: "lowest seed", digits: 3 },
      { title: "highest seed", digits: 3 },
      { title: "p", digits: 3, isProbability: true },
      { title: "p corrected", digits: 3, isProbability: true },
    ],
    rows: arms.map(row),
  };
}

function armsSection(result: ExperimentResult, { arms, smallestP }: Found<"ablate">): Html {
  const hasInterval = arms.some(({ interval }) => interval !== null);
  return html`<p>Each arm against <strong>${given(arms[0]?.name ?? "")}</strong>, by ${result.primary}: the difference is the mean over the seeds, each seed paired with the same seed, on the same frames.</p>
${table(
  "Arms",
  [
    { title: "Arm" },
    { title: `${result.primary} by seed`, kind: "n" },
    { title: "Mean", kind: "n" },
    { title: "Difference", kind: "n" },
    ...(hasInterval ? [{ title: "95 % interval over groups", kind: "n" } as const] : []),
    { title: "Range of groups", kind: "n" },
    { title: "Range of seeds", kind: "n" },
    { title: "p, corrected", kind: "n" },
  ],
  arms.map((arm): Fragment[] => [
    given(arm.name),
    (arm[result.primary] ?? []).map((value) => score(value)).join(" "),
    score(mean(arm[result.primary] ?? [])),
    arm.difference === null ? "–" : signed(arm.difference),
    ...(hasInterval ? [limits(arm.interval)] : []),
    limits(arm.rangeOfGroups),
    limits(arm.rangeOfSeeds),
    arm.difference === null ? "–" : arm.p === null ? "too few groups" : probability(arm.corrected),
  ]),
)}
<p class="note">Val decides here, so that test is not looked at; where the training itself chose its best epoch on val, every arm gains by that alike. Ranges are the lowest and the highest, no intervals${hasInterval ? "" : "; an interval is printed from 20 groups on"}. p swaps two arms in whole groups, in all seeds at once, and is corrected by Holm for all arms; the smallest p that ${counted(result.groups, "group")} can reach is ${probability(smallestP)}. It says nothing of another seed: how far seeds differ stands beside it.</p>`;
}

function foldsTable(result: ExperimentResult, { folds, models }: Found<"grouped-cv">): PaperTable {
  const [own] = models;
  const shown = endPointsBeside[result.primary];
  const all = own?.parts.test?.all;
  return {
    caption: `Grouped cross-validation in ${folds.length} folds: each fold scored by the model that had not seen its groups; all: every frame so, pooled.`,
    label: "tab:grouped-cv",
    columns: [
      { title: "fold" },
      { title: "groups" },
      { title: "frames" },
      ...shown.map((title) => ({ title, digits: 3 })),
      { title: "recall", digits: 3 },
    ],
    rows: [
      ...folds.map((fold) => [
        String(fold.fold + 1),
        fold.groups,
        fold.frames,
        ...shown.map((measure) => fold[measure] ?? null),
        fold.recall,
      ]),
      ["all", result.groups, result.frames, ...shown.map((measure) => all?.[measure] ?? null), null],
    ],
  };
}

function foldsSection(result: ExperimentResult, { folds }: Found<"grouped-cv">): Html {
  const shown = endPointsBeside[result.primary];
  return html`<p>Each fold's groups were scored by a model that had seen none of them. Recall is at the confidence chosen on the fold's own val.</p>
${table(
  "Folds",
  [
    { title: "Fold" },
    { title: "Groups", kind: "n" },
    { title: "Frames", kind: "n" },
    ...shown.map((title) => ({ title, kind: "n" as const })),
    { title: "Recall", kind: "n" },
  ],
  folds.map((fold): Fragment[] => [
    String(fold.fold + 1),
    count(fold.groups),
    count(fold.frames),
    ...shown.map((measure) => score(fold[measure])),
    score(fold.recall),
  ]),
)}
<p class="note">This tests the recipe, not a model: ${count(folds.length)} models were trained, and none of them is released. All groups but the reserved ones took part, those of test too: who chooses a recipe by this page has looked at them.</p>`;
}

const ofBoxes =
  "Every frame with the boxes of the model that had not seen its group. Their confidences come from different models, so the pooled score is a little lower than that of one model as good.";
/** How the frames of all folds come together. */
const pooled: Readonly<Record<ExperimentResult["primary"], string>> = {
  mAP50: ofBoxes,
  "mAP50-95": ofBoxes,
  top1: "Every frame with the answer of the model that had not seen its group.",
};

function sectionsFor(result: ExperimentResult): Section[] {
  const { found } = result;
  if (found.kind === "ablate") return [{ id: "arms", title: "What it changes", body: armsSection(result, found) }];
  const { models, comparison } = found;
  const classes = Object.keys(models[0]?.parts.test?.classes ?? {});
  const called = { candidate: "out of fold", base: "base model", production: "in production" };
  return [
    { id: "folds", title: "Fold by fold", body: foldsSection(result, found) },
    {
      id: "base",
      title: "Against the off-the-shelf model, on all groups",
      body: html`<p>${pooled[result.primary]}</p>${statistics({ comparison, models }, called)}`,
    },
    {
      id: "where",
      title: "Where the recipe is good, and where not",
      body: html`${modelKey(models.map(({ role, name }) => ({ role, name })))}${breakdownTables(
        models.map(({ role, parts }) => ({ role, breakdown: parts.test })),
        classes,
      )}`,
    },
  ];
}

/** Equal input gives equal bytes. */
export async function drawExperiment(result: ExperimentResult): Promise<ExperimentFiles> {
  const { found } = result;
  const paper = found.kind === "ablate" ? armsTable(result, found) : foldsTable(result, found);
  const title = found.kind === "ablate" ? "Ablation" : "Grouped cross-validation";
  const trainings = found.kind === "ablate" ? found.arms.flatMap(({ mAP50 }) => mAP50).length : found.folds.length;
  const sections: Section[] = [
    ...sectionsFor(result),
    {
      id: "provenance",
      title: "Where it came from",
      body: facts("Where it came from", [
        ["Run", html`<code>${result.runId}</code>`],
        ["Recipe", html`${given(result.recipe.name)}, <code>${result.recipe.sha256}</code>`],
        ["Config", html`<code>${result.configSha256}</code>`],
        ["Frames and labels", html`<code>${result.framesSha256}</code>`],
        ["Trainings", `${count(trainings)}, ${duration(result.seconds)} in all, ${dollars(result.settled)} settled`],
      ]),
    },
  ];
  const text = page(
    `${result.model}: ${title.toLowerCase()}`,
    html`<header><p class="eyebrow">${title} · ${given(result.model)}</p><h1>${title} of recipe ${given(result.recipe.name)}</h1>
<p class="facts">${counted(trainings, "training")}, scored on ${counted(result.frames, "frame")} with ${count(result.objects)} objects in ${counted(result.groups, "group")}; the last prediction was made ${moment(result.createdAt)}. No release, no version number.</p></header>
${contents(sections)}
${sectionsOf(sections)}`,
  );
  return { "report.html": text, "table.csv": csvOf(paper), "table.tex": latexOf(paper) };
}
