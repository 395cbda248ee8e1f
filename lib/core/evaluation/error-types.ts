// What kinds of mistakes a model makes (TIDE's taxonomy, Bolya et al. 2020): every false box is of one kind, what nobody came near
// is missed; and how much AP at IoU 0.5 the model would gain were all mistakes of one kind mended.
import type { Boxes } from "./boxes.ts";
import type { Matched } from "./breakdown.ts";
import { isIgnoredTruth } from "./match.ts";
import { overlap } from "./overlap.ts";
import { hitsAtRecall, interpolate, ious } from "./protocol.ts";

export const errorKinds = ["missed", "background", "confused", "badBox", "double", "both"] as const;
export type ErrorKind = (typeof errorKinds)[number];

export interface ErrorTypes {
  /** At the operating point; null without one. */
  readonly counts: Readonly<Record<ErrorKind, number>> | null;
  /** Of mAP50 over all boxes, were these mended; null without truth. */
  readonly gains: Readonly<Record<ErrorKind, number>> | null;
}

const right = ious[0] as number;
/** Less overlap than this is background. */
const near = 0.1;

/** A scored box that is not ignored. */
interface Judged {
  readonly klass: number;
  readonly score: number;
  /** null: it is right. */
  readonly kind: Exclude<ErrorKind, "missed"> | null;
  /** The truth that it should have been, where it is of a kind that has one. */
  readonly target: number;
}

interface Known {
  readonly truth: Boxes;
  readonly predictions: Boxes;
  readonly scored: Matched;
}

/** The largest overlap with a truth of the frame, of the box's class and of any other. */
function nearest({ truth, predictions, scored }: Known, at: number) {
  const [frame, row, klass] = [scored.matches.frames[at], scored.matches.rows[at], scored.matches.classes[at]];
  const best = { same: { iou: 0, row: -1 }, other: { iou: 0, row: -1 } };
  for (let t = truth.starts[frame as number] as number; t < (truth.ends[frame as number] as number); t++) {
    if (isIgnoredTruth(truth, t) || !scored.known.includes(truth.classes[t] as number)) continue;
    const side = truth.classes[t] === klass ? best.same : best.other;
    const iou = overlap(predictions.sides, row as number, truth.sides, t, false);
    if (iou > side.iou) Object.assign(side, { iou, row: t });
  }
  return best;
}

/** Right box on a truth that is taken: double. On one of another class: confused. Near one: bad box, of another class: both. */
function kindOf(known: Known, at: number): Pick<Judged, "kind" | "target"> {
  if (((known.scored.matches.hits[at] as number) & 1) !== 0) {
    return { kind: null, target: known.scored.matches.truths[at] as number };
  }
  const { same, other } = nearest(known, at);
  if (same.iou >= right) return { kind: "double", target: same.row };
  if (other.iou >= right) return { kind: "confused", target: other.row };
  if (same.iou >= near) return { kind: "badBox", target: same.row };
  return other.iou >= near ? { kind: "both", target: -1 } : { kind: "background", target: -1 };
}

/** All boxes that count for AP, by falling score. */
function judge(known: Known): readonly Judged[] {
  const { matches } = known.scored;
  const judged: Judged[] = [];
  for (let at = 0; at < matches.count; at++) {
    if (((matches.ignored[at] as number) & 1) !== 0 || !known.scored.known.includes(matches.classes[at] as number))
      continue;
    judged.push({ klass: matches.classes[at] as number, score: matches.scores[at] as number, ...kindOf(known, at) });
  }
  return judged.sort((a, b) => b.score - a.score);
}

/** Rows of the truths that are to be found. */
function truthRows({ truth, scored }: Known): readonly number[] {
  const rows: number[] = [];
  for (let frame = 0; frame < truth.frames; frame++) {
    for (let t = truth.starts[frame] as number; t < (truth.ends[frame] as number); t++) {
      if (!isIgnoredTruth(truth, t) && scored.known.includes(truth.classes[t] as number)) rows.push(t);
    }
  }
  return rows;
}

