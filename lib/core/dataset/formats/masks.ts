// Masks of any format: their outlines as a label keeps them, and what is told of them, counted by file.
import type { IssueLine, Label } from "../../../contracts/dataset.ts";
import { issueOf } from "../issue-codes.ts";
import { type RunLengths, shapeOfMask } from "../mask.ts";
import type { MaskNote, ReadLabel } from "../reader.ts";

export interface OutlinedMask {
  readonly geometry: Pick<Label, "points" | "parts">;
  readonly mask: MaskNote;
}

/**
 * @param mask null: too large to be drawn
 * @param place from the mask's own pixels to those of the image; default: they are the same
 */
export function outlinedMask(
  mask: RunLengths | null,
  place = (x: number, y: number): [number, number] => [x, y],
): OutlinedMask {
  const shape = mask === null ? null : shapeOfMask(mask);
  if (shape === null) return { geometry: {}, mask: { isTooFine: true, holes: 0, parts: 0 } };
  const [points, ...parts] = shape.outlines.map((outline) => {
    const moved: number[] = [];
    for (let at = 0; at < outline.length; at += 2) moved.push(...place(outline[at] ?? 0, outline[at + 1] ?? 0));
    return moved;
  });
  const geometry = points === undefined ? {} : { points, ...(parts.length > 0 ? { parts } : {}) };
  return { geometry, mask: { isTooFine: false, holes: shape.holes, parts: shape.outlines.length } };
}

/** Bytes that the outline of a mask takes beside its file's own: run lengths are several times shorter. */
export function outlineBytes({ label: { points = [], parts = [] }, mask }: Pick<ReadLabel, "label" | "mask">): number {
  if (mask === undefined) return 0;
  return 8 * parts.reduce((sum, part) => sum + part.length, points.length);
}

const times = (count: number, one: string) => `${count} ${one}${count === 1 ? "" : "s"}`;

/** Counts the masks of one file. */
export class MaskTally {
  #outlined = 0;
  #withHoles = 0;
  #holes = 0;
  #inParts = 0;
  #tooFine = 0;

  add(labels: readonly ReadLabel[]): void {
    for (const { mask } of labels) {
      if (mask === undefined) continue;
      if (mask.isTooFine) this.#tooFine += 1;
      else this.#outlined += 1;
      if (mask.holes > 0) this.#withHoles += 1;
      if (mask.parts > 1) this.#inParts += 1;
      this.#holes += mask.holes;
    }
  }

  report(file: string, report: (issue: IssueLine) => void): void {
    if (this.#outlined > 0) {
      const holes = this.#holes === 0 ? "none with a hole" : `${this.#withHoles} with ${times(this.#holes, "hole")}`;
      const found = `${times(this.#outlined, "mask")} of pixels, ${holes}, ${this.#inParts} of several parts`;
      report(issueOf("MaskOutlined", { file, found, wanted: "outlines, along the edges of the pixels" }));
    }
    if (this.#tooFine > 0) {
      const found = `${times(this.#tooFine, "mask")} with more corners than a drawing has`;
      report(issueOf("MaskTooFine", { file, found, wanted: "an outline; the box alone is kept" }));
    }
  }
}
