// The paired permutation test over groups: is the difference of two models larger than what swapping them by chance gives?
import { Chance } from "./chance.ts";

/** From here on permutations are drawn, not enumerated: 2^12 swaps are 2,048 pairs of mirror images. */
const exactGroups = 12;
const draws = 9999;
/** Two sums of the same numbers in another order may differ by this much. */
const rounding = 1e-12;

export interface PermutationResult {
  /** Two-sided. */
  readonly p: number;
  readonly method: "exact" | "sampled";
  /** Swaps the p-value stands for. */
  readonly permutations: number;
}

/** The smallest two-sided p that a test over so many groups can reach. */
export function smallestP(groups: number): number {
  if (groups === 0) return 1;
  return groups <= exactGroups ? 2 / 2 ** groups : 1 / (draws + 1);
}

/** The fewest groups, `least` or more, with which p ≤ alpha can be reached; null where no number of groups is enough. */
export function groupsFor(alpha: number, least: number): number | null {
  for (let groups = least; groups <= exactGroups + 1; groups++) if (smallestP(groups) <= alpha) return groups;
  return null;
}

/**
 * @param groups at least 1
 * @param difference of the pooled metric, the two models swapped in the groups where the flag is 1.
 *   Swapping all groups must turn its sign and change nothing else.
 * @param seed of the draws, where they are drawn
 */
export function permutationTest(
  groups: number,
  difference: (flips: Uint8Array) => number,
  seed: number,
): PermutationResult {
  const flips = new Uint8Array(groups);
  const observed = Math.abs(difference(flips)) - rounding;
  return groups <= exactGroups ? enumerate(flips, difference, observed) : sample(flips, difference, observed, seed);
}

/** Half of all swaps: the last group stays, as the mirror image of each swap has the same size. */
function enumerate(flips: Uint8Array, difference: (flips: Uint8Array) => number, observed: number): PermutationResult {
  const half = 2 ** (flips.length - 1);
  let extreme = 0;
  for (let pattern = 0; pattern < half; pattern++) {
    for (let group = 0; group < flips.length - 1; group++) flips[group] = (pattern >>> group) & 1;
    if (Math.abs(difference(flips)) >= observed) extreme++;
  }
  return { p: extreme / half, method: "exact", permutations: 2 * half };
}

/** The observed arrangement is one of those that could have been drawn: it counts above and below the line. */
function sample(
  flips: Uint8Array,
  difference: (flips: Uint8Array) => number,
  observed: number,
  seed: number,
): PermutationResult {
  const chance = new Chance(seed);
  let extreme = 0;
  for (let draw = 0; draw < draws; draw++) {
    let word = 0;
    for (let group = 0; group < flips.length; group++) {
      word = group % 32 === 0 ? chance.bits() : word >>> 1;
      flips[group] = word & 1;
    }
    if (Math.abs(difference(flips)) >= observed) extreme++;
  }
  return { p: (extreme + 1) / (draws + 1), method: "sampled", permutations: draws };
}
