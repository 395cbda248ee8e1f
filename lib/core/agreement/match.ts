// Which boxes of two people mean the same thing: one to one, by falling overlap, whatever class they gave it.
import type { Box } from "../../contracts/common.ts";

export interface Match {
  readonly a: number;
  readonly b: number;
  readonly iou: number;
}

/** Intersection over union. Neither side is the truth, so it is the same in both directions. */
export function iouOf(a: Readonly<Box>, b: Readonly<Box>): number {
  const shared = areaOf(sharedBox(a, b));
  const union = areaOf(a) + areaOf(b) - shared;
  return union === 0 ? 0 : shared / union;
}

const sharedBox = (a: Readonly<Box>, b: Readonly<Box>): Box => [
  Math.max(a[0], b[0]),
  Math.max(a[1], b[1]),
  Math.min(a[2], b[2]),
  Math.min(a[3], b[3]),
];
const areaOf = ([x1, y1, x2, y2]: Readonly<Box>) => Math.max(0, x2 - x1) * Math.max(0, y2 - y1);

/** Pairs of boxes whose overlap is at least `threshold`; at equal overlap the earlier boxes. */
export function matchBoxes(a: readonly Readonly<Box>[], b: readonly Readonly<Box>[], threshold: number): Match[] {
  const pairs: Match[] = [];
  for (const [at, first] of a.entries()) {
    for (const [other, second] of b.entries()) {
      const iou = iouOf(first, second);
      if (iou >= threshold) pairs.push({ a: at, b: other, iou });
    }
  }
  pairs.sort((x, y) => y.iou - x.iou || x.a - y.a || x.b - y.b);
  const [usedA, usedB] = [new Set<number>(), new Set<number>()];
  return pairs.filter((pair) => {
    if (usedA.has(pair.a) || usedB.has(pair.b)) return false;
    usedA.add(pair.a);
    usedB.add(pair.b);
    return true;
  });
}
