// The page of `bobbin compare`: two releases on the test frames of both. Its tables and its first figure also stand beside it.
import type { Behaviour, ReleaseComparison } from "../contracts/release-comparison.ts";
import { measuresOf } from "../core/evaluation/measures.ts";
import type { ComparisonFiles } from "../core/steps/compare-releases.ts";
import type { ChangedFrames } from "../core/steps/compare-releases-frames.ts";
import { calibrationFigure, helpedFigure, marks, trendFigure, trendMeasures } from "./comparison-figures.ts";
import { figureOf } from "./draw.ts";
import { count, counted, moment, score, signed } from "./format.ts";
import { boxFigure, boxSwatch } from "./gallery.ts";
import { type Fragment, type Html, html } from "./html.ts";
import { contents, page, type Section, sectionsOf } from "./page.ts";
import { bars, type Column, facts, given, key, table } from "./parts/common.ts";
import { difference, statistics } from "./parts/comparison.ts";
import { confusedSection, confusedTable } from "./parts/confused.ts";
import { modelOf, roles, slicesSection, sliceTable } from "./parts/slices.ts";
import { csvOf, latexOf, type PaperTable } from "./tables.ts";

type Who = keyof typeof roles;

const names = ({ first, second }: ReleaseComparison): Record<Who, string> => ({
  second: second.version,
  first: first.version,
  base: "base model",
});
const everybody = (document: ReleaseComparison): readonly Who[] =>
  (["second", "first", "base"] as const).filter((who) => modelOf(document, who) !== undefined);

function modelsKey(document: ReleaseComparison): Html {
  return key(everybody(document).map((who) => ({ fill: roles[who], text: names(document)[who] })));
}

function calledOf(document: ReleaseComparison) {
  const { second, first, base } = names(document);
  return { candidate: second, production: first, base };
}

/** The shapes of the figures. */
function marksKey(document: ReleaseComparison, of: readonly (keyof typeof marks)[]): Html {
  const shapes = {
    circle: html`<circle cx="6" cy="6" r="5"/>`,
    square: html`<rect x="1.5" y="1.5" width="9" height="9"/>`,
    "triangle-up": html`<path d="M6 1 11 11 1 11Z"/>`,
  };
  return html`<ul class="key">${of.map((who) => html`<li><svg viewBox="0 0 12 12" aria-hidden="true"><g fill="${marks[who].ink}">${shapes[marks[who].shape]}</g></svg>${names(document)[who]}</li>`)}</ul>`;
}

function scoresTable(document: ReleaseComparison): Html {
  const who = everybody(document);
  const all = (one: Who) => modelOf(document, one)?.parts.test?.all;
  const columns: Column[] = [
    { title: "" },
    { title: "0 to 1", kind: "wide" },
    ...who.map((one): Column => ({ title: names(document)[one], kind: "n" })),
    { title: `${document.second.version} against ${document.first.version}`, kind: "n" },
  ];
  const rows = measuresOf(who.map(all)).map(([measure, title]): Fragment[] => [
    title,
    bars(who.map((one) => ({ role: roles[one], value: all(one)?.[measure] }))),
    ...who.map((one) => score(all(one)?.[measure])),
    difference(all("second")?.[measure], all("first")?.[measure]),
  ]);
  return table("Scores on the frames of both", columns, rows);
}

const errorWords = {
  missed: ["missed", "an object that no box came near"],
  background: ["background", "a box where nothing is"],
  confused: ["confused class", "a box on an object of another class"],
  badBox: ["bad box", "the right class, overlapping its object by 0.1 to 0.5"],
  double: ["double", "a second box on an object that is found"],
  both: ["bad box of another class", "both at once"],
} as const;
const kinds = Object.keys(errorWords) as (keyof typeof errorWords)[];

function errorsSection({ behaviour, first, second }: ReleaseComparison): Html {
  const { first: a, second: b } = behaviour;
  const gain = (of: Behaviour, kind: (typeof kinds)[number]) => of.errors?.gains?.[kind] ?? null;
  const times = (of: Behaviour, kind: (typeof kinds)[number]) =>
    of.errors?.counts ? count(of.errors.counts[kind]) : "–";
  const least = (value: number | null) => (value === null ? "–" : signed(value));
  const rows = kinds.map((kind): Fragment[] => [
    html`${errorWords[kind][0]} <span class="dim">${errorWords[kind][1]}</span>`,
    times(a, kind),
    times(b, kind),
    least(gain(a, kind)),
    least(gain(b, kind)),
  ]);
  return html`<p>Each mistake is of one kind (the taxonomy of TIDE). The counts are at each release's frozen confidence; beside them what mAP50 would gain, over all boxes, were every mistake of this kind mended and no other.</p>
${table(
  "Kinds of mistakes",
  [
    { title: "Mistake" },
    { title: first.version, kind: "n" },
    { title: second.version, kind: "n" },
    { title: `mended, ${first.version}`, kind: "n" },
    { title: `mended, ${second.version}`, kind: "n" },
  ],
  rows,
)}`;
}

