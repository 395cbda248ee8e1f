// The page of Stage A: is the off-the-shelf model enough? Its figure and its table also stand beside it, for a paper.
import type { FrameTally, Measurement } from "../contracts/measurement.ts";
import { fewestForSufficient } from "../core/evaluation/sufficiency.ts";
import type { MeasurementFiles } from "../core/steps/need-training.ts";
import { isOfFrames } from "../core/tasks.ts";
import { figureOf } from "./draw.ts";
import { count, counted, moment, percent, score } from "./format.ts";
import { type Fragment, type Html, html } from "./html.ts";
import { measurementFigure } from "./measurement-figure.ts";
import { contents, page, type Section, sectionsOf } from "./page.ts";
import { facts, given, table, tiles } from "./parts/common.ts";
import { csvOf, latexOf, type PaperTable } from "./tables.ts";

const tones = { sufficient: "promote", insufficient: "hold", inconclusive: "inconclusive" } as const;
const consequences = {
  sufficient:
    "A first training is refused, unless somebody says in writing why it is wanted all the same; the release then keeps these words.",
  insufficient: "Training is worth its price: the model as it is misses the plan.",
  inconclusive: "These groups cannot tell. A training is not refused; nothing is claimed of the model as it is.",
} as const;

const perFrame = ({ falsePositives, frames }: FrameTally) => (frames === 0 ? null : falsePositives / frames);

function slices({
  groups,
  attributes,
}: Measurement): readonly (readonly [string, Readonly<Record<string, FrameTally>>])[] {
  return [...Object.entries(attributes), ["group", groups]];
}

interface Words {
  readonly recall: (of: Measurement) => string;
  readonly counts: (of: Measurement) => string;
  readonly protocol: (of: Measurement) => string;
  readonly shown: string;
  readonly surest: string;
  readonly things: string;
}

const ofObjects: Words = {
  recall: ({ protocol }) =>
    `recall at IoU ${protocol.iou} and confidence ${protocol.confidence} (mean over frames that show an object`,
  counts: ({ protocol }) =>
    `A box counts from a confidence of ${protocol.confidence} on and is right at an IoU of ${protocol.iou}.`,
  protocol: ({ protocol }) =>
    `${protocol.imgsz} px, suppression IoU ${protocol.nmsIou}, at most ${protocol.maxDetections} boxes`,
  shown: "show an object",
  surest: "of the surest box",
  things: "Objects",
};
const ofWholeFrames: Words = {
  recall: ({ protocol }) =>
    `share of frames whose class is the most probable one, with at least ${protocol.confidence} (mean over frames`,
  counts: ({ protocol }) =>
    `A frame is right where its class is the most probable one, and counts from a probability of ${protocol.confidence} on.`,
  protocol: ({ protocol }) => `${protocol.imgsz} px, the middle of each frame`,
  shown: "have a class",
  surest: "of the most probable class",
  things: "Frames",
};
const wordsOf = ({ task }: Measurement) => (isOfFrames(task ?? "detect") ? ofWholeFrames : ofObjects);

/** Everything that was counted, as one table. */
export function measurementTable(measurement: Measurement): PaperTable {
  const row = (what: string, name: string, tally: FrameTally) => [
    what,
    name,
    tally.groups,
    tally.frames,
    tally.objects,
    tally.found,
    tally.recall,
    tally.medianConfidence,
    perFrame(tally),
  ];
  const { base, protocol, all } = measurement;
  const { medianConfidence } = protocol;
  const words = wordsOf(measurement);
  return {
    caption: `${base.name} without training on ${counted(all.frames, "frame")} of ${measurement.source.name}: ${words.recall(measurement)}; plan ${measurement.recall.threshold}), median of the highest confidence in a frame (plan ${medianConfidence}), false positives a frame.`,
    label: "tab:measurement",
    columns: [
      { title: "by" },
      { title: "name" },
      { title: "groups" },
      { title: "frames" },
      { title: "objects" },
      { title: "found" },
      { title: "recall", digits: 3 },
      { title: "median confidence", digits: 3 },
      { title: "false positives", digits: 2 },
    ],
    rows: [
      row("all", "all frames", all),
      ...slices(measurement).flatMap(([what, tallies]) =>
        Object.entries(tallies).map(([name, tally]) => row(what, name, tally)),
      ),
    ],
  };
}

function tallyTable(what: string, things: string, tallies: Readonly<Record<string, FrameTally>>): Html {
  const weakest = Object.entries(tallies).sort(([, a], [, b]) => (a.recall ?? 2) - (b.recall ?? 2));
  return table(
    `By ${what}`,
    [
      { title: what },
      { title: "Groups", kind: "n" },
      { title: "Frames", kind: "n" },
      { title: things, kind: "n" },
      { title: "Found", kind: "n" },
      { title: "Recall", kind: "n" },
      { title: "Median confidence", kind: "n" },
      { title: "False positives a frame", kind: "n" },
      { title: "Frames with any", kind: "n" },
    ],
    weakest.map(([name, tally]): Fragment[] => [
      given(name),
      count(tally.groups),
      count(tally.frames),
      count(tally.objects),
      count(tally.found),
      score(tally.recall),
      score(tally.medianConfidence),
      perFrame(tally)?.toFixed(2) ?? "–",
      count(tally.framesWithFalsePositives),
    ]),
  );
}

