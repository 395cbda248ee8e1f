// What a track shows between two of its key frames, as CVAT computes it: boxes, ellipses and cuboids move straight on, turned boxes
// the shorter way round; polygons and polylines match their vertices by how far along the outline they stand.
import { parseDecimal } from "../numbers.ts";
import type { Attributes, ShapeElement } from "./shapes.ts";

type Point = readonly [number, number];

const cuboidKeys = ["tl1", "bl1", "tr1", "br1", "tl2", "bl2", "tr2", "br2"].flatMap((corner) => [
  `x${corner}`,
  `y${corner}`,
]);
const linearKeys: Readonly<Record<string, readonly string[]>> = {
  box: ["xtl", "ytl", "xbr", "ybr"],
  ellipse: ["cx", "cy", "rx", "ry"],
  cuboid: cuboidKeys,
};

const between = (a: number, b: number, share: number) => a + (b - a) * share;

/** Degrees from one angle to another, the shorter way: -180 to 180. */
const turnTo = (from: number, to: number) => ((((to - from + 180) % 360) + 360) % 360) - 180;

function linear(left: Attributes, right: Attributes, keys: readonly string[], share: number): Attributes | null {
  const moved: Record<string, string> = { ...left };
  for (const key of keys) {
    const [a, b] = [parseDecimal(left[key] ?? ""), parseDecimal(right[key] ?? "")];
    if (a === null || b === null) return null;
    moved[key] = String(between(a, b, share));
  }
  const [from, to] = [parseDecimal(left.rotation ?? "0"), parseDecimal(right.rotation ?? "0")];
  if (from === null || to === null) return null;
  if (from !== 0 || to !== 0) moved.rotation = String((from + turnTo(from, to) * share + 360) % 360);
  return moved;
}

function pointsOf(text: string | undefined): readonly Point[] | null {
  const points: Point[] = [];
  for (const pair of (text ?? "").split(";")) {
    const [x, y] = pair.split(",").map((value) => parseDecimal(value.trim()));
    if (x === undefined || y === undefined || x === null || y === null) return null;
    points.push([x, y]);
  }
  return points;
}

const distance = (a: Point, b: Point) => Math.hypot(a[0] - b[0], a[1] - b[1]);

function lengthOf(points: readonly Point[]): number {
  let length = 0;
  for (const [at, point] of points.entries()) length += at === 0 ? 0 : distance(points[at - 1] ?? point, point);
  return length;
}

/** How far along the line each vertex stands, 0 to 1. */
function sharesOf(points: readonly Point[]): readonly number[] {
  const whole = lengthOf(points) || 1;
  let length = 0;
  return points.map((point, at) => {
    length += at === 0 ? 0 : distance(points[at - 1] ?? point, point);
    return length / whole;
  });
}

function nearest(share: number, shares: readonly number[]): number {
  let best = 0;
  for (const [at, other] of shares.entries()) {
    if (Math.abs(share - other) < Math.abs(share - (shares[best] ?? 0))) best = at;
  }
  return best;
}

/** For each vertex on the left those on the right, rising: its nearest, and every one that no other has taken. */
function matchOf(left: readonly number[], right: readonly number[]): readonly (readonly number[])[] {
  const matches = left.map((share) => [nearest(share, right)]);
  const taken = new Set(matches.flat());
  for (const [at, share] of right.entries()) if (!taken.has(at)) matches[nearest(share, left)]?.push(at);
  return matches.map((match) => match.sort((a, b) => a - b));
}

/** Vertices that lie closer together than half of what the outline gives each are one. */
function thinned(points: readonly Point[], length: number, vertices: number): readonly Point[] {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length === 1) return points;
  const least = length / (2 * vertices);
  const kept: Point[] = [first];
  for (const point of points.slice(1, -1)) if (distance(kept.at(-1) ?? first, point) >= least) kept.push(point);
  if (kept.length === 1 && distance(first, last) < least) {
    return [[(first[0] + last[0]) / 2, (first[1] + last[1]) / 2]];
  }
  return [...kept, last];
}

function moved(left: readonly Point[], right: readonly Point[], share: number): readonly Point[] {
  const matches = matchOf(sharesOf(left), sharesOf(right));
  const pairs = left.map(([x, y], at) =>
    (matches[at] ?? []).map((to): Point => {
      const [rx, ry] = right[to] ?? [x, y];
      return [between(x, rx, share), between(y, ry, share)];
    }),
  );
  const points: Point[] = [];
  for (let at = 0; at < left.length; ) {
    const match = matches[at] ?? [];
    let end = at + 1;
    // Vertices on the left that go to the same one on the right, or one that goes to several.
    if (match.length === 1) while (matches[end]?.length === 1 && matches[end]?.[0] === match[0]) end += 1;
    const length =
      match.length === 1
        ? lengthOf(left.slice(at, end))
        : lengthOf(right.slice(match[0] ?? 0, (match.at(-1) ?? 0) + 1));
    const vertices = match.length === 1 ? end - at : (match.at(-1) ?? 0) - (match[0] ?? 0) + 1;
    points.push(...thinned(pairs.slice(at, end).flat(), length, vertices));
    at = end;
  }
  return points;
}

function outline(left: Attributes, right: Attributes, share: number, closed: boolean): Attributes | null {
  const [from, to] = [pointsOf(left.points), pointsOf(right.points)];
  if (from === null || to === null) return null;
  const close = (points: readonly Point[]) => (closed ? [...points, ...points.slice(0, 1)] : points);
  const points = moved(close(from), close(to), share);
  const open = closed ? points.slice(0, -1) : points;
  return { ...left, points: open.map((point) => point.join(",")).join(";") };
}

/**
 * The shape at a share of the way from one key frame to the next; everything that is no place is the left one's.
 * null where the two cannot be joined: another kind of shape, or one that cannot be read.
 */
export function interpolated(left: ShapeElement, right: ShapeElement, share: number): ShapeElement | null {
  if (left.kind !== right.kind) return null;
  const keys = linearKeys[left.kind];
  const attributes =
    keys !== undefined
      ? linear(left.attributes, right.attributes, keys, share)
      : left.kind === "polygon" || left.kind === "polyline"
        ? outline(left.attributes, right.attributes, share, left.kind === "polygon")
        : left.kind === "points"
          ? pointsBetween(left.attributes, right.attributes, share)
          : left.attributes;
  return attributes === null ? null : { ...left, attributes };
}

/** A single point moves; of several nobody knows which becomes which, and they stay. */
function pointsBetween(left: Attributes, right: Attributes, share: number): Attributes | null {
  const [from, to] = [pointsOf(left.points), pointsOf(right.points)];
  if (from === null || to === null) return null;
  const [a, b] = [from[0], to[0]];
  if (from.length !== 1 || to.length !== 1 || a === undefined || b === undefined) return left;
  return { ...left, points: `${between(a[0], b[0], share)},${between(a[1], b[1], share)}` };
}
