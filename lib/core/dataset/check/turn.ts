// Moves labels that were drawn on the unturned pixels to the image as EXIF turns it. Only turns that exchange the sides (5 to 8).
import type { Label } from "../../../contracts/dataset.ts";

type Point = readonly [number, number];
/** Raw size, before the turn. */
type Size = { readonly width: number; readonly height: number };

function turnPoint([x, y]: Point, orientation: number, { width, height }: Size): Point {
  if (orientation === 5) return [y, x];
  if (orientation === 6) return [height - y, x];
  if (orientation === 7) return [height - y, width - x];
  return [y, width - x];
}

function turnRotation(degrees: number, orientation: number): number {
  if (orientation === 5) return 90 - degrees;
  if (orientation === 6) return degrees + 90;
  if (orientation === 7) return 270 - degrees;
  return degrees - 90;
}

function pairs(points: readonly number[]): readonly Point[] {
  return Array.from({ length: Math.floor(points.length / 2) }, (_, at) => [
    points[at * 2] ?? 0,
    points[at * 2 + 1] ?? 0,
  ]);
}

/** @param turned size of the image after the turn */
export function turnLabel(label: Label, orientation: number, turned: Size): Label {
  const raw = { width: turned.height, height: turned.width };
  const turn = (point: Point) => turnPoint(point, orientation, raw);
  const { box, points, parts, rotation, ...rest } = label;
  const turnAll = (values: readonly number[]) => pairs(values).flatMap((point) => [...turn(point)]);
  const result: Label = { ...rest };
  if (box !== undefined) {
    const [x1, y1] = turn([box[0], box[1]]);
    const [x2, y2] = turn([box[2], box[3]]);
    result.box = [Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2)];
  }
  if (points !== undefined) result.points = turnAll(points);
  if (parts !== undefined) result.parts = parts.map(turnAll);
  if (rotation !== undefined) result.rotation = turnRotation(rotation, orientation);
  return result;
}
