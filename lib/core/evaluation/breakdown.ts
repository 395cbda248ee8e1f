// The metrics of one model on one part: all, by class, by group, by attribute value.
import type { Breakdown, Metrics } from "../../contracts/evaluation.ts";
import { type Answers, metricsByClass, metricsByName as metricsOfAnswers } from "./answers.ts";
import { averagePrecisions, bump, shareOut } from "./average.ts";
import type { Boxes } from "./boxes.ts";
import { isIgnoredTruth, type Matches } from "./match.ts";
import { f1, hitsAbove } from "./operating.ts";
import type { Shape } from "./overlap.ts";
import type { Partition } from "./partition.ts";

/** One model of boxes or masks, matched and ranked. */
export interface Matched {
  /** By what it was matched. */
  readonly shape: Shape;
  readonly matches: Matches;
  /** By class. */
  readonly ranked: readonly Uint32Array[];
  /** Indices of the classes the model can know. */
  readonly known: readonly number[];
  readonly threshold: number | null;
}

/** One model, by what its task is scored. */
export type Scored = Matched | Answers;

interface ClassTally {
  readonly truths: number;
  /** Frames that show the class. */
  readonly frames: number;
  readonly predictions: number;
  readonly found: number;
  readonly alarms: number;
  /** At the ten IoUs; null without truth. */
  readonly ap: readonly number[] | null;
}

/** Truths of one class by key, and the frames that show it. */
function truthsByKey(truth: Boxes, klass: number, { names, keyOfFrame }: Partition) {
  const truths = new Int32Array(names.length);
  const frames = new Int32Array(names.length);
  for (let frame = 0; frame < truth.frames; frame++) {
    const key = keyOfFrame[frame] as number;
    if (key === -1) continue;
    const before = truths[key];
    for (let row = truth.starts[frame] as number; row < (truth.ends[frame] as number); row++) {
      if (truth.classes[row] === klass && !isIgnoredTruth(truth, row)) bump(truths, key);
    }
    if (truths[key] !== before) bump(frames, key);
  }
  return { truths, frames };
}

/** By name, then by known class. */
function tally(truth: Boxes, scored: Matched, partition: Partition): readonly (readonly ClassTally[])[] {
  const { matches, ranked, known, threshold } = scored;
  const byClass = known.map((klass) => {
    const { truths, frames } = truthsByKey(truth, klass, partition);
    const shares = shareOut(matches, ranked[klass] as Uint32Array, partition.keyOfFrame, partition.names.length);
    return shares.map((share, key): ClassTally => {
      const there = truths[key] as number;
      const ap = averagePrecisions(matches, share, there);
      const hits = hitsAbove(matches, share, threshold);
      return { truths: there, frames: frames[key] as number, predictions: share.length, ...hits, ap };
    });
  });
  return partition.names.map((_, key) => byClass.map((keys) => keys[key] as ClassTally));
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Metrics over classes: AP is the mean over those that have truth; the counts are added up. */
function metricsOf(classes: readonly ClassTally[], frames: number, threshold: number | null): Metrics {
  const add = (field: "truths" | "predictions" | "found" | "alarms") =>
    classes.reduce((sum, klass) => sum + klass[field], 0);
  const truths = add("truths");
  const found = add("found");
  const alarms = add("alarms");
  const aps = classes.flatMap(({ ap }) => (ap === null ? [] : [ap]));
  const scorable = truths > 0 && threshold !== null;
  return {
    frames,
    truths,
    predictions: add("predictions"),
    mAP50: mean(aps.map((ap) => ap[0] as number)),
    "mAP50-95": mean(aps.map((ap) => mean(ap) as number)),
    precision: scorable && found + alarms > 0 ? found / (found + alarms) : null,
    recall: scorable ? found / truths : null,
    f1: scorable ? f1({ found, alarms }, truths) : null,
  };
}

const nothing: Omit<Metrics, "frames" | "truths"> = {
  predictions: 0,
  mAP50: null,
  "mAP50-95": null,
  precision: null,
  recall: null,
  f1: null,
};

function framesByKey({ names, keyOfFrame }: Partition): Int32Array {
  const frames = new Int32Array(names.length);
  for (const key of keyOfFrame) if (key !== -1) bump(frames, key);
  return frames;
}

function metricsByName(truth: Boxes, scored: Scored, classes: number, partition: Partition): Record<string, Metrics> {
  const frames = framesByKey(partition);
  if (scored.shape === "frame") return metricsOfAnswers(scored, classes, partition, frames);
  const tallies = tally(truth, scored, partition);
  return Object.fromEntries(
    partition.names.map((name, key) => [
      name,
      metricsOf(tallies[key] as readonly ClassTally[], frames[key] as number, scored.threshold),
    ]),
  );
}

/** How the frames of one part are shared out. */
export interface PartPartitions {
  readonly part: Partition;
  readonly groups: Partition;
  /** By attribute. */
  readonly attributes: Readonly<Record<string, Partition>>;
}

/** By class; null for one the model cannot know. */
function classMetrics(truth: Boxes, scored: Scored, classes: number, part: Partition): readonly (Metrics | null)[] {
  if (scored.shape === "frame") return metricsByClass(scored, classes, part);
  const [tallies = []] = tally(truth, scored, part);
  return Array.from({ length: classes }, (_, klass) => {
    const known = tallies[scored.known.indexOf(klass)];
    return known === undefined ? null : metricsOf([known], known.frames, scored.threshold);
  });
}

/** @param classes names of all classes, in order; one the model cannot know gets null metrics */
export function breakdownOf(
  truth: Boxes,
  scored: Scored,
  classes: readonly string[],
  partitions: PartPartitions,
): Breakdown {
  const { part, groups, attributes } = partitions;
  const byClass = classMetrics(truth, scored, classes.length, part);
  const perClass = classes.map((name, klass): [string, Metrics] => {
    const known = byClass[klass];
    if (known) return [name, known];
    const { truths, frames } = truthsByKey(truth, klass, part);
    const tops = scored.shape === "frame" ? { top1: null, top5: null } : {};
    return [name, { frames: frames[0] as number, truths: truths[0] as number, ...nothing, ...tops }];
  });
  return {
    all: Object.values(metricsByName(truth, scored, classes.length, part))[0] as Metrics,
    classes: Object.fromEntries(perClass),
    groups: metricsByName(truth, scored, classes.length, groups),
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, partition]) => [
        name,
        metricsByName(truth, scored, classes.length, partition),
      ]),
    ),
  };
}

type Rows = Readonly<Record<string, Metrics>>;

/** The scores by mask, with the AP of the boxes beside that of the masks: two matchings of the same predictions. */
export function withBoxes(masks: Breakdown, boxes: Breakdown): Breakdown {
  const beside = (mask: Metrics, box: Metrics | undefined): Metrics => ({
    ...mask,
    mAP50: box?.mAP50 ?? null,
    "mAP50-95": box?.["mAP50-95"] ?? null,
    "mAP50.mask": mask.mAP50,
    "mAP50-95.mask": mask["mAP50-95"],
  });
  const all = (rows: Rows, others: Rows = {}) =>
    Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, beside(row, others[name])]));
  return {
    all: beside(masks.all, boxes.all),
    classes: all(masks.classes, boxes.classes),
    groups: all(masks.groups, boxes.groups),
    attributes: Object.fromEntries(
      Object.entries(masks.attributes).map(([name, rows]) => [name, all(rows, boxes.attributes[name])]),
    ),
  };
}
