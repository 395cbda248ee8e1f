// Two models on the same frames, laid out so that their pooled AP can be computed again quickly after swapping
// the two models' boxes in any set of groups. Only boxes that hit something move precision; of all others the count is enough.
import type { Matches } from "./match.ts";
import { hitsAtRecall, interpolate } from "./protocol.ts";
import { type SeenCounter, SeenRecorder } from "./seen.ts";

/** One model's matches of one class. */
export interface Side {
  readonly matches: Matches;
  readonly ranked: Uint32Array;
}

/** The boxes of either model that hit something at one IoU, by falling score. */
interface Hits {
  /** Twice the group, plus 1 for a box of the reference. */
  readonly lanes: Int32Array;
  /** Which event of the layer each is. */
  readonly events: Int32Array;
  /** Boxes of both models up to and with this one. */
  readonly totals: Int32Array;
}

/** The IoUs at which the same boxes are ignored: boxes are counted once for all of them. */
interface Layer {
  readonly seen: SeenCounter;
  readonly events: number;
  readonly hits: readonly Hits[];
}

/** Both models' boxes of the test groups in one list, in columns. */
interface Merged {
  readonly count: number;
  readonly lanes: Int32Array;
  readonly hits: Uint16Array;
  readonly ignored: Uint16Array;
}

/** By falling score, then by frame; which model is first within a frame is all the same, as only one of them counts there. */
function merge([a, b]: readonly [Side, Side], groupOfFrame: Int32Array): Merged {
  const length = a.ranked.length + b.ranked.length;
  const out = {
    count: 0,
    lanes: new Int32Array(length),
    hits: new Uint16Array(length),
    ignored: new Uint16Array(length),
  };
  const take = ({ matches }: Side, at: number, side: 0 | 1) => {
    const group = groupOfFrame[matches.frames[at] as number] as number;
    if (group === -1) return;
    out.lanes[out.count] = 2 * group + side;
    out.hits[out.count] = matches.hits[at] as number;
    out.ignored[out.count++] = matches.ignored[at] as number;
  };
  let j = 0;
  for (const at of a.ranked) {
    for (; j < b.ranked.length && isBefore(b, b.ranked[j] as number, a, at); j++) take(b, b.ranked[j] as number, 1);
    take(a, at, 0);
  }
  for (; j < b.ranked.length; j++) take(b, b.ranked[j] as number, 1);
  return out;
}

function isBefore(one: Side, i: number, other: Side, j: number): boolean {
  const score = one.matches.scores[i] as number;
  const otherScore = other.matches.scores[j] as number;
  return score === otherScore
    ? (one.matches.frames[i] as number) < (other.matches.frames[j] as number)
    : score > otherScore;
}

function layerOf(rows: Merged, bits: readonly number[], groups: number): Layer {
  const mask = bits.reduce((all, bit) => all | bit, 0);
  const recorder = new SeenRecorder(groups);
  const lists = bits.map((bit) => ({ bit, lanes: [] as number[], events: [] as number[], totals: [] as number[] }));
  let events = 0;
  for (let i = 0; i < rows.count; i++) {
    if (((rows.ignored[i] as number) & mask) !== 0) continue;
    const lane = rows.lanes[i] as number;
    recorder.box((lane & 1) as 0 | 1, lane >> 1);
    const hit = (rows.hits[i] as number) & mask;
    if (hit === 0) continue;
    const total = recorder.event();
    for (const list of lists) {
      if ((hit & list.bit) === 0) continue;
      list.lanes.push(lane);
      list.events.push(events);
      list.totals.push(total);
    }
    events++;
  }
  const hits = lists.map((list) => ({
    lanes: Int32Array.from(list.lanes),
    events: Int32Array.from(list.events),
    totals: Int32Array.from(list.totals),
  }));
  return { seen: recorder.done(), events, hits };
}

/** True where at every IoU the same boxes are ignored. */
function ignoreAlike({ count, ignored }: Merged, mask: number): boolean {
  for (let i = 0; i < count; i++) {
    const here = (ignored[i] as number) & mask;
    if (here !== 0 && here !== mask) return false;
  }
  return true;
}

/** Pooled average precision of one class under any swap of groups. */
export class PairedClass {
  readonly #layers: readonly Layer[];
  readonly #wanted: Int32Array;
  readonly #truths: number;
  /** Precision at each correct box: the candidate's from 0 on, the reference's from `truths` on. */
  readonly #precision: Float64Array;
  readonly #seen: Int32Array;
  readonly #swapped: Uint8Array;

  /**
   * @param truths boxes to be found in the test groups, at least 1
   * @param bits of the IoUs that the primary metric is the mean of
   */
  constructor(
    sides: readonly [Side, Side],
    truths: number,
    bits: readonly number[],
    groupOfFrame: Int32Array,
    groups: number,
  ) {
    const rows = merge(sides, groupOfFrame);
    const mask = bits.reduce((all, bit) => all | bit, 0);
    const together = ignoreAlike(rows, mask) ? [bits] : bits.map((bit) => [bit]);
    this.#layers = together.map((some) => layerOf(rows, some, groups));
    this.#wanted = hitsAtRecall(truths);
    this.#truths = truths;
    this.#precision = new Float64Array(2 * truths);
    this.#seen = new Int32Array(Math.max(...this.#layers.map(({ events }) => events)));
    this.#swapped = new Uint8Array(2 * groups);
  }

  /** Sums over the IoUs of the AP of [candidate, reference], the models swapped where `flips` is 1. */
  sums(flips: Uint8Array): readonly [number, number] {
    for (let group = 0; group < flips.length; group++) {
      this.#swapped[2 * group] = flips[group] as number;
      this.#swapped[2 * group + 1] = 1 - (flips[group] as number);
    }
    let candidate = 0;
    let reference = 0;
    for (const layer of this.#layers) {
      layer.seen.fill(flips, this.#seen);
      for (const hits of layer.hits) {
        const found = this.#fillPrecision(hits);
        candidate += interpolate(this.#precision, 0, found, this.#wanted);
        reference += interpolate(this.#precision, this.#truths, hits.lanes.length - found, this.#wanted);
      }
    }
    return [candidate, reference];
  }

  /**
   * Returns how many boxes the candidate has right. Whole numbers throughout and no branch on chance:
   * a branch would be guessed wrong half the time, and this runs some 10^8 times.
   */
  #fillPrecision({ lanes, events, totals }: Hits): number {
    const seen = this.#seen;
    const swapped = this.#swapped;
    const precision = this.#precision;
    const truths = this.#truths;
    let second = 0;
    for (let i = 0; i < lanes.length; i++) {
      const side = swapped[lanes[i] as number] as number;
      second = (second + side) | 0;
      const first = (i + 1 - second) | 0;
      const mine = seen[events[i] as number] as number;
      const found = (first + Math.imul(side, second - first)) | 0;
      const before = (mine + Math.imul(side, (totals[i] as number) - 2 * mine)) | 0;
      precision[(Math.imul(side, truths) + found - 1) | 0] = found / before;
    }
    return lanes.length - second;
  }
}
