// Average precision of one class over any set of frames, from boxes that were matched before.
import type { Matches } from "./match.ts";
import { byFallingScore } from "./order.ts";
import { hitsAtRecall, interpolate, ious } from "./protocol.ts";

/** By class: the indices of its matches, by falling score; equal scores in the order of the frames. */
export function rank(matches: Matches, classes: number): readonly Uint32Array[] {
  const sizes = new Int32Array(classes);
  for (let at = 0; at < matches.count; at++) bump(sizes, matches.classes[at] as number);
  const lists = Array.from(sizes, (size) => new Uint32Array(size));
  const filled = new Int32Array(classes);
  for (const at of byFallingScore(matches.scores.subarray(0, matches.count))) {
    const klass = matches.classes[at] as number;
    const list = lists[klass] as Uint32Array;
    list[filled[klass] as number] = at;
    bump(filled, klass);
  }
  return lists;
}

/** Adds 1 at `index`. */
export function bump(counts: Int32Array, index: number): void {
  counts[index] = (counts[index] as number) + 1;
}

/** Shares a ranked list out by a key of the frame (-1: nowhere); each share stays ranked. */
export function shareOut(
  matches: Matches,
  ranked: Uint32Array,
  keyOfFrame: Int32Array,
  keys: number,
): readonly Uint32Array[] {
  const sizes = new Int32Array(keys);
  const keyOf = (at: number) => keyOfFrame[matches.frames[at] as number] as number;
  for (const at of ranked) if (keyOf(at) !== -1) bump(sizes, keyOf(at));
  const shares = Array.from(sizes, (size) => new Uint32Array(size));
  const filled = new Int32Array(keys);
  for (const at of ranked) {
    const key = keyOf(at);
    if (key === -1) continue;
    const share = shares[key] as Uint32Array;
    share[filled[key] as number] = at;
    bump(filled, key);
  }
  return shares;
}

/**
 * COCO's 101-point interpolated average precision at each of the ten IoUs.
 * @param ranked indices of the class's matches, by falling score
 * @param truths boxes to be found
 * @returns null where there is nothing to find
 */
export function averagePrecisions(matches: Matches, ranked: Uint32Array, truths: number): readonly number[] | null {
  if (truths === 0) return null;
  const wanted = hitsAtRecall(truths);
  const hits = new Uint16Array(ranked.length);
  const ignored = new Uint16Array(ranked.length);
  for (let i = 0; i < ranked.length; i++) {
    const at = ranked[i] as number;
    hits[i] = matches.hits[at] as number;
    ignored[i] = matches.ignored[at] as number;
  }
  const precision = new Float64Array(truths);
  return ious.map((_, i) => interpolate(precision, 0, fillPrecision(precision, hits, ignored, 1 << i), wanted));
}

/** Writes the precision at each correct box, between which it only falls; returns how many there are. */
function fillPrecision(precision: Float64Array, hits: Uint16Array, ignored: Uint16Array, bit: number): number {
  let seen = 0;
  let found = 0;
  for (let i = 0; i < hits.length; i++) {
    if (((ignored[i] as number) & bit) !== 0) continue;
    seen++;
    if (((hits[i] as number) & bit) === 0) continue;
    found++;
    precision[found - 1] = found / seen;
  }
  return found;
}
