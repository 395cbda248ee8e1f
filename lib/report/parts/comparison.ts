// Base against candidate: the same frames, the same evaluator, and how sure one can be of the difference.

import type { Task } from "../../contracts/common.ts";
import type { Comparison, Evaluation, Metrics } from "../../contracts/evaluation.ts";
import { measuresOf, taskOfScores } from "../../core/evaluation/measures.ts";
import { isOfFrames } from "../../core/tasks.ts";
import { count, counted, probability, score, signed } from "../format.ts";
import { type Fragment, type Html, html } from "../html.ts";
import { bars, type Column, facts, given, modelKey, modelsInOrder, roleNames, table } from "./common.ts";

/** How the scores of a task come about, for the sentence above them. */
const protocols: Readonly<Record<Task, (ious: number) => string>> = {
  detect: (ious) => `COCO protocol, ${counted(ious, "IoU threshold")}`,
  segment: (ious) => `COCO protocol, ${counted(ious, "IoU threshold")}`,
  classify: () => "accuracy: a frame is right where its class is the most probable one",
};
const remarks: Readonly<Record<Task, string>> = {
  detect:
    "Precision, recall and F1 are taken at the confidence that gave each model its best F1 on val, frozen before test was looked at.",
  segment:
    "Masks are matched by their pixels, boxes by their sides; what is decided is decided by the masks. Precision, recall and F1 are taken at the confidence that gave each model its best F1 on val, frozen before test was looked at.",
  classify:
    "Top-1 and top-5 count every frame the same; precision, recall and F1 are means over the classes, which count the same however few frames they have.",
};

/** A difference in words' colour: the sign says it too. */
export function difference(own: number | null | undefined, other: number | null | undefined): Html {
  if (own === null || own === undefined || other === null || other === undefined)
    return html`<span class="dim">–</span>`;
  const text = signed(own - other);
  return html`<span class="${text.startsWith("+") ? "up" : text.startsWith("±") ? "dim" : "down"}">${text}</span>`;
}

/** One row a measure: bars, the scores of each model, and how far the candidate is from the first of the others. */
export function comparisonTable(
  label: string,
  models: readonly { readonly role: "candidate" | "base" | "production"; readonly all: Metrics | undefined }[],
): Html {
  const [candidate, ...others] = models;
  const columns: Column[] = [
    { title: "" },
    { title: "0 to 1", kind: "wide" },
    ...models.map(({ role }): Column => ({ title: roleNames[role], kind: "n" })),
    ...others.map(
      ({ role }): Column => ({ title: others.length > 1 ? `against ${roleNames[role]}` : "difference", kind: "n" }),
    ),
  ];
  const rows = measuresOf(models.map(({ all }) => all)).map(([measure, title]): Fragment[] => [
    title,
    bars(models.map(({ role, all }) => ({ role, value: all?.[measure] }))),
    ...models.map(({ all }) => score(all?.[measure])),
    ...others.map(({ all }) => difference(candidate?.all?.[measure], all?.[measure])),
  ]);
  return table(label, columns, rows);
}

/** @param said which frames these are, where they are no part of a split */
export function comparisonSection(evaluation: Evaluation, said?: string): Html {
  const models = modelsInOrder(evaluation);
  const part = models.some(({ parts }) => parts.test !== undefined) ? "test" : "val";
  const unknown = models.filter(({ unknownClasses }) => unknownClasses.length > 0);
  const frames = models[0]?.parts[part]?.all;
  const task = taskOfScores(models.map(({ parts }) => parts[part]?.all));
  return html`<p>Every model saw the same ${frames === undefined ? "frames" : counted(frames.frames, "frame")} ${said ?? `of ${part}`} with ${frames === undefined ? "their" : count(frames.truths)} ${isOfFrames(task) ? "labels" : "labelled boxes"}, and one evaluator scored them all
(${protocols[task](evaluation.protocol.ious.length)}). ${remarks[task]}</p>
${modelKey(models)}
${comparisonTable(
  `Scores on ${part}`,
  models.map(({ role, parts }) => ({ role, all: parts[part]?.all })),
)}
${unknown.map(({ name, unknownClasses }) => html`<p class="note">${given(name)} cannot know ${unknownClasses.map((one, index) => html`${index > 0 && ", "}${given(one)}`)}: these classes are left out of its scores, not counted as zero.</p>`)}
<h3>How sure is the difference?</h3>
${statistics(evaluation)}`;
}

