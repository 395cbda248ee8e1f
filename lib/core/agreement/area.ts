// Areas of unions of boxes, exactly: the plane is cut along the boxes' own edges.
import type { Box } from "../../contracts/common.ts";

/** A set of boxes as the cells they cover. */
function covered(boxes: readonly Readonly<Box>[], xs: readonly number[], ys: readonly number[]): Uint8Array {
  const [columns, rows] = [xs.length - 1, ys.length - 1];
  // Corners of each box first, summed up over rows and columns after: boxes cost nothing then, however large.
  const sums = new Int32Array((columns + 1) * (rows + 1));
  const placeX = new Map(xs.map((x, at) => [x, at]));
  const placeY = new Map(ys.map((y, at) => [y, at]));
  const add = (x: number, y: number, value: number) => {
    const at = (placeY.get(y) ?? 0) * (columns + 1) + (placeX.get(x) ?? 0);
    sums[at] = (sums[at] ?? 0) + value;
  };
  for (const [x1, y1, x2, y2] of boxes) {
    if (x2 <= x1 || y2 <= y1) continue;
    add(x1, y1, 1);
    add(x2, y1, -1);
    add(x1, y2, -1);
    add(x2, y2, 1);
  }
  const cells = new Uint8Array(columns * rows);
  const above = new Int32Array(columns + 1);
  for (let y = 0; y < rows; y++) {
    let left = 0;
    for (let x = 0; x < columns; x++) {
      left += sums[y * (columns + 1) + x] ?? 0;
      above[x] = (above[x] ?? 0) + left;
      cells[y * columns + x] = (above[x] ?? 0) > 0 ? 1 : 0;
    }
  }
  return cells;
}

export interface Areas {
  /** Area of each union, and of what both cover. */
  readonly a: number;
  readonly b: number;
  readonly both: number;
}

export function unionAreas(a: readonly Readonly<Box>[], b: readonly Readonly<Box>[]): Areas {
  const edges = (pick: (box: Readonly<Box>) => readonly number[]) =>
    [...new Set([...a, ...b].flatMap(pick))].sort((x, y) => x - y);
  const xs = edges(([x1, , x2]) => [x1, x2]);
  const ys = edges(([, y1, , y2]) => [y1, y2]);
  if (xs.length < 2 || ys.length < 2) return { a: 0, b: 0, both: 0 };
  const [inA, inB] = [covered(a, xs, ys), covered(b, xs, ys)];
  const areas = { a: 0, b: 0, both: 0 };
  for (let y = 0; y + 1 < ys.length; y++) {
    for (let x = 0; x + 1 < xs.length; x++) {
      const at = y * (xs.length - 1) + x;
      const area = ((xs[x + 1] ?? 0) - (xs[x] ?? 0)) * ((ys[y + 1] ?? 0) - (ys[y] ?? 0));
      if (inA[at] === 1) areas.a += area;
      if (inB[at] === 1) areas.b += area;
      if (inA[at] === 1 && inB[at] === 1) areas.both += area;
    }
  }
  return areas;
}
