// Where a model is good and where it is not: by class, group, attribute and part. The weakest come first.

import type { Role, Task } from "../../contracts/common.ts";
import type { Breakdown, Evaluation, Metrics, ModelEvaluation } from "../../contracts/evaluation.ts";
import { type Measure, taskOfScores } from "../../core/evaluation/measures.ts";
import { isOfFrames } from "../../core/tasks.ts";
import { count, counted, score } from "../format.ts";
import { type Fragment, type Html, html } from "../html.ts";
import { bars, type Column, given, modelKey, modelsInOrder, roleNames, table } from "./common.ts";
import { difference } from "./comparison.ts";

/** Rows shown of one table; the evaluation document has them all. */
const rowsShown = 40;

export interface Slice {
  readonly role: Role;
  readonly metrics: Readonly<Record<string, Metrics>>;
}

type Order = "weakest" | "given";
type Shown = readonly [Measure, string];

/** The score that a table is read by, and those in its margin. */
const scoresShown: Readonly<Record<Task, readonly [Shown, ...Shown[]]>> = {
  detect: [
    ["mAP50", "mAP50"],
    ["mAP50-95", "mAP50\u201195"],
  ],
  segment: [
    ["mAP50.mask", "Mask mAP50"],
    ["mAP50-95.mask", "Mask mAP50\u201195"],
    ["mAP50", "Box mAP50"],
  ],
  classify: [
    ["top1", "Top\u20111"],
    ["top5", "Top\u20115"],
  ],
};

/** One row a name: how much there is of it, the leading score of every model as bars and numbers, and the candidate's other scores. */
export function sliceTable(label: string, heading: string, slices: readonly Slice[], order: Order): Html {
  const first = slices[0]?.metrics ?? {};
  const names = Object.keys(first);
  const task = taskOfScores(Object.values(first).slice(0, 1));
  const [[lead, leadTitle], ...more] = scoresShown[task];
  const weight = (name: string) => first[name]?.[lead] ?? 2;
  const sorted = order === "given" ? names : [...names].sort((a, b) => weight(a) - weight(b) || (a < b ? -1 : 1));
  const shown = sorted.slice(0, rowsShown);
  const others = slices.slice(1);
  const columns: Column[] = [
    { title: heading },
    { title: "Frames", kind: "n" },
    ...(isOfFrames(task) ? [] : [{ title: "Boxes", kind: "n" } as const]),
    { title: `${leadTitle}, 0 to 1`, kind: "wide" },
    ...slices.map(({ role }): Column => ({ title: roleNames[role], kind: "n" })),
    ...others.slice(0, 1).map(({ role }): Column => ({ title: `against ${role}`, kind: "n" })),
    ...more.map(([, title]): Column => ({ title, kind: "n" })),
    { title: "Precision", kind: "n" },
    { title: "Recall", kind: "n" },
    { title: "F1", kind: "n" },
  ];
  const row = (name: string): Fragment[] => {
    const own = first[name];
    return [
      given(name),
      count(own?.frames ?? 0),
      ...(isOfFrames(task) ? [] : [count(own?.truths ?? 0)]),
      bars(slices.map(({ role, metrics }) => ({ role, value: metrics[name]?.[lead] }))),
      ...slices.map(({ metrics }) => score(metrics[name]?.[lead])),
      ...others.slice(0, 1).map(({ metrics }) => difference(own?.[lead], metrics[name]?.[lead])),
      ...more.map(([measure]) => score(own?.[measure])),
      score(own?.precision),
      score(own?.recall),
      score(own?.f1),
    ];
  };
  const left = sorted.length - shown.length;
  return html`${table(label, columns, shown.map(row))}${left > 0 && html`<p class="note">The ${rowsShown} weakest of ${count(sorted.length)}; the other ${count(left)} stand in the evaluation document.</p>`}`;
}

const slicesOf = (
  models: readonly { readonly role: Role; readonly breakdown: Breakdown | undefined }[],
  pick: (from: Breakdown) => Readonly<Record<string, Metrics>>,
): Slice[] =>
  models.flatMap(({ role, breakdown }) => (breakdown === undefined ? [] : [{ role, metrics: pick(breakdown) }]));

/** Classes, groups and attributes of one set of frames. */
export function breakdownTables(
  models: readonly { readonly role: Role; readonly breakdown: Breakdown | undefined }[],
  classes: readonly string[],
): Html {
  const attributes = Object.keys(models[0]?.breakdown?.attributes ?? {});
  const inOrder = (metrics: Readonly<Record<string, Metrics>>) =>
    Object.fromEntries(
      classes.flatMap((name) => (metrics[name] === undefined ? [] : [[name, metrics[name]] as const])),
    );
  return html`<h3>By class</h3>${sliceTable(
    "Scores by class",
    "Class",
    slicesOf(models, (from) => inOrder(from.classes)),
    "given",
  )}
<h3>By group</h3>${sliceTable(
    "Scores by group, weakest first",
    "Group",
    slicesOf(models, (from) => from.groups),
    "weakest",
  )}
${attributes.map(
  (attribute) =>
    html`<h3>By ${given(attribute)}</h3>${sliceTable(
      `Scores by ${attribute}`,
      attribute,
      slicesOf(models, (from) => from.attributes[attribute] ?? {}),
      "weakest",
    )}`,
)}`;
}

/** What a score over few of is no news. */
export const scarceOf = (task: Task) => (isOfFrames(task) ? "frames" : "boxes");

export function breakdownSection(evaluation: Evaluation): Html {
  const models = modelsInOrder(evaluation);
  const part = models.some(({ parts }) => parts.test !== undefined) ? "test" : "val";
  const task = taskOfScores(models.map(({ parts }) => parts[part]?.all));
  const few = scarceOf(task);
  return html`<p>Scores on ${part}, the candidate's in full. A score over few ${few} moves far by chance: read it together with the counts beside it.</p>
${modelKey(models)}
<h3>By part of the split</h3>${partsTable(models, task)}
${breakdownTables(
  models.map(({ role, parts }) => ({ role, breakdown: parts[part] })),
  evaluation.classes,
)}`;
}

/** Of whole frames the most probable class counts, and nobody chooses a confidence. */
const partTitles = (task: Task) => ({
  val: isOfFrames(task) ? "val" : "val (chooses the confidence)",
  test: "test (decides)",
  deployment: "deployment test",
});

function partsTable(models: readonly ModelEvaluation[], task: Task): Html {
  const titles = partTitles(task);
  const slices = models.map(
    ({ role, parts }): Slice => ({
      role,
      metrics: Object.fromEntries(
        (["val", "test", "deployment"] as const).flatMap((part) =>
          parts[part] === undefined ? [] : [[titles[part], parts[part].all] as const],
        ),
      ),
    }),
  );
  return sliceTable("Scores by part of the split", "Part", slices, "given");
}

/** Which frames were scored, for a page that has more than one set. */
export function framesNote(names: readonly string[]): Html {
  const shown = names.slice(0, 200);
  return html`<details class="more"><summary>${counted(names.length, "frame")} by name</summary><p class="mono long">${shown.map((name, index) => html`${index > 0 && ", "}${given(name)}`)}${names.length > shown.length && html` and ${count(names.length - shown.length)} more`}</p></details>`;
}
