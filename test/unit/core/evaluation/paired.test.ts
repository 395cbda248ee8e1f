import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { averagePrecisions, rank } from "../../../../lib/core/evaluation/average.ts";
import { isIgnoredTruth, match } from "../../../../lib/core/evaluation/match.ts";
import { PairedClass } from "../../../../lib/core/evaluation/paired.ts";
import { ious } from "../../../../lib/core/evaluation/protocol.ts";
import { type CaseFrame, frameArbitrary, predictedBoxes, truthBoxes } from "../../../support/evaluation-cases.ts";
import { holds } from "../../../support/property.ts";

const every = ious.map((_, i) => 1 << i);

/** Frames that two models saw: the truth is one, the boxes are two. */
const pairs = fc.array(
  fc.tuple(frameArbitrary(1), frameArbitrary(1), fc.integer({ min: 0, max: 6 })).map(([one, other, group]) => ({
    first: one,
    second: { truth: one.truth, boxes: other.boxes },
    group,
  })),
  { minLength: 1, maxLength: 10 },
);

/** Sum over the IoUs of the AP of one model, from the beginning. */
function recomputed(frames: readonly CaseFrame[], bits: readonly number[], truths: number): number {
  const matches = match(predictedBoxes(frames), truthBoxes(frames));
  const aps = averagePrecisions(matches, rank(matches, 1)[0]!, truths)!;
  return bits.reduce((sum, bit) => sum + aps[Math.log2(bit)]!, 0);
}

describe("PairedClass", () => {
  it.each([
    ["mAP50", [1]],
    ["mAP50-95", every],
  ])("gives the %s of models whose boxes were really swapped", (_, bits) => {
    const swaps = fc.uint8Array({ minLength: 7, maxLength: 7, max: 1 });
    holds(
      fc.property(pairs, fc.array(swaps, { minLength: 1, maxLength: 4 }), (frames, manyFlips) => {
        const truth = truthBoxes(frames.map(({ first }) => first));
        const truths = [...truth.classes.keys()].filter((row) => !isIgnoredTruth(truth, row)).length;
        if (truths === 0) return;
        const sides = (["first", "second"] as const).map((side) => {
          const matches = match(predictedBoxes(frames.map((frame) => frame[side])), truth);
          return { matches, ranked: rank(matches, 1)[0]! };
        });
        const groupOfFrame = Int32Array.from(frames, ({ group }) => group);
        const paired = new PairedClass([sides[0]!, sides[1]!], truths, bits, groupOfFrame, 7);
        for (const flips of [new Uint8Array(7), ...manyFlips]) {
          const mine = frames.map(({ first, second, group }) => (flips[group] === 1 ? second : first));
          const other = frames.map(({ first, second, group }) => (flips[group] === 1 ? first : second));
          expect(paired.sums(flips)).toEqual([recomputed(mine, bits, truths), recomputed(other, bits, truths)]);
        }
      }),
      { numRuns: 150 },
    );
  });
});
