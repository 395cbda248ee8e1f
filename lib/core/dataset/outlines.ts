// The outlines of a label, and what Ultralytics takes of them: one ring of corners inside the picture.
import type { Label } from "../../contracts/dataset.ts";

/** x1, y1, x2, y2, … of a closed ring. */
export type Outline = readonly number[];

const leastCorners = 3;

/** The rings of a polygon or a mask, all of them together its shape; null for a label that has no outline. */
export function outlinesOf({ kind, points, parts }: Label): readonly Outline[] | null {
  if ((kind !== "polygon" && kind !== "mask") || points === undefined) return null;
  const rings = [points, ...(parts ?? [])].filter((ring) => ring.length >= 2 * leastCorners);
  return rings.length === 0 ? null : rings;
}

export type Point = readonly [number, number];

export function pointsOf(outline: Outline): Point[] {
  const points: Point[] = [];
  for (let at = 0; at + 1 < outline.length; at += 2) points.push([outline[at] as number, outline[at + 1] as number]);
  return points;
}

/** What of a ring lies on one side of an upright or level line (Sutherland and Hodgman). */
function cut(points: readonly Point[], axis: 0 | 1, limit: number, sign: 1 | -1): Point[] {
  const kept: Point[] = [];
  const inside = (point: Point) => sign * (limit - point[axis]) >= 0;
  for (const [index, point] of points.entries()) {
    const before = points.at(index - 1) as Point;
    if (inside(before) !== inside(point)) {
      const share = (limit - before[axis]) / (point[axis] - before[axis]);
      const other = axis === 0 ? 1 : 0;
      const crossing = before[other] + share * (point[other] - before[other]);
      kept.push(axis === 0 ? [limit, crossing] : [crossing, limit]);
    }
    if (inside(point)) kept.push(point);
  }
  return kept;
}

/** The part of a ring inside the picture; null where none is. */
function clipped(outline: Outline, width: number, height: number): Point[] | null {
  let points = pointsOf(outline);
  for (const [axis, limit, sign] of [
    [0, width, 1],
    [0, 0, -1],
    [1, height, 1],
    [1, 0, -1],
  ] as const) {
    points = cut(points, axis, limit, sign);
  }
  return points.length < leastCorners ? null : points;
}

/** Ring `b` spliced into ring `a` where they are nearest: a bridge of no width, there and back. */
export function joined(a: readonly Point[], b: readonly Point[]): Point[] {
  let [nearest, from, to] = [Number.POSITIVE_INFINITY, 0, 0];
  for (const [i, [x, y]] of a.entries()) {
    for (const [j, [u, v]] of b.entries()) {
      const distance = (x - u) ** 2 + (y - v) ** 2;
      if (distance < nearest) [nearest, from, to] = [distance, i, j];
    }
  }
  return [...a.slice(0, from + 1), ...b.slice(to), ...b.slice(0, to + 1), ...a.slice(from)];
}

/**
 * All rings as one inside the picture, as Ultralytics' text form holds an object.
 * null where no part of the label lies in the picture.
 */
export function singleRing(outlines: readonly Outline[], width: number, height: number): Outline | null {
  const [first, ...others] = outlines.flatMap((outline) => {
    const inside = clipped(outline, width, height);
    return inside === null ? [] : [inside];
  });
  return first === undefined ? null : others.reduce(joined, first).flat();
}
