import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { decide, type Findings } from "../../../../lib/core/evaluation/verdict.ts";
import { holds } from "../../../support/property.ts";

const clear: Findings = {
  against: "the base model",
  primary: "mAP50",
  margin: 0.02,
  alpha: 0.05,
  minRecall: undefined,
  groups: 8,
  difference: 0.1,
  why: "",
  p: 0.01,
  recall: 0.9,
};
const verdict = (change: Partial<Findings>) => decide({ ...clear, ...change }).verdict;

describe("decide", () => {
  it("promotes above the margin with p at most alpha", () => {
    expect(verdict({})).toBe("promote");
    expect(verdict({ p: 0.05 })).toBe("promote");
    expect(verdict({ p: 0.0501 })).toBe("inconclusive");
    expect(verdict({ difference: 0.0201 })).toBe("promote");
  });

  it("holds what is proven not to be better by more than the margin", () => {
    expect(verdict({ difference: 0.02 })).toBe("hold");
    expect(verdict({ difference: -0.1 })).toBe("hold");
    expect(verdict({ difference: -0.1, p: 0.06 })).toBe("inconclusive");
  });

  it("holds what misses the recall gate, however good it is", () => {
    expect(verdict({ minRecall: 0.9 })).toBe("promote");
    expect(verdict({ minRecall: 0.91 })).toBe("hold");
    expect(verdict({ minRecall: 0.91, recall: null })).toBe("inconclusive");
  });

  it("is inconclusive under six groups and says how many are wanted", () => {
    const five = decide({ ...clear, groups: 5, p: 0.0625, alpha: 0.1 });
    expect(five).toMatchObject({ verdict: "inconclusive", groupsWanted: 6 });
    expect(five.reason).toContain("6 groups: 0.031");
    expect(decide({ ...clear, groups: 1, p: 1 }).reason).toContain("1 test group can");
    expect(verdict({ groups: 6, p: 0.03125 })).toBe("promote");
    expect(decide({ ...clear, groups: 6, alpha: 0.01, p: 0.03125 })).toMatchObject({ groupsWanted: 8 });
  });

  it("is inconclusive where nothing can be compared", () => {
    const nothing = decide({ ...clear, difference: null, p: null, why: "the base model cannot know tray" });
    expect(nothing).toMatchObject({ verdict: "inconclusive", groupsWanted: null });
    expect(nothing.reason).toBe("Inconclusive: the base model cannot know tray.");
    const few = { ...clear, groups: 2, difference: null, p: null, why: "nothing to compare" };
    expect(decide(few)).toMatchObject({ verdict: "inconclusive", groupsWanted: 6 });
  });

  const findings = fc.record<Findings>({
    against: fc.constant("production"),
    primary: fc.constant("mAP50"),
    margin: fc.double({ min: 0, max: 1, noNaN: true }),
    alpha: fc.double({ min: 0.0001, max: 0.5, noNaN: true }),
    minRecall: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    groups: fc.integer({ min: 0, max: 60 }),
    difference: fc.option(fc.double({ min: -1, max: 1, noNaN: true })),
    why: fc.constant("nothing to compare"),
    p: fc.double({ min: 0, max: 1, noNaN: true }),
    recall: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  });

  it("never promotes without six groups, p at most alpha, a difference above the margin and the recall asked for", () => {
    holds(
      fc.property(findings, (found) => {
        if (decide(found).verdict !== "promote") return;
        expect(found.groups).toBeGreaterThanOrEqual(6);
        expect(found.p).toBeLessThanOrEqual(found.alpha);
        expect(found.difference).toBeGreaterThan(found.margin);
        if (found.minRecall !== undefined) expect(found.recall).toBeGreaterThanOrEqual(found.minRecall);
      }),
      { numRuns: 2000 },
    );
  });

  it("never promotes both of two models against each other, and a longer margin never helps", () => {
    holds(
      fc.property(findings, fc.double({ min: 0, max: 1, noNaN: true }), (found, more) => {
        const turned = { ...found, difference: found.difference === null ? null : -found.difference };
        const both = [found, turned].filter((each) => decide(each).verdict === "promote");
        expect(both.length).toBeLessThan(2);
        if (decide({ ...found, margin: found.margin + more }).verdict === "promote") {
          expect(decide(found).verdict).toBe("promote");
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("is one sentence", () => {
    holds(
      fc.property(findings, (found) => {
        expect(decide(found).reason).toMatch(/^(Promote|Hold|Inconclusive): [^\n]+\.$/);
      }),
    );
  });
});

describe("decide, asked whether a small model is not worse", () => {
  const interval = (low: number, high: number) => ({ level: 0.95, low, high });
  const notWorse = { test: "not-worse", groups: 24, margin: 0.02, difference: -0.01, p: 0.4 } as const;

  it("promotes where the whole interval lies above minus the margin, whatever p is", () => {
    expect(verdict({ ...notWorse, interval: interval(-0.019, 0.01) })).toBe("promote");
    expect(verdict({ ...notWorse, p: 0.001, interval: interval(-0.019, -0.001) })).toBe("promote");
    expect(verdict({ ...notWorse, interval: interval(-0.021, 0.03) })).toBe("inconclusive");
    expect(verdict({ ...notWorse, interval: interval(-0.02, 0.03) })).toBe("inconclusive");
  });

  it("holds what is worse than the margin, and what misses the recall gate", () => {
    expect(verdict({ ...notWorse, interval: interval(-0.1, -0.03) })).toBe("hold");
    expect(verdict({ ...notWorse, minRecall: 0.95, interval: interval(-0.01, 0.01) })).toBe("hold");
  });

  it("says how many groups an interval needs", () => {
    const found = decide({ ...clear, ...notWorse, groups: 8, interval: null });
    expect(found).toMatchObject({ verdict: "inconclusive", groupsWanted: 20 });
  });
});
