// gallery.html: frames with the boxes of labels, base and candidate. Erasable, never signed: frames show people.

import type { Task } from "../contracts/common.ts";
import type { DrawnBox, GalleryFrame, GalleryInput } from "../core/registry/report-input.ts";
import { isOfFrames } from "../core/tasks.ts";
import { type Html, html } from "./html.ts";
import { contents, page, type Section, sectionsOf } from "./page.ts";
import { picturedPairs } from "./parts/alike.ts";
import { given, plots } from "./parts/common.ts";

/** What the page shows. */
const lead: Readonly<Record<Task, string>> = {
  detect:
    "Frames with every box at each model's frozen confidence, matched at IoU 0.5. Point at a box for its class and confidence.",
  segment:
    "Frames with every outline at each model's frozen confidence, chosen by their boxes, matched at IoU 0.5. Point at an outline for its class and confidence.",
  classify:
    "Frames with the class that each model holds most probable; the surest mistakes come first. Point at the edge of a frame for every model's answer.",
};

type BoxKind = "label" | "base" | "production" | "candidate";

/** A closed ring as a path. */
function ring(outline: readonly number[]): string {
  const pairs = outline.flatMap((x, at) => (at % 2 === 0 ? [`${x.toFixed(1)} ${outline[at + 1]?.toFixed(1)}`] : []));
  return `M${pairs.join("L")}Z`;
}

/** A box, or where the task is segment the shape in it. */
function shape(
  { box: [x1, y1, x2, y2], class: name, confidence, outlines }: DrawnBox,
  kind: BoxKind,
  whose: string,
): Html {
  const at = html`x="${x1.toFixed(1)}" y="${y1.toFixed(1)}" width="${Math.max(0, x2 - x1).toFixed(1)}" height="${Math.max(0, y2 - y1).toFixed(1)}"`;
  const title = html`<title>${whose}: ${name}${confidence !== undefined && ` ${confidence.toFixed(2)}`}</title>`;
  if (outlines === undefined)
    return html`<rect class="box box-under" ${at}/><rect class="box box-${kind}" ${at}>${title}</rect>`;
  const way = html`d="${outlines.map(ring).join("")}"`;
  return html`<path class="box box-under" ${way}/><path class="box box-${kind} mask-${kind}" ${way}>${title}</path>`;
}

/** One frame with boxes over it, those that come last on top. */
export function boxFigure(
  { name, group, width, height, picture }: Pick<GalleryFrame, "name" | "group" | "width" | "height" | "picture">,
  layers: readonly { readonly kind: BoxKind; readonly name: string; readonly boxes: readonly DrawnBox[] }[],
  caption: string,
): Html {
  return html`<figure class="frame"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${name}: ${caption}">
<image href="data:${picture.mime};base64,${Buffer.from(picture.bytes).toString("base64")}" width="${width}" height="${height}" preserveAspectRatio="none"/>
${layers.map(({ kind, name: whose, boxes }) => boxes.map((box) => shape(box, kind, whose)))}
</svg><figcaption><strong>${caption}</strong> · ${given(name)} <span class="dim">group ${given(group)}</span></figcaption></figure>`;
}

/** What was right and wrong, in a line. */
function captionOf({ found, missed, wrong, labels, models }: GalleryFrame, task: Task): string {
  if (!isOfFrames(task)) return `${found} found, ${missed} missed, ${wrong} wrong`;
  const said = models.find(({ role }) => role === "candidate")?.boxes[0];
  const answer = said === undefined ? "nothing said" : `${said.class} ${said.confidence?.toFixed(2) ?? ""}`.trim();
  return found > 0 ? answer : `${answer}, but it is ${labels[0]?.class ?? "none of them"}`;
}

function figure(frame: GalleryFrame, task: Task): Html {
  const of = (role: "base" | "candidate") => frame.models.find((model) => model.role === role)?.boxes ?? [];
  const layers = [
    { kind: "base", name: "base", boxes: of("base") },
    { kind: "candidate", name: "candidate", boxes: of("candidate") },
    { kind: "label", name: "label", boxes: frame.labels },
  ] as const;
  return boxFigure(frame, layers, captionOf(frame, task));
}

export const boxSwatch = (kind: BoxKind) =>
  html`<svg viewBox="0 0 24 12" aria-hidden="true"><rect class="box box-under" x="2" y="2" width="20" height="8"/><rect class="box box-${kind}" x="2" y="2" width="20" height="8"/></svg>`;
const boxKey = html`<ul class="key boxes"><li>${boxSwatch("label")}label</li><li>${boxSwatch("candidate")}candidate</li><li>${boxSwatch("base")}base model</li></ul>`;

const frames = (list: readonly GalleryFrame[], task: Task, empty: string) =>
  list.length === 0
    ? html`<p>${empty}</p>`
    : html`${boxKey}<div class="frames">${list.map((frame) => figure(frame, task))}</div>`;

/** Equal input gives equal bytes. */
export async function renderGallery(input: GalleryInput): Promise<string> {
  const sections: Section[] = [
    {
      id: "worst",
      title: "Where it failed most",
      body: frames(input.worst, input.task, `The candidate made no mistake on ${input.part}.`),
    },
    {
      id: "best",
      title: "Where it did best",
      body: frames(input.best, input.task, `No frame of ${input.part} was without a mistake.`),
    },
    ...(input.alike.length === 0
      ? []
      : [{ id: "alike", title: "Alike, in different parts", body: picturedPairs(input.alike) }]),
    ...(input.mosaics.length === 0
      ? []
      : [
          {
            id: "mosaics",
            title: "Batches, as Ultralytics saw them",
            body: html`<p>Drawn by Ultralytics: training batches after augmentation, validation batches with labels and predictions. Click one to enlarge it.</p>${plots(input.mosaics)}`,
          },
        ]),
  ];
  return page(
    `${input.model} ${input.version}: gallery`,
    html`<header><p class="eyebrow">Gallery</p><h1>${given(input.model)} ${input.version} on ${input.part}</h1>
<p>${lead[input.task]} This page holds pictures of frames: it lies beside the run, is not signed, and can be erased.</p></header>
${contents(sections)}
${sectionsOf(sections)}`,
  );
}
