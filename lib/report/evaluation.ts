// The page of `bobbin evaluate`: a release on other labelled frames, with what it may have seen scored apart.
import type { Evaluation } from "../contracts/evaluation.ts";
import { leadingMeasures, taskOfScores } from "../core/evaluation/measures.ts";
import type { EvaluationPageInput } from "../core/registry/report-input.ts";
import { counted, moment, score } from "./format.ts";
import { type Html, html } from "./html.ts";
import { contents, page, type Section, sectionsOf } from "./page.ts";
import { breakdownTables, framesNote, scarceOf } from "./parts/breakdown.ts";
import { given, modelKey, modelOf, modelsInOrder, tiles } from "./parts/common.ts";
import { comparisonSection, comparisonTable } from "./parts/comparison.ts";
import { confusionSection } from "./parts/confusion.ts";
import { verdict } from "./parts/verdict.ts";

const unseen = "that the release has not seen in training";

function apartSections({ apart, evaluation }: EvaluationPageInput): Section[] {
  return apart.map(({ title, reason, frames, models }, index) => ({
    id: `apart-${index}`,
    title,
    body: html`<p>${reason}</p>${framesNote(frames)}${modelKey(models)}
${comparisonTable(
  title,
  models.map(({ role, breakdown }) => ({ role, all: breakdown.all })),
)}
${breakdownTables(models, evaluation.classes)}`,
  }));
}

function summary({ evaluation }: EvaluationPageInput): Html {
  const all = modelOf(evaluation, "candidate")?.parts.test?.all;
  const aside = `on ${counted(all?.frames ?? 0, "unseen frame")}`;
  return tiles([
    ...leadingMeasures(taskOfScores([all])).map(([measure, label], i) => ({
      label,
      value: score(all?.[measure]),
      ...(i === 0 ? { aside } : {}),
    })),
    { label: "Precision", value: score(all?.precision) },
    { label: "Recall", value: score(all?.recall) },
  ]);
}

function whereSection(evaluation: Evaluation): Html {
  const models = modelsInOrder(evaluation);
  return html`<p>Scores on the unseen frames, the candidate's in full. A score over few ${scarceOf(taskOfScores(models.map(({ parts }) => parts.test?.all)))} moves far by chance: read it together with the counts beside it.</p>
${modelKey(models)}
${breakdownTables(
  models.map(({ role, parts }) => ({ role, breakdown: parts.test })),
  evaluation.classes,
)}`;
}

/** Equal input gives equal bytes. */
export async function renderEvaluation(input: EvaluationPageInput): Promise<string> {
  const { evaluation, source } = input;
  // Where every frame stands apart, the sections over the others would show nothing.
  const scored = modelOf(evaluation, "candidate")?.parts.test !== undefined;
  const all: readonly Section[] = [
    { id: "comparison", title: "Base against candidate", body: scored ? comparisonSection(evaluation, unseen) : null },
    { id: "where", title: "Where it is good, and where not", body: scored ? whereSection(evaluation) : null },
    { id: "confusion", title: "What it mistakes for what", body: confusionSection(evaluation) },
    ...apartSections(input),
  ];
  const sections = all.filter(({ body }) => body !== null);
  return page(
    `${input.model} ${input.version} on ${source.name}`,
    html`<header><p class="eyebrow">Evaluation on other frames</p><h1>${given(input.model)} ${input.version} on ${given(source.name)}</h1>
<p class="facts">${counted(source.frames, "frame")} with ${counted(source.boxes, "label")} (${given(source.format)}), scored ${moment(evaluation.createdAt)}.</p>
${verdict(evaluation.comparison)}${scored && summary(input)}</header>
${contents(sections)}
${sectionsOf(sections)}`,
  );
}
