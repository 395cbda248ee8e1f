// A rotated box and an ellipse as they were drawn, from what a label keeps: formats store the upright shape and the turn.
import type { Box } from "../../../contracts/common.ts";
import type { Label } from "../../../contracts/dataset.ts";
import { boundsOf } from "../formats/bounds.ts";
import { turned } from "../formats/turned.ts";

/** The box before its turn about its middle; null where its corners are not kept. */
export function unturnedBox({ points, rotation }: Label): Box | null {
  if (points === undefined || points.length !== 8 || rotation === undefined) return null;
  const [x1 = 0, y1 = 0, , , x3 = 0, y3 = 0] = points;
  return boundsOf(turned(points, (x1 + x3) / 2, (y1 + y3) / 2, -rotation));
}

export interface Ellipse {
  readonly cx: number;
  readonly cy: number;
  readonly rx: number;
  readonly ry: number;
}

/** Near 45° every pair of radii has the same box. */
const leastCosine = 0.02;

/**
 * The radii of an ellipse whose box is kept: a² = rx² cos² + ry² sin² and b² = rx² sin² + ry² cos², for half the box's sides.
 * null where its box tells nothing of them, or was clipped to the image.
 */
export function radiiOf({ box, rotation }: Label): Ellipse | null {
  if (box === undefined) return null;
  const [a, b] = [(box[2] - box[0]) / 2, (box[3] - box[1]) / 2];
  const middle = { cx: (box[0] + box[2]) / 2, cy: (box[1] + box[3]) / 2 };
  if (rotation === undefined) return { ...middle, rx: a, ry: b };
  const cosine = Math.cos((2 * rotation * Math.PI) / 180);
  if (Math.abs(cosine) < leastCosine) return null;
  const [sum, difference] = [a * a + b * b, (a * a - b * b) / cosine];
  const [rx, ry] = [(sum + difference) / 2, (sum - difference) / 2];
  return rx < 0 || ry < 0 ? null : { ...middle, rx: Math.sqrt(rx), ry: Math.sqrt(ry) };
}