async function calibrationSection(document: ReleaseComparison): Promise<Html> {
  const { behaviour, first, second } = document;
  const error = (of: Behaviour) => score(of.calibration.error);
  const isOfFrames = document.comparison.primary === "top1";
  const [asked, over, rightAt] = isOfFrames
    ? ["frames whose class it gives a probability", "all frames", "of the most probable class, against what is right"]
    : ["boxes with a confidence", "boxes of 0.1 and more", "against what is right at IoU 0.5"];
  return html`<p>Of the ${asked} of about 0.8, are eight in ten right? On the dashed line they are; below it the model is surer than it should be. Mean distance from the line, over ${over}: ${first.version} ${error(behaviour.first)}, ${second.version} ${error(behaviour.second)}.</p>
${figureOf(await calibrationFigure(document), "Confidence", rightAt, { keys: marksKey(document, ["first", "second"]), width: "narrow" })}`;
}

function sizesSection({ behaviour, first, second }: ReleaseComparison): Html {
  const rows = (behaviour.second.sizes ?? []).map(({ size, objects, recall }, i): Fragment[] => {
    const other = behaviour.first.sizes?.[i]?.recall ?? null;
    const role = [
      { role: "candidate" as const, value: recall },
      { role: "production" as const, value: other },
    ];
    return [size, count(objects), bars(role), score(recall), score(other), difference(recall, other)];
  });
  return html`<p>Recall at the frozen confidences, by the area of the object in pixels of its image: small below 32², medium below 96², large from there on, as COCO counts.</p>
${table(
  "Recall by size",
  [
    { title: "Size" },
    { title: "Objects", kind: "n" },
    { title: "Recall, 0 to 1", kind: "wide" },
    { title: second.version, kind: "n" },
    { title: first.version, kind: "n" },
    { title: "Difference", kind: "n" },
  ],
  rows,
)}`;
}

function framesSection({ first, second }: ReleaseComparison, { better, worse }: ChangedFrames): Html {
  const keys = html`<ul class="key boxes"><li>${boxSwatch("label")}label</li><li>${boxSwatch("candidate")}${second.version}</li><li>${boxSwatch("production")}${first.version}</li></ul>`;
  const list = (frames: ChangedFrames["better"], empty: string) =>
    frames.length === 0
      ? html`<p>${empty}</p>`
      : html`${keys}<div class="frames">${frames.map((frame) =>
          boxFigure(
            frame,
            [
              { kind: "production", name: first.version, boxes: frame.first },
              { kind: "candidate", name: second.version, boxes: frame.second },
              { kind: "label", name: "label", boxes: frame.labels },
            ],
            `${counted(frame.errors.first, "mistake")} by ${first.version}, ${frame.errors.second} by ${second.version}`,
          ),
        )}</div>`;
  return html`<h3>Better</h3>${list(better, `On no frame does ${second.version} make fewer mistakes.`)}<h3>Worse</h3>${list(worse, `On no frame does ${second.version} make more mistakes.`)}`;
}

async function trendSection(document: ReleaseComparison): Promise<Html> {
  const { trend } = document;
  const shown = trendMeasures(document);
  const titles = shown.map(([, title]) => title);
  const missing = trend.releases
    .filter((release) => shown.slice(0, 1).some(([leading]) => (release[leading] ?? null) === null))
    .map(({ version }) => version);
  return html`<p>Every release of the model on the ${counted(trend.frames, "frame")} of the first test set ${trend.testSet}, which stays as it is, with the labels of ${document.second.dataset}, by ${titles.join(" (circles) and ")}${shown.length > 1 && " (squares)"}.${missing.length > 0 && ` Not scored on all of them: ${missing.join(", ")}.`} Looking often at one test set makes the best look better than it is.</p>
${figureOf(await trendFigure(document), "All releases", `on ${trend.testSet}`, { width: "middle" })}
${table(
  "All releases",
  [{ title: "Release" }, ...titles.map((title) => ({ title, kind: "n" as const }))],
  trend.releases.map((release) => [release.version, ...shown.map(([measure]) => score(release[measure]))]),
  "fit",
)}`;
}

