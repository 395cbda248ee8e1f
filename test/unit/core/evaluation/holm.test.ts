// Holm's correction against its definition: reject one by one, the smallest p first, at alpha over the questions that are left.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { holm } from "../../../../lib/core/evaluation/holm.ts";
import { holds } from "../../../support/property.ts";

/** Step down, as the paper says it. */
function rejected(ps: readonly number[], alpha: number): boolean[] {
  const order = ps.map((_, i) => i).sort((a, b) => (ps[a] as number) - (ps[b] as number));
  const out = new Array<boolean>(ps.length).fill(false);
  for (const [rank, place] of order.entries()) {
    if ((ps[place] as number) > alpha / (ps.length - rank)) break;
    out[place] = true;
  }
  return out;
}

describe("Holm's correction", () => {
  it("of the textbook's four", () => {
    const found = holm([0.01, 0.04, 0.03, 0.005]);
    for (const [i, wanted] of [0.03, 0.06, 0.06, 0.02].entries()) expect(found[i]).toBeCloseTo(wanted, 12);
    expect(holm([])).toEqual([]);
  });

  it("says yes where stepping down rejects, at every alpha", () => {
    const ps = fc.array(
      fc.integer({ min: 0, max: 1000 }).map((n) => n / 1000),
      { maxLength: 8 },
    );
    holds(
      fc.property(ps, fc.integer({ min: 1, max: 999 }), (some, n) => {
        // Between two thousandths over a whole number, so that rounding decides nothing.
        const alpha = n / 1000 + 0.00037;
        expect(holm(some).map((p) => p <= alpha)).toEqual(rejected(some, alpha));
      }),
    );
  });
});
