// The interval of a mean of groups: against closed forms and Clopper and Pearson's tables, and against groups whose truth is known.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { meanInterval, Weights } from "../../../../lib/core/evaluation/bounded-mean.ts";
import { Chance } from "../../../../lib/core/evaluation/chance.ts";
import { holds } from "../../../support/property.ts";

const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 });

describe("the interval of a bounded mean", () => {
  it.each([1, 3, 10, 72])("knows of %d perfect groups what exactness allows, and no more", (n) => {
    const { low, high } = meanInterval(new Array<number>(n).fill(1), 0.95, 0);
    expect(low).toBeCloseTo(0.025 ** (1 / n), 2);
    expect(high).toBe(1);
  });

  // Clopper and Pearson, 95 %, as printed in tables of the binomial.
  it.each([
    [7, 10, 0.348, 0.933],
    [5, 10, 0.187, 0.813],
    [0, 10, 0, 0.308],
    [18, 20, 0.683, 0.988],
  ])("of %d ones among %d is Clopper and Pearson's", (ones, n, low, high) => {
    const found = meanInterval(
      Array.from({ length: n }, (_, i) => (i < ones ? 1 : 0)),
      0.95,
      0,
    );
    expect(Math.abs(found.low - low)).toBeLessThan(0.006);
    expect(Math.abs(found.high - high)).toBeLessThan(0.006);
  });

  it("holds the mean itself, whatever the order of the groups", () => {
    holds(
      fc.property(shares, (values) => {
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        const found = meanInterval(values, 0.95, 7);
        expect(found).toEqual(meanInterval([...values].reverse(), 0.95, 7));
        expect(found.low).toBeLessThanOrEqual(mean + 1e-9);
        expect(found.high).toBeGreaterThanOrEqual(mean - 1e-9);
      }),
      { numRuns: 12 },
    );
  });

  it("is not misled by few groups that happen to be alike: it holds the truth where one group in ten fails", () => {
    const chance = new Chance(1);
    const weights = new Weights(6, 1, 1000);
    const simulations = 1000;
    let held = 0;
    for (let i = 0; i < simulations; i++) {
      const values = Float64Array.from({ length: 6 }, () => (chance.uniform() < 0.1 ? 0 : 1)).sort();
      const { low, high } = weights.interval(values, 0.95);
      if (low <= 0.9 && 0.9 <= high) held++;
    }
    expect(held / simulations).toBeGreaterThan(0.94);
  });
});
