import { describe, expect, it } from "@jest/globals";
import { powerOf } from "../../../../lib/core/evaluation/power.ts";

const question = { groups: 10, spread: 0.05, gain: 0.05, alpha: 0.05, seed: 1 };

describe("powerOf", () => {
  // Pairs that a two-sided paired t-test needs for 80 % at alpha 0.05, as tables of power print them (J. Cohen, 1988).
  it.each([
    [1, 10],
    [0.8, 15],
    [0.5, 34],
    [0.3, 90],
  ])("wants for a gain of %d standard deviations about %d groups", (size, groups) => {
    const { groupsWanted } = powerOf({ ...question, spread: question.gain / size });
    expect(Math.abs((groupsWanted ?? 0) - groups)).toBeLessThanOrEqual(Math.max(1, groups / 20));
  });

  it("says how often the groups there are would show it", () => {
    expect(powerOf(question).seen).toBeGreaterThan(0.75);
    expect(powerOf(question).seen).toBeLessThan(0.85);
    expect(powerOf({ ...question, spread: 1 }).seen).toBeLessThan(0.1);
  });

  it("sees nothing where no result could be decisive", () => {
    expect(powerOf({ ...question, groups: 5, spread: 0 })).toEqual({ gain: 0.05, seen: 0, groupsWanted: 6 });
  });

  it("gives up where a thousand groups are too few", () => {
    expect(powerOf({ ...question, gain: 0.001, spread: 0.5 }).groupsWanted).toBeNull();
  });

  it("is the same for the same seed", () => {
    expect(powerOf(question)).toEqual(powerOf({ ...question }));
  });
});
