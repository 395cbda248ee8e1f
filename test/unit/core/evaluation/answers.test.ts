// The task classify: what is right, over which classes, in which groups; and the comparison of two models by accuracy.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { BoxesBuilder } from "../../../../lib/core/evaluation/boxes.ts";
import { calibrationOf } from "../../../../lib/core/evaluation/calibration.ts";
import {
  evaluate,
  evaluateAndCompare,
  judge,
  type ModelPredictions,
  type Truth,
} from "../../../../lib/core/evaluation/evaluate.ts";
import { measureFrames } from "../../../../lib/core/evaluation/measure.ts";
import { holds } from "../../../support/property.ts";

const names = ["a", "b", "c"];

interface Frame {
  readonly klass: number;
  readonly group: string;
  /** Classes by falling probability, with it. */
  readonly first: readonly (readonly [number, number])[];
  readonly second?: readonly (readonly [number, number])[];
  readonly part?: "val" | "test";
}

function sceneOf(frames: readonly Frame[], attributes: Truth["attributes"] = {}): Truth {
  const builder = new BoxesBuilder(frames.length);
  for (const [i, { klass }] of frames.entries()) {
    builder.begin(i);
    builder.add([klass, 0, 0, 0, 10, 10]);
  }
  return {
    frames: frames.map(({ group, part }, i) => ({ name: `f${i}`, sha256: "", group, part: part ?? "test" })),
    boxes: builder.done(),
    task: "classify",
    classes: names,
    attributes,
  };
}

function modelOf(
  frames: readonly Frame[],
  of: "first" | "second",
  role: ModelPredictions["role"],
  unknownClasses: readonly string[] = [],
): ModelPredictions {
  const builder = new BoxesBuilder(frames.length);
  for (const [i, frame] of frames.entries()) {
    builder.begin(i);
    for (const [klass, probability] of frame[of] ?? []) builder.add([klass, probability, 0, 0, 0, 0]);
  }
  return { role, name: role, sha256: "", unknownClasses, boxes: builder.done() };
}

const options = { maxDetections: 300 };
const gates = { primary: "top1", margin: 0, alpha: 0.05 } as const;

describe("answers about whole frames", () => {
  const frames: readonly Frame[] = [
    {
      klass: 0,
      group: "g",
      first: [
        [0, 0.9],
        [1, 0.1],
      ],
    },
    {
      klass: 0,
      group: "g",
      first: [
        [1, 0.6],
        [0, 0.4],
      ],
    },
    {
      klass: 1,
      group: "h",
      first: [
        [1, 0.7],
        [0, 0.3],
      ],
    },
    { klass: 1, group: "h", first: [] },
  ];
  const [report] = evaluate(
    sceneOf(frames, { h: { camera: "east" } }),
    [modelOf(frames, "first", "candidate")],
    options,
  );
  const { all, classes, groups, attributes } = report!.parts.test!;

  it("count every frame in accuracy, and every class with frames in the means", () => {
    expect(all).toMatchObject({ frames: 4, truths: 4, predictions: 3, top1: 0.5, top5: 0.75, mAP50: null });
    // a: 1 of 1 said is right, 1 of 2 found; b: 1 of 2 said, 1 of 2 found; c has no frame and no part in it.
    expect(all).toMatchObject({ precision: 0.75, recall: 0.5 });
    expect(all.f1).toBeCloseTo((2 / 3 + 2 / 4) / 2, 12);
    expect(classes.a).toMatchObject({ frames: 2, predictions: 1, precision: 1, recall: 0.5, f1: 2 / 3 });
    expect(classes.c).toMatchObject({ frames: 0, top1: null, precision: null, recall: null, f1: null });
  });

  it("are shared out by group and attribute", () => {
    expect([groups.g?.top1, groups.h?.top1, attributes.camera?.east?.top1]).toEqual([0.5, 0.5, 0.5]);
    expect([groups.g?.top5, groups.h?.top5]).toEqual([1, 0.5]);
  });

  it("have no operating point, and a frame without an answer is in the last column", () => {
    expect(report!.threshold).toBeNull();
    expect(report!.confusion).toEqual({
      labels: names,
      matrix: [
        [1, 1, 0, 0],
        [0, 1, 0, 1],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ],
    });
  });

  it("leave out the frames of a class that the model cannot know, and score that class with nothing", () => {
    const [other] = evaluate(sceneOf(frames), [modelOf(frames, "first", "base", ["b"])], options);
    expect(other!.parts.test!.all).toMatchObject({ frames: 4, truths: 2, top1: 0.5 });
    expect(other!.parts.test!.classes.b).toMatchObject({ frames: 2, truths: 2, top1: null, top5: null, recall: null });
    expect(other!.confusion!.labels).toEqual(["a", "c"]);
  });

  it("can be believed where as many are right as they say", () => {
    const { scored } = judge(sceneOf(frames), modelOf(frames, "first", "candidate"), 300);
    const { bins, error } = calibrationOf(scored);
    expect(bins.map(({ boxes }) => boxes)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 0, 1]);
    expect(error).toBeCloseTo((0.1 + 0.6 + 0.3) / 3, 12);
  });

  it("are measured by frame: found where the most probable class is right and sure enough", () => {
    const measured = measureFrames(sceneOf(frames), modelOf(frames, "first", "base"), {
      confidence: 0.65,
      maxDetections: 300,
    });
    expect(measured.map(({ found, falsePositives, objects }) => [objects, found, falsePositives])).toEqual([
      [1, 1, 0],
      [1, 0, 0],
      [1, 1, 0],
      [1, 0, 0],
    ]);
  });
});

