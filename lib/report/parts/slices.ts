// Where the second of two releases is better and where worse: every class, attribute value and group.
import type { Metrics, ModelEvaluation, SecondaryTest } from "../../contracts/evaluation.ts";
import type { ReleaseComparison } from "../../contracts/release-comparison.ts";
import { measureOfEndPoint } from "../../core/evaluation/measures.ts";
import { trendMeasures } from "../comparison-figures.ts";
import { count, probability, score } from "../format.ts";
import { type Fragment, type Html, html } from "../html.ts";
import type { PaperTable } from "../tables.ts";
import { bars, given, table } from "./common.ts";
import { difference } from "./comparison.ts";

/** What the releases and the base model are in the evaluation that the comparison holds. */
export const roles = { second: "candidate", first: "production", base: "base" } as const;

export const modelOf = ({ models }: ReleaseComparison, who: keyof typeof roles): ModelEvaluation | undefined =>
  models.find(({ role }) => role === roles[who]);

interface Slice {
  readonly by: string;
  readonly value: string;
  readonly second: Metrics | undefined;
  readonly first: Metrics | undefined;
  readonly test: SecondaryTest | undefined;
}

/** Every class, attribute value and group. */
function slicesOf(document: ReleaseComparison): readonly Slice[] {
  const [second, first] = [modelOf(document, "second")?.parts.test, modelOf(document, "first")?.parts.test];
  const of = (by: string, own: Readonly<Record<string, Metrics>> = {}, other: Readonly<Record<string, Metrics>> = {}) =>
    Object.keys(own).map((value) => ({
      by,
      value,
      second: own[value],
      first: other[value],
      test: document.comparison.secondary?.find((test) => test.by === by && test.value === value),
    }));
  return [
    ...of("class", second?.classes, first?.classes),
    ...Object.keys(second?.attributes ?? {}).flatMap((name) =>
      of(name, second?.attributes[name], first?.attributes[name]),
    ),
    ...of("group", second?.groups, first?.groups),
  ];
}

const groupsShown = 40;

/** @param models whose colour is whose */
export function slicesSection(document: ReleaseComparison, models: Html): Html {
  const slices = slicesOf(document);
  const { primary } = document.comparison;
  const measure = measureOfEndPoint(primary) ?? "mAP50";
  const change = ({ second, first }: Slice) => (second?.[measure] ?? 0) - (first?.[measure] ?? 0);
  const kinds = [...new Set(slices.map(({ by }) => by))];
  const asked = slices.filter(({ test }) => test?.p !== null && test !== undefined).length;
  const probabilities =
    asked === 0
      ? "No class and no value lies in enough groups for a test of its own, so there is no p here"
      : `p is that of swapping the two models in whole groups, where there are enough for a test, corrected by Holm for ${asked === 1 ? "the one question" : `all ${asked} questions`} of this page; a p of single groups does not exist`;
  return html`<p>By ${primary}, what gained most first. ${probabilities}.</p>
${models}
${kinds.map((kind) => {
  const rows = slices.filter(({ by }) => by === kind).sort((a, b) => change(b) - change(a));
  const shown =
    rows.length <= groupsShown ? rows : [...rows.slice(0, groupsShown / 2), ...rows.slice(-groupsShown / 2)];
  return html`<h3>By ${kind}</h3>${table(
    `By ${kind}`,
    [
      { title: kind },
      { title: "Frames", kind: "n" },
      { title: "Labels", kind: "n" },
      { title: `${primary}, 0 to 1`, kind: "wide" },
      { title: document.second.version, kind: "n" },
      { title: document.first.version, kind: "n" },
      { title: "Difference", kind: "n" },
      { title: "Recall", kind: "n" },
      { title: "Precision", kind: "n" },
      { title: "p, corrected", kind: "n" },
    ],
    shown.map(({ value, second, first, test }): Fragment[] => [
      given(value),
      count(second?.frames ?? 0),
      count(second?.truths ?? 0),
      bars([
        { role: "candidate", value: second?.[measure] },
        { role: "production", value: first?.[measure] },
      ]),
      score(second?.[measure]),
      score(first?.[measure]),
      difference(second?.[measure], first?.[measure]),
      difference(second?.recall, first?.recall),
      difference(second?.precision, first?.precision),
      test === undefined ? "–" : test.p === null ? "too few groups" : probability(test.corrected),
    ]),
  )}${rows.length > shown.length && html`<p class="note">The ${groupsShown / 2} that gained and the ${groupsShown / 2} that lost most of ${count(rows.length)}; all stand in slices.csv.</p>`}`;
})}`;
}

/** The same as a table of a paper. */
export function sliceTable(document: ReleaseComparison): PaperTable {
  const { first, second, comparison } = document;
  const shown = trendMeasures(document);
  return {
    caption: `${second.name} against ${first.name} on ${document.frames.both} test frames of both. p by swapping whole groups, corrected by Holm.`,
    label: "tab:comparison",
    columns: [
      { title: "by" },
      { title: "value" },
      { title: "frames" },
      { title: "boxes" },
      ...shown.flatMap(([, title]) =>
        [first, second].map(({ version }) => ({ title: `${title} ${version}`, digits: 3 })),
      ),
      { title: `recall ${first.version}`, digits: 3 },
      { title: `recall ${second.version}`, digits: 3 },
      { title: "p", digits: 3, isProbability: true },
      { title: "p corrected", digits: 3, isProbability: true },
    ],
    rows: [
      {
        by: "all",
        value: `all frames (${comparison.primary} decides)`,
        second: modelOf(document, "second")?.parts.test?.all,
        first: modelOf(document, "first")?.parts.test?.all,
        test: undefined,
      },
      ...slicesOf(document),
    ].map(({ by, value, second: own, first: other, test }) => [
      by,
      value,
      own?.frames ?? 0,
      own?.truths ?? 0,
      ...shown.flatMap(([measure]) => [other?.[measure] ?? null, own?.[measure] ?? null]),
      other?.recall ?? null,
      own?.recall ?? null,
      by === "all" ? comparison.p : (test?.p ?? null),
      test?.corrected ?? null,
    ]),
  };
}
