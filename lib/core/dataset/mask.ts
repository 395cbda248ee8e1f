// Masks as rings: what run lengths draw, along the edges of its pixels, so that the rings drawn again are the mask.
import type { Box } from "../../contracts/common.ts";
import type { Label } from "../../contracts/dataset.ts";
import { shapeRuns } from "../evaluation/raster.ts";
import { type Ring, ringsOf, traceMask } from "../evaluation/trace.ts";
import { joined, type Outline, outlinesOf, pointsOf } from "./outlines.ts";

/** How many pixels off, on, off, … down the columns of the whole image. */
export interface RunLengths {
  readonly runs: readonly number[];
  readonly width: number;
  readonly height: number;
}

/** Corners of one mask: a person's brush leaves hundreds, a region of grass thousands, noise millions. */
const mostCorners = 20_000;
/** Pixels from the first column of a mask to its last: the largest picture that is taken has fewer. */
const mostPixels = 100_000_000;

/** The box of the pixels that are on; null where none is. */
export function boxOfRuns({ runs, height }: RunLengths): Box | null {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  let at = 0;
  for (const [index, run] of runs.entries()) {
    if (index % 2 === 1 && run > 0) {
      const last = at + run - 1;
      const [firstColumn, lastColumn] = [Math.floor(at / height), Math.floor(last / height)];
      left = Math.min(left, firstColumn);
      right = Math.max(right, lastColumn + 1);
      // A run over the foot of a column goes on at the head of the next.
      const turns = lastColumn > firstColumn;
      top = Math.min(top, turns ? 0 : at % height);
      bottom = Math.max(bottom, turns ? height : (last % height) + 1);
    }
    at += run;
  }
  return left === Infinity ? null : [left, top, right, bottom];
}

/** Run lengths along the rows, as run lengths down the columns: one mask has one outline, whoever wrote it. null: too large. */
export function fromRows(rows: readonly number[], width: number, height: number): RunLengths | null {
  if (width * height > mostPixels) return null;
  const cells = new Uint8Array(width * height);
  let at = 0;
  for (const [index, run] of rows.entries()) {
    if (index % 2 === 1) cells.fill(1, at, at + run);
    at += run;
  }
  const runs: number[] = [0];
  let isOn = 0;
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      if (cells[y * width + x] === isOn) runs[runs.length - 1] = (runs.at(-1) ?? 0) + 1;
      else {
        isOn = 1 - isOn;
        runs.push(1);
      }
    }
  }
  return { runs, width, height };
}

/** The run lengths of what lies in a box, down the columns of the box. */
export function runsWithin({ runs, height }: RunLengths, [left, top, right, bottom]: Box): readonly number[] {
  const within: number[] = [0];
  const add = (isOn: boolean, length: number) => {
    if (length === 0) return;
    if (isOn === (within.length % 2 === 0)) within[within.length - 1] = (within.at(-1) ?? 0) + length;
    else within.push(length);
  };
  let at = 0;
  for (const [index, run] of runs.entries()) {
    for (let from = at; from < at + run; ) {
      const column = Math.floor(from / height);
      const to = Math.min(at + run, (column + 1) * height);
      const inColumn = column >= left && column < right;
      const [first, last] = [from - column * height, to - column * height];
      if (inColumn) add(index % 2 === 1, Math.max(0, Math.min(last, bottom) - Math.max(first, top)));
      from = to;
    }
    at += run;
  }
  return within;
}

export interface MaskShape {
  /** Each a part of the mask; a hole is joined to its part by a bridge of no width, there and back. */
  readonly outlines: readonly Outline[];
  readonly holes: number;
}

/** Even-odd. */
function covers(outline: Outline, x: number, y: number): boolean {
  let inside = false;
  let [xBefore, yBefore] = [outline.at(-2) ?? 0, outline.at(-1) ?? 0];
  for (let at = 0; at + 1 < outline.length; at += 2) {
    const [xHere, yHere] = [outline[at] ?? 0, outline[at + 1] ?? 0];
    if (yHere > y !== yBefore > y && x < xHere + ((y - yHere) / (yBefore - yHere)) * (xBefore - xHere))
      inside = !inside;
    [xBefore, yBefore] = [xHere, yHere];
  }
  return inside;
}

function areaOf(outline: Outline): number {
  const { length } = outline;
  let sum = 0;
  for (let at = 0; at < length; at += 2) {
    const next = (at + 2) % length;
    sum += (outline[at] ?? 0) * (outline[next + 1] ?? 0) - (outline[next] ?? 0) * (outline[at + 1] ?? 0);
  }
  return sum / 2;
}

interface Part {
  readonly ring: Ring;
  readonly area: number;
  outline: Outline;
}

/** The part that a hole is in: of those around it the smallest. */
function partAround({ cell: [column, row] }: Ring, parts: readonly Part[]): Part | undefined {
  let found: Part | undefined;
  for (const part of parts) {
    if (found !== undefined && found.area <= part.area) continue;
    if (covers(part.ring.outline, column + 0.5, row + 0.5)) found = part;
  }
  return found;
}

/** null where it has more corners than a drawing: then its box is all that is kept. */
export function shapeOfMask(mask: RunLengths): MaskShape | null {
  const box = boxOfRuns(mask);
  if (box === null) return { outlines: [], holes: 0 };
  const [left, , right] = box;
  if ((right - left) * mask.height > mostPixels) return null;
  const rings = ringsOf(mask.runs, mask.height, [left, right], mostCorners);
  if (rings === null) return null;
  const outer = rings.filter(({ isHole }) => !isHole);
  const parts = outer.map((ring): Part => ({ ring, area: areaOf(ring.outline), outline: ring.outline }));
  const holes = rings.filter(({ isHole }) => isHole);
  for (const hole of holes) {
    const part = partAround(hole, parts);
    if (part !== undefined) part.outline = joined(pointsOf(part.outline), pointsOf(hole.outline)).flat();
  }
  return { outlines: parts.map(({ outline }) => outline), holes: holes.length };
}

/**
 * The rings of a label for drawing, filled by the even-odd rule. Those of a mask are its borders: a bridge to a hole is a line that
 * nobody drew.
 * @param step pixels that one of the drawing stands for
 */
export function ringsToDraw(label: Label, width: number, height: number, step: number): readonly Outline[] | null {
  const outlines = outlinesOf(label);
  if (outlines === null || label.kind !== "mask") return outlines;
  return traceMask(shapeRuns(outlines, width, height), width, height, step);
}
