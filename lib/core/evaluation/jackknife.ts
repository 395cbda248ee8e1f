// The interval of a difference of two models over groups: how far it moves when each group in turn is left out (Tukey's jackknife),
// with Student's t for the few groups there are. docs/statistics.md shows at how many groups it covers what it says.
import jstat from "jstat";

export const intervalLevel = 0.95;

/** From so many groups on an interval is printed: with fewer it was seen to hold the truth less often than it says. */
export const groupsForInterval = 20;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * The standard deviation of one group's part in the statistic: of the jackknife's pseudo-values.
 * @param without the statistic with one group left out, for each group; at least 2
 */
export function spreadOfGroups(without: readonly number[]): number {
  const n = without.length;
  if (n < 2) throw new RangeError(`${n} groups have no spread`);
  const mean = without.reduce((sum, value) => sum + value, 0) / n;
  return Math.sqrt((n - 1) * without.reduce((sum, value) => sum + (value - mean) ** 2, 0));
}

/**
 * @param whole the statistic over all groups
 * @param without as for {@link spreadOfGroups}
 * @param level e.g. 0.95
 */
export function jackknifeInterval(whole: number, without: readonly number[], level: number): Interval {
  const n = without.length;
  const reach = (studentPoint(level, n) * spreadOfGroups(without)) / Math.sqrt(n);
  return { low: whole - reach, high: whole + reach };
}

/** How many standard errors a mean of n reaches to either side. */
export function studentPoint(level: number, n: number): number {
  return jstat.studentt.inv((1 + level) / 2, n - 1);
}
