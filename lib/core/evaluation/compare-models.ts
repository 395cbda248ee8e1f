// The comparison of the candidate with the model in use, on the test part.

import type { Role } from "../../contracts/common.ts";
import type { Config, EndPoint } from "../../contracts/config.ts";
import type { Comparison } from "../../contracts/evaluation.ts";
import { pooledAccuracy } from "./answers.ts";
import type { Boxes } from "./boxes.ts";
import type { Matched, Scored } from "./breakdown.ts";
import { groupsForInterval, intervalLevel, jackknifeInterval, spreadOfGroups } from "./jackknife.ts";
import { isIgnoredTruth } from "./match.ts";
import { PairedClass } from "./paired.ts";
import type { Partition } from "./partition.ts";
import { permutationTest, smallestP } from "./permutation.ts";
import { type PowerQuestion, powerOf } from "./power.ts";
import { ious } from "./protocol.ts";
import { decide, type Verdict } from "./verdict.ts";

export type Gates = Pick<Config["gates"], "primary" | "test" | "margin" | "alpha" | "minRecall">;

interface CompareTerms {
  readonly gates: Gates;
  /** Of everything that is drawn. */
  readonly seed: number;
  /** What the reference is called in the sentence. @default by its role */
  readonly against?: string;
}

export interface ComparedModel {
  readonly role: Role;
  readonly scored: Scored;
}

export interface Pair {
  readonly candidate: ComparedModel;
  readonly reference: ComparedModel;
  /** The candidate's recall on test. */
  readonly recall: number | null;
  /** The test groups. */
  readonly groups: Partition;
}

interface Compared {
  readonly candidate: number;
  readonly reference: number;
  readonly test: Pick<Comparison, "p" | "method" | "permutations">;
  readonly spread: Pick<Comparison, "interval" | "range" | "power">;
}

/** What a comparison is made of: the classes both models can know, and the IoUs of the primary metric, none of them for accuracy. */
interface Terms {
  readonly boxes: Boxes;
  readonly pair: Pair;
  readonly classes: readonly number[];
  readonly bits: readonly number[];
}

const against: Record<Role, string> = { candidate: "itself", base: "the base model", production: "production" };

function truthsByClass(boxes: Boxes, classes: number, keyOfFrame: Int32Array): Int32Array {
  const counts = new Int32Array(classes);
  keyOfFrame.forEach((key, frame) => {
    if (key === -1) return;
    for (let row = boxes.starts[frame] as number; row < (boxes.ends[frame] as number); row++) {
      const klass = boxes.classes[row] as number;
      if (!isIgnoredTruth(boxes, row)) counts[klass] = (counts[klass] as number) + 1;
    }
  });
  return counts;
}

/**
 * The metric of [candidate, reference], pooled over the frames with a key of 0 or more, the models swapped where `flips` is 1;
 * a class without truth there is in no mean. null where no class has any.
 */
export function pooledOn({ boxes, pair, classes, bits }: Terms, keyOfFrame: Int32Array) {
  const groups = pair.groups.names.length;
  const truths = truthsByClass(boxes, Math.max(...classes) + 1, keyOfFrame);
  const there = classes.filter((klass) => (truths[klass] as number) > 0);
  if (there.length === 0) return null;
  const [first, second] = [pair.candidate.scored, pair.reference.scored];
  if (first.shape === "frame" && second.shape === "frame")
    return pooledAccuracy([first, second], there, keyOfFrame, groups);
  if (first.shape === "frame" || second.shape === "frame")
    throw new RangeError("models of different tasks have nothing in common");
  const sideOf = ({ matches, ranked }: Matched, klass: number) => ({ matches, ranked: ranked[klass] as Uint32Array });
  const paired = there.map((klass) => {
    const sides = [sideOf(first, klass), sideOf(second, klass)] as const;
    return new PairedClass(sides, truths[klass] as number, bits, keyOfFrame, groups);
  });
  return (flips: Uint8Array): [number, number] => {
    const sums = paired.map((one) => one.sums(flips));
    const mean = (side: 0 | 1) => sums.reduce((sum, of) => sum + of[side], 0) / (bits.length * there.length);
    return [mean(0), mean(1)];
  };
}

/** The IoUs that an end point is the mean of. */
export function bitsOf(primary: EndPoint): readonly number[] {
  switch (primary) {
    case "mAP50":
      return [1];
    case "mAP50-95":
      return ious.map((_, i) => 1 << i);
    case "top1":
      return [];
  }
}

/** Points of the metric that are worth seeing where the config asks for no margin. */
const worthSeeing = 0.03;

