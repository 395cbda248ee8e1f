// The confusion matrix of the candidate: what was there, what it said. Ours, at IoU 0.5 and the frozen confidence.
import type { Evaluation } from "../../contracts/evaluation.ts";
import { count } from "../format.ts";
import { type Html, html } from "../html.ts";
import { given, modelOf } from "./common.ts";

/** A share in nine steps; an empty cell has no colour. */
function heat(value: number, total: number): string {
  return value === 0 ? "" : `h${Math.min(9, Math.max(1, Math.ceil((value / total) * 9)))}`;
}

export function confusionSection(evaluation: Evaluation): Html | null {
  const confusion = modelOf(evaluation, "candidate")?.confusion;
  if (confusion === undefined) return null;
  const isOfFrames = evaluation.protocol.name === "accuracy";
  // A frame has a class, and a model always names one: of background there is nothing to show.
  const matrix = isOfFrames ? confusion.matrix.slice(0, -1).map((row) => row.slice(0, -1)) : confusion.matrix;
  const size = matrix[0]?.length ?? 0;
  // Labels may or may not name the last row and column; those are ours to name.
  const named = (index: number, last: string) =>
    !isOfFrames && index === size - 1 ? html`<em>${last}</em>` : given(confusion.labels[index] ?? `class ${index}`);
  const row = (cells: readonly number[], index: number) => {
    const isBackground = !isOfFrames && index === matrix.length - 1;
    const inRow = cells.reduce((sum, value) => sum + value, 0);
    // Nothing was there to be found in the last row: what counts is how much of the column is wrong.
    const inColumn = (column: number) => matrix.reduce((sum, other) => sum + (other[column] ?? 0), 0);
    const cell = (value: number, column: number) => {
      const isHit = column === index && !isBackground;
      const total = isBackground ? inColumn(column) : inRow;
      return html`<td class="${[heat(value, total), isHit ? "hit" : ""].filter(Boolean).join(" ")}">${isBackground && column === size - 1 ? "" : count(value)}</td>`;
    };
    return html`<tr><th scope="row">${named(index, "background")}</th>${cells.map(cell)}</tr>
`;
  };
  const words = {
    COCO: "Rows are what the labels say, columns what the candidate said, at IoU 0.5 and its frozen confidence. Framed cells are right; the last column was missed, the last row was seen where nothing is labelled. Colour is the share of the row; in the last row, of the column.",
    accuracy:
      "Rows are what the labels say of a frame, columns what the candidate held most probable. Framed cells are right. Colour is the share of the row.",
  } as const;
  return html`<p>${words[evaluation.protocol.name]}</p>
<div class="scroll fit" role="region" aria-label="Confusion matrix" tabindex="0"><table class="matrix">
<thead><tr><th scope="col">label \\ said</th>${Array.from({ length: size }, (_, index) => html`<th scope="col">${named(index, "missed")}</th>`)}</tr></thead>
<tbody>${matrix.map(row)}</tbody></table></div>`;
}
