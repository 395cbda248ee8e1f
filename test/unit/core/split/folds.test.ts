// Folds by group: every group in one fold, folds as even as whole groups allow, the same for the same seed.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { foldsOf } from "../../../../lib/core/split/folds.ts";
import { holds } from "../../../support/property.ts";

const groups = fc
  .array(fc.integer({ min: 1, max: 50 }), { minLength: 3, maxLength: 40 })
  .map((sizes) => new Map(sizes.map((frames, i) => [`g${i}`, frames])));

describe("folds by group", () => {
  it("give every group a fold, and no two folds differ by more than the largest group", () => {
    holds(
      fc.property(groups, fc.integer({ min: 3, max: 8 }), fc.nat(), (frames, folds, seed) => {
        const found = foldsOf(frames, folds, seed);
        expect([...found.keys()].sort()).toEqual([...frames.keys()].sort());
        const held = Array.from({ length: folds }, (_, fold) =>
          [...found].reduce((sum, [group, own]) => sum + (own === fold ? (frames.get(group) ?? 0) : 0), 0),
        );
        expect(Math.max(...held) - Math.min(...held)).toBeLessThanOrEqual(Math.max(...frames.values()));
        if (frames.size >= folds) expect(new Set(found.values()).size).toBe(folds);
        expect([...foldsOf(new Map([...frames].reverse()), folds, seed)]).toEqual([...found]);
      }),
    );
  });

  it("share equal groups out by chance", () => {
    const frames = new Map(Array.from({ length: 12 }, (_, i) => [`g${i}`, 10]));
    const drawn = new Set(Array.from({ length: 20 }, (_, seed) => JSON.stringify([...foldsOf(frames, 3, seed)])));
    expect(drawn.size).toBeGreaterThan(15);
  });
});
