import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { jackknifeInterval } from "../../../../lib/core/evaluation/jackknife.ts";
import { holds } from "../../../support/property.ts";

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const withoutEach = (values: readonly number[]) => values.map((_, out) => mean(values.filter((_, i) => i !== out)));

describe("jackknifeInterval", () => {
  it("is Student's interval where the statistic is a mean", () => {
    // Two-sided 95 % points of t at 5, 9 and 40 degrees of freedom, as any table prints them.
    const points = { 6: 2.571, 10: 2.262, 41: 2.021 };
    holds(
      fc.property(
        fc.constantFrom(6, 10, 41),
        fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })),
        (n, all) => {
          const values = [...all.take(n)];
          const centre = mean(values);
          const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (n - 1);
          const reach = points[n as keyof typeof points] * Math.sqrt(variance / n);
          const { low, high } = jackknifeInterval(centre, withoutEach(values), 0.95);
          expect(centre - low).toBeCloseTo(reach, 3);
          expect(high - centre).toBeCloseTo(reach, 3);
        },
      ),
    );
  });

  it("has no width where no group differs", () => {
    expect(jackknifeInterval(0.25, [0.25, 0.25, 0.25], 0.95)).toEqual({ low: 0.25, high: 0.25 });
  });

  it("refuses a single group, which has no spread", () => {
    expect(() => jackknifeInterval(0.5, [0.5], 0.95)).toThrow(RangeError);
  });
});
