// Line charts as SVG, drawn by Vega-Lite on our side: no script, no style attribute, the same bytes for the same data.
import type { TopLevelSpec } from "vega-lite";
import { inks, series } from "./chart-inks.ts";
import { svgOf } from "./draw.ts";
import { type Html, html, trusted } from "./html.ts";

/** One line: `dashed` sets validation apart from training without a second colour. */
export interface Line {
  readonly name: string;
  readonly dashed: boolean;
  readonly points: readonly { readonly x: number; readonly y: number | null }[];
}

export interface LineChart {
  readonly title: string;
  /** What the axis counts, after the title. */
  readonly unit: string;
  readonly lines: readonly Line[];
  /** Ends of the y axis; default: from the data. */
  readonly domain?: readonly [number, number];
}

const size = { width: 420, height: 190 };
const text = {
  labelColor: inks.muted,
  titleColor: inks.muted,
  labelFontSize: 11,
  titleFontSize: 11,
  titleFontWeight: "normal" as const,
};

function specification(chart: LineChart): TopLevelSpec {
  const names = [...new Set(chart.lines.map(({ name }) => name))];
  const lastX = Math.max(2, ...chart.lines.flatMap(({ points }) => points.map(({ x }) => x)));
  const values = chart.lines.flatMap(({ name, dashed, points }) =>
    points.flatMap(({ x, y }) =>
      y === null ? [] : [{ epoch: x, value: y, name, kind: dashed ? "validation" : "training" }],
    ),
  );
  return {
    ...size,
    background: "transparent",
    padding: { left: 2, right: 10, top: 2, bottom: 2 },
    autosize: { type: "fit", contains: "padding" },
    data: { values },
    mark: { type: "line", strokeWidth: 2, point: values.length <= 80 ? { size: 20, filled: true } : false },
    encoding: {
      x: {
        field: "epoch",
        type: "quantitative",
        scale: { domain: [1, lastX], nice: false },
        axis: {
          ...text,
          title: "epoch",
          format: "d",
          tickMinStep: 1,
          tickCount: 6,
          grid: false,
          domainColor: inks.line,
          tickColor: inks.line,
        },
      },
      y: {
        field: "value",
        type: "quantitative",
        scale: chart.domain === undefined ? { zero: true } : { domain: [...chart.domain] },
        axis: {
          ...text,
          title: null,
          tickCount: 5,
          gridColor: inks.line,
          domain: false,
          ticks: false,
          labelPadding: 6,
        },
      },
      color: {
        field: "name",
        type: "nominal",
        scale: { domain: names, range: names.map((_, index) => series[index % series.length] ?? inks.s1) },
        legend: null,
      },
      strokeDash: {
        field: "kind",
        type: "nominal",
        scale: {
          domain: ["training", "validation"],
          range: [
            [1, 0],
            [5, 4],
          ],
        },
        legend: null,
      },
      detail: { field: "kind", type: "nominal" },
    },
    config: { view: { stroke: null }, aria: false },
  };
}

/** What the colours and dashes mean, in the page's own type, so that long names wrap. */
function key(chart: LineChart): Html | null {
  const names = [...new Set(chart.lines.map(({ name }) => name))];
  const swatch = (ink: string, dashed: boolean) =>
    html`<svg viewBox="0 0 24 8" aria-hidden="true"><line x1="0" y1="4" x2="24" y2="4" stroke="${ink}" stroke-width="3"${dashed && trusted(' stroke-dasharray="6 4"')}/></svg>`;
  const kinds = new Set(chart.lines.map(({ dashed }) => dashed)).size > 1;
  if (names.length < 2 && !kinds) return null;
  return html`<ul class="key lines">${names.map((name, index) => html`<li>${swatch(series[index % series.length] ?? inks.s1, false)}${name}</li>`)}${
    kinds && html`<li>${swatch(inks.muted, false)}training</li><li>${swatch(inks.muted, true)}validation</li>`
  }</ul>`;
}

/** A figure with its chart; its numbers stand in results.csv and metrics.json of the release. */
export async function lineChart(chart: LineChart): Promise<Html> {
  const svg = await svgOf(specification(chart));
  const drawn = svg.replace("<svg ", '<svg role="img" aria-hidden="true" focusable="false" ');
  return html`<figure class="chart"><figcaption>${chart.title} <span>${chart.unit}</span></figcaption>${key(chart)}${trusted(drawn)}</figure>`;
}
