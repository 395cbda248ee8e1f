// The figure of Stage A: the recall of each group with the interval of their mean, and how sure the model is of its surest box.
import type { TopLevelSpec } from "vega-lite";
import type { Measurement } from "../contracts/measurement.ts";
import { inks } from "./chart-inks.ts";
import { axisText, svgOf } from "./draw.ts";

/** Groups drawn with their names; of more only the points. */
const namedGroups = 45;
const panel = { width: 340, least: 150, most: 520 };

function recallPanel({ groups, recall }: Measurement, height: number) {
  const values = Object.entries(groups).flatMap(([group, tally]) =>
    tally.recall === null ? [] : [{ group, recall: tally.recall }],
  );
  const { interval, threshold, value } = recall;
  const x = {
    field: "recall",
    type: "quantitative" as const,
    scale: { domain: [0, 1] },
    axis: {
      ...axisText,
      title: "mean recall of the group's frames at IoU 0.5",
      tickCount: 5,
      domain: false,
      ticks: false,
    },
  };
  const named = values.length <= namedGroups;
  const rule = (at: number, ink: string, dash: number[]) => ({
    data: { values: [{ recall: at }] },
    mark: { type: "rule" as const, color: ink, strokeWidth: 1.5, strokeDash: dash },
    encoding: { x },
  });
  return {
    width: panel.width,
    height,
    layer: [
      ...(interval === null
        ? []
        : [
            {
              data: { values: [{ recall: interval.low, high: interval.high }] },
              mark: { type: "rect" as const, color: inks.s1, opacity: 0.16 },
              encoding: { x, x2: { field: "high" } },
            },
          ]),
      ...(value === null ? [] : [rule(value, inks.s1, [1, 0])]),
      rule(threshold, inks.s2, [6, 4]),
      {
        data: { values },
        mark: { type: "point" as const, filled: true, size: 36, color: inks.ink, opacity: 1 },
        encoding: {
          x,
          y: {
            field: "group",
            type: "nominal" as const,
            sort: { field: "recall", order: "ascending" as const },
            axis: {
              ...axisText,
              title: null,
              labels: named,
              ticks: false,
              domain: false,
              labelLimit: 150,
              labelPadding: 9,
            },
          },
        },
      },
    ],
  };
}

function confidencePanel({ topConfidence, protocol }: Measurement, height: number) {
  const bars = (kind: "shown" | "empty") =>
    topConfidence[kind].map((frames, bin) => ({ from: bin / 20, to: (bin + 1) / 20, frames }));
  const x = {
    field: "from",
    type: "quantitative" as const,
    scale: { domain: [0, 1] },
    axis: { ...axisText, title: "highest confidence in the frame", tickCount: 5, grid: false },
  };
  const y = {
    field: "frames",
    type: "quantitative" as const,
    axis: { ...axisText, title: "frames", tickCount: 5, domain: false, ticks: false, format: "d", tickMinStep: 1 },
  };
  return {
    width: panel.width,
    height,
    layer: [
      {
        data: { values: bars("shown") },
        mark: { type: "rect" as const, color: inks.s1, opacity: 1 },
        encoding: { x, x2: { field: "to" }, y, y2: { datum: 0 } },
      },
      {
        data: { values: bars("empty").filter(({ frames }) => frames > 0) },
        mark: { type: "rect" as const, filled: false, stroke: inks.ink, strokeWidth: 1.5 },
        encoding: { x, x2: { field: "to" }, y, y2: { datum: 0 } },
      },
      {
        data: { values: [{ from: protocol.medianConfidence }] },
        mark: { type: "rule" as const, color: inks.s2, strokeWidth: 1.5, strokeDash: [6, 4] },
        encoding: { x },
      },
    ],
  };
}

export async function measurementFigure(measurement: Measurement): Promise<string> {
  const { groups } = measurement;
  const height = Math.min(panel.most, Math.max(panel.least, Object.keys(groups).length * 16));
  const specification = {
    background: "transparent",
    padding: 4,
    hconcat: [recallPanel(measurement, height), confidencePanel(measurement, Math.min(height, 220))],
    spacing: 40,
    config: { view: { stroke: null }, aria: false },
  } as TopLevelSpec;
  return svgOf(specification);
}
