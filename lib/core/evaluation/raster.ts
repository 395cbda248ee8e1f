// From outlines to pixels, as COCO's reference program draws them: run lengths down the columns of the image, off, on, off, …
// Which pixels an outline covers decides every mask IoU, so the rules are pycocotools' own; a test holds them against it.

/** Corners are placed on a grid five times as fine as the pixels. */
const fine = 5;

/** A point of the fine grid. */
type Point = readonly [number, number];

/** The fine points of one side, from its first end to its last: one a step along the longer direction. */
function* stepsOf([xFrom, yFrom]: Point, [xTo, yTo]: Point): Generator<Point> {
  const wide = Math.abs(xTo - xFrom);
  const tall = Math.abs(yTo - yFrom);
  if (wide === 0 && tall === 0) return;
  const isWide = wide >= tall;
  // The slope is taken from the left (or upper) end, whichever way the side runs: both ways give the same points.
  const isTurned = isWide ? xFrom > xTo : yFrom > yTo;
  const [xStart, yStart, xEnd, yEnd] = isTurned ? [xTo, yTo, xFrom, yFrom] : [xFrom, yFrom, xTo, yTo];
  const length = isWide ? wide : tall;
  const slope = isWide ? (yEnd - yStart) / wide : (xEnd - xStart) / tall;
  for (let step = 0; step <= length; step++) {
    const along = isTurned ? length - step : step;
    yield isWide
      ? [along + xStart, Math.trunc(yStart + slope * along + 0.5)]
      : [Math.trunc(xStart + slope * along + 0.5), along + yStart];
  }
}

/** Places, counted down the columns, at which the inside begins or ends; unsorted. */
function crossings(outline: readonly number[], width: number, height: number): number[] {
  const corners: Point[] = [];
  for (let at = 0; at + 1 < outline.length; at += 2) {
    corners.push([
      Math.trunc(fine * (outline[at] as number) + 0.5),
      Math.trunc(fine * (outline[at + 1] as number) + 0.5),
    ]);
  }
  const found: number[] = [];
  let before: Point | null = null;
  for (const [index, corner] of corners.entries()) {
    for (const point of stepsOf(corner, corners[(index + 1) % corners.length] as Point)) {
      if (before !== null && point[0] !== before[0]) {
        // The side passes from one fine column to the next: it counts where that is the middle of a column of pixels.
        const column = ((point[0] < before[0] ? point[0] : point[0] - 1) + 0.5) / fine - 0.5;
        if (Number.isInteger(column) && column >= 0 && column <= width - 1) {
          const row = (Math.min(point[1], before[1]) + 0.5) / fine - 0.5;
          found.push(column * height + Math.ceil(Math.min(Math.max(row, 0), height)));
        }
      }
      before = point;
    }
  }
  return found;
}

/**
 * The run lengths of one outline on an image; they add up to its pixels.
 * @param outline x1, y1, x2, y2, … in pixels, at least three corners
 */
export function outlineRuns(outline: readonly number[], width: number, height: number): number[] {
  const places = crossings(outline, width, height).sort((a, b) => a - b);
  places.push(width * height);
  const runs: number[] = [];
  let from = 0;
  let joins = false;
  for (const place of places) {
    const length = place - from;
    from = place;
    // A run of nothing between two of the same kind makes one of them; the very first may be empty.
    if (joins) {
      runs[runs.length - 1] = (runs[runs.length - 1] as number) + length;
      joins = false;
    } else if (length === 0 && runs.length > 0) joins = true;
    else runs.push(length);
  }
  return runs;
}

/** The pixels of either; both are of one image. */
function union(a: readonly number[], b: readonly number[]): number[] {
  const runs: number[] = [];
  let [atA, atB] = [0, 0];
  let [leftA, leftB] = [a[0] ?? 0, b[0] ?? 0];
  let isOn = false;
  let length = 0;
  for (;;) {
    const step = Math.min(leftA, leftB);
    const now = atA % 2 === 1 || atB % 2 === 1;
    if (step > 0 && now !== isOn) {
      runs.push(length);
      length = 0;
      isOn = now;
    }
    length += step;
    leftA -= step;
    leftB -= step;
    if (leftA === 0 && ++atA < a.length) leftA = a[atA] as number;
    if (leftB === 0 && ++atB < b.length) leftB = b[atB] as number;
    if (atA >= a.length && atB >= b.length) break;
  }
  runs.push(length);
  return runs;
}

/** The run lengths of a shape of several outlines: what any of them covers. */
export function shapeRuns(outlines: readonly (readonly number[])[], width: number, height: number): number[] {
  const [first = [], ...others] = outlines.map((outline) => outlineRuns(outline, width, height));
  return others.reduce(union, first);
}