/** An experiment compares without a verdict on a model. */
type Compared = Omit<Comparison, "verdict">;

/** An interval only where there is one: the range over groups bears its own name. */
function spreadRows({ interval, range }: Compared): (readonly [string, Fragment])[] {
  const from = ({ low, high }: { readonly low: number; readonly high: number }) => `${signed(low)} to ${signed(high)}`;
  return [
    ...(interval ? [[`${100 * interval.level} % interval`, `${from(interval)}, over groups like these`] as const] : []),
    ...(range
      ? [
          [
            "Range over groups",
            `${from(range)}: the group with the least and the one with the most; no interval`,
          ] as const,
        ]
      : []),
  ];
}

/** Read before the verdict is believed: "inconclusive" from a test that could see nothing is no news of the model. */
function powerRow({ power, primary, groups }: Compared): (readonly [string, Fragment])[] {
  if (!power) return [];
  const { gain, seen, groupsWanted } = power;
  const now = `a gain of ${score(gain)} in ${primary} would be seen with ${counted(groups, "group")} ${inHundred(seen)}`;
  const then =
    groupsWanted === null
      ? "a thousand groups like these would not show it four times in five"
      : `${counted(groupsWanted, "group")} like these would show it four times in five`;
  return [["What this test can see", groupsWanted !== null && groupsWanted <= groups ? now : `${now}; ${then}`]];
}

const inHundred = (share: number) => `${Math.round(100 * share)} times in 100`;

const question = ({ test, margin, alpha }: Compared) =>
  test === "not-worse"
    ? `not worse by ${margin} or more, read off the interval`
    : `better by more than ${margin}, alpha ${alpha}`;

/** @param called what each model is called, where it is not known by its role */
export function statistics(
  { comparison, models }: Pick<Evaluation, "models"> & { readonly comparison: Compared },
  called: typeof roleNames = roleNames,
): Html {
  const { groups, smallestP, groupsWanted, alpha } = comparison;
  const reach =
    smallestP === null
      ? null
      : `${probability(smallestP)}${smallestP > alpha ? `: above ${alpha}, so no result could have been decisive` : ""}`;
  const methods = {
    exact: `all ${count(comparison.permutations)} sign flips of whole groups`,
    sampled: `${count(comparison.permutations)} sampled sign flips of whole groups`,
    none: "not possible",
  };
  const found =
    comparison.difference === null
      ? "nothing that could be compared"
      : `${signed(comparison.difference)} (${score(comparison.candidate)} against ${score(comparison.reference)}, ${called[comparison.baseline]})`;
  const rows: (readonly [string, Fragment])[] = [
    ["End point", `${comparison.primary}, fixed beforehand; ${question(comparison)}`],
    ["Difference", found],
    ...spreadRows(comparison),
    [
      "p, two-sided",
      comparison.p === null
        ? "none"
        : `${probability(comparison.p)} by paired permutation: ${methods[comparison.method]}`,
    ],
    [
      "Test groups",
      `${count(groups)}${groupsWanted === null ? "" : `; ${count(groupsWanted)} wanted before the test can decide anything`}`,
    ],
    ...powerRow(comparison),
    ...(reach === null ? [] : [["Smallest possible p", reach] as const]),
    ...(comparison.primary === "top1"
      ? []
      : [
          [
            "Confidence used",
            models.map(({ role, threshold }, index) => html`${index > 0 && ", "}${called[role]} ${score(threshold)}`),
          ] as const,
        ]),
  ];
  return html`${facts("How sure the difference is", rows)}<p class="note">Groups are flipped whole because frames of one recording are not independent; counting frames would make the result look surer than it is.</p>`;
}
