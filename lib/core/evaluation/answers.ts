// The task classify: what a model says of whole frames, and how good that is. A truth is a row a frame, a prediction a row a class,
// by falling probability.
import type { Metrics } from "../../contracts/evaluation.ts";
import { bump } from "./average.ts";
import type { Boxes } from "./boxes.ts";
import type { Partition } from "./partition.ts";

/** One model on all frames, each in its place. */
export interface Answers {
  readonly shape: "frame";
  /** Indices of the classes the model can know: frames of others are no question to it. */
  readonly known: readonly number[];
  /** There is no operating point: the most probable class is the answer. */
  readonly threshold: null;
  /** The frame's class; -1 where it has none, or one that the model cannot know. */
  readonly truths: Int32Array;
  /** The most probable class; -1 where the model named none. */
  readonly said: Int32Array;
  /** How many classes it held more probable than the right one; -1 where it did not name that one at all. */
  readonly ranks: Int32Array;
  /** The probability of what it said. */
  readonly sure: Float64Array;
}

/** As in the field: the right class among the five most probable. */
const five = 5;

/** Rows of equal probability stand as the predictions have them: it is they who say which comes first. */
export function answersOf(truth: Boxes, predictions: Boxes, known: readonly number[]): Answers {
  const { frames } = truth;
  const wanted = new Set(known);
  const found = {
    truths: new Int32Array(frames).fill(-1),
    said: new Int32Array(frames).fill(-1),
    ranks: new Int32Array(frames).fill(-1),
    sure: new Float64Array(frames),
  };
  for (let frame = 0; frame < frames; frame++) {
    const row = truth.starts[frame] as number;
    const klass = row < (truth.ends[frame] as number) ? (truth.classes[row] as number) : -1;
    if (wanted.has(klass)) found.truths[frame] = klass;
    const first = predictions.starts[frame] as number;
    const end = predictions.ends[frame] as number;
    if (first === end) continue;
    found.said[frame] = predictions.classes[first] as number;
    found.sure[frame] = predictions.scores[first] as number;
    const at = predictions.classes.subarray(first, end).indexOf(klass);
    found.ranks[frame] = at;
  }
  return { shape: "frame", known, threshold: null, ...found };
}

interface Tally {
  readonly frames: number;
  /** Frames of which the model says this class. */
  readonly said: number;
  readonly right: number;
  readonly inFive: number;
}

/** By name, then by class; classes that the model cannot know have zeroes. */
function tally({ truths, said, ranks }: Answers, classes: number, { names, keyOfFrame }: Partition) {
  const columns = () => names.map(() => new Int32Array(classes));
  const found = { frames: columns(), said: columns(), right: columns(), inFive: columns() };
  keyOfFrame.forEach((key, frame) => {
    const klass = truths[frame] as number;
    if (key === -1 || klass === -1) return;
    const rank = ranks[frame] as number;
    bump(found.frames[key] as Int32Array, klass);
    if (said[frame] !== -1) bump(found.said[key] as Int32Array, said[frame] as number);
    if (rank === 0) bump(found.right[key] as Int32Array, klass);
    if (rank !== -1 && rank < five) bump(found.inFive[key] as Int32Array, klass);
  });
  return names.map((_, key) =>
    Array.from({ length: classes }, (_, klass): Tally => {
      const of = (column: readonly Int32Array[]) => column[key]?.[klass] as number;
      return { frames: of(found.frames), said: of(found.said), right: of(found.right), inFive: of(found.inFive) };
    }),
  );
}

const mean = (values: readonly number[]) =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

const noBoxes = { mAP50: null, "mAP50-95": null } as const;

function metricsOfClass({ frames, said, right, inFive }: Tally): Metrics {
  const share = (of: number) => (frames === 0 ? null : of / frames);
  return {
    frames,
    truths: frames,
    predictions: said,
    ...noBoxes,
    top1: share(right),
    top5: share(inFive),
    precision: frames === 0 || said === 0 ? null : right / said,
    recall: share(right),
    f1: frames === 0 ? null : (2 * right) / (frames + said),
  };
}

/** Accuracy counts every frame the same; precision, recall and F1 count every class the same that has frames. */
function metricsOver(classes: readonly Tally[], frames: number): Metrics {
  const add = (field: keyof Tally) => classes.reduce((sum, klass) => sum + klass[field], 0);
  const asked = add("frames");
  const there = classes.filter((klass) => klass.frames > 0);
  return {
    frames,
    truths: asked,
    predictions: add("said"),
    ...noBoxes,
    top1: asked === 0 ? null : add("right") / asked,
    top5: asked === 0 ? null : add("inFive") / asked,
    // A class that is never said is found never: it counts as 0, for leaving it out would flatter.
    precision: mean(there.map(({ said, right }) => (said === 0 ? 0 : right / said))),
    recall: mean(there.map(({ right, frames: of }) => right / of)),
    f1: mean(there.map(({ said, right, frames: of }) => (2 * right) / (of + said))),
  };
}

/** @param framesOf every frame under a name, whether or not the model is asked */
export function metricsByName(
  answers: Answers,
  classes: number,
  partition: Partition,
  framesOf: ArrayLike<number>,
): Record<string, Metrics> {
  const tallies = tally(answers, classes, partition);
  return Object.fromEntries(
    partition.names.map((name, key) => [name, metricsOver(tallies[key] as readonly Tally[], framesOf[key] as number)]),
  );
}

/** By class over the frames of one part, in order; null for one the model cannot know. */
export function metricsByClass(answers: Answers, classes: number, part: Partition): readonly (Metrics | null)[] {
  const [tallies = []] = tally(answers, classes, part);
  return Array.from({ length: classes }, (_, klass) => {
    const found = tallies[klass];
    return found === undefined || !answers.known.includes(klass) ? null : metricsOfClass(found);
  });
}

/**
 * Accuracy of [candidate, reference] over the frames of some classes with a key of 0 or more, the models swapped where `flips` is 1.
 * null where there is no such frame.
 */
export function pooledAccuracy(
  [first, second]: readonly [Answers, Answers],
  classes: readonly number[],
  keyOfFrame: Int32Array,
  groups: number,
): ((flips: Uint8Array) => [number, number]) | null {
  const right = [new Int32Array(groups), new Int32Array(groups)] as const;
  let frames = 0;
  keyOfFrame.forEach((key, frame) => {
    if (key === -1 || !classes.includes(first.truths[frame] as number)) return;
    frames++;
    if (first.ranks[frame] === 0) bump(right[0], key);
    if (second.ranks[frame] === 0) bump(right[1], key);
  });
  if (frames === 0) return null;
  return (flips) => {
    let [candidate, reference] = [0, 0];
    for (let group = 0; group < groups; group++) {
      const swapped = flips[group] === 1;
      candidate += right[swapped ? 1 : 0][group] as number;
      reference += right[swapped ? 0 : 1][group] as number;
    }
    return [candidate / frames, reference / frames];
  };
}

/** Rows: truth; columns: what was said. The row of background stays empty, the last column holds frames without an answer. */
export function confusionOfAnswers({ truths, said, known }: Answers, wanted: (frame: number) => boolean): number[][] {
  const none = known.length;
  const matrix = Array.from({ length: none + 1 }, () => new Array<number>(none + 1).fill(0));
  const place = new Map(known.map((klass, i) => [klass, i]));
  truths.forEach((klass, frame) => {
    const row = matrix[place.get(klass) ?? -1];
    if (row === undefined || !wanted(frame)) return;
    const column = place.get(said[frame] as number) ?? none;
    row[column] = (row[column] as number) + 1;
  });
  return matrix;
}
