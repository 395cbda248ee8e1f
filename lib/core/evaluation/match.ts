// Which predicted box is right: COCO's greedy matching, frame by frame and class by class, at all ten IoUs at once.
// It is done once a model; every part, group and attribute is counted from its result.
import type { Boxes } from "./boxes.ts";
import { type Overlap, overlapBy, type Shape } from "./overlap.ts";
import { defaultMaxDetections, ious, maxArea } from "./protocol.ts";

/**
 * What became of each scored box, in columns: ordered by frame, in it by class, in it by falling score.
 * Bit i of `hits` and `ignored` belongs to the i-th IoU. Neither bit: a false alarm at that IoU.
 */
export interface Matches {
  readonly count: number;
  readonly frames: Int32Array;
  readonly classes: Uint16Array;
  readonly scores: Float64Array;
  readonly hits: Uint16Array;
  /** Neither right nor wrong: on a crowd region, or of an area outside COCO's range. */
  readonly ignored: Uint16Array;
  /** The box's row in the predictions. */
  readonly rows: Int32Array;
  /** The row of the truth it hit at IoU 0.5; -1 for none. */
  readonly truths: Int32Array;
}

type MutableMatches = { -readonly [K in keyof Matches]: Matches[K] };

const bits = ious.map((_, i) => 1 << i);
const all = bits.reduce((mask, bit) => mask | bit, 0);

/** True for truth that is neither to be found nor to be missed: crowd regions and areas outside COCO's range. */
export function isIgnoredTruth(truth: Boxes, row: number): boolean {
  return truth.crowds[row] === 1 || isOutside(truth, row);
}

function isOutside(boxes: Boxes, row: number): boolean {
  const area = (boxes.sides[4 * row + 2] as number) * (boxes.sides[4 * row + 3] as number);
  return area < 0 || area > maxArea;
}

/** Rows of a frame by class: within a class in falling score, or in their own order for truth. */
function rowsByClass(boxes: Boxes, frame: number): Map<number, number[]> {
  const rows: number[] = [];
  for (let row = boxes.starts[frame] as number; row < (boxes.ends[frame] as number); row++) rows.push(row);
  const { scores } = boxes;
  const falling = rows.every((row, i) => i === 0 || (scores[row - 1] as number) >= (scores[row] as number));
  if (!falling) rows.sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
  const byClass = new Map<number, number[]>();
  for (const row of rows) {
    const klass = boxes.classes[row] as number;
    const list = byClass.get(klass);
    if (list === undefined) byClass.set(klass, [row]);
    else list.push(row);
  }
  return byClass;
}

/** Ignored truth last, else as it came: a box may only fall on it when no real truth is left for it. */
function ignoredLast(truth: Boxes, rows: readonly number[]): { rows: number[]; firstIgnored: number } {
  const kept = rows.filter((row) => !isIgnoredTruth(truth, row));
  return { rows: [...kept, ...rows.filter((row) => isIgnoredTruth(truth, row))], firstIgnored: kept.length };
}

class Matcher {
  readonly #predictions: Boxes;
  readonly #truth: Boxes;
  readonly #overlap: Overlap;
  readonly #out: MutableMatches;
  #ious = new Float64Array(1024);
  #best = new Float64Array(512);
  #taken = new Uint8Array(64);

