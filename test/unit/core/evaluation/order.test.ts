import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { byFallingScore } from "../../../../lib/core/evaluation/order.ts";
import { holds } from "../../../support/property.ts";

const score = fc.oneof(
  fc.constantFrom(0, -0, 0.25, 0.5, 1, -1, -0.5, 5e-324),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ min: 0, max: 1, noNaN: true }),
);

/** What JavaScript's own stable sort says. */
function sorted(scores: readonly number[]): number[] {
  return [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
}

describe("byFallingScore", () => {
  it("is the stable sort, for few scores", () => {
    holds(
      fc.property(fc.array(score, { maxLength: 50 }), (scores) => {
        expect([...byFallingScore(Float64Array.from(scores))]).toEqual(sorted(scores));
      }),
    );
  });

  it("is the stable sort, for many scores", () => {
    holds(
      fc.property(fc.array(score, { minLength: 20, maxLength: 40 }), fc.nat(), (values, seed) => {
        const scores = Array.from({ length: 5000 }, (_, i) => values[(i * (seed + 7) + (i >> 3)) % values.length]!);
        expect([...byFallingScore(Float64Array.from(scores))]).toEqual(sorted(scores));
      }),
      { numRuns: 20 },
    );
  });
});
