// What two people's labels of some frames add up to. Every figure comes of these sums, so a group can be left out of them.
import type { Box } from "../../contracts/common.ts";
import { unionAreas } from "./area.ts";
import { cohenKappa, krippendorffAlpha } from "./chance.ts";
import { type Match, matchBoxes } from "./match.ts";

export const matchIou = 0.5;

export interface OpinionBox {
  readonly box: Readonly<Box>;
  /** Index among the classes. */
  readonly class: number;
}

export interface OpinionFrame {
  readonly width: number;
  readonly height: number;
  readonly a: readonly OpinionBox[];
  readonly b: readonly OpinionBox[];
}

/** Each is 1 for perfect agreement; null where the labels give nothing to compute it from. */
export interface Figures {
  readonly f1: number | null;
  readonly f1SameClass: number | null;
  readonly meanIou: number | null;
  readonly kappaClasses: number | null;
  readonly kappaPresence: number | null;
  readonly alphaBoxes: number | null;
  readonly alphaArea: number | null;
}
export const figureNames = [
  "f1SameClass",
  "f1",
  "meanIou",
  "kappaClasses",
  "kappaPresence",
  "alphaBoxes",
  "alphaArea",
] as const satisfies readonly (keyof Figures)[];

/** Sums over frames; `add` and `subtract` make one of several. */
export class Tally {
  readonly #classes: number;
  frames = 0;
  boxesA = 0;
  boxesB = 0;
  matched = 0;
  iou = 0;
  /** Boxes by the class each gave; the last row and column stand for "no box". */
  readonly #boxes: Float64Array;
  /** By class: both have one in a frame, only a, only b, neither. */
  readonly #presence: Float64Array;
  /** By class: pixels in boxes of a, of b, of both. */
  readonly #areas: Float64Array;
  #pixels = 0;

  constructor(classes: number) {
    this.#classes = classes;
    this.#boxes = new Float64Array((classes + 1) ** 2);
    this.#presence = new Float64Array(classes * 4);
    this.#areas = new Float64Array(classes * 3);
  }

  /** Takes a frame in. @returns which boxes were taken for one another */
  take(frame: OpinionFrame): readonly Match[] {
    const { a, b } = frame;
    const matches = matchBoxes(
      a.map(({ box }) => box),
      b.map(({ box }) => box),
      matchIou,
    );
    this.frames += 1;
    this.boxesA += a.length;
    this.boxesB += b.length;
    this.matched += matches.length;
    for (const { a: first, b: second, iou } of matches) {
      this.iou += iou;
      this.#count(a[first]?.class, b[second]?.class);
    }
    const [inA, inB] = [new Set(matches.map(({ a: at }) => at)), new Set(matches.map(({ b: at }) => at))];
    for (const [at, box] of a.entries()) if (!inA.has(at)) this.#count(box.class, undefined);
    for (const [at, box] of b.entries()) if (!inB.has(at)) this.#count(undefined, box.class);
    this.#takeClasses(frame);
    return matches;
  }

  #count(first: number | undefined, second: number | undefined): void {
    const at = (first ?? this.#classes) * (this.#classes + 1) + (second ?? this.#classes);
    this.#boxes[at] = (this.#boxes[at] ?? 0) + 1;
  }

  #takeClasses({ a, b, width, height }: OpinionFrame): void {
    this.#pixels += width * height;
    for (let each = 0; each < this.#classes; each++) {
      const boxesOf = (boxes: readonly OpinionBox[]) => boxes.filter((box) => box.class === each).map(({ box }) => box);
      const [ofA, ofB] = [boxesOf(a), boxesOf(b)];
      const seen = each * 4 + (ofA.length > 0 ? 0 : 2) + (ofB.length > 0 ? 0 : 1);
      this.#presence[seen] = (this.#presence[seen] ?? 0) + 1;
      if (ofA.length === 0 && ofB.length === 0) continue;
      const areas = unionAreas(ofA, ofB);
      for (const [at, area] of [areas.a, areas.b, areas.both].entries()) {
        this.#areas[each * 3 + at] = (this.#areas[each * 3 + at] ?? 0) + area;
      }
    }
  }

  /** Another's sums into these, `times` over: -1 takes them out again. */
  add(other: Tally, times = 1): void {
    this.frames += times * other.frames;
    this.boxesA += times * other.boxesA;
    this.boxesB += times * other.boxesB;
    this.matched += times * other.matched;
    this.iou += times * other.iou;
    this.#pixels += times * other.#pixels;
    const into = (own: Float64Array, from: Float64Array) => {
      for (const [at, value] of from.entries()) own[at] = (own[at] ?? 0) + times * value;
    };
    into(this.#boxes, other.#boxes);
    into(this.#presence, other.#presence);
    into(this.#areas, other.#areas);
  }

  /** Boxes by class: rows a, columns b, the last of each "no box". */
  table(): readonly (readonly number[])[] {
    const size = this.#classes + 1;
    return Array.from({ length: size }, (_, row) => [...this.#boxes.subarray(row * size, (row + 1) * size)]);
  }

  figures(): Figures {
    const boxes = this.boxesA + this.boxesB;
    const table = this.table();
    const matched = table.slice(0, -1).map((row) => row.slice(0, -1));
    const same = matched.reduce((sum, row, at) => sum + (row[at] ?? 0), 0);
    return {
      f1: boxes === 0 ? null : (2 * this.matched) / boxes,
      f1SameClass: boxes === 0 ? null : (2 * same) / boxes,
      meanIou: this.matched === 0 ? null : this.iou / this.matched,
      kappaClasses: cohenKappa(matched),
      kappaPresence: this.#presenceKappa(),
      alphaBoxes: krippendorffAlpha(table),
      alphaArea: this.#areaAlpha(),
    };
  }

  /** Of one class, by its index. */
  ofClass(each: number) {
    const table = this.table();
    const row = table[each] ?? [];
    const inA = row.reduce((sum, value) => sum + value, 0);
    const inB = table.reduce((sum, other) => sum + (other[each] ?? 0), 0);
    const same = row[each] ?? 0;
    const [both = 0, onlyA = 0, onlyB = 0, neither = 0] = this.#presence.subarray(each * 4, each * 4 + 4);
    return {
      boxesA: inA,
      boxesB: inB,
      same,
      f1SameClass: inA + inB === 0 ? null : (2 * same) / (inA + inB),
      kappaPresence: cohenKappa([
        [both, onlyA],
        [onlyB, neither],
      ]),
    };
  }

  /** Does a frame show the class? Every frame and class is one question. */
  #presenceKappa(): number | null {
    const at = (place: number) =>
      Array.from({ length: this.#classes }, (_, each) => this.#presence[each * 4 + place] ?? 0).reduce(
        (sum, value) => sum + value,
        0,
      );
    return cohenKappa([
      [at(0), at(1)],
      [at(2), at(3)],
    ]);
  }

  /** Is a pixel inside a box of the class? Every pixel and class is one unit; disagreement is added up over classes. */
  #areaAlpha(): number | null {
    let [observed, expected] = [0, 0];
    const values = 2 * this.#pixels;
    if (values < 2) return null;
    for (let each = 0; each < this.#classes; each++) {
      const [a = 0, b = 0, both = 0] = this.#areas.subarray(each * 3, each * 3 + 3);
      const inside = a + b;
      observed += (2 * (a + b - 2 * both)) / values;
      expected += (2 * inside * (values - inside)) / (values * (values - 1));
    }
    return expected <= 0 ? null : 1 - observed / expected;
  }
}
