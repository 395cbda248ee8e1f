// COCO's run lengths: how many pixels off, on, off, … down the columns of the whole image; as a list, or packed into a string.
import type { RunLengths } from "../../mask.ts";

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
