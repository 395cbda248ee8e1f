// Sufficient, insufficient or inconclusive: what the groups allow to be said of the off-the-shelf model.
import { describe, expect, it } from "@jest/globals";
import { groupShares, histogram, measureFrames, median, tallyOf } from "../../../../lib/core/evaluation/measure.ts";
import { type GroupShares, sufficiencyOf } from "../../../../lib/core/evaluation/sufficiency.ts";
import { type CaseFrame, predictedBoxes, truthBoxes } from "../../../support/evaluation-cases.ts";

const thresholds = { recall: 0.95, medianConfidence: 0.55 };
const alike = (n: number, recall: number, confident: number): GroupShares[] =>
  Array.from({ length: n }, () => ({ recall, confident }));
const ask = (groups: readonly GroupShares[], unknown: readonly string[] = []) =>
  sufficiencyOf({ groups, thresholds, unknown, seed: 3 });

describe("is the off-the-shelf model enough?", () => {
  it("is sufficient only with so many groups that nothing else can be", () => {
    expect(ask(alike(100, 1, 1)).answer).toBe("sufficient");
    expect(ask(alike(21, 1, 1)).answer).toBe("inconclusive");
  });

  it("says how many groups more would decide: perfect ones need 72 in all", () => {
    const { moreGroups, reason } = ask(alike(21, 1, 1));
    expect(Math.abs((moreGroups ?? 0) + 21 - 72)).toBeLessThanOrEqual(4);
    expect(reason).toContain(`${moreGroups} more groups`);
  });

  it("gives no number where none is enough: groups that stand at the threshold itself", () => {
    const at = Array.from({ length: 40 }, (_, i) => ({ recall: i % 2 === 0 ? 0.9 : 1, confident: 1 }));
    const found = ask(at);
    expect([found.answer, found.moreGroups]).toEqual(["inconclusive", null]);
  });

  it("is insufficient with three groups, where they leave no doubt", () => {
    expect(ask(alike(3, 0.1, 1))).toMatchObject({ answer: "insufficient", recall: { state: "missed" } });
    expect(ask(alike(3, 1, 0.1)).answer).toBe("inconclusive");
    expect(ask(alike(12, 1, 0.1))).toMatchObject({ answer: "insufficient", confidence: { state: "missed" } });
  });

  it("is insufficient for a class it cannot know, whatever it finds of others", () => {
    const found = ask(alike(100, 1, 1), ["thaal"]);
    expect(found.answer).toBe("insufficient");
    expect(found.reason).toContain("thaal");
  });

  it("says nothing of frames that show nothing", () => {
    expect(ask([])).toMatchObject({ answer: "inconclusive", moreGroups: null, recall: { interval: null } });
  });
});

describe("a frame as the model sees it", () => {
  const side = [0, 10, 10, 20, 20] as const;
  const frames: readonly CaseFrame[] = [
    // Found surely, missed, and a false alarm that is unsure.
    {
      truth: [
        [...side, false],
        [0, 50, 50, 60, 60, false],
      ],
      boxes: [
        [0, 0.9, 10, 10, 20, 20],
        [0, 0.3, 80, 80, 90, 90],
      ],
    },
    // Found, but too unsure to count.
    { truth: [[...side, false]], boxes: [[0, 0.2, 10, 10, 20, 20]] },
    // Nothing to be found, and something seen.
    { truth: [], boxes: [[0, 0.7, 1, 1, 5, 5]] },
    // A crowd is neither right nor wrong.
    { truth: [[...side, true]], boxes: [[0, 0.8, 11, 11, 19, 19]] },
  ];
  const truth = {
    frames: frames.map((_, i) => ({ name: `f${i}`, sha256: "", group: i < 2 ? "a" : "b", part: "test" as const })),
    boxes: truthBoxes(frames),
    classes: ["one"],
    attributes: {},
  };
  const seen = measureFrames(truth, { boxes: predictedBoxes(frames) }, { confidence: 0.25, maxDetections: 300 });

  it("counts what is found, missed and imagined from the confidence on", () => {
    expect(seen.map(({ objects, found, falsePositives }) => [objects, found, falsePositives])).toEqual([
      [2, 1, 1],
      [1, 0, 0],
      [0, 0, 1],
      [0, 0, 0],
    ]);
    expect(seen.map(({ topConfidence }) => topConfidence)).toEqual([0.9, 0.2, 0.7, 0.8]);
  });

  it("adds them up over the frames that show something", () => {
    expect(tallyOf(seen)).toEqual({
      groups: 2,
      frames: 4,
      shown: 2,
      objects: 3,
      found: 1,
      recall: 0.25,
      medianConfidence: 0.55,
      falsePositives: 2,
      framesWithFalsePositives: 2,
    });
    expect(groupShares(seen, 0.55)).toEqual([{ recall: 0.25, confident: 0.5 }]);
    const { shown, empty } = histogram(seen);
    expect([shown[18], shown[4], empty[14], empty[16]]).toEqual([1, 1, 1, 1]);
  });

  it("takes the middle one, or between the two in the middle", () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7]), median([])]).toEqual([2, 2.5, 7, null]);
  });
});
