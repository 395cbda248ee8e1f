// Finds where the free groups go. Frames come first: their shares are met as well as whole groups allow, which for equal
// groups is the largest-remainder count. Then classes are evened out, giving back no more of the frames' fit than the groups'
// sizes differ by: where all are equal, nothing. Few groups are tried out in full, many by greedy placing and local search.
import { Balance, type Cost, type Place, places, type ShareTable } from "./balance.ts";

/** 3^8 arrangements are tried out in a blink; more groups are searched. */
const exhaustiveLimit = 8;
/** Column visits in one search; bounds its time whatever the number of groups and classes. */
const visitLimit = 4e8;
const tolerance = 1e-12;

export interface SearchInput {
  readonly table: ShareTable;
  /** Rows whose part is settled. */
  readonly fixed: ReadonlyMap<number, Place>;
  /** The other rows, in the seed's order. */
  readonly free: readonly number[];
  /** A seeded whole number below the bound. */
  readonly index: (bound: number) => number;
}

/** What counts in a pass, and how far the frames' cost may go. */
interface Goal {
  readonly of: (cost: Cost) => number;
  readonly framesLimit: number;
}

/** @returns the place of every free row; every part holds a group, given enough of them */
export function searchPlaces(input: SearchInput): ReadonlyMap<number, Place> {
  const balance = new Balance(input.table);
  for (const [row, place] of input.fixed) balance.put(row, place);
  const settle = input.free.length <= exhaustiveLimit ? tryAll : climb;
  settle(balance, input, { of: (cost) => cost.frames, framesLimit: Number.POSITIVE_INFINITY });
  settle(balance, input, { of: (cost) => cost.all, framesLimit: framesLimit(balance.cost().frames, input) });
  return new Map(input.free.map((row) => [row, balance.placeOf(row) ?? 0]));
}

/** The frames' cost that evening out the classes may reach: the best one, and the spread of the groups' sizes. */
function framesLimit(best: number, { table, free }: SearchInput): number {
  const sizes = free.map((row) => table.shares[row * table.columns] ?? 0);
  const mean = sizes.reduce((sum, size) => sum + size, 0) / Math.max(sizes.length, 1);
  const variance = sizes.reduce((sum, size) => sum + (size - mean) ** 2, 0) / Math.max(sizes.length, 1);
  return (Math.sqrt(best) + Math.sqrt(variance)) ** 2 + tolerance;
}

/** Every arrangement; the first of the cheapest stays. */
function tryAll(balance: Balance, { free }: SearchInput, goal: Goal): void {
  let cheapest = Number.POSITIVE_INFINITY;
  let kept: readonly (Place | null)[] = [];
  const visit = (depth: number): void => {
    const row = free[depth];
    if (row !== undefined) {
      for (const place of places) {
        balance.put(row, place);
        visit(depth + 1);
      }
      return;
    }
    const cost = balance.cost();
    if (places.some((place) => balance.held(place) === 0) || cost.frames > goal.framesLimit) return;
    if (goal.of(cost) >= cheapest - tolerance) return;
    cheapest = goal.of(cost);
    kept = free.map((each) => balance.placeOf(each));
  };
  visit(0);
  for (const [index, row] of free.entries()) balance.put(row, kept[index] ?? 0);
}

/** From where the groups stand (first: placed one by one where they help most) to where no move and no exchange helps. */
function climb(balance: Balance, input: SearchInput, goal: Goal): void {
  for (const row of input.free) if (balance.placeOf(row) === null) placeGreedily(balance, row);
  for (const place of places) if (balance.held(place) === 0) fillEmpty(balance, input.free, place);
  const partners = Math.min(input.free.length, 48);
  const passes = Math.ceil(visitLimit / (input.free.length * (2 + partners) * input.table.columns));
  for (let pass = 0; pass < passes; pass++) {
    if (!climbOnce(balance, input, goal, partners)) return;
  }
}

function placeGreedily(balance: Balance, row: number): void {
  let best: Place = 0;
  for (const place of places) if (balance.added(row, place) < balance.added(row, best)) best = place;
  balance.put(row, best);
}

/** Every part gets a group: the one whose leaving costs least, from a part that keeps another. */
function fillEmpty(balance: Balance, free: readonly number[], empty: Place): void {
  let best: { row: number; cost: number } | null = null;
  for (const row of free) {
    const from = balance.placeOf(row);
    if (from === null || balance.held(from) < 2) continue;
    const cost = balance.change(row, from, empty, null).all;
    if (best === null || cost < best.cost) best = { row, cost };
  }
  if (best !== null) balance.put(best.row, empty);
}

/** One pass over the free groups. @returns whether anything became better */
function climbOnce(balance: Balance, { free, index }: SearchInput, goal: Goal, partners: number): boolean {
  let better = false;
  let { frames } = balance.cost();
  const attempt = (row: number, to: Place, other: number | null): void => {
    const from = balance.placeOf(row) ?? 0;
    if (to === from || (other === null && balance.held(from) < 2)) return;
    const change = balance.change(row, from, to, other);
    if (goal.of(change) >= -tolerance || frames + change.frames > goal.framesLimit) return;
    balance.put(row, to);
    if (other !== null) balance.put(other, from);
    frames += change.frames;
    better = true;
  };
  for (const row of free) {
    for (const to of places) attempt(row, to, null);
    const start = partners < free.length ? index(free.length) : 0;
    for (let step = 0; step < partners; step++) {
      const other = free[(start + step) % free.length] ?? row;
      attempt(row, balance.placeOf(other) ?? 0, other);
    }
  }
  return better;
}