const states = { reached: "reached", missed: "missed", open: "open" } as const;

function endPointText({ value, interval, range, threshold, state }: Measurement["recall"]): Html {
  if (value === null || interval === null || range === null) return html`nothing to look at`;
  return html`${score(value)}, 95 % interval ${score(interval.low)} to ${score(interval.high)}; wanted ${threshold}: <strong>${states[state]}</strong>. The lowest group has ${score(range.low)}, the highest ${score(range.high)}.`;
}

function answerSection(measurement: Measurement): Html {
  const { recall, confidence, moreGroups } = measurement;
  const { medianConfidence } = measurement.protocol;
  return html`${facts("The two questions", [
    ["Recall", endPointText(recall)],
    [`Frames as sure as ${medianConfidence}`, endPointText(confidence)],
    [
      "What would decide it",
      measurement.answer !== "inconclusive"
        ? "it is decided"
        : moreGroups === null
          ? "no number of groups like these was found that would"
          : `${counted(moreGroups, "more group")} like these would, four times in five (simulated)`,
    ],
  ])}
<p class="note">${wordsOf(measurement).counts(measurement)} Each group counts the same, however many frames it has. Half of the frames with a highest confidence of ${medianConfidence} or more means a median of at least that. The interval assumes nothing of how groups differ: a further group may be anything from 0 to 1. So it is wide where groups are few, and with fewer than ${fewestForSufficient(recall.threshold)} groups not even a perfect result shows a recall of ${recall.threshold}.</p>`;
}

function provenance(of: Measurement): Html {
  const { runId, base, framesSha256, predictionsSha256, configSha256 } = of;
  return facts("Where it came from", [
    ["Run", html`<code>${runId}</code>`],
    ["Model", html`${given(base.name)}${base.official ? "" : ", not an official file"}, <code>${base.sha256}</code>`],
    ["Frames and labels", html`<code>${framesSha256}</code>`],
    ["Predictions", html`<code>${predictionsSha256}</code>`],
    ["Config, with the thresholds", html`<code>${configSha256}</code>`],
    ["Protocol", wordsOf(of).protocol(of)],
  ]);
}

/** Equal input gives equal bytes. */
export async function drawMeasurement(measurement: Measurement): Promise<MeasurementFiles> {
  const figure = await measurementFigure(measurement);
  const paper = measurementTable(measurement);
  const { all, base, source, topConfidence, answer, reason } = measurement;
  const empty = topConfidence.empty.reduce((sum, frames) => sum + frames, 0);
  const sections: Section[] = [
    { id: "answer", title: "Is it enough?", body: answerSection(measurement) },
    {
      id: "figure",
      title: "Group by group, and how sure",
      body: html`<p>Left: points are groups, the line their mean with its 95 % interval, dashed the plan. Right: frames by their highest confidence, filled those that ${wordsOf(measurement).shown}${empty > 0 && `, outlined the ${count(empty)} that show none`}; dashed the plan.</p>${figureOf(figure, "Recall and confidence", "without training")}`,
    },
    ...slices(measurement).map(([what, tallies], index) => ({
      id: `by-${index}`,
      title: `By ${what}`,
      body: tallyTable(what, wordsOf(measurement).things, tallies),
    })),
    { id: "provenance", title: "Where it came from", body: provenance(measurement) },
  ];
  const words = reason.replace(/^\w+:\s*/, "");
  const text = page(
    `${measurement.model}: measured before training`,
    html`<header><p class="eyebrow">Stage A · ${given(measurement.project)}</p><h1>${given(base.name)} on ${given(source.name)}, before any training</h1>
<p class="facts">${counted(all.frames, "labelled frame")} in ${counted(all.groups, "group")} (${given(source.format)}), measured ${moment(measurement.createdAt)}.</p>
<div class="verdict ${tones[answer]}"><p><strong>${answer.slice(0, 1).toUpperCase()}${answer.slice(1)}.</strong> ${words.slice(0, 1).toUpperCase()}${words.slice(1)}</p><p class="after">${consequences[answer]}</p></div>
${tiles([
  { label: "Recall", value: score(all.recall), aside: "mean over frames" },
  { label: "Median confidence", value: score(all.medianConfidence), aside: wordsOf(measurement).surest },
  {
    label: `${wordsOf(measurement).things} found`,
    value: all.objects === 0 ? "–" : percent(all.found / all.objects),
    aside: `of ${count(all.objects)}`,
  },
  { label: "False positives", value: perFrame(all)?.toFixed(2) ?? "–", aside: "a frame" },
])}</header>
${contents(sections)}
${sectionsOf(sections)}`,
  );
  return { "report.html": text, "figure.svg": figure, "table.csv": csvOf(paper), "table.tex": latexOf(paper) };
}
