// The arms of an ablation against the first of them: paired by seed and by group, so that what is left is what was varied.
import type { EndPoint } from "../../contracts/config.ts";
import type { ArmResult } from "../../contracts/experiment.ts";
import { bitsOf, type ComparedModel, pooledOn } from "./compare-models.ts";
import type { Truth } from "./evaluate.ts";
import { holm } from "./holm.ts";
import { groupsForInterval, intervalLevel, jackknifeInterval } from "./jackknife.ts";
import type { Partition } from "./partition.ts";
import { permutationTest } from "./permutation.ts";
import { leastGroups } from "./verdict.ts";

export interface ArmsQuestion {
  readonly truth: Truth;
  readonly groups: Partition;
  /** By arm, by seed; every arm has the same seeds. */
  readonly arms: readonly (readonly ComparedModel[])[];
  /** Classes with truth. */
  readonly classes: readonly number[];
  readonly primary: EndPoint;
  readonly seed: number;
}

export type ArmFinding = Pick<
  ArmResult,
  "difference" | "interval" | "rangeOfGroups" | "rangeOfSeeds" | "p" | "corrected"
>;

const nothing: ArmFinding = {
  difference: null,
  interval: null,
  rangeOfGroups: null,
  rangeOfSeeds: null,
  p: null,
  corrected: null,
};

type Pooled = (flips: Uint8Array) => [number, number];
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const rangeOf = (values: readonly number[]) => ({ low: Math.min(...values), high: Math.max(...values) });

/** One per arm, the first with nothing in it. */
export function compareArms(question: ArmsQuestion): readonly ArmFinding[] {
  const [first, ...others] = question.arms;
  if (first === undefined) return [];
  const found = others.map((arm) => compareArm(question, first, arm));
  const corrected = holm(found.flatMap(({ p }) => (p === null ? [] : [p])));
  let next = 0;
  return [nothing, ...found.map((one) => ({ ...one, corrected: one.p === null ? null : (corrected[next++] ?? null) }))];
}

function compareArm(
  { truth, groups, classes, primary, seed }: ArmsQuestion,
  first: readonly ComparedModel[],
  arm: readonly ComparedModel[],
): ArmFinding {
  const bits = bitsOf(primary);
  const count = groups.names.length;
  /** One a seed, over the frames with a key of 0 or more; null where nothing is to be found there. */
  const pooledBySeed = (keyOfFrame: Int32Array): readonly Pooled[] | null => {
    const made = arm.flatMap((candidate, i) => {
      const reference = first[i];
      if (reference === undefined) return [];
      const pair = { candidate, reference, recall: null, groups };
      const pooled = pooledOn({ boxes: truth.boxes, pair, classes, bits }, keyOfFrame);
      return pooled === null ? [] : [pooled];
    });
    return made.length === 0 ? null : made;
  };
  const differences = (pooled: readonly Pooled[], flips: Uint8Array) =>
    pooled.map((of) => {
      const [own, other] = of(flips);
      return own - other;
    });
  const none = new Uint8Array(count);
  const over = (keep: (key: number, group: number) => boolean) =>
    groups.names.flatMap((_, group) => {
      const some = pooledBySeed(groups.keyOfFrame.map((key) => (keep(key, group) ? key : -1)));
      return some === null ? [] : [mean(differences(some, none))];
    });
  const whole = pooledBySeed(groups.keyOfFrame);
  if (whole === null) return nothing;
  const bySeed = differences(whole, none);
  const difference = mean(bySeed);
  const without = count < groupsForInterval ? [] : over((key, group) => key !== group);
  const single = over((key, group) => key === group);
  return {
    difference,
    interval:
      without.length < groupsForInterval
        ? null
        : { level: intervalLevel, ...jackknifeInterval(difference, without, intervalLevel) },
    rangeOfGroups: rangeOf(single),
    rangeOfSeeds: rangeOf(bySeed),
    p: count < leastGroups ? null : permutationTest(count, (flips) => mean(differences(whole, flips)), seed).p,
    corrected: null,
  };
}
