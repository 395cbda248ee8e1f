// Intersection over union, by the arithmetic of COCO's own code, operation by operation.

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
