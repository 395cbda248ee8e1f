// Arms of an ablation: paired by seed and group. With one seed an arm is compared as a candidate is.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { compareArms } from "../../../../lib/core/evaluation/arms.ts";
import { evaluateAndCompare, judge, partitionsOf, type Truth } from "../../../../lib/core/evaluation/evaluate.ts";
import { type CaseFrame, frameArbitrary, predictedBoxes, truthBoxes } from "../../../support/evaluation-cases.ts";
import { holds } from "../../../support/property.ts";

function truthOf(frames: readonly CaseFrame[], groups: number): Truth {
  return {
    frames: frames.map((_, i) => ({
      name: `f${100 + i}`,
      sha256: "",
      group: `g${10 + (i % groups)}`,
      part: "test" as const,
    })),
    boxes: truthBoxes(frames),
    classes: ["a"],
    attributes: {},
  };
}

const model = (frames: readonly CaseFrame[], role: "candidate" | "base" = "candidate") => ({
  role,
  name: "",
  sha256: "",
  unknownClasses: [],
  boxes: predictedBoxes(frames),
  threshold: null,
});

function armsOn(truth: Truth, arms: readonly (readonly (readonly CaseFrame[])[])[]) {
  return compareArms({
    truth,
    groups: partitionsOf(truth, "test").groups,
    arms: arms.map((seeds) =>
      seeds.map((frames) => ({ role: "candidate" as const, scored: judge(truth, model(frames), 300).scored })),
    ),
    classes: [0],
    primary: "mAP50",
    seed: 3,
  });
}

/** Something to be found in every frame. */
const scene = fc
  .array(frameArbitrary(1), { minLength: 14, maxLength: 14 })
  .map((frames) => frames.map((frame): CaseFrame => ({ ...frame, truth: [...frame.truth, [0, 0, 0, 40, 40, false]] })));

describe("the arms of an ablation", () => {
  it("with one seed agree with the comparison of two models", () => {
    holds(
      fc.property(scene, scene, (frames, others) => {
        const second = frames.map((frame, i) => ({ ...frame, boxes: others[i]?.boxes ?? [] }));
        const truth = truthOf(frames, 7);
        const [first, arm] = armsOn(truth, [[second], [frames]]);
        const gates = { primary: "mAP50", margin: 0, alpha: 0.05, minRecall: undefined } as const;
        const { comparison } = evaluateAndCompare(truth, [model(frames), model(second, "base")], {
          maxDetections: 300,
          gates,
          seed: 3,
        });
        expect(first).toMatchObject({ difference: null, p: null });
        expect(arm?.difference).toBeCloseTo(comparison.difference ?? Number.NaN, 12);
        expect(arm?.p).toBe(comparison.p);
        expect(arm?.corrected).toBe(comparison.p);
        expect(arm?.interval).toBeNull();
      }),
      { numRuns: 15 },
    );
  });

  it("take the mean over the seeds, and show how far they lie apart", () => {
    const none = Array.from({ length: 8 }, (): CaseFrame => ({ truth: [[0, 0, 0, 40, 40, false]], boxes: [] }));
    const all = none.map((frame): CaseFrame => ({ ...frame, boxes: [[0, 0.9, 0, 0, 40, 40]] }));
    const [, arm] = armsOn(truthOf(none, 8), [
      [none, none],
      [all, none],
    ]);
    expect(arm).toMatchObject({
      difference: 0.5,
      rangeOfSeeds: { low: 0, high: 1 },
      rangeOfGroups: { low: 0.5, high: 0.5 },
    });
  });

  it("give no p under six groups, and an interval from twenty on", () => {
    const frames = Array.from(
      { length: 20 },
      (_, i): CaseFrame => ({
        truth: [[0, 0, 0, 40, 40, false]],
        boxes: i % 4 === 0 ? [] : [[0, 0.9, 0, 0, 40, 40]],
      }),
    );
    const worse = frames.map((frame, i): CaseFrame => ({ ...frame, boxes: i % 2 === 0 ? [] : frame.boxes }));
    expect(armsOn(truthOf(frames, 5), [[worse], [frames]])[1]).toMatchObject({
      p: null,
      corrected: null,
      interval: null,
    });
    const [, arm] = armsOn(truthOf(frames, 20), [[worse], [frames]]);
    expect(arm?.interval?.low).toBeGreaterThan(0);
    expect(arm?.interval?.high).toBeGreaterThan(arm?.difference ?? 1);
  });
});
