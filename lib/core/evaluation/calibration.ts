// Can a model's confidence be believed? Boxes by confidence, and how many of them are right at IoU 0.5; of classify frames by the
// probability of what is said. And what size it finds.

import type { Answers } from "./answers.ts";
import type { Boxes } from "./boxes.ts";
import type { Matched, Scored } from "./breakdown.ts";
import { isIgnoredTruth } from "./match.ts";

export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly boxes: number;
  /** null without boxes. */
  readonly confidence: number | null;
  readonly right: number | null;
}

export interface Calibration {
  readonly bins: readonly CalibrationBin[];
  /** Mean distance of confidence and share of right boxes, over the bins from 0.1 on by their boxes; null without any. */
  readonly error: number | null;
}

const steps = 10;
/** Below it lie thousands of boxes that nobody would use, and they would drown all others. */
const firstBin = 1;

interface Sum {
  boxes: number;
  confidence: number;
  right: number;
}

export function calibrationOf(scored: Scored): Calibration {
  const sums = Array.from({ length: steps }, (): Sum => ({ boxes: 0, confidence: 0, right: 0 }));
  const add = (score: number, right: number) => {
    const sum = sums[Math.min(steps - 1, Math.floor(score * steps + 1e-9))];
    if (sum === undefined) return;
    sum.boxes += 1;
    sum.confidence += score;
    sum.right += right;
  };
  if (scored.shape === "frame") addAnswers(scored, add);
  else addMatches(scored, add);
  const bins = sums.map(({ boxes, confidence, right }, i) => ({
    from: i / steps,
    to: (i + 1) / steps,
    boxes,
    confidence: boxes === 0 ? null : confidence / boxes,
    right: boxes === 0 ? null : right / boxes,
  }));
  const used = scored.shape === "frame" ? bins : bins.slice(firstBin);
  const all = used.reduce((sum, { boxes }) => sum + boxes, 0);
  const off = used.reduce((sum, bin) => sum + bin.boxes * Math.abs((bin.confidence ?? 0) - (bin.right ?? 0)), 0);
  return { bins, error: all === 0 ? null : off / all };
}

type Add = (score: number, right: number) => void;

function addMatches({ matches, known }: Matched, add: Add): void {
  for (let at = 0; at < matches.count; at++) {
    if (((matches.ignored[at] as number) & 1) !== 0 || !known.includes(matches.classes[at] as number)) continue;
    add(matches.scores[at] as number, (matches.hits[at] as number) & 1);
  }
}

function addAnswers({ truths, said, ranks, sure }: Answers, add: Add): void {
  truths.forEach((klass, frame) => {
    if (klass !== -1 && said[frame] !== -1) add(sure[frame] as number, ranks[frame] === 0 ? 1 : 0);
  });
}

/** COCO's: areas in square pixels of the image as it is. */
const sizes = [
  ["small", 0, 32 ** 2],
  ["medium", 32 ** 2, 96 ** 2],
  ["large", 96 ** 2, Number.POSITIVE_INFINITY],
] as const;

export interface SizeRecall {
  readonly size: (typeof sizes)[number][0];
  readonly objects: number;
  /** At the operating point; null without objects or without such a point. */
  readonly recall: number | null;
}

export function recallBySize(truth: Boxes, { matches, known, threshold }: Matched): readonly SizeRecall[] {
  const found = new Set<number>();
  for (let at = 0; at < matches.count; at++) {
    const row = matches.truths[at] as number;
    if (row !== -1 && threshold !== null && (matches.scores[at] as number) >= threshold) found.add(row);
  }
  return sizes.map(([size, least, most]) => {
    let [objects, hits] = [0, 0];
    for (let frame = 0; frame < truth.frames; frame++) {
      for (let row = truth.starts[frame] as number; row < (truth.ends[frame] as number); row++) {
        const area = (truth.sides[4 * row + 2] as number) * (truth.sides[4 * row + 3] as number);
        const isWanted = known.includes(truth.classes[row] as number) && !isIgnoredTruth(truth, row);
        if (!isWanted || area < least || area >= most) continue;
        objects++;
        if (found.has(row)) hits++;
      }
    }
    return { size, objects, recall: objects === 0 || threshold === null ? null : hits / objects };
  });
}
