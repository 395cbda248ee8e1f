// Two models on the same frames, laid out so that their pooled AP can be computed again quickly after swapping
// the two models' boxes in any set of groups. Only boxes that hit something move precision; of all others the count is enough.
import type { Matches } from "./match.ts";
import { epsilon, hitsAtRecall, interpolate } from "./protocol.ts";
import { type SeenCounter, SeenRecorder } from "./seen.ts";

/** One model's matches of one class. */
export interface Side {
  readonly matches: Matches;
  readonly ranked: Uint32Array;
}

/** The boxes of either model that hit something, by falling score, for IoUs that ignore the same boxes. */
interface Layer {
  /** Bits of the IoUs. */
  readonly bits: readonly number[];
  /** 0: the candidate's box, 1: the reference's. */
  readonly sides: Uint8Array;
  readonly groups: Int32Array;
  readonly hits: Uint16Array;
  /** Boxes of both models up to and with this one. */
  readonly totals: Int32Array;
  readonly seen: SeenCounter;
}

interface Row {
  readonly side: 0 | 1;
  readonly group: number;
  readonly hits: number;
  readonly ignored: number;
}

/** Both models' boxes of the test groups in one list: by falling score, then by frame; which model is first in a frame is all the same. */
function* merged(sides: readonly [Side, Side], groupOfFrame: Int32Array): Generator<Row> {
  const [a, b] = sides;
  const places = [0, 0];
  const before = (i: number, j: number) => {
    const byScore = (a.matches.scores[i] as number) - (b.matches.scores[j] as number);
    return byScore === 0 ? (a.matches.frames[i] as number) <= (b.matches.frames[j] as number) : byScore > 0;
  };
  for (;;) {
    const i = a.ranked[places[0] as number];
    const j = b.ranked[places[1] as number];
    if (i === undefined && j === undefined) return;
    const side = j === undefined || (i !== undefined && before(i, j)) ? 0 : 1;
    places[side] = (places[side] as number) + 1;
    const { matches } = sides[side] as Side;
    const at = (side === 0 ? i : j) as number;
    const group = groupOfFrame[matches.frames[at] as number] as number;
    if (group !== -1) yield { side, group, hits: matches.hits[at] as number, ignored: matches.ignored[at] as number };
  }
}

function layerOf(rows: Iterable<Row>, bits: readonly number[], groups: number): Layer {
  const mask = bits.reduce((all, bit) => all | bit, 0);
  const recorder = new SeenRecorder(groups);
  const events: Row[] = [];
  const totals: number[] = [];
  for (const row of rows) {
    if ((row.ignored & mask) !== 0) continue;
    recorder.box(row.side, row.group);
    if ((row.hits & mask) === 0) continue;
    events.push(row);
    totals.push(recorder.event());
  }
  return {
    bits,
    sides: Uint8Array.from(events, ({ side }) => side),
    groups: Int32Array.from(events, ({ group }) => group),
    hits: Uint16Array.from(events, ({ hits }) => hits),
    totals: Int32Array.from(totals),
    seen: recorder.done(),
  };
}

/** Pooled average precision of one class under any swap of groups. */
export class PairedClass {
  readonly #layers: readonly Layer[];
  readonly #wanted: Int32Array;
  readonly #precision: readonly [Float64Array, Float64Array];
  readonly #found = new Int32Array(2);
  readonly #seen: Int32Array;

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
    const rows = [...merged(sides, groupOfFrame)];
    const mask = bits.reduce((all, bit) => all | bit, 0);
    const alike = rows.every(({ ignored }) => (ignored & mask) === 0 || (ignored & mask) === mask);
    this.#layers = (alike ? [bits] : bits.map((bit) => [bit])).map((some) => layerOf(rows, some, groups));
    this.#wanted = hitsAtRecall(truths);
    this.#precision = [new Float64Array(truths), new Float64Array(truths)];
    this.#seen = new Int32Array(Math.max(...this.#layers.map(({ hits }) => hits.length)));
  }

  /** Sums over the IoUs of the AP of [candidate, reference], the models swapped where `flips` is 1. */
  sums(flips: Uint8Array): [number, number] {
    const sums: [number, number] = [0, 0];
    for (const layer of this.#layers) {
      layer.seen.fill(flips, this.#seen);
      for (const bit of layer.bits) {
        this.#fillPrecision(layer, bit, flips);
        sums[0] += interpolate(this.#precision[0], this.#found[0] as number, this.#wanted);
        sums[1] += interpolate(this.#precision[1], this.#found[1] as number, this.#wanted);
      }
    }
    return sums;
  }

  #fillPrecision({ sides, groups, hits, totals }: Layer, bit: number, flips: Uint8Array): void {
    const [first, second] = this.#precision;
    const seen = this.#seen;
    let a = 0;
    let b = 0;
    for (let e = 0; e < hits.length; e++) {
      if (((hits[e] as number) & bit) === 0) continue;
      const mine = seen[e] as number;
      if (sides[e] === flips[groups[e] as number]) {
        a++;
        first[a - 1] = a / (mine + epsilon);
      } else {
        b++;
        second[b - 1] = b / ((totals[e] as number) - mine + epsilon);
      }
    }
    this.#found[0] = a;
    this.#found[1] = b;
  }
}
