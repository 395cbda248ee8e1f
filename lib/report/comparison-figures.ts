// The figures of a comparison of two releases. Base, first and second differ in shape as well as in colour: they read in print.
import type { TopLevelSpec } from "vega-lite";
import type { ReleaseComparison } from "../contracts/release-comparison.ts";
import { leadingMeasures, measureOfEndPoint, taskOfScores } from "../core/evaluation/measures.ts";
import { inks } from "./chart-inks.ts";
import { axisText, svgOf } from "./draw.ts";

const width = 460;
const rowHeight = 26;
/** Rows of the figure about operations; more would not be read. */
const rowsShown = 30;

/** Which model a mark is of: the base model a triangle, the first release a square, the second a circle. */
export const marks = {
  base: { ink: inks.base, shape: "triangle-up" },
  first: { ink: inks.production, shape: "square" },
  second: { ink: inks.candidate, shape: "circle" },
} as const;
type Who = keyof typeof marks;

interface Row {
  readonly row: string;
  readonly who: Who;
  readonly value: number;
}

const roles = { base: "base", first: "production", second: "candidate" } as const;

/** The values of attributes, or where there are none the groups. */
export function helpedRows({ models, comparison: { primary } }: ReleaseComparison): readonly Row[] {
  const breakdownOf = (who: Who) => models.find(({ role }) => role === roles[who])?.parts.test;
  const measure = measureOfEndPoint(primary) ?? "mAP50";
  const attributes = Object.keys(breakdownOf("second")?.attributes ?? {});
  const slices = (who: Who) => {
    const found = breakdownOf(who);
    if (found === undefined) return [];
    if (attributes.length === 0) return Object.entries(found.groups);
    return attributes.flatMap((name) =>
      Object.entries(found.attributes[name] ?? {}).map(([value, metrics]) => [`${name}: ${value}`, metrics] as const),
    );
  };
  const shown = new Set(
    slices("second")
      .slice(0, rowsShown)
      .map(([name]) => name),
  );
  return (["base", "first", "second"] as const).flatMap((who) =>
    slices(who).flatMap(([row, metrics]) => {
      const value = metrics[measure];
      return value === null || value === undefined || !shown.has(row) ? [] : [{ row, who, value }];
    }),
  );
}

const whoColour = (order: readonly Who[]) => ({
  field: "who",
  type: "nominal" as const,
  scale: { domain: [...order], range: order.map((who) => marks[who].ink) },
  legend: null,
});
const whoShape = (order: readonly Who[]) => ({
  field: "who",
  type: "nominal" as const,
  scale: { domain: [...order], range: order.map((who) => marks[who].shape) },
  legend: null,
});

const base = {
  background: "transparent",
  padding: 4,
  config: { view: { stroke: null }, aria: false },
} as const;

/** Did training help, and on what? */
export async function helpedFigure(document: ReleaseComparison): Promise<string> {
  const rows = helpedRows(document);
  const names = [...new Set(rows.map(({ row }) => row))];
  const order = ["base", "first", "second"] as const;
  const y = {
    field: "row",
    type: "nominal" as const,
    sort: names,
    axis: { ...axisText, title: null, ticks: false, domain: false, grid: true, labelLimit: 190, labelPadding: 8 },
  };
  const x = {
    field: "value",
    type: "quantitative" as const,
    scale: { domain: [0, 1] },
    axis: { ...axisText, title: document.comparison.primary, tickCount: 5, domain: false, ticks: false },
  };
  return svgOf({
    ...base,
    width,
    height: Math.max(60, names.length * rowHeight),
    data: { values: [...rows] },
    layer: [
      {
        mark: { type: "line", color: inks.muted, strokeWidth: 1.5 },
        encoding: { x, y, detail: { field: "row", type: "nominal" } },
      },
      {
        mark: { type: "point", filled: true, size: 95, opacity: 1 },
        encoding: { x, y, color: whoColour(order), shape: whoShape(order) },
      },
    ],
  } as TopLevelSpec);
}

/** Confidence against the share of right boxes; on the diagonal it can be believed. */
export async function calibrationFigure({ behaviour }: ReleaseComparison): Promise<string> {
  const order = ["first", "second"] as const;
  const values = order.flatMap((who) =>
    behaviour[who].calibration.bins.flatMap(({ confidence, right, boxes }) =>
      confidence === null || right === null ? [] : [{ who, confidence, right, boxes }],
    ),
  );
  const x = {
    field: "confidence",
    type: "quantitative" as const,
    scale: { domain: [0, 1] },
    axis: { ...axisText, title: "mean confidence", tickCount: 5, grid: false },
  };
  const y = {
    field: "right",
    type: "quantitative" as const,
    scale: { domain: [0, 1] },
    axis: { ...axisText, title: "share of right boxes", tickCount: 5, domain: false, ticks: false },
  };
  const ends = [
    { confidence: 0, right: 0 },
    { confidence: 1, right: 1 },
  ];
  return svgOf({
    ...base,
    width: 300,
    height: 300,
    layer: [
      { data: { values: ends }, mark: { type: "line", color: inks.muted, strokeDash: [5, 4] }, encoding: { x, y } },
      {
        data: { values },
        mark: { type: "line", strokeWidth: 2 },
        encoding: { x, y, color: whoColour(order), order: { field: "confidence", type: "quantitative" } },
      },
      {
        data: { values },
        mark: { type: "point", filled: true, size: 60, opacity: 1 },
        encoding: { x, y, color: whoColour(order), shape: whoShape(order) },
      },
    ],
  } as TopLevelSpec);
}

/** What releases are followed by, with its title; the first leads. */
export function trendMeasures({ models }: ReleaseComparison) {
  const task = taskOfScores(models.map(({ parts }) => parts.test?.all));
  return leadingMeasures(task).slice(0, 2);
}

/** Every release on the first frozen test set. */
export async function trendFigure(document: ReleaseComparison): Promise<string> {
  const { trend } = document;
  const measures = trendMeasures(document).map(([of, measure], i) => ({
    of,
    measure,
    ink: i === 0 ? inks.s1 : inks.s2,
    shape: i === 0 ? "circle" : "square",
  }));
  const values = trend.releases.flatMap((release) =>
    measures.flatMap(({ of, measure }) => {
      const value = release[of] ?? null;
      return value === null ? [] : [{ version: release.version, measure, value }];
    }),
  );
  const scaleOf = (of: "ink" | "shape") => ({
    domain: measures.map(({ measure }) => measure),
    range: measures.map((one) => one[of]),
  });
  const x = {
    field: "version",
    type: "ordinal" as const,
    sort: trend.releases.map(({ version }) => version),
    scale: { domain: trend.releases.map(({ version }) => version) },
    axis: { ...axisText, title: null, labelAngle: 0, grid: false },
  };
  const y = {
    field: "value",
    type: "quantitative" as const,
    scale: { domain: [0, 1] },
    axis: { ...axisText, title: null, tickCount: 5, domain: false, ticks: false },
  };
  const color = { field: "measure", type: "nominal" as const, scale: scaleOf("ink"), legend: null };
  return svgOf({
    ...base,
    width,
    height: 200,
    data: { values },
    layer: [
      { mark: { type: "line", strokeWidth: 2 }, encoding: { x, y, color } },
      {
        mark: { type: "point", filled: true, size: 70, opacity: 1 },
        encoding: {
          x,
          y,
          color,
          shape: { field: "measure", type: "nominal", scale: scaleOf("shape"), legend: null },
        },
      },
    ],
  } as TopLevelSpec);
}
