// Chance that a seed decides: an order of names that does not depend on their input order, and numbers for the search.
import { createHash } from "node:crypto";

/** The items in an order that only the seed and their own names decide. */
export function seededOrder<T>(seed: number, items: readonly T[], nameOf: (item: T) => string): T[] {
  const keyed = items.map((item) => ({
    item,
    key: createHash("sha256")
      .update(`${seed}\n${nameOf(item)}`)
      .digest("hex"),
  }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ item }) => item);
}

/** Whole numbers below a bound: the 32-bit generator of Marsaglia's xorshift family, enough to choose candidates. */
export function seededIndex(seed: number): (bound: number) => number {
  let state = createHash("sha256").update(`search\n${seed}`).digest().readUInt32LE(0) || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((state >>> 0) / 4294967296) * bound);
  };
}