function sides(document: ReleaseComparison): Html {
  const line = ({ version, name, dataset, testSet, recipe, runId, predictionsSha256 }: ReleaseComparison["first"]) =>
    [
      version,
      html`${given(name)} = ${dataset} + ${testSet} + recipe ${given(recipe)}, run <code>${runId}</code>, predictions <code>${predictionsSha256}</code>`,
    ] as const;
  return facts("The two releases", [
    line(document.first),
    line(document.second),
    ["Config with the end point", html`<code>${document.configSha256}</code>`],
  ]);
}

/** Of boxes and masks their kinds of mistakes, of whole frames the classes that were taken for one another. */
function errorTable(document: ReleaseComparison): PaperTable {
  const { first, second, behaviour } = document;
  if (behaviour.second.errors === undefined) return confusedTable(document);
  return {
    caption: `Kinds of mistakes of ${first.name} and ${second.name}: counts at the frozen confidence, and what mAP50 would gain were they mended.`,
    label: "tab:errors",
    columns: [
      { title: "mistake" },
      { title: first.version },
      { title: second.version },
      { title: `mended ${first.version}`, digits: 3 },
      { title: `mended ${second.version}`, digits: 3 },
    ],
    rows: kinds.map((kind) => [
      errorWords[kind][0],
      behaviour.first.errors?.counts?.[kind] ?? null,
      behaviour.second.errors?.counts?.[kind] ?? null,
      behaviour.first.errors?.gains?.[kind] ?? null,
      behaviour.second.errors?.gains?.[kind] ?? null,
    ]),
  };
}

function heading(document: ReleaseComparison): Html {
  const { model, first, second, frames, comparison, createdAt } = document;
  const { verdict, reason } = comparison;
  const [word = "", ...rest] = reason.split(": ");
  return html`<header><p class="eyebrow">Comparison of two releases · ${given(model)}</p><h1>${second.version} against ${first.version}</h1>
<p class="facts">${counted(frames.both, "test frame")} of both${frames.onlyFirst + frames.onlySecond > 0 && `; ${frames.onlyFirst} of ${first.version} alone and ${frames.onlySecond} of ${second.version} alone are left out`}. Labels as in ${second.dataset}, for both. Evaluated ${moment(createdAt)}.</p>
<div class="verdict ${verdict}"><p><strong>${word}.</strong> ${rest.join(": ").replace("the candidate", second.version)}</p><p class="after">Both were made before this page; nothing was predicted again, and production stays as it is.</p></div></header>`;
}

/** Equal input gives equal bytes. */
export async function drawComparison(document: ReleaseComparison, changed: ChangedFrames): Promise<ComparisonFiles> {
  const helped = await helpedFigure(document);
  const slices = sliceTable(document);
  const errors = errorTable(document);
  const sections: Section[] = [
    {
      id: "helped",
      title: "Did training help, and on what?",
      body: figureOf(helped, document.comparison.primary, "by operation and other attributes, else by group", {
        keys: marksKey(document, ["base", "first", "second"]),
        width: "middle",
      }),
    },
    {
      id: "scores",
      title: "Scores",
      body: html`${modelsKey(document)}${scoresTable(document)}<h3>How sure is the difference?</h3>${statistics(document, calledOf(document))}`,
    },
    { id: "where", title: "Where it is better, and where worse", body: slicesSection(document, modelsKey(document)) },
    { id: "frames", title: "Frames that changed most", body: framesSection(document, changed) },
    ...(document.behaviour.second.errors === undefined
      ? [{ id: "errors", title: "What is taken for what", body: confusedSection(document) }]
      : [{ id: "errors", title: "Kinds of mistakes", body: errorsSection(document) }]),
    { id: "calibration", title: "Can its confidence be believed?", body: await calibrationSection(document) },
    ...(document.behaviour.second.sizes === undefined
      ? []
      : [{ id: "sizes", title: "Size of the object", body: sizesSection(document) }]),
    { id: "trend", title: "All releases", body: await trendSection(document) },
    { id: "provenance", title: "Where it came from", body: sides(document) },
  ];
  const text = page(
    `${document.model}: ${document.second.version} against ${document.first.version}`,
    html`${heading(document)}
${contents(sections)}
${sectionsOf(sections)}
<footer>This page shows frames: it lies beside the runs, is not signed, and can be erased.</footer>`,
  );
  return {
    "report.html": text,
    "figure.svg": helped,
    "slices.csv": csvOf(slices),
    "slices.tex": latexOf(slices),
    "errors.csv": csvOf(errors),
    "errors.tex": latexOf(errors),
  };
}
