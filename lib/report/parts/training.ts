// How it was trained: the curves as Ultralytics reports them, its plots, the recipe and the machine.

import type { Task } from "../../contracts/common.ts";
import type { TrainingMetrics } from "../../contracts/job.ts";
import type { ReportInput } from "../../core/registry/report-input.ts";
import { isOfFrames } from "../../core/tasks.ts";
import { type Line, type LineChart, lineChart } from "../chart.ts";
import { count, counted, duration } from "../format.ts";
import { type Fragment, type Html, html } from "../html.ts";
import { facts, given, plots, table } from "./common.ts";

type Epoch = TrainingMetrics["epochs"][number];

function line(
  name: string,
  epochs: readonly Epoch[],
  pick: (epoch: Epoch) => number | null | undefined,
  dashed = false,
): Line {
  return { name, dashed, points: epochs.map((epoch) => ({ x: epoch.epoch, y: pick(epoch) ?? null })) };
}

const known = (lines: readonly Line[]) => lines.filter(({ points }) => points.some(({ y }) => y !== null));
const keysOf = (epochs: readonly Epoch[], pick: (epoch: Epoch) => Readonly<Record<string, unknown>>) => [
  ...new Set(epochs.flatMap((epoch) => Object.keys(pick(epoch)))),
];

/** Epochs with a validation: where it was off, Ultralytics writes 0 for every figure of it. */
function validated(epochs: readonly Epoch[]): readonly Epoch[] {
  const last = epochs.at(-1);
  const figures = ({ metrics, losses }: Epoch) => [...Object.values(metrics), ...Object.values(losses.val)];
  return epochs.filter((epoch) => epoch === last || figures(epoch).some((value) => (value ?? 0) !== 0));
}

/** boxLoss is box, in a chart of losses. */
const lossName = (name: string) => name.replace(/Loss$/, "");

function charts(epochs: readonly Epoch[]): LineChart[] {
  const losses = keysOf(epochs, ({ losses: of }) => ({ ...of.train, ...of.val }));
  const seen = validated(epochs);
  const ofMetrics = (wanted: readonly string[]) =>
    known(wanted.map((name) => line(name, seen, ({ metrics }) => metrics[name])));
  const byUltralytics = seen.length === 1 ? "on val, by Ultralytics, measured once" : "on val, by Ultralytics";
  const rates = Math.max(0, ...epochs.map(({ learningRates }) => learningRates.length));
  const list: LineChart[] = [
    {
      title: "Losses",
      unit: "per epoch",
      lines: known(
        losses.flatMap((name) => [
          line(lossName(name), epochs, ({ losses: of }) => of.train[name]),
          line(lossName(name), seen, ({ losses: of }) => of.val[name], true),
        ]),
      ),
    },
    {
      title: "mAP",
      unit: byUltralytics,
      lines: ofMetrics(["mAP50", "mAP50-95"]),
      domain: [0, 1],
    },
    {
      title: "Precision and recall",
      unit: byUltralytics,
      lines: ofMetrics(["precision", "recall"]),
      domain: [0, 1],
    },
    {
      title: "mAP of masks",
      unit: byUltralytics,
      lines: ofMetrics(["mAP50.mask", "mAP50-95.mask"]),
      domain: [0, 1],
    },
    {
      title: "Accuracy",
      unit: byUltralytics,
      lines: ofMetrics(["accuracyTop1", "accuracyTop5"]),
      domain: [0, 1],
    },
    {
      title: "Learning rate",
      unit: "by parameter group",
      lines: known(
        Array.from({ length: rates }, (_, index) =>
          line(`group ${index}`, epochs, ({ learningRates }) => learningRates[index]),
        ),
      ),
    },
  ];
  return list.filter(({ lines }) => lines.length > 0);
}

/** Two digits, never broken at the minus of an exponent. */
const small = (value: number) =>
  (value !== 0 && value < 1e-3 ? value.toExponential(1) : value.toPrecision(2)).replace("-", "\u2011");

/** What Ultralytics chooses the best epoch by. */
const bestBy: Readonly<Record<Task, string>> = {
  detect: "mAP50-95",
  segment: "mAP50-95",
  classify: "the mean of top-1 and top-5",
};

