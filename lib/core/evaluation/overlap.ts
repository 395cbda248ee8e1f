// Intersection over union, by the arithmetic of COCO's own code, operation by operation.
import type { Boxes } from "./boxes.ts";
import { maskOverlap } from "./masks.ts";

/**
 * IoU of box `d` of `detections` with box `t` of `truths` (xMin, yMin, width, height each).
 * For a crowd region the union is the detection alone.
 */
export function overlap(detections: Float64Array, d: number, truths: Float64Array, t: number, crowd: boolean): number {
  const dx = detections[4 * d] as number;
  const dw = detections[4 * d + 2] as number;
  const tx = truths[4 * t] as number;
  const tw = truths[4 * t + 2] as number;
  const width = Math.min(dw + dx, tw + tx) - Math.max(dx, tx);
  if (width <= 0) return 0;
  const dy = detections[4 * d + 1] as number;
  const dh = detections[4 * d + 3] as number;
  const ty = truths[4 * t + 1] as number;
  const th = truths[4 * t + 3] as number;
  const height = Math.min(dh + dy, th + ty) - Math.max(dy, ty);
  if (height <= 0) return 0;
  const shared = width * height;
  return shared / (crowd ? dw * dh : dw * dh + tw * th - shared);
}

/** What of an object is held against the truth: its box, or its mask. */
export type Shape = "box" | "mask";

/** IoU of row `d` of one with row `t` of the other, by box or by mask. */
export type Overlap = (d: number, t: number, crowd: boolean) => number;

/** @throws RangeError where masks are asked for and there are none */
export function overlapBy(shape: Shape, detections: Boxes, truths: Boxes): Overlap {
  if (shape === "box") return (d, t, crowd) => overlap(detections.sides, d, truths.sides, t, crowd);
  const [found, wanted] = [detections.masks, truths.masks];
  if (found === undefined || wanted === undefined) throw new RangeError("boxes without masks");
  return (d, t, crowd) => maskOverlap(found, d, wanted, t, crowd);
}
