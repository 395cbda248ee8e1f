// A Vega-Lite specification as SVG: no script, no style attribute, the same bytes for the same data. In a page the style sheet
// turns the fixed inks into the colours of the theme; alone, for a paper, they stay as they are.
import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { inks } from "./chart-inks.ts";
import { type Html, html, trusted } from "./html.ts";

/** What every axis looks like. */
export const axisText = {
  labelColor: inks.muted,
  titleColor: inks.muted,
  labelFontSize: 11,
  titleFontSize: 11,
  titleFontWeight: "normal" as const,
  domainColor: inks.line,
  tickColor: inks.line,
  gridColor: inks.line,
};

export async function svgOf(specification: TopLevelSpec): Promise<string> {
  vega.resetSVGDefIds();
  const view = new vega.View(vega.parse(compile(specification).spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}

/** The drawing in a page; its numbers stand in the tables beside it. */
export function figureOf(
  svg: string,
  title: string,
  unit: string,
  { keys, width }: { readonly keys?: Html; readonly width?: "narrow" | "middle" } = {},
): Html {
  const drawn = svg.replace("<svg ", '<svg role="img" aria-hidden="true" focusable="false" ');
  return html`<figure class="chart${width !== undefined && ` ${width}`}"><figcaption>${title} <span>${unit}</span></figcaption>${keys}${trusted(drawn)}</figure>`;
}
