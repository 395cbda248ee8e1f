// How many boxes stand before each hit once some groups are swapped: the inner loop of the permutation test.

/** Counts boxes up to and with each event (a box that hit something) of the list. */
export interface SeenCounter {
  /** Writes to `out` the boxes of the first list at each event, the two lists swapped in groups where `flips` is 1. */
  fill(flips: Uint8Array, out: Int32Array): void;
}

/** Tables above this many bytes a class are not made. */
const tableBytes = 64 * 1024 * 1024;

/** What swapping a group adds at an event: cumulative, so each entry counts for every later event too. */
interface Entries {
  /** Boxes of the first list at each event, nothing swapped. */
  readonly base: Int32Array;
  /** By event: one past its last entry. */
  readonly ends: Int32Array;
  readonly groups: Int32Array;
  readonly differences: Int32Array;
}

/** Takes the boxes of both lists by falling score, and marks events among them. */
export class SeenRecorder {
  readonly #groups: number;
  readonly #pending: Int32Array;
  readonly #touched = new Set<number>();
  readonly #base: number[] = [];
  readonly #ends: number[] = [];
  readonly #entryGroups: number[] = [];
  readonly #entryDifferences: number[] = [];
  #first = 0;
  #total = 0;

  constructor(groups: number) {
    this.#groups = groups;
    this.#pending = new Int32Array(groups);
  }

  /** A box of the first (0) or second (1) list. */
  box(side: 0 | 1, group: number): void {
    this.#pending[group] = (this.#pending[group] as number) + (side === 1 ? 1 : -1);
    this.#touched.add(group);
    this.#total++;
    if (side === 0) this.#first++;
  }

  /** The box given last is an event; returns the boxes of both lists so far. */
  event(): number {
    for (const group of this.#touched) {
      const difference = this.#pending[group] as number;
      this.#pending[group] = 0;
      if (difference === 0) continue;
      this.#entryGroups.push(group);
      this.#entryDifferences.push(difference);
    }
    this.#touched.clear();
    this.#base.push(this.#first);
    this.#ends.push(this.#entryGroups.length);
    return this.#total;
  }

  done(): SeenCounter {
    const entries: Entries = {
      base: Int32Array.from(this.#base),
      ends: Int32Array.from(this.#ends),
      groups: Int32Array.from(this.#entryGroups),
      differences: Int32Array.from(this.#entryDifferences),
    };
    const bits = [6, 4, 3, 2, 1].find((width) => tableSize(this.#groups, width, entries.base.length) <= tableBytes);
    const dense = bits === undefined ? Number.POSITIVE_INFINITY : Math.ceil(this.#groups / bits) * entries.base.length;
    return bits !== undefined && dense < entries.groups.length
      ? tableCounter(entries, this.#groups, bits)
      : entryCounter(entries);
  }
}

function tableSize(groups: number, bits: number, events: number): number {
  return Math.ceil(groups / bits) * 2 ** bits * events * 4;
}

/** Adds up the entries: for many groups of few boxes each. */
function entryCounter({ base, ends, groups, differences }: Entries): SeenCounter {
  return {
    fill(flips, out) {
      let added = 0;
      let entry = 0;
      for (let e = 0; e < base.length; e++) {
        for (const end = ends[e] as number; entry < end; entry++) {
          added += (flips[groups[entry] as number] as number) * (differences[entry] as number);
        }
        out[e] = (base[e] as number) + added;
      }
    },
  };
}

/** Adds up one vector a block of `bits` groups, made beforehand for each of its patterns of swaps: for few large groups. */
function tableCounter(entries: Entries, groups: number, bits: number): SeenCounter {
  const events = entries.base.length;
  const patterns = 2 ** bits;
  const blocks = Math.ceil(groups / bits);
  const table = new Int32Array(blocks * patterns * events);
  fillSingles(table, entries, bits);
  for (let vector = 0; vector < blocks * patterns; vector++) {
    const pattern = vector % patterns;
    const lowest = pattern & -pattern;
    if (pattern === lowest) continue;
    const one = (vector - pattern + lowest) * events;
    const rest = (vector - lowest) * events;
    for (let e = 0; e < events; e++)
      table[vector * events + e] = (table[one + e] as number) + (table[rest + e] as number);
  }
  const offsets = new Int32Array(Math.ceil(blocks / 4) * 4);
  return {
    fill(flips, out) {
      for (let block = 0; block < blocks; block++) {
        let pattern = 0;
        for (let bit = 0; bit < bits; bit++) pattern |= (flips[block * bits + bit] ?? 0) << bit;
        offsets[block] = (block * patterns + pattern) * events;
      }
      out.set(entries.base);
      for (let block = 0; block < blocks; block += 4) addFour(table, offsets, block, out, events);
    },
  };
}

/** Adds four vectors at once; an offset beyond the last block is 0, the first block's empty pattern, which adds nothing. */
function addFour(table: Int32Array, offsets: Int32Array, block: number, out: Int32Array, events: number): void {
  const a = offsets[block] as number;
  const b = offsets[block + 1] as number;
  const c = offsets[block + 2] as number;
  const d = offsets[block + 3] as number;
  for (let e = 0; e < events; e++) {
    out[e] =
      (out[e] as number) +
      (((table[a + e] as number) + (table[b + e] as number)) | 0) +
      (((table[c + e] as number) + (table[d + e] as number)) | 0);
  }
}

/** The vectors of patterns that swap one group alone. */
function fillSingles(table: Int32Array, { base, ends, groups, differences }: Entries, bits: number): void {
  const events = base.length;
  const offset = (group: number) => (Math.floor(group / bits) * 2 ** bits + 2 ** (group % bits)) * events;
  let entry = 0;
  for (let e = 0; e < events; e++) {
    for (const end = ends[e] as number; entry < end; entry++) {
      const at = offset(groups[entry] as number) + e;
      table[at] = (table[at] as number) + (differences[entry] as number);
    }
  }
  const seen = new Set(groups);
  for (const group of seen) {
    const from = offset(group);
    for (let e = 1; e < events; e++) table[from + e] = (table[from + e] as number) + (table[from + e - 1] as number);
  }
}
