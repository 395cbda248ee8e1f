// What one model does on each frame at one confidence: what it finds, how sure it is, what it sees where nothing is.

import type { FrameTally } from "../../contracts/measurement.ts";
import { isOfFrames } from "../tasks.ts";
import { answersOf } from "./answers.ts";
import type { ModelPredictions, Truth } from "./evaluate.ts";
import { isIgnoredTruth, match } from "./match.ts";
import type { GroupShares } from "./sufficiency.ts";

export interface MeasuredFrame {
  readonly name: string;
  readonly group: string;
  /** To be found, and found at IoU 0.5. */
  readonly objects: number;
  readonly found: number;
  /** Boxes that count and are neither right nor on a crowd. */
  readonly falsePositives: number;
  /** Of any box, however unsure; 0 without any. */
  readonly topConfidence: number;
}

/** @param confidence from which a box counts as a finding or a false positive */
export function measureFrames(
  truth: Truth,
  model: Pick<ModelPredictions, "boxes">,
  { confidence, maxDetections }: { readonly confidence: number; readonly maxDetections: number },
): readonly MeasuredFrame[] {
  if (isOfFrames(truth.task ?? "detect")) return measureAnswers(truth, model.boxes, confidence);
  const matches = match(model.boxes, truth.boxes, maxDetections);
  const columns = () => new Float64Array(truth.frames.length);
  const [found, alarms, top] = [columns(), columns(), columns()];
  const add = (column: Float64Array, frame: number) => {
    column[frame] = (column[frame] as number) + 1;
  };
  for (let at = 0; at < matches.count; at++) {
    const [frame, score] = [matches.frames[at] as number, matches.scores[at] as number];
    top[frame] = Math.max(top[frame] as number, score);
    if (score < confidence) continue;
    if (((matches.hits[at] as number) & 1) !== 0) add(found, frame);
    else if (((matches.ignored[at] as number) & 1) === 0) add(alarms, frame);
  }
  return truth.frames.map(({ name, group }, i) => ({
    name,
    group,
    objects: objectsIn(truth, i),
    found: found[i] as number,
    falsePositives: alarms[i] as number,
    topConfidence: top[i] as number,
  }));
}

/** Of classify: the class of a frame is found where it is the most probable one, and false where another is that is sure enough. */
function measureAnswers(truth: Truth, boxes: ModelPredictions["boxes"], confidence: number): readonly MeasuredFrame[] {
  const { ranks, said, sure } = answersOf(
    truth.boxes,
    boxes,
    truth.classes.map((_, klass) => klass),
  );
  return truth.frames.map(({ name, group }, i) => ({
    name,
    group,
    objects: 1,
    found: ranks[i] === 0 && (sure[i] as number) >= confidence ? 1 : 0,
    falsePositives: ranks[i] !== 0 && said[i] !== -1 && (sure[i] as number) >= confidence ? 1 : 0,
    topConfidence: sure[i] as number,
  }));
}

function objectsIn({ boxes }: Truth, frame: number): number {
  let count = 0;
  for (let row = boxes.starts[frame] as number; row < (boxes.ends[frame] as number); row++) {
    if (!isIgnoredTruth(boxes, row)) count++;
  }
  return count;
}

const mean = (values: readonly number[]) =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return mean(sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1));
}

const isShown = ({ objects }: MeasuredFrame) => objects > 0;
const recallOf = ({ found, objects }: MeasuredFrame) => found / objects;

export function tallyOf(frames: readonly MeasuredFrame[]): FrameTally {
  const shown = frames.filter(isShown);
  const sum = (field: "objects" | "found" | "falsePositives") => frames.reduce((all, frame) => all + frame[field], 0);
  return {
    groups: new Set(frames.map(({ group }) => group)).size,
    frames: frames.length,
    shown: shown.length,
    objects: sum("objects"),
    found: sum("found"),
    recall: mean(shown.map(recallOf)),
    medianConfidence: median(shown.map(({ topConfidence }) => topConfidence)),
    falsePositives: sum("falsePositives"),
    framesWithFalsePositives: frames.filter(({ falsePositives }) => falsePositives > 0).length,
  };
}

/** By name, in order; frames whose name is undefined stand in none. */
export function talliesBy(
  frames: readonly MeasuredFrame[],
  nameOf: (frame: MeasuredFrame) => string | undefined,
): Record<string, FrameTally> {
  const byName = Map.groupBy(
    frames.filter((frame) => nameOf(frame) !== undefined),
    (frame) => nameOf(frame) ?? "",
  );
  return Object.fromEntries(
    [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, some]) => [name, tallyOf(some)]),
  );
}

/** Every group that shows something, by its name: each counts the same, whether it has ten frames or a thousand. */
export function groupShares(frames: readonly MeasuredFrame[], medianConfidence: number): readonly GroupShares[] {
  const byGroup = Map.groupBy(frames.filter(isShown), ({ group }) => group);
  return [...byGroup]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, some]) => ({
      recall: mean(some.map(recallOf)) ?? 0,
      confident: some.filter(({ topConfidence }) => topConfidence >= medianConfidence).length / some.length,
    }));
}

const steps = 20;

/** How many frames have their highest confidence in each step of 0.05. */
export function histogram(frames: readonly MeasuredFrame[]): { shown: number[]; empty: number[] } {
  const count = (some: readonly MeasuredFrame[]) => {
    const bins = new Array<number>(steps).fill(0);
    for (const { topConfidence } of some) {
      const bin = Math.min(steps - 1, Math.floor(topConfidence * steps + 1e-9));
      bins[bin] = (bins[bin] as number) + 1;
    }
    return bins;
  };
  return { shown: count(frames.filter(isShown)), empty: count(frames.filter((frame) => !isShown(frame))) };
}
