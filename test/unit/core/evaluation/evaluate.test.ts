import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { Role } from "../../../../lib/contracts/common.ts";
import { type Comparison, comparison, type Metrics, modelEvaluation } from "../../../../lib/contracts/evaluation.ts";
import type { BoxRow } from "../../../../lib/core/evaluation/boxes.ts";
import {
  evaluate,
  evaluateAndCompare,
  type ModelPredictions,
  type ScoredPart,
  type Truth,
} from "../../../../lib/core/evaluation/evaluate.ts";
import { type CaseFrame, frameArbitrary, predictedBoxes, truthBoxes } from "../../../support/evaluation-cases.ts";
import { holds } from "../../../support/property.ts";

interface SceneFrame extends CaseFrame {
  readonly group: string;
  readonly part: ScoredPart;
}

const classes = ["person", "tray", "cart"];
const cameras: Record<string, Record<string, string>> = {
  a: { camera: "east" },
  b: { camera: "west" },
  c: { camera: "" },
};

function truthOf(frames: readonly SceneFrame[]): Truth {
  return {
    frames: frames.map(({ group, part }, i) => ({ name: `f${i}`, sha256: "0".repeat(64), group, part })),
    boxes: truthBoxes(frames),
    classes,
    attributes: cameras,
  };
}

function modelOf(role: Role, frames: readonly CaseFrame[], unknownClasses: readonly string[] = []): ModelPredictions {
  return { role, name: role, sha256: "1".repeat(64), unknownClasses, boxes: predictedBoxes(frames) };
}

/** Each group stands in one part, as the split sees to. */
const partOfGroup: Record<string, ScoredPart> = { a: "test", b: "test", c: "test", d: "val", e: "deployment" };
const scene = fc.array(
  fc
    .tuple(frameArbitrary(3), fc.constantFrom("a", "b", "c", "d", "e"))
    .map(([frame, group]): SceneFrame => ({ ...frame, group, part: partOfGroup[group]! })),
  { minLength: 1, maxLength: 14 },
);

