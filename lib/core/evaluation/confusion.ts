// The confusion matrix at the operating point and IoU 0.5.
import type { ModelEvaluation } from "../../contracts/evaluation.ts";
import { confusionOfAnswers } from "./answers.ts";
import type { Boxes } from "./boxes.ts";
import type { Matched, Scored } from "./breakdown.ts";
import { isIgnoredTruth, type Matches } from "./match.ts";
import { type Overlap, overlapBy } from "./overlap.ts";
import { ious } from "./protocol.ts";

type Confusion = NonNullable<ModelEvaluation["confusion"]>;

/** Indices of the boxes that count, frame by frame, each frame's by falling score. */
function countedByFrame({ matches, threshold }: Matched, wanted: (frame: number) => boolean): Map<number, number[]> {
  const byFrame = new Map<number, number[]>();
  if (threshold === null) return byFrame;
  for (let at = 0; at < matches.count; at++) {
    const frame = matches.frames[at] as number;
    if (!wanted(frame) || (matches.scores[at] as number) < threshold) continue;
    if (((matches.ignored[at] as number) & 1) !== 0) continue;
    const list = byFrame.get(frame);
    if (list === undefined) byFrame.set(frame, [at]);
    else list.push(at);
  }
  for (const list of byFrame.values()) list.sort((a, b) => scoreOf(matches, b) - scoreOf(matches, a) || a - b);
  return byFrame;
}

function scoreOf(matches: Matches, at: number): number {
  return matches.scores[at] as number;
}

/** The free truth under a box: the largest IoU of at least 0.5; -1 for none. */
function nearest(row: number, overlap: Overlap, free: ReadonlySet<number>): number {
  let best = ious[0] as number;
  let chosen = -1;
  for (const t of free) {
    const iou = overlap(row, t, false);
    // Asked this way round, since two areas too small for a number give none.
    if (!(iou >= best) || (chosen !== -1 && iou === best)) continue;
    best = iou;
    chosen = t;
  }
  return chosen;
}

/**
 * First every box keeps the truth of its own class that it hit, so the diagonal is what recall counts.
 * Then the boxes left, by falling score, take the truth of another class that nobody found.
 * What remains is background taken for an object (last row), or an object missed (last column).
 * @param wanted the frames of the part
 */
export function confusionOf(
  truth: Boxes,
  predictions: Boxes,
  scored: Scored,
  classes: readonly string[],
  wanted: (frame: number) => boolean,
): Confusion {
  const labels = scored.known.map((klass) => classes[klass] as string);
  if (scored.shape === "frame") return { labels, matrix: confusionOfAnswers(scored, wanted) };
  const place = new Map(scored.known.map((klass, i) => [klass, i]));
  const none = scored.known.length;
  const matrix = Array.from({ length: none + 1 }, () => new Array<number>(none + 1).fill(0));
  const count = (truthRow: number, klass: number) => {
    const row = matrix[truthRow] as number[];
    row[klass] = (row[klass] as number) + 1;
  };
  const classAt = (boxes: Boxes, row: number) => place.get(boxes.classes[row] as number) ?? none;
  const counted = countedByFrame(scored, wanted);
  const overlap = overlapBy(scored.shape, predictions, truth);
  for (let frame = 0; frame < truth.frames; frame++) {
    if (!wanted(frame)) continue;
    const free = freeTruths(truth, frame, place);
    const boxes = counted.get(frame) ?? [];
    for (const at of boxes) free.delete(scored.matches.truths[at] as number);
    for (const at of boxes) {
      const row = scored.matches.rows[at] as number;
      const hit = scored.matches.truths[at] as number;
      const t = hit === -1 ? nearest(row, overlap, free) : hit;
      free.delete(t);
      count(t === -1 ? none : classAt(truth, t), classAt(predictions, row));
    }
    for (const t of free) count(classAt(truth, t), none);
  }
  return { labels, matrix };
}

function freeTruths(truth: Boxes, frame: number, place: ReadonlyMap<number, number>): Set<number> {
  const free = new Set<number>();
  for (let row = truth.starts[frame] as number; row < (truth.ends[frame] as number); row++) {
    if (place.has(truth.classes[row] as number) && !isIgnoredTruth(truth, row)) free.add(row);
  }
  return free;
}