export async function trainingSection({ training, train, release, recipe }: ReportInput): Promise<Html> {
  const drawn: Html[] = [];
  for (const chart of charts(training.epochs)) drawn.push(await lineChart(chart));
  const { environment } = train;
  const rows: (readonly [string, Fragment])[] = [
    [
      "Epochs",
      `${count(train.epochs)}; the best by ${bestBy[release.task]} on val was epoch ${count(train.bestEpoch)}, and its weights are the release`,
    ],
    ["Speed", `${train.imagesPerSecond.toFixed(1)} images a second, training and validation together`],
    [
      "Machine",
      html`${given(environment.processor)}, ${release.trainer.device}, ${counted(environment.threads, "thread")}`,
    ],
    [
      "Software",
      html`Ultralytics ${given(environment.ultralytics)}, torch ${given(environment.torch)}, Python ${given(environment.python)}, ${given(environment.platform)}`,
    ],
    [
      "ONNX against .pt",
      `at most ${isOfFrames(release.task) ? "" : `${small(train.onnx.parity.maxBoxPixels)} px and `}${small(train.onnx.parity.maxScore)} in ${isOfFrames(release.task) ? "probability" : "score"}, on ${counted(train.onnx.parity.frames, "real frame")}; opset ${train.onnx.opset}`,
    ],
  ];
  return html`<p>These curves are Ultralytics' own figures, on val, while it trained. They show how the training went; the scores above are Bobbin's and differ by protocol.</p>
<div class="charts">${drawn}</div>
${facts("Training", rows)}
${recipeTable(recipe)}`;
}

function recipeTable(recipe: ReportInput["recipe"]): Html {
  const entries = Object.entries(recipe.args).sort(([a], [b]) => (a < b ? -1 : 1));
  return html`<details class="more"><summary>Recipe ${given(recipe.name)}: ${counted(entries.length, "argument")} that differ from Ultralytics' defaults or are said outright</summary>
${recipe.description !== "" && html`<p>${given(recipe.description)}</p>`}
${table(
  "Recipe",
  [{ title: "Argument" }, { title: "Value", kind: "long" }],
  entries.map(([name, value]) => [html`<code>${name}</code>`, html`<code>${String(value)}</code>`]),
)}</details>`;
}

const captions: Readonly<Record<string, string>> = {
  "results.png": "Losses and metrics by epoch",
  "confusion_matrix.png": "Confusion matrix",
  "confusion_matrix_normalized.png": "Confusion matrix, normalised",
  "labels.jpg": "Classes, positions and sizes of the training labels",
};
const curves: Readonly<Record<string, string>> = {
  F1: "F1 by confidence",
  P: "Precision by confidence",
  R: "Recall by confidence",
  PR: "Precision by recall",
};

function caption(name: string): string {
  const [, , curve] = /^(Box|Mask|Pose)?(F1|PR|P|R)_curve\.png$/.exec(name) ?? [];
  return captions[name] ?? (curve === undefined ? name : (curves[curve] ?? name));
}

export function plotsSection({ plots: pictures }: ReportInput): Html | null {
  if (pictures.length === 0) return null;
  return html`<p>Drawn by Ultralytics on val with its own evaluator. Click one to enlarge it.</p>${plots(pictures, caption)}`;
}

const stateWords: Readonly<Record<string, string>> = {
  Admit: "Admit",
  Ingest: "Ingest: read, check, hash",
  Split: "Split",
  Reserve: "Reserve",
  BuildImage: "Build image",
  Train: "Train",
  Predict: "Predict: every model, every frame",
  Compare: "Compare",
};

export function costSection({ states, release }: ReportInput): Html {
  const total = states.reduce((sum, { seconds }) => sum + seconds, 0);
  const longest = Math.max(1e-9, ...states.map(({ seconds }) => seconds));
  const bar = (seconds: number) =>
    html`<svg class="bars" aria-hidden="true" focusable="false"><rect class="fill-candidate" x="0" y="22%" width="${Math.max(0.4, (seconds / longest) * 100).toFixed(2)}%" height="56%" rx="1.5"/></svg>`;
  const rows = states.map(({ state, seconds }): Fragment[] => [
    stateWords[state] ?? state,
    bar(seconds),
    duration(seconds),
  ]);
  const { cost } = release;
  const money =
    cost.settled === null
      ? `at most ${dollarsOf(cost.promised)}, the sum promised before the first job started`
      : `${dollarsOf(cost.settled)} of ${dollarsOf(cost.promised)} promised`;
  return html`<p>Cost: ${money}. Time from the first state to the comparison: ${duration(total)}.</p>
${table("Time by state", [{ title: "State" }, { title: "", kind: "wide" }, { title: "Time", kind: "n" }], rows, "fit")}`;
}

const dollarsOf = (micro: number) => `$${(micro / 1_000_000).toFixed(2)}`;
