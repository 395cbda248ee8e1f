// Groups shared out to folds of nearly equal frames: the largest first, each to the fold that has least; equal ones by chance.
import { Chance } from "../evaluation/chance.ts";

/** @param frames of each group @returns the fold of each group, from 0 */
export function foldsOf(frames: ReadonlyMap<string, number>, folds: number, seed: number): ReadonlyMap<string, number> {
  const chance = new Chance(seed);
  const drawn = [...frames]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, count]) => ({ group, count, lot: chance.uniform() }))
    .sort((a, b) => b.count - a.count || a.lot - b.lot);
  const held = new Array<number>(folds).fill(0);
  const foldOf = new Map<string, number>();
  for (const { group, count } of drawn) {
    const least = held.indexOf(Math.min(...held));
    held[least] = (held[least] as number) + count;
    foldOf.set(group, least);
  }
  return foldOf;
}
