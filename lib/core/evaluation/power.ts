// Would the test see a gain that matters? By simulation: groups with the spread that was measured, and the gain put in.
import type { Comparison } from "../../contracts/evaluation.ts";
import { Chance } from "./chance.ts";
import { studentPoint } from "./jackknife.ts";
import { permutationTest, smallestP } from "./permutation.ts";

const simulations = 2000;
/** A test that sees it less often is no plan. */
const often = 0.8;
const mostGroups = 1000;
/** Up to here the swaps of signs are counted out. */
const exactGroups = 9;

export interface PowerQuestion {
  /** Test groups there are. */
  readonly groups: number;
  /** Standard deviation of a group's difference. */
  readonly spread: number;
  /** Of the primary metric. */
  readonly gain: number;
  readonly alpha: number;
  readonly seed: number;
}

/** How often the gain would be seen with these groups, and the fewest with which it would be seen four times in five. */
export function powerOf(question: PowerQuestion): NonNullable<Comparison["power"]> {
  const { groups, gain } = question;
  return { gain, seen: seenWith(groups, question), groupsWanted: fewestGroups(question) };
}

/** Share of the simulations in which p ≤ alpha. */
function seenWith(groups: number, { spread, gain, alpha, seed }: PowerQuestion): number {
  if (groups < 1 || smallestP(groups) > alpha) return 0;
  const chance = new Chance(seed);
  const point = studentPoint(1 - alpha, groups);
  let seen = 0;
  for (let i = 0; i < simulations; i++) {
    if (groups <= exactGroups ? seesExactly(groups) : seesByStudent(groups)) seen++;
  }
  return seen / simulations;

  /** The test itself, on the mean of the groups' differences. */
  function seesExactly(n: number): boolean {
    const differences = Float64Array.from({ length: n }, () => gain + spread * chance.normal());
    const sum = (flips: Uint8Array) => {
      let total = 0;
      for (let group = 0; group < n; group++) {
        total += flips[group] === 1 ? -(differences[group] as number) : (differences[group] as number);
      }
      return total;
    };
    return permutationTest(n, sum, 0).p <= alpha;
  }

  /** With many groups swapping signs decides as Student's test does: from a mean and, apart from it, a variance. */
  function seesByStudent(n: number): boolean {
    const error = spread / Math.sqrt(n);
    const mean = gain + error * chance.normal();
    const variance = chance.gamma((n - 1) / 2) / ((n - 1) / 2);
    return Math.abs(mean) >= point * error * Math.sqrt(variance);
  }
}

/** null where a thousand groups would not do. */
function fewestGroups(question: PowerQuestion): number | null {
  const enough = (groups: number) => seenWith(groups, question) >= often;
  let high = 6;
  while (!enough(high)) {
    if (high >= mostGroups) return null;
    high = Math.min(2 * high, mostGroups);
  }
  let low = Math.max(5, Math.floor(high / 2));
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}
