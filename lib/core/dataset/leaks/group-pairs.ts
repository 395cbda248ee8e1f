// How many frames of one group resemble frames of another, counted from both sides.
import type { Part } from "../../../contracts/common.ts";
import type { AlikeFrames } from "../../../contracts/dataset.ts";

type GroupPair = AlikeFrames["groups"][number];

interface Sides {
  readonly first: string;
  readonly second: string;
  readonly ofFirst: Set<number>;
  readonly ofSecond: Set<number>;
}

/** Frames noted in all: a set where everything is alike says so long before. */
const mostNoted = 2_000_000;

export class GroupPairs {
  readonly #groupOf: readonly string[];
  readonly #partOf: (group: string) => Part;
  readonly #pairs = new Map<string, Map<string, Sides>>();
  #noted = 0;

  constructor(groupOf: readonly string[], partOf: (group: string) => Part) {
    this.#groupOf = groupOf;
    this.#partOf = partOf;
  }

  add(frame: number, other: number): void {
    if (this.#noted >= mostNoted) return;
    this.#noted += 2;
    const [first, second] = [this.#groupOf[frame] ?? "", this.#groupOf[other] ?? ""];
    const row = this.#pairs.get(first) ?? new Map<string, Sides>();
    const sides = row.get(second) ?? { first, second, ofFirst: new Set(), ofSecond: new Set() };
    sides.ofFirst.add(frame);
    sides.ofSecond.add(other);
    row.set(second, sides);
    this.#pairs.set(first, row);
  }

  /** Each pair once, from the side of which the larger share is alike; the largest share first. */
  list(groups: ReadonlyMap<string, readonly number[]>): GroupPair[] {
    const sized = (group: string) => groups.get(group)?.length ?? 0;
    const pairs = [...this.#pairs.values()].flatMap((row) => [...row.values()]);
    const found = pairs.map(({ first, second, ofFirst, ofSecond }): GroupPair => {
      const forward = ofFirst.size / sized(first) >= ofSecond.size / sized(second);
      const [group, other] = forward ? [first, second] : [second, first];
      const alike = forward ? ofFirst.size : ofSecond.size;
      return { group, part: this.#partOf(group), other, otherPart: this.#partOf(other), alike, frames: sized(group) };
    });
    return found.sort((a, b) => score(b) - score(a) || (a.group < b.group ? -1 : 1));
  }
}

/** Many frames that are a large share come before one frame that is its whole group. */
const score = ({ alike, frames }: GroupPair) => Math.min(alike, 20) * (alike / frames);
