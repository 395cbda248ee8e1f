// The fixed numbers of the COCO protocol, made the way NumPy makes them so that no comparison falls on another side.
// A change here changes every result ever published: it needs a new protocol name.

import type { Task } from "../../contracts/common.ts";
import type { Evaluation } from "../../contracts/evaluation.ts";
import type { PredictResult } from "../../contracts/job.ts";
import { isOfFrames } from "../tasks.ts";

/** 0.50, 0.55, … 0.95, as `numpy.linspace(0.5, 0.95, 10)`. */
export const ious: readonly number[] = Array.from({ length: 10 }, (_, i) =>
  i === 9 ? 0.95 : 0.5 + i * ((0.95 - 0.5) / 9),
);

/** 0.00, 0.01, … 1.00, as `numpy.linspace(0, 1, 101)`. */
const recalls: readonly number[] = Array.from({ length: 101 }, (_, i) => (i === 100 ? 1 : i * 0.01));

/** COCO's "all" range of areas, in square pixels: what lies outside is ignored, neither right nor wrong. */
export const maxArea = 1e10;

/** What an evaluation says of its protocol. Of classify there is no overlap: the right class is the most probable one, or is not. */
export function protocolOf(
  task: Task,
  { maxDetections, imgsz, iou, confidence }: PredictResult["protocol"],
): Evaluation["protocol"] {
  return {
    name: isOfFrames(task) ? "accuracy" : "COCO",
    ious: isOfFrames(task) ? [] : [...ious],
    maxDetections,
    imgsz,
    nmsIou: iou,
    confidence,
  };
}

/** Boxes scored per frame and class, the most confident first. */
export const defaultMaxDetections = 300;

/**
 * For each of the 101 recall points the number of correct boxes that first reaches it, out of `truths` (≥ 1).
 * At least 1: recall 0 is read at the first correct box.
 */
export function hitsAtRecall(truths: number): Int32Array {
  const wanted = new Int32Array(recalls.length);
  let hits = 1;
  recalls.forEach((recall, i) => {
    while (hits / truths < recall) hits++;
    wanted[i] = hits;
  });
  return wanted;
}

/**
 * Interpolated average precision.
 * @param precision from `offset` on: precision at the 1st, 2nd, … correct box
 * @param hits how many of them there are
 * @param wanted from {@link hitsAtRecall}
 */
export function interpolate(precision: Float64Array, offset: number, hits: number, wanted: Int32Array): number {
  let sum = 0;
  let best = 0;
  let next = offset + hits - 1;
  for (let i = wanted.length - 1; i >= 0; i--) {
    const from = wanted[i] as number;
    if (from > hits) continue;
    for (const last = offset + from - 1; next >= last; next--) {
      const here = precision[next] as number;
      if (here > best) best = here;
    }
    sum += best;
  }
  return sum / wanted.length;
}
