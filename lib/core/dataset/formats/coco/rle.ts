// COCO's run lengths: how many pixels off, on, off, … down the columns of the whole image; as a list, or packed into a string.
import type { Box } from "../../../../contracts/common.ts";

/** Runs of one mask; a checkerboard of 10 megapixels has as many. */
const mostRuns = 10_000_000;

/** Six bits a character from `0` on: five of value, one that says that more follow; from the third run on a difference to the run before last. */
function unpack(text: string): number[] | null {
  const runs: number[] = [];
  let value = 0;
  let shift = 0;
  for (let at = 0; at < text.length; at++) {
    const bits = text.charCodeAt(at) - 48;
    if (bits < 0 || bits > 63 || shift > 30) return null;
    value += (bits & 31) * 2 ** shift;
    shift += 5;
    if ((bits & 32) !== 0) continue;
    // The highest bit of the last character is the sign.
    if ((bits & 16) !== 0) value -= 2 ** shift;
    const before = runs.length > 2 ? (runs[runs.length - 2] ?? 0) : 0;
    runs.push(value + before);
    value = 0;
    shift = 0;
    if (runs.length > mostRuns) return null;
  }
  return shift === 0 ? runs : null;
}

export interface RunLengths {
  readonly runs: readonly number[];
  readonly width: number;
  readonly height: number;
}

const isCount = (value: unknown): value is number => typeof value === "number" && Number.isInteger(value) && value >= 0;

/** null where it is none, or does not fill its image. */
export function parseRle(value: Readonly<Record<string, unknown>>): RunLengths | null {
  const { counts, size } = value;
  if (!Array.isArray(size) || size.length !== 2) return null;
  const [height, width] = size as unknown[];
  if (!isCount(height) || !isCount(width)) return null;
  const runs: unknown = typeof counts === "string" ? unpack(counts) : counts;
  if (!Array.isArray(runs) || runs.length > mostRuns || !runs.every(isCount)) return null;
  let pixels = 0;
  for (const run of runs) pixels += run;
  return pixels === width * height ? { runs, width, height } : null;
}

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
