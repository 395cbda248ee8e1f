// Masks as pycocotools has them: which pixels an outline covers, and the scores of masks, on random shapes and on real labels.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { boundsOf } from "../../lib/core/dataset/formats/bounds.ts";
import { averagePrecisions, rank } from "../../lib/core/evaluation/average.ts";
import { BoxesBuilder } from "../../lib/core/evaluation/boxes.ts";
import { evaluate } from "../../lib/core/evaluation/evaluate.ts";
import { isIgnoredTruth, match } from "../../lib/core/evaluation/match.ts";
import { ious } from "../../lib/core/evaluation/protocol.ts";
import { shapeRuns } from "../../lib/core/evaluation/raster.ts";
import { askOracle } from "../support/evaluation-cases.ts";
import { sharedData } from "../support/shared.ts";

type Outlines = readonly (readonly number[])[];

interface MaskFrame {
  readonly truth: readonly (readonly [number, Outlines, boolean])[];
  readonly boxes: readonly (readonly [number, number, Outlines])[];
}

interface MaskCase {
  readonly size: readonly [number, number];
  readonly classes: number;
  readonly frames: readonly MaskFrame[];
}

interface Answer {
  readonly ap: readonly (readonly (number | null)[])[];
  readonly mAP50: number | null;
  readonly "mAP50-95": number | null;
}

/** Whole, half and any numbers, some of them outside of the image. */
const place = fc.oneof(
  fc.integer({ min: -6, max: 70 }),
  fc.integer({ min: -6, max: 140 }).map((n) => n / 2),
  fc.double({ min: -6, max: 70, noNaN: true }),
);
const outline = fc.array(fc.tuple(place, place), { minLength: 3, maxLength: 9 }).map((points) => points.flat());
const shape = fc.array(outline, { minLength: 1, maxLength: 3 });
const sizes = fc.tuple(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 64 }));

const score = fc.constantFrom(0.1, 0.25, 0.5, 0.75, 0.9);
const klass = fc.integer({ min: 0, max: 1 });
const near = fc.tuple(fc.nat(), fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 }), score);
const frame: fc.Arbitrary<MaskFrame> = fc
  .tuple(
    fc.array(fc.tuple(klass, shape, fc.integer({ min: 0, max: 5 })), { maxLength: 5 }),
    fc.array(fc.tuple(klass, score, shape), { maxLength: 4 }),
    fc.array(near, { maxLength: 5 }),
  )
  .map(([truth, random, shifted]) => ({
    truth: truth.map(([k, outlines, crowd]) => [k, outlines, crowd === 0] as const),
    boxes: [
      ...random,
      ...shifted.flatMap(([pick, dx, dy, s]) => {
        const [k, outlines] = truth[pick % Math.max(1, truth.length)] ?? [];
        if (k === undefined || outlines === undefined) return [];
        const moved = outlines.map((points) => points.map((value, at) => value + (at % 2 === 0 ? dx : dy)));
        return [[k, s, moved] as const];
      }),
    ],
  }));
const maskCase: fc.Arbitrary<MaskCase> = fc
  .tuple(sizes, fc.array(frame, { minLength: 1, maxLength: 5 }))
  .map(([size, frames]) => ({ size, classes: 2, frames }));

function boxesOf({ size: [height, width], frames }: MaskCase, of: "truth" | "boxes") {
  const builder = new BoxesBuilder(frames.length, true);
  for (const [i, { truth, boxes }] of frames.entries()) {
    builder.begin(i);
    const rows =
      of === "truth"
        ? truth.map(([k, outlines, crowd]) => ({ k, confidence: 0, outlines, crowd }))
        : boxes.map(([k, confidence, outlines]) => ({ k, confidence, outlines, crowd: false }));
    for (const { k, confidence, outlines, crowd } of rows) {
      const box = boundsOf(outlines.flat());
      builder.add([k, confidence, ...box], crowd, shapeRuns(outlines, width, height));
    }
  }
  return builder.done();
}

function ours(of: MaskCase): Answer {
  const truth = boxesOf(of, "truth");
  const boxes = boxesOf(of, "boxes");
  const matches = match(boxes, truth, 100, "mask");
  const ranked = rank(matches, of.classes);
  const scene = {
    frames: of.frames.map((_, i) => ({ name: String(i), sha256: "", group: String(i), part: "test" as const })),
    boxes: truth,
    classes: ["a", "b"],
    attributes: {},
  };
  const model = { role: "candidate" as const, name: "", sha256: "", unknownClasses: [], boxes };
  const all = evaluate(scene, [model], { maxDetections: 100 })[0]!.parts.test!.all;
  return {
    ap: ranked.map((list, k) => {
      const wanted = [...truth.classes.keys()].filter((row) => truth.classes[row] === k && !isIgnoredTruth(truth, row));
      return averagePrecisions(matches, list, wanted.length) ?? ious.map(() => null);
    }),
    mAP50: all["mAP50.mask"]!,
    "mAP50-95": all["mAP50-95.mask"]!,
  };
}

