// The models on the test sets before this one: what was once reported can be compared for as long as its frames are here.
import type { Evaluation } from "../../contracts/evaluation.ts";
import { leadingMeasures, taskOfScores } from "../../core/evaluation/measures.ts";
import { count, score } from "../format.ts";
import { type Fragment, type Html, html } from "../html.ts";
import { type Column, modelKey, modelsInOrder, roleNames, table } from "./common.ts";

/** null where this is the first test set. */
export function testSetsSection(evaluation: Evaluation): Html | null {
  const { testSets = [] } = evaluation;
  if (testSets.length === 0) return null;
  const models = modelsInOrder(evaluation);
  const shown = leadingMeasures(taskOfScores(testSets.flatMap((set) => set.models.map(({ all }) => all)))).slice(0, 2);
  const columns: Column[] = [
    { title: "Test set" },
    { title: "Frames", kind: "n" },
    { title: "Scored", kind: "n" },
    ...models.flatMap(({ role }): Column[] => [
      ...shown.map(([, title]): Column => ({ title: `${title}, ${roleNames[role]}`, kind: "n" })),
    ]),
    { title: "SHA-256 of its list", kind: "digest" },
  ];
  const rows = testSets.map((set): Fragment[] => [
    set.version,
    count(set.frames),
    count(set.scored),
    ...models.flatMap(({ role }) => {
      const all = set.models.find((model) => model.role === role)?.all;
      return shown.map(([measure]) => score(all?.[measure]));
    }),
    html`<code>${set.sha256.slice(0, 16)}…</code>`,
  ]);
  return html`<p>The test set has grown to ${evaluation.testSet} since these were frozen. Each list is scored as it was, at the same confidences, with the labels of today; a frame that was taken out, or whose image was replaced, is not among those scored.</p>
${modelKey(models)}
${table("Scores on the test sets before", columns, rows)}`;
}
