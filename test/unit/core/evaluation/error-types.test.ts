// Every mistake is of one kind, and mending it gains what COCO's AP says it gains.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { calibrationOf, recallBySize } from "../../../../lib/core/evaluation/calibration.ts";
import { errorKinds, errorTypes } from "../../../../lib/core/evaluation/error-types.ts";
import { evaluate, judge, type Truth } from "../../../../lib/core/evaluation/evaluate.ts";
import { type CaseFrame, predictedBoxes, truthBoxes } from "../../../support/evaluation-cases.ts";
import { holds } from "../../../support/property.ts";

const classes = ["a", "b"];

function scoredOf(frames: readonly CaseFrame[], threshold = 0.5, unknownClasses: readonly string[] = []) {
  const truth: Truth = {
    frames: frames.map((_, i) => ({ name: `f${i}`, sha256: "", group: `g${i}`, part: "test" as const })),
    boxes: truthBoxes(frames),
    classes,
    attributes: {},
  };
  const boxes = predictedBoxes(frames);
  const model = { role: "candidate" as const, name: "", sha256: "", unknownClasses, boxes, threshold };
  const { scored } = judge(truth, model, 300);
  if (scored.shape === "frame") throw new Error("boxes were wanted");
  return { truth, model, scored };
}

function typesOf(frames: readonly CaseFrame[], threshold?: number, unknown?: readonly string[]) {
  const { truth, model, scored } = scoredOf(frames, threshold, unknown);
  return errorTypes(truth.boxes, model.boxes, scored);
}

const at = (x: number, size = 100) => [x, 0, x + size, size] as const;
const none = { missed: 0, background: 0, confused: 0, badBox: 0, double: 0, both: 0 };

