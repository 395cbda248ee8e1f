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
 * @param whole the statistic over all groups
 * @param without the statistic with one group left out, for each group; at least 2
 * @param level e.g. 0.95
 */
export function jackknifeInterval(whole: number, without: readonly number[], level: number): Interval {
  const n = without.length;
  if (n < 2) throw new RangeError(`${n} groups have no spread`);
  const mean = without.reduce((sum, value) => sum + value, 0) / n;
  const variance = ((n - 1) / n) * without.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const reach = jstat.studentt.inv((1 + level) / 2, n - 1) * Math.sqrt(variance);
  return { low: whole - reach, high: whole + reach };
}
