// The page of `bobbin agreement --page`: the figures with their definitions, and the frames to talk about with both people's boxes.
import type { AgreementAnswer } from "../contracts/agreement.ts";
import type { DrawnBox, PagePicture } from "../core/registry/report-input.ts";
import { count, counted, none, score } from "./format.ts";
import { type Fragment, type Html, html } from "./html.ts";
import { contents, page, type Section, sectionsOf } from "./page.ts";
import { type Column, given, table } from "./parts/common.ts";

export interface TalkFrame {
  readonly name: string;
  readonly group: string;
  readonly why: string;
  readonly width: number;
  readonly height: number;
  /** null: neither export holds the image. */
  readonly picture: PagePicture | null;
  readonly a: readonly DrawnBox[];
  readonly b: readonly DrawnBox[];
}

const comparedOf = ({ task }: AgreementAnswer) => (task === "classify" ? "tags" : "boxes");

const bounds = (range: { readonly low: number; readonly high: number } | null) =>
  range === null ? none : `${score(range.low)} to ${score(range.high)}`;

function figureTable({ figures, gate, groups, task }: AgreementAnswer): Html {
  const columns: Column[] = [
    { title: "Figure" },
    { title: "Value", kind: "n" },
    { title: "95 % interval", kind: "n" },
    { title: "Range over groups", kind: "n" },
    { title: "What it is", kind: "long" },
  ];
  const rows = Object.entries(figures).map(([name, { value, interval, range, definition }]): Fragment[] => [
    html`${name}${name === gate.figure && html` <span class="dim">(the gate)</span>`}`,
    score(value),
    bounds(interval),
    bounds(range),
    definition,
  ]);
  return html`${table("Agreement", columns, rows)}
<p class="note">Intervals are Tukey's jackknife over ${counted(groups, "group")} with Student's t, of the logarithm of 1 − figure, and printed from 20 groups on.${task === "classify" && " A tag counts as a box around the whole frame, so an overlap says nothing here."} A range over groups is the lowest and the highest group, and no interval.</p>`;
}

function classTable(answer: AgreementAnswer): Html {
  const compared = comparedOf(answer);
  const columns: Column[] = [
    { title: "Class" },
    { title: `${compared === "tags" ? "Tags" : "Boxes"} of A`, kind: "n" },
    { title: `${compared === "tags" ? "Tags" : "Boxes"} of B`, kind: "n" },
    { title: "Both, same class", kind: "n" },
    { title: "F1", kind: "n" },
    { title: "κ of presence", kind: "n" },
  ];
  const rows = answer.classes.map((each): Fragment[] => [
    given(each.class),
    count(each.boxesA),
    count(each.boxesB),
    count(each.same),
    score(each.f1SameClass),
    score(each.kappaPresence),
  ]);
  return table("Agreement by class", columns, rows);
}

function crossTable({ table: counts, classes, task }: AgreementAnswer): Html {
  const names = [...classes.map((each) => each.class), task === "classify" ? "no tag" : "no box"];
  const columns: Column[] = [
    { title: "A ↓  B →" },
    ...names.map((name): Column => ({ title: given(name), kind: "n" })),
  ];
  return table(
    "Who called it what",
    columns,
    counts.map((row, at): Fragment[] => [given(names[at] ?? ""), ...row.map(count)]),
    "fit",
  );
}

function rectangle({ box: [x1, y1, x2, y2], class: name }: DrawnBox, kind: "candidate" | "base"): Html {
  const at = html`x="${x1.toFixed(1)}" y="${y1.toFixed(1)}" width="${Math.max(0, x2 - x1).toFixed(1)}" height="${Math.max(0, y2 - y1).toFixed(1)}"`;
  return html`<rect class="box box-under" ${at}/><rect class="box box-${kind}" ${at}><title>${kind === "candidate" ? "A" : "B"}: ${name}</title></rect>`;
}

function figure({ name, group, why, width, height, picture, a, b }: TalkFrame): Html {
  const image =
    picture !== null &&
    html`<image href="data:${picture.mime};base64,${Buffer.from(picture.bytes).toString("base64")}" width="${width}" height="${height}" preserveAspectRatio="none"/>`;
  return html`<figure class="frame"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${name}: ${why}">
${image}
${b.map((box) => rectangle(box, "base"))}${a.map((box) => rectangle(box, "candidate"))}
</svg><figcaption><strong>${why}</strong> · ${given(name)} <span class="dim">group ${given(group)}</span></figcaption></figure>`;
}

const swatch = (kind: string) =>
  html`<svg viewBox="0 0 24 12" aria-hidden="true"><rect class="box box-under" x="2" y="2" width="20" height="8"/><rect class="box box-${kind}" x="2" y="2" width="20" height="8"/></svg>`;

/** Equal input gives equal bytes. */
export function renderAgreement(answer: AgreementAnswer, frames: readonly TalkFrame[]): string {
  const { gate, disagreements } = answer;
  const key = html`<ul class="key boxes"><li>${swatch("candidate")}A: ${given(answer.a)}</li><li>${swatch("base")}B: ${given(answer.b)}</li></ul>`;
  const shown =
    frames.length === 0
      ? html`<p>There is no frame on which they differ.</p>`
      : html`<p>${counted(disagreements.length, "frame")} on which they differ; ${frames.length < disagreements.length ? `the ${count(frames.length)} on which they differ most` : "all of them"}. Point at a box for its class.</p>${key}<div class="frames">${frames.map(figure)}</div>`;
  const sections: Section[] = [
    { id: "figures", title: "The figures", body: figureTable(answer) },
    { id: "classes", title: "By class", body: html`${classTable(answer)}${crossTable(answer)}` },
    { id: "frames", title: "Frames to talk about", body: shown },
  ];
  return page(
    "Agreement of two people's labels",
    html`<header><p class="eyebrow">Agreement</p><h1>How far two people's labels agree</h1>
<div class="verdict ${gate.ok ? "promote" : "hold"}"><p><strong>${gate.ok ? "Enough" : "Not enough"}</strong>: ${gate.figure} is ${score(gate.value)}, wanted at least ${score(gate.threshold)}.</p><p class="after">A is ${given(answer.a)}, B is ${given(answer.b)}: ${counted(answer.frames, "frame")} that both have looked at, ${count(answer.boxesA)} and ${count(answer.boxesB)} ${comparedOf(answer)}. Neither is taken for the truth.</p></div>
<p>This page holds pictures of frames: keep it where they may be.</p></header>
${contents(sections)}
${sectionsOf(sections)}`,
  );
}