  constructor(predictions: Boxes, truth: Boxes, shape: Shape) {
    this.#predictions = predictions;
    this.#truth = truth;
    this.#overlap = overlapBy(shape, predictions, truth);
    this.#out = {
      count: 0,
      frames: new Int32Array(predictions.count),
      classes: new Uint16Array(predictions.count),
      scores: new Float64Array(predictions.count),
      hits: new Uint16Array(predictions.count),
      ignored: new Uint16Array(predictions.count),
      rows: new Int32Array(predictions.count),
      truths: new Int32Array(predictions.count).fill(-1),
    };
  }

  get matches(): Matches {
    return this.#out;
  }

  frame(frame: number, maxDetections: number): void {
    const truths = rowsByClass(this.#truth, frame);
    for (const [klass, rows] of [...rowsByClass(this.#predictions, frame)].sort(([a], [b]) => a - b)) {
      const detections = rows.length > maxDetections ? rows.slice(0, maxDetections) : rows;
      const first = this.#append(frame, klass, detections);
      const there = truths.get(klass);
      if (there !== undefined) this.#assign(first, detections, there);
    }
  }

  /** Writes down the boxes as unmatched; returns the index of the first. */
  #append(frame: number, klass: number, detections: readonly number[]): number {
    const out = this.#out;
    const first = out.count;
    let at = first;
    for (const row of detections) {
      out.frames[at] = frame;
      out.classes[at] = klass;
      out.scores[at] = this.#predictions.scores[row] as number;
      out.rows[at] = row;
      if (isOutside(this.#predictions, row)) out.ignored[at] = all;
      at++;
    }
    out.count = at;
    return first;
  }

  #assign(first: number, detections: readonly number[], there: readonly number[]): void {
    const { rows, firstIgnored } = ignoredLast(this.#truth, there);
    this.#overlaps(detections, rows);
    const threshold = ious[0] as number;
    const near: number[] = [];
    for (let d = 0; d < detections.length; d++) if ((this.#best[d] as number) >= threshold) near.push(d);
    if (near.length === 0) return;
    if (this.#taken.length < rows.length) this.#taken = new Uint8Array(rows.length);
    for (const [i, iou] of ious.entries()) this.#assignAt(i, iou, first, near, rows, firstIgnored);
  }

  /** IoU of every detection with every truth, and each detection's best. */
  #overlaps(detections: readonly number[], truths: readonly number[]): void {
    const size = detections.length * truths.length;
    if (this.#ious.length < size) this.#ious = new Float64Array(2 * size);
    if (this.#best.length < detections.length) this.#best = new Float64Array(2 * detections.length);
    let at = 0;
    for (let d = 0; d < detections.length; d++) {
      let best = 0;
      for (const t of truths) {
        const crowd = this.#truth.crowds[t] === 1;
        const iou = this.#overlap(detections[d] as number, t, crowd);
        this.#ious[at++] = iou;
        if (iou > best) best = iou;
      }
      this.#best[d] = best;
    }
  }

  #assignAt(
    i: number,
    iou: number,
    first: number,
    near: readonly number[],
    truths: readonly number[],
    firstIgnored: number,
  ): void {
    const out = this.#out;
    const bit = bits[i] as number;
    this.#taken.fill(0, 0, truths.length);
    for (const d of near) {
      if ((this.#best[d] as number) < iou) continue;
      const t = this.#choose(d, iou, truths, firstIgnored);
      if (t === -1) continue;
      this.#taken[t] = 1;
      const at = first + d;
      if (t >= firstIgnored) {
        out.ignored[at] = (out.ignored[at] as number) | bit;
        continue;
      }
      out.ignored[at] = (out.ignored[at] as number) & ~bit;
      out.hits[at] = (out.hits[at] as number) | bit;
      if (i === 0) out.truths[at] = truths[t] as number;
    }
  }

  /** The free truth of the largest IoU of at least `iou`, the last of equals; ignored truth only where no other fits. */
  #choose(d: number, iou: number, truths: readonly number[], firstIgnored: number): number {
    let best = iou;
    let chosen = -1;
    for (let t = 0; t < truths.length; t++) {
      if (t === firstIgnored && chosen !== -1) break;
      if (this.#taken[t] === 1 && this.#truth.crowds[truths[t] as number] === 0) continue;
      const here = this.#ious[d * truths.length + t] as number;
      if (here < best) continue;
      best = here;
      chosen = t;
    }
    return chosen;
  }
}

/**
 * Matches one model's boxes with the truth of the same frames.
 * @param maxDetections boxes kept per frame and class, the most confident first
 * @param shape what has to overlap: the boxes, or their masks
 */
export function match(
  predictions: Boxes,
  truth: Boxes,
  maxDetections = defaultMaxDetections,
  shape: Shape = "box",
): Matches {
  const matcher = new Matcher(predictions, truth, shape);
  for (let frame = 0; frame < truth.frames; frame++) matcher.frame(frame, maxDetections);
  return matcher.matches;
}