const options = { maxDetections: 300 };
/** Of an area that COCO does not ignore. */
const isProper = ([, , x0, y0, x1, y1]: BoxRow) => x1 >= x0 && y1 >= y0 && x1 < 1e5;
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe("evaluate", () => {
  it("gives a valid document part for any frames", () => {
    holds(
      fc.property(scene, (frames) => {
        const [report] = evaluate(truthOf(frames), [modelOf("candidate", frames)], options);
        expect(modelEvaluation.parse(report)).toEqual(report);
      }),
      { numRuns: 30 },
    );
  });

  it("scores a group, and an attribute value, as if its frames were all there are", () => {
    const alone = (frames: readonly SceneFrame[], threshold: number | null) => {
      const model = { ...modelOf("candidate", frames), threshold };
      return evaluate(truthOf(frames), [model], options)[0]!.parts.test!.all;
    };
    holds(
      fc.property(scene, (frames) => {
        const { parts, threshold } = evaluate(truthOf(frames), [modelOf("candidate", frames)], options)[0]!;
        for (const [group, metrics] of Object.entries(parts.test?.groups ?? {})) {
          expect(metrics).toEqual(
            alone(
              frames.filter((frame) => frame.group === group),
              threshold,
            ),
          );
        }
        for (const [camera, metrics] of Object.entries(parts.test?.attributes.camera ?? {})) {
          const here = frames.filter((frame) => frame.part === "test" && cameras[frame.group]?.camera === camera);
          expect(metrics).toEqual(alone(here, threshold));
        }
      }),
      { numRuns: 30 },
    );
  });

  it("adds up: groups and classes hold every frame, truth and box of the part", () => {
    holds(
      fc.property(scene, (frames) => {
        const [report] = evaluate(truthOf(frames), [modelOf("candidate", frames)], options);
        for (const part of Object.values(report!.parts)) {
          const of = (list: Record<string, Metrics>, field: "frames" | "truths" | "predictions") =>
            sum(Object.values(list).map((each) => each[field]));
          expect(of(part.groups, "frames")).toBe(part.all.frames);
          for (const field of ["truths", "predictions"] as const) {
            expect(of(part.groups, field)).toBe(part.all[field]);
            expect(of(part.classes, field)).toBe(part.all[field]);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it("chooses the confidence of the best F1 on val, and no other part moves it", () => {
    holds(
      fc.property(scene, scene, (frames, more) => {
        const f1At = (threshold: number) => {
          const model = { ...modelOf("candidate", frames), threshold };
          return evaluate(truthOf(frames), [model], options)[0]!.parts.val?.all.f1 ?? 0;
        };
        const { threshold, parts } = evaluate(truthOf(frames), [modelOf("candidate", frames)], options)[0]!;
        if (threshold === null) {
          expect(parts.val?.all.truths ?? 0).toBe(0);
          return;
        }
        const best = f1At(threshold);
        for (const score of new Set(frames.flatMap(({ boxes }) => boxes.map((box) => box[1])))) {
          expect(f1At(score)).toBeLessThanOrEqual(best);
          if (score > threshold) expect(f1At(score)).toBeLessThan(best);
        }
        const elsewhere = [...frames, ...more.filter(({ part }) => part !== "val")];
        expect(evaluate(truthOf(elsewhere), [modelOf("candidate", elsewhere)], options)[0]!.threshold).toBe(threshold);
      }),
      { numRuns: 30 },
    );
  });

  it("lets boxes of one confidence pass together or not at all", () => {
    const frame: SceneFrame = {
      group: "d",
      part: "val",
      truth: [
        [0, 0, 0, 10, 10, false],
        [0, 50, 50, 60, 60, false],
      ],
      boxes: [
        [0, 0.5, 0, 0, 10, 10],
        [0, 0.5, 200, 0, 210, 10],
        [0, 0.5, 300, 0, 310, 10],
        [0, 0.4, 50, 50, 60, 60],
      ],
    };
    // At 0.5: F1 = 2 / (3 + 2); at 0.4: 4 / (4 + 2). The first box of 0.5 alone, 2 / (1 + 2), is no choice.
    const [report] = evaluate(truthOf([frame]), [modelOf("candidate", [frame])], options);
    expect(report).toMatchObject({ threshold: 0.4, parts: { val: { all: { f1: 4 / 6 } } } });
  });

  it("gives null, never zero, for a class the model cannot know, and leaves it out of all", () => {
    const frame: SceneFrame = {
      group: "a",
      part: "test",
      truth: [
        [0, 0, 0, 10, 10, false],
        [1, 50, 50, 60, 60, false],
      ],
      boxes: [[0, 0.9, 0, 0, 10, 10]],
    };
    const [knowing] = evaluate(truthOf([frame]), [{ ...modelOf("base", [frame]), threshold: 0.5 }], options);
    expect(knowing!.parts.test!.all).toMatchObject({ mAP50: 0.5, recall: 0.5, truths: 2 });
    const half = { ...modelOf("base", [frame], ["tray"]), threshold: 0.5 };
    const [report] = evaluate(truthOf([frame]), [half], options);
    expect(report!.parts.test!.all).toMatchObject({ mAP50: 1, recall: 1, precision: 1, f1: 1, truths: 1 });
    expect(report!.parts.test!.classes.tray).toEqual({
      frames: 1,
      truths: 1,
      predictions: 0,
      mAP50: null,
      "mAP50-95": null,
      precision: null,
      recall: null,
      f1: null,
    });
    expect(report!.parts.test!.classes.cart).toMatchObject({ truths: 0, mAP50: null, recall: null });
    expect(report!.confusion!.labels).toEqual(["person", "cart"]);
  });

  it("counts every truth and every box above the threshold once in the confusion matrix", () => {
    holds(
      fc.property(scene, (frames) => {
        const bare = frames.map((frame) => ({ ...frame, truth: frame.truth.filter((row) => !row[5] && row[3] < 1e5) }));
        const near = bare.map((frame) => ({ ...frame, boxes: frame.boxes.filter(isProper) }));
        const model = { ...modelOf("candidate", near), threshold: 0.25 };
        const { confusion, parts } = evaluate(truthOf(near), [model], options)[0]!;
        if (parts.test === undefined) return;
        const test = near.filter(({ part }) => part === "test");
        const { matrix } = confusion!;
        for (const [k, name] of classes.entries()) {
          expect(sum(matrix[k]!)).toBe(parts.test.classes[name]!.truths);
          const boxes = test.flatMap((frame) => frame.boxes.filter((row) => row[0] === k && row[1] >= 0.25));
          expect(sum(matrix.map((row) => row[k]!))).toBe(boxes.length);
          const { recall, truths } = parts.test.classes[name]!;
          if (recall !== null) expect(matrix[k]![k]).toBe(Math.round(recall * truths));
        }
      }),
      { numRuns: 100 },
    );
  });

  it("misses an object too small for an area, in the matrix as in the recall", () => {
    const speck = Number.MIN_VALUE;
    const frame: SceneFrame = {
      group: "a",
      part: "test",
      truth: [[0, 0, 0, speck, speck, false]],
      boxes: [[0, 0.5, 0, 0, speck, speck]],
    };
    const model = { ...modelOf("candidate", [frame]), threshold: 0.25 };
    const { confusion, parts } = evaluate(truthOf([frame]), [model], options)[0]!;
    expect(parts.test!.classes.person).toMatchObject({ truths: 1, recall: 0 });
    expect(confusion!.matrix[0]![0]).toBe(0);
  });

  it("takes a box over another class's truth for a confusion, and over nothing for a false alarm", () => {
    const frame: SceneFrame = {
      group: "a",
      part: "test",
      truth: [
        [0, 0, 0, 10, 10, false],
        [1, 50, 50, 60, 60, false],
        [2, 90, 90, 99, 99, false],
      ],
      boxes: [
        [0, 0.9, 0, 0, 10, 10],
        [2, 0.8, 50, 50, 60, 61],
        [1, 0.7, 200, 0, 210, 10],
        [1, 0.2, 90, 90, 99, 99],
      ],
    };
    const model = { ...modelOf("candidate", [frame]), threshold: 0.5 };
    expect(evaluate(truthOf([frame]), [model], options)[0]!.confusion!.matrix).toEqual([
      [1, 0, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
      [0, 1, 0, 0],
    ]);
  });
});

const gates = { primary: "mAP50" as const, margin: 0.02, alpha: 0.05, minRecall: undefined };

/** One frame a group, whose one object the candidate finds and the reference does not. */
function better(groups: number): { truth: Truth; good: CaseFrame[]; bad: CaseFrame[] } {
  const frames = Array.from(
    { length: groups + 1 },
    (_, i): SceneFrame => ({
      group: `g${i}`,
      part: i === groups ? "val" : "test",
      truth: [[0, 0, 0, 10, 10, false]],
      boxes: [],
    }),
  );
  const good = frames.map((frame) => ({ ...frame, boxes: [[0, 0.9, 0, 0, 10, 10] as const] }));
  const bad = frames.map((frame) => ({ ...frame, boxes: [[0, 0.9, 40, 0, 50, 10] as const] }));
  return { truth: truthOf(frames), good, bad };
}

describe("evaluateAndCompare", () => {
  const compared = (truth: Truth, models: readonly ModelPredictions[]): Comparison =>
    comparison.parse(evaluateAndCompare(truth, models, { ...options, gates, seed: 5 }).comparison);

  it("needs six groups for the clearest difference", () => {
    for (const [groups, verdict] of [
      [1, "inconclusive"],
      [5, "inconclusive"],
      [6, "promote"],
      [30, "promote"],
    ] as const) {
      const { truth, good, bad } = better(groups);
      const found = compared(truth, [modelOf("candidate", good), modelOf("base", bad)]);
      expect(found).toMatchObject({ verdict, groups, candidate: 1, reference: 0, difference: 1, baseline: "base" });
      expect(found.p).toBe(found.smallestP);
      expect(compared(truth, [modelOf("candidate", bad), modelOf("base", good)])).toMatchObject({
        verdict: groups < 6 ? "inconclusive" : "hold",
        difference: -1,
        p: found.p,
      });
    }
  });

  it("compares with production where it was predicted", () => {
    const { truth, good, bad } = better(6);
    const models = [modelOf("candidate", good), modelOf("base", bad), modelOf("production", good)];
    expect(compared(truth, models)).toMatchObject({
      baseline: "production",
      difference: 0,
      p: 1,
      verdict: "inconclusive",
    });
  });

  it("cannot compare classes the reference cannot know, and says so", () => {
    const { truth, good, bad } = better(6);
    const found = compared(truth, [modelOf("candidate", good), modelOf("base", bad, ["person"])]);
    expect(found).toMatchObject({
      verdict: "inconclusive",
      p: null,
      method: "none",
      candidate: null,
      difference: null,
    });
    expect(found.reason).toContain("the base model cannot know person");
  });

  it("holds a candidate below the recall gate at its own operating point", () => {
    const { truth, good, bad } = better(7);
    const models = [modelOf("candidate", good), modelOf("base", bad)];
    const missing = good.map((frame, i) => (i === 0 ? { ...frame, boxes: [] } : frame));
    const gated = (candidate: readonly CaseFrame[]) =>
      evaluateAndCompare(truth, [modelOf("candidate", candidate), models[1]!], {
        ...options,
        gates: { ...gates, minRecall: 0.9 },
        seed: 0,
      }).comparison;
    expect(gated(good).verdict).toBe("promote");
    expect(gated(missing)).toMatchObject({ verdict: "hold" });
    expect(gated(missing).reason).toContain("0.857");
  });

  it("agrees with the models' own metrics, and turns its sign when the models change places", () => {
    holds(
      fc.property(scene, scene, (frames, others) => {
        const second = frames.map((frame, i) => ({ ...frame, boxes: others[i % others.length]!.boxes }));
        const truth = truthOf(frames);
        const run = (a: readonly CaseFrame[], b: readonly CaseFrame[]) =>
          evaluateAndCompare(truth, [modelOf("candidate", a), modelOf("base", b)], { ...options, gates, seed: 9 });
        const { models, comparison: there } = run(frames, second);
        expect(there.candidate ?? null).toEqual(models[0]!.parts.test?.all.mAP50 ?? null);
        expect(there.reference ?? null).toEqual(models[1]!.parts.test?.all.mAP50 ?? null);
        const back = run(second, frames).comparison;
        expect(back.p).toBe(there.p);
        expect(back.difference === null ? null : -back.difference + 0).toEqual(
          there.difference === null ? null : there.difference + 0,
        );
      }),
      { numRuns: 30 },
    );
  });

  it("gives as range the lowest and the highest group, each scored as if it were all there is", () => {
    holds(
      fc.property(scene, scene, (frames, others) => {
        const second = frames.map((frame, i) => ({ ...frame, boxes: others[i % others.length]!.boxes }));
        const models = [modelOf("candidate", frames), modelOf("base", second)];
        const found = evaluateAndCompare(truthOf(frames), models, { ...options, gates, seed: 9 });
        const [own, other] = found.models.map(({ parts }) => parts.test?.groups ?? {});
        const single = Object.entries(own!).flatMap(([group, { mAP50 }]) =>
          mAP50 === null ? [] : [mAP50 - other![group]!.mAP50!],
        );
        const wanted = single.length === 0 ? null : { low: Math.min(...single), high: Math.max(...single) };
        expect(found.comparison.range).toEqual(wanted);
        expect(found.comparison.interval).toBeNull();
      }),
      { numRuns: 30 },
    );
  });

  it("gives an interval over many groups, from the differences without each of them", () => {
    const many = fc.array(frameArbitrary(2), { minLength: 30, maxLength: 30 });
    holds(
      fc.property(many, many, (frames, others) => {
        const inGroups = frames.map((frame, i): SceneFrame => ({ ...frame, group: `g${i % 20}`, part: "test" }));
        const second = inGroups.map((frame, i) => ({ ...frame, boxes: others[i]!.boxes }));
        const without = (out: string) => {
          const keep = (frame: SceneFrame) => frame.group !== out;
          const scoreOf = (frames: readonly SceneFrame[]) =>
            evaluate(truthOf(frames), [modelOf("candidate", frames)], options)[0]!.parts.test!.all.mAP50!;
          return scoreOf(inGroups.filter(keep)) - scoreOf(second.filter(keep));
        };
        const { difference, interval } = compared(truthOf(inGroups), [
          modelOf("candidate", inGroups),
          modelOf("base", second),
        ]);
        const left = Array.from({ length: 20 }, (_, i) => without(`g${i}`));
        const centre = sum(left) / 20;
        const reach = 2.093 * Math.sqrt((19 / 20) * sum(left.map((one) => (one - centre) ** 2)));
        expect(interval!.low).toBeCloseTo(difference! - reach, 3);
        expect(interval!.high).toBeCloseTo(difference! + reach, 3);
      }),
      { numRuns: 2 },
    );
  });
});
