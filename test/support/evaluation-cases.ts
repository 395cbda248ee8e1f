// Frames with truth and predictions for tests of the evaluator, and the same frames scored by pycocotools.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import * as fc from "fast-check";
import { type Boxes, BoxesBuilder, type BoxRow } from "../../lib/core/evaluation/boxes.ts";

/** Class, xMin, yMin, xMax, yMax, crowd. */
export type TruthRow = readonly [number, number, number, number, number, boolean];

export interface CaseFrame {
  readonly truth: readonly TruthRow[];
  /** In any order. */
  readonly boxes: readonly BoxRow[];
}

export interface Case {
  readonly classes: number;
  readonly maxDetections: number;
  readonly frames: readonly CaseFrame[];
}

export interface OracleAnswer {
  /** By class, by IoU. */
  readonly ap: readonly (readonly (number | null)[])[];
  readonly recall: readonly (readonly (number | null)[])[];
  readonly mAP50: number | null;
  readonly "mAP50-95": number | null;
  /** Of evaluate and accumulate; with `--time` only. */
  readonly seconds?: number;
}

export function truthBoxes(frames: readonly CaseFrame[]): Boxes {
  const builder = new BoxesBuilder(frames.length);
  for (const [i, { truth }] of frames.entries()) {
    builder.begin(i);
    for (const [klass, x0, y0, x1, y1, crowd] of truth) builder.add([klass, 0, x0, y0, x1, y1], crowd);
  }
  return builder.done();
}

export function predictedBoxes(frames: readonly CaseFrame[]): Boxes {
  const builder = new BoxesBuilder(frames.length);
  for (const [i, { boxes }] of frames.entries()) {
    builder.begin(i);
    for (const box of boxes) builder.add(box);
  }
  return builder.done();
}

function forOracle({ classes, maxDetections, frames }: Case) {
  return {
    classes,
    maxDetections,
    frames: frames.map(({ truth, boxes }) => ({
      truth: truth.map(([klass, x0, y0, x1, y1, crowd]) => [klass, x0, y0, x1 - x0, y1 - y0, crowd ? 1 : 0]),
      boxes: boxes.map(([klass, score, x0, y0, x1, y1]) => [klass, score, x0, y0, x1 - x0, y1 - y0]),
    })),
  };
}

/** What pycocotools says about each case; one Python process for all. */
export function askPycocotools(cases: readonly Case[], ...options: readonly string[]): readonly OracleAnswer[] {
  return askOracle(cases.map(forOracle), ...options);
}

/** @param cases in the oracle's own form */
export function askOracle<Answer>(cases: readonly object[], ...options: readonly string[]): readonly Answer[] {
  const root = join(import.meta.dirname, "../..");
  const script = join(import.meta.dirname, "pycocotools_oracle.py");
  const asked = spawnSync(join(root, ".venv/bin/python"), [script, ...options], {
    input: JSON.stringify(cases),
    encoding: "utf8",
    maxBuffer: 1 << 30,
  });
  if (asked.status !== 0)
    throw new Error(`pycocotools (of the Python group dev, see make setup): ${asked.error ?? asked.stderr}`);
  return JSON.parse(asked.stdout);
}

/** Few values, so that equal scores, equal IoUs, IoUs of exactly 0.5 and boxes without area are common. */
const side = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 8 }).map((n) => n * 10) },
  { weight: 1, arbitrary: fc.double({ min: 0, max: 80, noNaN: true }) },
);
const corners = fc
  .tuple(side, side, side, side)
  .map(([a, b, c, d]): [number, number, number, number] => [
    Math.min(a, c),
    Math.min(b, d),
    Math.max(a, c),
    Math.max(b, d),
  ]);
/** Above COCO's largest area of 1e10. */
const vast = fc.constant<[number, number, number, number]>([0, 0, 200_000, 60_000]);
const anyCorners = fc.oneof({ weight: 40, arbitrary: corners }, { weight: 1, arbitrary: vast });
const score = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(0, 0.001, 0.25, 0.5, 0.75, 1) },
  { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
);

/** A box near a truth of its frame, as a model makes them. */
const shift = fc.integer({ min: -3, max: 3 });

export function frameArbitrary(classes: number, most = 12): fc.Arbitrary<CaseFrame> {
  const klass = fc.integer({ min: 0, max: classes - 1 });
  const truth = fc
    .tuple(klass, anyCorners, fc.integer({ min: 0, max: 5 }))
    .map(([k, box, crowd]): TruthRow => [k, ...box, crowd === 0]);
  const random = fc.tuple(klass, score, anyCorners).map(([k, s, box]): BoxRow => [k, s, ...box]);
  return fc
    .tuple(
      fc.array(truth, { maxLength: 6 }),
      fc.array(random, { maxLength: Math.ceil(most / 2) }),
      fc.array(fc.tuple(fc.nat(), score, shift, shift), { maxLength: Math.floor(most / 2) }),
    )
    .map(([truths, boxes, near]) => ({
      truth: truths,
      boxes: [
        ...boxes,
        ...near.flatMap(([pick, s, dx, dy]): BoxRow[] => {
          const chosen = truths[pick % Math.max(truths.length, 1)];
          if (chosen === undefined) return [];
          const [k, x0, y0, x1, y1] = chosen;
          return [[k, s, x0 + dx, y0 + dy, x1 + dx, y1]];
        }),
      ],
    }));
}

export const caseArbitrary: fc.Arbitrary<Case> = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom(1, 2, 5, 300))
  .chain(([classes, maxDetections]) =>
    fc
      .array(frameArbitrary(classes), { minLength: 1, maxLength: 8 })
      .map((frames) => ({ classes, maxDetections, frames })),
  );
