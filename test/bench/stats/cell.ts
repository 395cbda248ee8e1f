// One cell of the calibration: many draws of one world, each tested and given an interval as a release would be.

import { jackknifeInterval } from "../../../lib/core/evaluation/jackknife.ts";
import { PairedClass } from "../../../lib/core/evaluation/paired.ts";
import { permutationTest, smallestP } from "../../../lib/core/evaluation/permutation.ts";
import { decide } from "../../../lib/core/evaluation/verdict.ts";
import { type Draw, draw, type World, WorldChance } from "./world.ts";

export interface Cell {
  readonly world: World;
  readonly groups: number;
  readonly simulations: number;
  readonly seed: number;
  /** Of pooled AP, candidate minus reference, over endlessly many groups. */
  readonly truth: number;
}

export interface CellCounts {
  readonly simulations: number;
  /** p ≤ alpha, in either direction. */
  readonly rejected: number;
  readonly promoted: number;
  /** Intervals that hold the truth. */
  readonly covered: number;
  /** Intervals above the truth: were the candidate worse by just the margin, it would be called not worse so often. */
  readonly above: number;
  readonly meanWidth: number;
}

export const alpha = 0.05;
export const level = 0.95;
const mAP50 = [1];

/** Standard errors from which on the draws that are left no longer matter: together they change one decision in some ten thousand. */
const beyondDoubt = 5;

/** Ends the permutation test where its decision is known. */
class Decided extends Error {
  readonly isRejected: boolean;

  constructor(isRejected: boolean) {
    super();
    this.isRejected = isRejected;
  }
}

/** Whether p ≤ alpha, by the test that a release uses. Every swap is counted where it counts every one. */
function rejects(difference: (flips: Uint8Array) => number, groups: number, seed: number): boolean {
  let observed: number | null = null;
  let [draws, extreme] = [0, 0];
  const watched = (flips: Uint8Array) => {
    const here = Math.abs(difference(flips));
    if (observed === null) {
      observed = here - 1e-12;
      return here;
    }
    draws++;
    if (here >= observed) extreme++;
    const doubt = beyondDoubt * Math.sqrt(alpha * (1 - alpha) * draws);
    if (Math.abs(extreme - alpha * draws) > Math.max(doubt, beyondDoubt)) throw new Decided(extreme < alpha * draws);
    return here;
  };
  try {
    return permutationTest(groups, exactly(groups) ? difference : watched, seed).p <= alpha;
  } catch (error) {
    if (error instanceof Decided) return error.isRejected;
    throw error;
  }
}

/** At p = 2 / 2^groups and 9,999 draws. */
const exactly = (groups: number) => smallestP(groups) === 2 / 2 ** groups;

function pooled(paired: PairedClass, flips: Uint8Array): number {
  const [candidate, reference] = paired.sums(flips);
  return candidate - reference;
}

function withoutEach({ sides, truths, groupOfFrame, truthsOfGroup }: Draw, groups: number): number[] {
  return Array.from({ length: groups }, (_, out) => {
    const others = groupOfFrame.map((group) => (group === out ? -1 : group));
    const left = truths - (truthsOfGroup[out] as number);
    return pooled(new PairedClass(sides, left, mAP50, others, groups), new Uint8Array(groups));
  });
}

export function runCell({ world, groups, simulations, seed, truth }: Cell): CellCounts {
  const chance = new WorldChance(seed);
  let [rejected, promoted, covered, above, widths] = [0, 0, 0, 0, 0];
  for (let i = 0; i < simulations; i++) {
    const drawn = draw(world, groups, chance);
    const paired = new PairedClass(drawn.sides, drawn.truths, mAP50, drawn.groupOfFrame, groups);
    const whole = pooled(paired, new Uint8Array(groups));
    const isRejected = rejects((flips) => pooled(paired, flips), groups, i);
    const { low, high } = jackknifeInterval(whole, withoutEach(drawn, groups), level);
    if (isRejected) rejected++;
    if (isRejected && verdictOf(whole, groups) === "promote") promoted++;
    if (low <= truth && truth <= high) covered++;
    if (low > truth) above++;
    widths += high - low;
  }
  return { simulations, rejected, promoted, covered, above, meanWidth: widths / simulations };
}

function verdictOf(difference: number, groups: number): string {
  const gates = { primary: "mAP50", margin: 0, alpha, minRecall: undefined, recall: null };
  return decide({ ...gates, against: "", why: "", groups, difference, p: alpha }).verdict;
}

/** The truth of a world, from very many groups. */
export function truthOf(world: World, groups: number, seed: number): number {
  const { sides, truths, groupOfFrame } = draw(world, groups, new WorldChance(seed));
  return pooled(new PairedClass(sides, truths, mAP50, groupOfFrame, groups), new Uint8Array(groups));
}
