// The bounding box of vertices; every format needs it.
import type { Box } from "../../../contracts/common.ts";

/** @param points x1,y1,x2,y2,…, at least one */
export function boundsOf(points: readonly number[]): Box {
  const box: Box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let at = 0; at + 1 < points.length; at += 2) {
    const x = points[at] ?? 0;
    const y = points[at + 1] ?? 0;
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  return box;
}