describe("kinds of mistakes", () => {
  it.each<[string, CaseFrame, Partial<typeof none>]>([
    ["nothing where a box is right", { truth: [[0, ...at(0), false]], boxes: [[0, 0.9, ...at(2)]] }, {}],
    ["missed: nobody came near", { truth: [[0, ...at(0), false]], boxes: [] }, { missed: 1 }],
    [
      "missed too, where the box is too unsure",
      { truth: [[0, ...at(0), false]], boxes: [[0, 0.4, ...at(2)]] },
      { missed: 1 },
    ],
    ["background", { truth: [], boxes: [[0, 0.9, ...at(0)]] }, { background: 1 }],
    [
      "confused, and then it is not missed as well",
      { truth: [[0, ...at(0), false]], boxes: [[1, 0.9, ...at(2)]] },
      { confused: 1 },
    ],
    [
      "a bad box: an overlap of a third",
      { truth: [[0, ...at(0), false]], boxes: [[0, 0.9, ...at(50)]] },
      { badBox: 1 },
    ],
    [
      "double",
      {
        truth: [[0, ...at(0), false]],
        boxes: [
          [0, 0.9, ...at(0)],
          [0, 0.8, ...at(3)],
        ],
      },
      { double: 1 },
    ],
    [
      "both: a bad box of another class, and the object is missed",
      { truth: [[0, ...at(0), false]], boxes: [[1, 0.9, ...at(50)]] },
      { both: 1, missed: 1 },
    ],
    ["nothing on a crowd", { truth: [[0, ...at(0), true]], boxes: [[0, 0.9, ...at(2)]] }, {}],
  ])("%s", (_, frame, wanted) => {
    expect(typesOf([frame]).counts).toEqual({ ...none, ...wanted });
  });

  it("leaves out what a model cannot know", () => {
    const frame: CaseFrame = {
      truth: [
        [1, ...at(0), false],
        [0, ...at(200), false],
      ],
      boxes: [[0, 0.9, ...at(0)]],
    };
    expect(typesOf([frame], 0.5, ["b"]).counts).toEqual({ ...none, background: 1, missed: 1 });
  });

  it("gains by mending what the AP of the mended boxes is more", () => {
    // Of two objects one is found, with a surer box on background before it: AP 0.2525 at a precision of 1/2; mended 0.505.
    const frame: CaseFrame = {
      truth: [
        [0, ...at(0), false],
        [0, ...at(300), false],
      ],
      boxes: [
        [0, 0.9, ...at(600)],
        [0, 0.8, ...at(0)],
      ],
    };
    const { gains } = typesOf([frame]);
    const [before, mended] = [(51 / 101) * 0.5, 51 / 101];
    expect(gains?.background).toBeCloseTo(mended - before, 12);
    // Were the missed one not asked for, the one that is found would be all: recall 1 at a precision of 1/2.
    expect(gains?.missed).toBeCloseTo(0.5 - before, 12);
    expect([gains?.confused, gains?.badBox, gains?.double]).toEqual([0, 0, 0]);
  });

  const side = fc.integer({ min: 0, max: 12 }).map((n) => n * 25);
  const boxRow = fc.tuple(fc.constantFrom(0, 1), fc.constantFrom(0.2, 0.4, 0.6, 0.8), side);
  const frames = fc.array(
    fc.record({
      truth: fc.array(fc.tuple(fc.constantFrom(0, 1), side), { maxLength: 4 }),
      boxes: fc.array(boxRow, { maxLength: 6 }),
    }),
    { minLength: 1, maxLength: 4 },
  );

  it("counts every false box once, starts from the evaluator's own mAP50, and never loses by mending", () => {
    holds(
      fc.property(frames, (some) => {
        const cases = some.map(
          ({ truth, boxes }): CaseFrame => ({
            truth: truth.map(([klass, x]) => [klass, ...at(x), false]),
            boxes: boxes.map(([klass, score, x]) => [klass, score, ...at(x)]),
          }),
        );
        const { truth, model, scored } = scoredOf(cases);
        const { counts, gains } = errorTypes(truth.boxes, model.boxes, scored);
        const [report] = evaluate(truth, [model], { maxDetections: 300 });
        const { precision, truths } = report?.parts.test?.all ?? {};
        const wrong = Object.entries(counts ?? {}).reduce((sum, [kind, n]) => sum + (kind === "missed" ? 0 : n), 0);
        const sure = cases.flatMap(({ boxes }) => boxes).filter(([, score]) => score >= 0.5).length;
        if (truths !== 0 && precision !== null && precision !== undefined) {
          expect(wrong).toBe(Math.round(sure * (1 - precision)));
        }
        if (truths === 0) expect(gains).toBeNull();
        else for (const kind of errorKinds) expect(gains?.[kind]).toBeGreaterThanOrEqual(-1e-9);
      }),
    );
  });
});

describe("confidence and size", () => {
  const frames: readonly CaseFrame[] = [
    {
      truth: [
        [0, ...at(0, 20), false],
        [0, ...at(100, 60), false],
        [0, ...at(300, 200), false],
      ],
      boxes: [
        [0, 0.95, ...at(300, 200)],
        [0, 0.75, ...at(100, 60)],
        [0, 0.75, ...at(700)],
        [0, 0.05, ...at(900)],
      ],
    },
  ];
  const { truth, scored } = scoredOf(frames);

  it("holds confidence against what is right", () => {
    const { bins, error } = calibrationOf(scored);
    expect(bins.map(({ boxes }) => boxes)).toEqual([1, 0, 0, 0, 0, 0, 0, 2, 0, 1]);
    expect(bins[7]).toMatchObject({ confidence: 0.75, right: 0.5 });
    expect(error).toBeCloseTo((2 * 0.25 + 0.05) / 3, 12);
  });

  it("finds by size", () => {
    expect(recallBySize(truth.boxes, scored)).toEqual([
      { size: "small", objects: 1, recall: 0 },
      { size: "medium", objects: 1, recall: 1 },
      { size: "large", objects: 1, recall: 1 },
    ]);
  });
});
