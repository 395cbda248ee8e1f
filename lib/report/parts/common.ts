// Small pieces that every page uses: tiles, tables that scroll in their own box, bars, pictures that grow at a click.
import type { Role, Task } from "../../contracts/common.ts";
import type { Evaluation, ModelEvaluation } from "../../contracts/evaluation.ts";
import type { PagePicture } from "../../core/registry/report-input.ts";
import { type Fragment, type Html, html, trusted } from "../html.ts";

export const roleNames: Readonly<Record<Role, string>> = {
  candidate: "candidate",
  base: "base model",
  production: "in production",
};

/** What a task's labels are, in words. */
export const labels: Readonly<Record<Task, { readonly one: string; readonly many: string }>> = {
  detect: { one: "box", many: "boxes" },
  segment: { one: "box", many: "boxes" },
  classify: { one: "label", many: "labels" },
};

/** A name from the data: apart from the direction of the text around it, and breakable where people would break it. */
export function given(name: string): Html {
  const pieces = name.length < 16 ? [name] : name.split(/(?<=[/_-])(?=[^/_-])/);
  return html`<bdi>${pieces.map((piece, index) => html`${index > 0 && trusted("<wbr>")}${piece}`)}</bdi>`;
}

export interface Tile {
  readonly label: string;
  readonly value: string;
  readonly aside?: Fragment;
}

export function tiles(list: readonly Tile[]): Html {
  return html`<dl class="tiles">${list.map(({ label, value, aside }) => html`<div class="tile"><dt>${label}</dt><dd>${value}</dd>${aside !== undefined && html`<dd class="aside">${aside}</dd>`}</div>`)}</dl>`;
}

export interface Column {
  readonly title: Fragment;
  /** `n`: numbers, to the right; `wide`: room for bars; `long`: text that wraps. */
  readonly kind?: "n" | "wide" | "long" | "digest";
}

/** A table in a box of its own, so that a narrow page never scrolls as a whole. The first cell of a row is its head. */
export function table(
  label: string,
  columns: readonly Column[],
  rows: readonly (readonly Fragment[])[],
  width: "full" | "fit" = "full",
): Html {
  const cell = (value: Fragment, index: number) =>
    index === 0
      ? html`<th scope="row">${value}</th>`
      : html`<td${columns[index]?.kind !== undefined && html` class="${columns[index]?.kind}"`}>${value}</td>`;
  return html`<div class="scroll ${width}" role="region" aria-label="${label}" tabindex="0"><table${width === "fit" && trusted(' class="compact"')}>
<thead><tr>${columns.map(({ title, kind }) => html`<th scope="col"${kind === "n" && html` class="n"`}>${title}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) => html`<tr>${row.map(cell)}</tr>
`,
  )}</tbody></table></div>`;
}

/** Label and value, one a line. */
export function facts(label: string, rows: readonly (readonly [string, Fragment])[]): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table class="facts-table"><tbody>${rows.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td class="long">${value}</td></tr>
`,
  )}</tbody></table></div>`;
}

const share = (value: number) => `${(value * 100).toFixed(2)}%`;

/** Scores from 0 to 1, one bar below the other; nothing is drawn where nothing was scored. */
export function bars(values: readonly { readonly role: Role; readonly value: number | null | undefined }[]): Html {
  const height = 100 / values.length;
  return html`<svg class="bars" aria-hidden="true" focusable="false">${values.map(({ role, value }, index) => {
    const y = `${(index * height + height * 0.14).toFixed(2)}%`;
    const tall = `${(height * 0.72).toFixed(2)}%`;
    const filled =
      value === null || value === undefined
        ? null
        : html`<rect class="fill-${role}" x="0" y="${y}" width="${share(value)}" height="${tall}" rx="1.5"/>`;
    return html`<rect class="fill-rail" x="0" y="${y}" width="100%" height="${tall}" rx="1.5"/>${filled}`;
  })}</svg>`;
}

/** What the colours mean. */
export function key(entries: readonly { readonly fill: string; readonly text: Fragment }[]): Html {
  return html`<ul class="key">${entries.map(({ fill, text }) => html`<li><svg viewBox="0 0 12 12" aria-hidden="true"><rect class="fill-${fill}" width="12" height="12" rx="2"/></svg>${text}</li>`)}</ul>`;
}

export function modelOf(evaluation: Evaluation, role: Role): ModelEvaluation | undefined {
  return evaluation.models.find((model) => model.role === role);
}

/** Models in the order in which every table names them. */
export function modelsInOrder(evaluation: Evaluation): ModelEvaluation[] {
  return (["candidate", "base", "production"] as const).flatMap((role) => modelOf(evaluation, role) ?? []);
}

export function modelKey(models: readonly { readonly role: Role; readonly name: string }[]): Html {
  return key(models.map(({ role, name }) => ({ fill: role, text: html`${roleNames[role]} (${given(name)})` })));
}

/** Pictures that grow to the page's width at a click, without script. */
export function plots(pictures: readonly PagePicture[], caption: (name: string) => string = (name) => name): Html {
  return html`<div class="plots">${pictures.map(({ name, mime, bytes }) => html`<details><summary><img src="data:${mime};base64,${Buffer.from(bytes).toString("base64")}" alt="${caption(name)}"><span class="caption">${caption(name)}</span></summary></details>`)}</div>`;
}
