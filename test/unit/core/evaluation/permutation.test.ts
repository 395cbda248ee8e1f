import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { groupsFor, permutationTest, smallestP } from "../../../../lib/core/evaluation/permutation.ts";
import { holds } from "../../../support/property.ts";

/** A difference that is the sum of one part a group: swapping a group turns its part's sign. */
const summed = (parts: readonly number[]) => (flips: Uint8Array) =>
  parts.reduce((sum, part, group) => sum + (flips[group] === 1 ? -part : part), 0);

const parts = (least: number, most: number) =>
  fc.array(fc.integer({ min: -50, max: 50 }), { minLength: least, maxLength: most });

/** The share of all 2^n sign patterns whose sum is as large as the observed one. */
function bruteForce(values: readonly number[]): number {
  const difference = summed(values);
  const observed = Math.abs(values.reduce((sum, value) => sum + value, 0));
  let extreme = 0;
  for (let pattern = 0; pattern < 2 ** values.length; pattern++) {
    const flips = Uint8Array.from(values, (_, group) => (pattern >> group) & 1);
    if (Math.abs(difference(flips)) >= observed) extreme++;
  }
  return extreme / 2 ** values.length;
}

describe("permutationTest", () => {
  it("counts all swaps of up to twelve groups", () => {
    holds(
      fc.property(parts(1, 12), (values) => {
        const { p, method, permutations } = permutationTest(values.length, summed(values), 0);
        expect(p).toBe(bruteForce(values));
        expect({ method, permutations }).toEqual({ method: "exact", permutations: 2 ** values.length });
      }),
      { numRuns: 30 },
    );
  });

  it("draws 9,999 swaps of more groups, near the share of all", () => {
    const values = [9, 3, 7, -2, 5, 8, -4, 6, 1, 2, 3, -5, 4];
    const { p, method, permutations } = permutationTest(values.length, summed(values), 3);
    expect({ method, permutations }).toEqual({ method: "sampled", permutations: 9999 });
    const exact = bruteForce(values);
    // Four standard errors of a share of 9,999 draws.
    expect(Math.abs(p - exact)).toBeLessThan(4 * Math.sqrt((exact * (1 - exact)) / 9999));
  });

  it("gives the same p for the same seed and when the models change places", () => {
    holds(
      fc.property(parts(1, 40), fc.integer({ min: 0, max: 4294967295 }), (values, seed) => {
        const { p } = permutationTest(values.length, summed(values), seed);
        const swapped = permutationTest(values.length, summed(values.map((value) => -value)), seed);
        expect(swapped.p).toBe(p);
        expect(permutationTest(values.length, summed(values), seed).p).toBe(p);
      }),
      { numRuns: 10 },
    );
  });

  it("never falls below the smallest p, and reaches it where every group says the same", () => {
    holds(
      fc.property(parts(1, 20), (values) => {
        const same = values.map((value) => Math.abs(value) + 1);
        expect(permutationTest(values.length, summed(values), 1).p).toBeGreaterThanOrEqual(smallestP(values.length));
        expect(permutationTest(12, summed(same.concat(Array(12).fill(1)).slice(0, 12)), 1).p).toBe(2 / 4096);
      }),
      { numRuns: 10 },
    );
  });

  it("counts the observed arrangement among the drawn, so that p is never 0", () => {
    expect(permutationTest(40, summed(Array(40).fill(1)), 2).p).toBe(1 / 10_000);
  });

  it("is 1 where the models are the same", () => {
    for (const groups of [1, 6, 12, 30]) expect(permutationTest(groups, () => 0, 1).p).toBe(1);
  });
});

describe("smallestP", () => {
  it("halves with every group, until swaps are drawn", () => {
    expect(smallestP(0)).toBe(1);
    for (let groups = 1; groups <= 12; groups++) expect(smallestP(groups)).toBe(2 ** (1 - groups));
    expect(smallestP(13)).toBe(1 / 10_000);
  });

  it("says how many groups an alpha needs", () => {
    expect(groupsFor(0.05, 1)).toBe(6);
    expect(groupsFor(0.05, 6)).toBe(6);
    expect(groupsFor(0.031, 6)).toBe(7);
    expect(groupsFor(0.001, 6)).toBe(11);
    expect(groupsFor(0.0001, 6)).toBe(13);
    expect(groupsFor(0.00001, 6)).toBeNull();
  });
});
