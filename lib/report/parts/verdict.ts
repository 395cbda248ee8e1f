// The top of a report: what was decided and why, in one sentence, before any number.
import type { Comparison, Metrics } from "../../contracts/evaluation.ts";
import { leadingMeasures, taskOfScores } from "../../core/evaluation/measures.ts";
import type { ReportInput } from "../../core/registry/report-input.ts";
import { count, counted, dollars, duration, moment, score, signed } from "../format.ts";
import { type Html, html } from "../html.ts";
import { given, labels, modelOf, type Tile, tiles } from "./common.ts";

const words = { promote: "Promote.", hold: "Hold.", inconclusive: "Inconclusive." } as const;
const consequences = {
  promote: "The candidate may take the place of the model in use; that step is a person's, with the promote command.",
  hold: "The model in use stays. The release is kept with everything it was measured by.",
  inconclusive: "The model in use stays. Nothing is claimed for or against the candidate.",
} as const;

/** The reason without the verdict that it may begin with: that stands before it already. */
const because = (reason: string) => reason.replace(/^(promote|hold|inconclusive)\s*[:.,]\s*/i, "");
const sentence = (text: string) => (/[.!?]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`);
const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

export function verdict(comparison: Comparison): Html {
  return html`<div class="verdict ${comparison.verdict}"><p><strong>${words[comparison.verdict]}</strong> ${capital(sentence(because(comparison.reason)))}</p><p class="after">${consequences[comparison.verdict]}</p></div>`;
}

/** v0 = d1 + t1 + recipe r1: what the release is made of. */
export function equation(release: ReportInput["release"]): string {
  return `${release.version} = ${release.dataset.version} + ${release.testSet.version} + recipe ${release.recipe.number}`;
}

export function heading({ release, evaluation, train }: ReportInput): Html {
  const { dataset, base, trainer } = release;
  return html`<header>
<p class="eyebrow">Release report · ${given(release.project)}</p>
<h1>${given(release.model)} ${release.version}</h1>
<p class="equation">${equation(release)}</p>
<p class="facts">${given(release.architecture)}, fine-tuned from ${given(base.name)} weights${base.official ? "" : " (not an official file)"} on data set ${given(dataset.name)} ${dataset.version},
${counted(train.epochs, "epoch")} on ${trainer.device}. Made ${moment(release.createdAt)}${release.previous !== null && html`, after ${release.previous}`}.</p>
${verdict(evaluation.comparison)}
${summary(release, evaluation)}
</header>`;
}

/** More would push the rest of the summary out of sight. */
const tilesOfScores = 3;

function summary(release: ReportInput["release"], evaluation: ReportInput["evaluation"]): Html {
  const part =
    evaluation.comparison.groups > 0 || modelOf(evaluation, "candidate")?.parts.test !== undefined ? "test" : "val";
  const candidate = modelOf(evaluation, "candidate")?.parts[part]?.all;
  const reference = modelOf(evaluation, evaluation.comparison.baseline)?.parts[part]?.all;
  const against = evaluation.comparison.baseline === "base" ? "base" : "production";
  const scoreTile = (label: string, of: keyof Metrics): Tile => {
    const own = candidate?.[of] ?? null;
    const other = reference?.[of] ?? null;
    return {
      label,
      value: score(own),
      aside: own !== null && other !== null ? html`${signed(own - other)} against ${against}` : `no ${against} score`,
    };
  };
  const { jobs, cost, testSet, dataset } = release;
  const own = leadingMeasures(taskOfScores([candidate]))
    .slice(0, tilesOfScores)
    .map(([measure, title], i) => scoreTile(i === 0 ? `${title} on ${part}` : title, measure));
  return tiles([
    ...own,
    scoreTile("Precision", "precision"),
    scoreTile("Recall", "recall"),
    {
      label: "Test frames",
      value: count(testSet.frames),
      aside: `in ${counted(evaluation.comparison.groups, "group")}`,
    },
    {
      label: "Data",
      value: count(dataset.frames),
      aside: `frames, ${count(dataset.boxes)} ${dataset.boxes === 1 ? labels[release.task].one : labels[release.task].many}, ${counted(dataset.groups, "group")}`,
    },
    {
      label: "Training",
      value: duration(jobs.trainSeconds),
      aside: jobs.attempts > 1 ? `in ${counted(jobs.attempts, "attempt")}` : "in one go",
    },
    {
      label: "Cost",
      value: dollars(cost.settled ?? cost.promised),
      aside: cost.settled !== null ? "settled" : cost.promised === 0 ? "nothing was promised" : "at most",
    },
  ]);
}
