// The one evaluator: truth and predictions in, metrics of every model out. It reads nothing and writes nothing.
import type { Part, Role, Task } from "../../contracts/common.ts";
import type { Breakdown, Comparison, ModelEvaluation } from "../../contracts/evaluation.ts";
import { answersOf } from "./answers.ts";
import { rank } from "./average.ts";
import type { Boxes } from "./boxes.ts";
import { breakdownOf, type Matched, type PartPartitions, type Scored, withBoxes } from "./breakdown.ts";
import { type ComparedModel, compareModels, type Gates } from "./compare-models.ts";
import { confusionOf } from "./confusion.ts";
import { isIgnoredTruth, match } from "./match.ts";
import { chooseThreshold } from "./operating.ts";
import { byFallingScore } from "./order.ts";
import type { Shape } from "./overlap.ts";
import type { Partition } from "./partition.ts";
import { type SecondaryOptions, secondaryTests } from "./secondary.ts";

export type ScoredPart = Exclude<Part, "train">;
const scoredParts: readonly ScoredPart[] = ["val", "test", "deployment"];

/** The frames that are scored and what stands in them. */
export interface Truth {
  /** In a fixed order, by name: it decides between boxes of equal confidence. */
  readonly frames: readonly TruthFrame[];
  /** Of classify: one row a frame, as large as the frame. */
  readonly boxes: Boxes;
  /** @default detect, or segment where the boxes have masks */
  readonly task?: Task;
  /** Names of the classes; boxes hold indices into it. */
  readonly classes: readonly string[];
  /** Group → attribute → value. */
  readonly attributes: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface TruthFrame {
  readonly name: string;
  /** Of the image: predictions name it too, so that they cannot be of another picture. */
  readonly sha256: string;
  readonly group: string;
  readonly part: ScoredPart;
  /** Pixels; where masks are scored, for their run lengths fill the frame. */
  readonly size?: { readonly width: number; readonly height: number };
}

export interface ModelPredictions {
  readonly role: Role;
  readonly name: string;
  readonly sha256: string;
  /** Classes it cannot know: their metrics are null, never zero. */
  readonly unknownClasses: readonly string[];
  /** Of classify: a row a class, by falling probability. */
  readonly boxes: Boxes;
  /** The operating point, where it was frozen before; absent: chosen on val. */
  readonly threshold?: number | null;
}

export interface EvaluateOptions {
  readonly maxDetections: number;
}

export interface CompareOptions extends EvaluateOptions {
  readonly gates: Gates;
  /** Seed of the sampled permutations. */
  readonly seed: number;
  /** What the reference is called in words. @default by its role */
  readonly against?: string;
  /** Questions beside the primary one. */
  readonly secondary?: SecondaryOptions["of"] | undefined;
}

export interface Judged {
  readonly model: ModelPredictions;
  /** By the task's own shape: boxes, or masks where the truth has them. Everything is decided by this. */
  readonly scored: Scored;
  /** By box, beside the masks. */
  readonly byBox?: Matched;
}

/** The names in order, and each frame's index among them. */
function partitionBy(frames: readonly TruthFrame[], nameOf: (frame: TruthFrame) => string | undefined): Partition {
  const found = new Set<string>();
  for (const frame of frames) {
    const name = nameOf(frame);
    if (name !== undefined) found.add(name);
  }
  const names = [...found].sort();
  const places = new Map(names.map((name, i) => [name, i]));
  const keyOfFrame = Int32Array.from(frames, (frame) => {
    const name = nameOf(frame);
    return name === undefined ? -1 : (places.get(name) as number);
  });
  return { names, keyOfFrame };
}

export function partitionsOf(truth: Truth, part: ScoredPart): PartPartitions {
  const inPart = (frame: TruthFrame) => frame.part === part;
  const attributeNames = new Set(Object.values(truth.attributes).flatMap((values) => Object.keys(values)));
  return {
    part: partitionBy(truth.frames, (frame) => (inPart(frame) ? part : undefined)),
    groups: partitionBy(truth.frames, (frame) => (inPart(frame) ? frame.group : undefined)),
    attributes: Object.fromEntries(
      [...attributeNames]
        .sort()
        .map((name) => [
          name,
          partitionBy(truth.frames, (frame) => (inPart(frame) ? truth.attributes[frame.group]?.[name] : undefined)),
        ]),
    ),
  };
}

/** Boxes to be found in a part, of the classes a model can know. */
function countTruths(truth: Truth, part: ScoredPart, known: ReadonlySet<number>): number {
  let count = 0;
  truth.frames.forEach((frame, i) => {
    if (frame.part !== part) return;
    for (let row = truth.boxes.starts[i] as number; row < (truth.boxes.ends[i] as number); row++) {
      if (known.has(truth.boxes.classes[row] as number) && !isIgnoredTruth(truth.boxes, row)) count++;
    }
  });
  return count;
}

export function judge(truth: Truth, model: ModelPredictions, maxDetections: number): Judged {
  const known = truth.classes.flatMap((name, i) => (model.unknownClasses.includes(name) ? [] : [i]));
  const task = truth.task ?? (truth.boxes.masks === undefined ? "detect" : "segment");
  const by = (shape: Shape) => {
    const matches = match(model.boxes, truth.boxes, maxDetections, shape);
    return { shape, matches, ranked: rank(matches, truth.classes.length), known };
  };
  switch (task) {
    case "classify":
      return { model, scored: answersOf(truth.boxes, model.boxes, known) };
    case "detect": {
      const scored = by("box");
      return { model, scored: { ...scored, threshold: thresholdOf(truth, model, scored.matches, known) } };
    }
    case "segment": {
      const scored = by("mask");
      const threshold = thresholdOf(truth, model, scored.matches, known);
      return { model, scored: { ...scored, threshold }, byBox: { ...by("box"), threshold } };
    }
  }
}

function thresholdOf(truth: Truth, model: ModelPredictions, matches: Matched["matches"], known: readonly number[]) {
  if (model.threshold !== undefined) return model.threshold;
  const wanted = new Set(known);
  const onVal = byFallingScore(matches.scores.subarray(0, matches.count)).filter(
    (at) => truth.frames[matches.frames[at] as number]?.part === "val" && wanted.has(matches.classes[at] as number),
  );
  return chooseThreshold(matches, onVal, countTruths(truth, "val", wanted));
}

function report(truth: Truth, { model, scored, byBox }: Judged): ModelEvaluation {
  const parts: Partial<Record<ScoredPart, Breakdown>> = {};
  for (const part of scoredParts) {
    if (!truth.frames.some((frame) => frame.part === part)) continue;
    const partitions = partitionsOf(truth, part);
    const own = breakdownOf(truth.boxes, scored, truth.classes, partitions);
    parts[part] =
      byBox === undefined ? own : withBoxes(own, breakdownOf(truth.boxes, byBox, truth.classes, partitions));
  }
  const isTest = (frame: number) => truth.frames[frame]?.part === "test";
  const wantsConfusion = parts.test !== undefined && (scored.shape === "frame" || scored.threshold !== null);
  return {
    role: model.role,
    name: model.name,
    sha256: model.sha256,
    unknownClasses: [...model.unknownClasses],
    threshold: scored.threshold,
    parts,
    ...(wantsConfusion ? { confusion: confusionOf(truth.boxes, model.boxes, scored, truth.classes, isTest) } : {}),
  };
}

/** Metrics of each model on the same frames. */
export function evaluate(
  truth: Truth,
  models: readonly ModelPredictions[],
  options: EvaluateOptions,
): readonly ModelEvaluation[] {
  return models.map((model) => report(truth, judge(truth, model, options.maxDetections)));
}

/**
 * Metrics of each model, and the candidate compared with the model in use: production where it was predicted, else base.
 * @throws RangeError where `models` lack the candidate or a baseline
 */
export function evaluateAndCompare(
  truth: Truth,
  models: readonly ModelPredictions[],
  options: CompareOptions,
): { readonly models: readonly ModelEvaluation[]; readonly comparison: Comparison } {
  const judged = models.map((model) => judge(truth, model, options.maxDetections));
  const of = (role: Role) => judged.find(({ model }) => model.role === role);
  const candidate = of("candidate");
  const reference = of("production") ?? of("base");
  if (candidate === undefined || reference === undefined)
    throw new RangeError("no candidate, or nothing to compare it with");
  const reports = judged.map((one) => report(truth, one));
  const recall = reports[judged.indexOf(candidate)]?.parts.test?.all.recall ?? null;
  const { groups, attributes } = partitionsOf(truth, "test");
  const compared = ({ model, scored }: Judged): ComparedModel => ({ role: model.role, scored });
  const pair = { candidate: compared(candidate), reference: compared(reference), recall, groups };
  const comparison = compareModels(truth, pair, options);
  if (options.secondary === undefined) return { models: reports, comparison };
  const { gates, seed } = options;
  const asked = { of: options.secondary, primary: gates.primary, seed };
  const secondary = secondaryTests({ truth, ...pair, attributes }, asked);
  return { models: reports, comparison: { ...comparison, secondary } };
}