function compareOn(terms: Terms, { gates, seed }: CompareTerms): Compared | null {
  const { names, keyOfFrame } = terms.pair.groups;
  const pooled = pooledOn(terms, keyOfFrame);
  if (pooled === null) return null;
  const difference = (flips: Uint8Array) => {
    const [candidate, reference] = pooled(flips);
    return candidate - reference;
  };
  const [candidate, reference] = pooled(new Uint8Array(names.length));
  const test = permutationTest(names.length, difference, seed);
  const question = { gain: gates.margin > 0 ? gates.margin : worthSeeing, alpha: gates.alpha, seed };
  return { candidate, reference, test, spread: spreadOf(terms, candidate - reference, question) };
}

/** How far groups differ: an interval where it is known to hold what it says, and the lowest and highest group everywhere. */
function spreadOf(
  terms: Terms,
  whole: number,
  question: Pick<PowerQuestion, "gain" | "alpha" | "seed">,
): Compared["spread"] {
  const { names, keyOfFrame } = terms.pair.groups;
  const none = new Uint8Array(names.length);
  const differences = (keep: (key: number, group: number) => boolean) =>
    names.flatMap((_, group) => {
      const some = pooledOn(
        terms,
        keyOfFrame.map((key) => (keep(key, group) ? key : -1)),
      )?.(none);
      return some === undefined ? [] : [some[0] - some[1]];
    });
  const single = differences((key, group) => key === group);
  const range = { low: Math.min(...single), high: Math.max(...single) };
  const without = differences((key, group) => key !== group);
  if (without.length < 2) return { interval: null, range, power: null };
  const interval = { level: intervalLevel, ...jackknifeInterval(whole, without, intervalLevel) };
  return {
    interval: names.length < groupsForInterval ? null : interval,
    range,
    power: powerOf({ groups: names.length, spread: spreadOfGroups(without), ...question }),
  };
}

/** The classes with truth in test, and those of them that both models can know. */
export function commonClasses(
  truth: { readonly boxes: Boxes; readonly classes: readonly string[] },
  { candidate, reference }: Pick<Pair, "candidate" | "reference">,
  keyOfFrame: Int32Array,
) {
  const truths = truthsByClass(truth.boxes, truth.classes.length, keyOfFrame);
  const there = Array.from(truths.keys()).filter((klass) => (truths[klass] as number) > 0);
  const known = there.filter(
    (klass) => candidate.scored.known.includes(klass) && reference.scored.known.includes(klass),
  );
  return { known, left: there.filter((klass) => !known.includes(klass)), any: there.length > 0 };
}

/**
 * The primary metric is the mean over the classes that have truth in test and that both models can know;
 * a class that one of them cannot know is left out and named.
 */
export function compareModels(
  truth: { readonly boxes: Boxes; readonly classes: readonly string[] },
  pair: Pair,
  terms: CompareTerms,
): Comparison {
  const { gates } = terms;
  const groups = pair.groups.names.length;
  const { known, left, any } = commonClasses(truth, pair, pair.groups.keyOfFrame);
  const names = left.map((klass) => truth.classes[klass] as string).join(", ");
  const bits = bitsOf(gates.primary);
  const compared = known.length === 0 ? null : compareOn({ boxes: truth.boxes, pair, classes: known, bits }, terms);
  const difference = compared === null ? null : compared.candidate - compared.reference;
  const p = compared?.test.p ?? null;
  const name = terms.against ?? against[pair.reference.role];
  const why = any ? `${name} cannot know ${names}, so there is nothing to compare` : "the test part has no truth";
  // Where masks are the task, they are the end point.
  const primary = pair.candidate.scored.shape === "mask" ? `${gates.primary}.mask` : gates.primary;
  const verdict = decide({
    against: name,
    ...gates,
    primary,
    minRecall: gates.minRecall,
    groups,
    difference,
    why,
    p,
    recall: pair.recall,
    interval: compared?.spread.interval ?? null,
  });
  return {
    baseline: pair.reference.role,
    primary,
    ...(gates.test === undefined ? {} : { test: gates.test }),
    margin: gates.margin,
    alpha: gates.alpha,
    groups,
    candidate: compared?.candidate ?? null,
    reference: compared?.reference ?? null,
    difference,
    interval: null,
    range: null,
    power: null,
    ...compared?.spread,
    smallestP: groups === 0 ? null : smallestP(groups),
    ...(compared?.test ?? { p: null, method: "none", permutations: 0 }),
    ...withClassesLeft(verdict, known.length > 0 ? names : "", name),
  };
}

function withClassesLeft(verdict: Verdict, names: string, against: string): Verdict {
  if (names === "") return verdict;
  return {
    ...verdict,
    reason: `${verdict.reason.slice(0, -1)}; ${names} left out, as ${against} or the candidate cannot know it.`,
  };
}