function expectEqual(cases: readonly MaskCase[]): readonly Answer[] {
  const asked = cases.map((each) => ({
    ...each,
    maxDetections: 100,
    frames: each.frames.map(({ truth, boxes }) => ({
      truth,
      boxes: boxes.map(([k, s, outlines]) => [k, s, shapeRuns(outlines, each.size[1], each.size[0])]),
    })),
  }));
  const theirs = askOracle<Answer>(asked);
  const flat = ({ ap, mAP50, "mAP50-95": mean }: Answer) => [...ap.flat(), mAP50, mean];
  for (const [i, each] of cases.entries()) {
    const [found, wanted] = [flat(ours(each)), flat(theirs[i]!)];
    const far = found.findIndex((value, at) => {
      const other = wanted[at] ?? null;
      return value === null || other === null ? value !== other : !(Math.abs(value - other) <= 1e-9);
    });
    expect(far === -1 ? null : { far, found: found[far], wanted: wanted[far], case: JSON.stringify(each) }).toBeNull();
  }
  return theirs;
}

/** Polygons of COCO's and Ultralytics' text form, in pixels of a frame of 640 by 480. */
function polygonsIn(file: string): [number, Outlines, boolean][] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [k = 0, ...values] = line.trim().split(/\s+/).map(Number);
      return [k === 0 ? 0 : 1, [values.map((value, at) => value * (at % 2 === 0 ? 640 : 480))], false];
    });
}

describe("masks and pycocotools", () => {
  it("cover the same pixels: 500 random shapes of up to three outlines, inside and outside of the image", () => {
    const shapes = fc.sample(fc.record({ outlines: shape, size: sizes }), { numRuns: 500, seed: 5 });
    const answers = askOracle<{ pixels: readonly number[] }>(shapes);
    let covered = 0;
    for (const [i, { outlines, size }] of shapes.entries()) {
      const runs = shapeRuns(outlines, size[1], size[0]);
      const pixels = runs.flatMap((run, at) => new Array<number>(run).fill(at % 2));
      covered += pixels.reduce((sum, value) => sum + value, 0);
      expect({ i, pixels: pixels.join("") }).toEqual({ i, pixels: answers[i]!.pixels.join("") });
    }
    expect(covered).toBeGreaterThan(50_000);
  });

  it("give the same AP on 150 random cases with crowds, shapes of several parts, and shapes that cover nothing", () => {
    const answers = expectEqual(fc.sample(maskCase, { numRuns: 150, seed: 8 }));
    const scores = answers.flatMap(({ mAP50 }) => (mAP50 === null ? [] : [mAP50]));
    expect(scores.filter((value) => value > 0 && value < 1).length).toBeGreaterThan(20);
  });

  it("give the same AP on the polygons of a real export, moved and with other scores", () => {
    const folder = sharedData("exports/cvat-coco-1.0-seg");
    if (folder === null) return;
    const file = join(folder, "annotations/instances_default.json");
    const { annotations } = JSON.parse(readFileSync(file, "utf8")) as {
      annotations: readonly { readonly image_id: number; readonly segmentation: Outlines }[];
    };
    const images = [...new Set(annotations.map(({ image_id }) => image_id))];
    const frames = images.map((image): MaskFrame => {
      const truth = annotations
        .filter((one) => one.image_id === image)
        .map((one) => [0, one.segmentation, false] as const);
      const boxes = truth.map(([k, outlines], i) => {
        const moved = outlines.map((points) => points.map((value, at) => value * 0.97 + (at % 2) * i * 2));
        return [k, ((i * 7) % 10) / 10, moved] as const;
      });
      return { truth, boxes };
    });
    const [answer] = expectEqual([{ size: [1200, 1200], classes: 2, frames }]);
    expect(answer!.mAP50).toBeGreaterThan(0.1);
    expect(answer!.mAP50).toBeLessThan(1);
  });

  it("give the same AP on COCO's own outlines", () => {
    const folder = sharedData("exports/datumaro-assets/yolo_dataset/yolov8_segmentation/labels/train");
    if (folder === null) return;
    const truth = polygonsIn(join(folder, "1.txt"));
    const boxes = truth.map(
      ([k, outlines], i) => [k, 0.5 + i / 10, outlines.map((of) => of.map((v) => v + i))] as const,
    );
    expectEqual([{ size: [480, 640], classes: 2, frames: [{ truth, boxes }] }]);
  });
});