/** Truths that no box found, and that no box was confused about or near. */
function missedOf(judged: readonly Judged[], rows: readonly number[]): ReadonlySet<number> {
  const seen = new Set(judged.flatMap(({ kind, target }) => (kind === "double" || target === -1 ? [] : [target])));
  return new Set(rows.filter((row) => !seen.has(row)));
}

function countsOf(judged: readonly Judged[], rows: readonly number[]): Record<ErrorKind, number> {
  const counts = { missed: missedOf(judged, rows).size, background: 0, confused: 0, badBox: 0, double: 0, both: 0 };
  for (const { kind } of judged) if (kind !== null) counts[kind]++;
  return counts;
}

interface Entry {
  readonly klass: number;
  readonly hit: boolean;
}

/** By falling score. */
function mAP50(entries: readonly Entry[], truthsOf: ReadonlyMap<number, number>): number {
  let sum = 0;
  for (const [klass, truths] of truthsOf) {
    const precision = new Float64Array(truths);
    let [seen, found] = [0, 0];
    for (const entry of entries) {
      if (entry.klass !== klass) continue;
      seen++;
      if (entry.hit) precision[found++] = found / seen;
    }
    sum += interpolate(precision, 0, found, hitsAtRecall(truths));
  }
  return sum / truthsOf.size;
}

/**
 * The boxes with one kind mended. A confused or bad box becomes right where its truth is free, else it goes, as doubles and boxes on
 * background do; of two that want one truth the surer has it.
 */
function mended(judged: readonly Judged[], kind: ErrorKind, truth: Boxes): readonly Entry[] {
  const taken = new Set(judged.flatMap((one) => (one.kind === null ? [one.target] : [])));
  return judged.flatMap((one): Entry[] => {
    if (one.kind !== kind) return [{ klass: one.klass, hit: one.kind === null }];
    if ((kind !== "confused" && kind !== "badBox") || taken.has(one.target)) return [];
    taken.add(one.target);
    return [{ klass: truth.classes[one.target] as number, hit: true }];
  });
}

function countByClass(rows: Iterable<number>, { truth }: Known): Map<number, number> {
  const counts = new Map<number, number>();
  for (const row of rows) {
    const klass = truth.classes[row] as number;
    counts.set(klass, (counts.get(klass) ?? 0) + 1);
  }
  return counts;
}

function gainsOf(judged: readonly Judged[], rows: readonly number[], known: Known): Record<ErrorKind, number> {
  const truthsOf = countByClass(rows, known);
  const now = mAP50(
    judged.map(({ klass, kind }) => ({ klass, hit: kind === null })),
    truthsOf,
  );
  const missed = missedOf(judged, rows);
  const gain = (kind: ErrorKind) => {
    if (kind !== "missed") return mAP50(mended(judged, kind, known.truth), truthsOf) - now;
    const left = countByClass(
      rows.filter((row) => !missed.has(row)),
      known,
    );
    if (left.size === 0) return 0;
    // A class of which everything was missed is perfect once nothing of it is asked.
    const perfect = truthsOf.size - left.size;
    const asBefore = judged.map(({ klass, kind: of }) => ({ klass, hit: of === null }));
    return (mAP50(asBefore, left) * left.size + perfect) / truthsOf.size - now;
  };
  return Object.fromEntries(errorKinds.map((kind) => [kind, gain(kind)])) as Record<ErrorKind, number>;
}

export function errorTypes(truth: Boxes, predictions: Boxes, scored: Matched): ErrorTypes {
  const known = { truth, predictions, scored };
  const judged = judge(known);
  const rows = truthRows(known);
  const { threshold } = scored;
  return {
    counts:
      threshold === null
        ? null
        : countsOf(
            judged.filter(({ score }) => score >= threshold),
            rows,
          ),
    gains: rows.length === 0 ? null : gainsOf(judged, rows, known),
  };
}