const answer = fc.constantFrom<readonly (readonly [number, number])[]>(
  [
    [0, 0.8],
    [1, 0.15],
    [2, 0.05],
  ],
  [
    [1, 0.5],
    [2, 0.3],
    [0, 0.2],
  ],
  [
    [2, 0.4],
    [0, 0.35],
    [1, 0.25],
  ],
);
const someFrames = fc.array(
  fc.record({
    klass: fc.integer({ min: 0, max: 2 }),
    group: fc.constantFrom("g1", "g2", "g3", "g4", "g5", "g6", "g7"),
    first: answer,
    second: answer,
  }),
  { minLength: 1, maxLength: 60 },
);

describe("two models compared by accuracy", () => {
  it("differ by what their accuracies differ, and by the exact test over groups", () => {
    holds(
      fc.property(someFrames, (frames) => {
        const models = [modelOf(frames, "first", "candidate"), modelOf(frames, "second", "production")];
        const { comparison, models: reports } = evaluateAndCompare(sceneOf(frames), models, {
          ...options,
          gates,
          seed: 1,
        });
        const [own, other] = reports.map(({ parts }) => parts.test!.all.top1!);
        expect(comparison.primary).toBe("top1");
        expect(comparison.candidate).toBeCloseTo(own!, 12);
        expect(comparison.difference).toBeCloseTo(own! - other!, 12);
        // Every swap of whole groups, counted by hand.
        const groups = [...new Set(frames.map(({ group }) => group))];
        const right = (frame: Frame, of: "first" | "second") => (frame[of]?.[0]?.[0] === frame.klass ? 1 : 0);
        const byGroup = groups.map((group) =>
          frames
            .filter((frame) => frame.group === group)
            .reduce((sum, f) => sum + right(f, "first") - right(f, "second"), 0),
        );
        const whole = Math.abs(byGroup.reduce((sum, one) => sum + one, 0));
        let asFar = 0;
        for (let swaps = 0; swaps < 2 ** groups.length; swaps++) {
          const sum = byGroup.reduce((all, one, i) => all + ((swaps >> i) & 1 ? -one : one), 0);
          if (Math.abs(sum) >= whole) asFar++;
        }
        expect(comparison.p).toBeCloseTo(asFar / 2 ** groups.length, 12);
      }),
      { numRuns: 20 },
    );
  });

  it("is decided over the classes that both can know, and says which are left out", () => {
    const frames: readonly Frame[] = Array.from({ length: 16 }, (_, i) => ({
      klass: i % 2,
      group: `g${i % 8}`,
      first: [[i % 2, 0.9]],
      second: [[0, 0.9]],
    }));
    const models = [modelOf(frames, "first", "candidate"), modelOf(frames, "second", "base", ["b"])];
    const { comparison } = evaluateAndCompare(sceneOf(frames), models, { ...options, gates, seed: 1 });
    expect(comparison).toMatchObject({ candidate: 1, reference: 1, difference: 0 });
    expect(comparison.reason).toContain("b left out");
  });

  it("promotes a model that is better in every group, by class and attribute too", () => {
    const frames: readonly Frame[] = Array.from({ length: 32 }, (_, i) => ({
      klass: i % 2,
      group: `g${i % 8}`,
      first: [[i % 2, 0.9]],
      second: [[2, 0.9]],
    }));
    const models = [modelOf(frames, "first", "candidate"), modelOf(frames, "second", "production")];
    const asked = { ...options, gates, seed: 1, secondary: ["classes" as const] };
    const { comparison } = evaluateAndCompare(sceneOf(frames), models, asked);
    expect(comparison).toMatchObject({ verdict: "promote", difference: 1, p: 2 / 2 ** 8 });
    expect(comparison.secondary?.map(({ value, difference }) => [value, difference])).toEqual([
      ["a", 1],
      ["b", 1],
    ]);
  });
});
