// The evaluator gives the numbers of pycocotools: on random frames built to be awkward, and on COCO's own labels.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { averagePrecisions, rank } from "../../lib/core/evaluation/average.ts";
import { evaluate } from "../../lib/core/evaluation/evaluate.ts";
import { isIgnoredTruth, match } from "../../lib/core/evaluation/match.ts";
import { ious } from "../../lib/core/evaluation/protocol.ts";
import {
  askPycocotools,
  type Case,
  type CaseFrame,
  caseArbitrary,
  type OracleAnswer,
  predictedBoxes,
  truthBoxes,
} from "../support/evaluation-cases.ts";
import { sharedData } from "../support/shared.ts";

const closeEnough = 1e-9;

/** Our numbers in the oracle's form. */
function score({ classes, maxDetections, frames }: Case): OracleAnswer {
  const truth = truthBoxes(frames);
  const boxes = predictedBoxes(frames);
  const matches = match(boxes, truth, maxDetections);
  const ranked = rank(matches, classes);
  const truths = Array.from(
    { length: classes },
    (_, k) => [...truth.classes.keys()].filter((row) => truth.classes[row] === k && !isIgnoredTruth(truth, row)).length,
  );
  const names = Array.from({ length: classes }, (_, k) => `class ${k}`);
  const scene = {
    frames: frames.map((_, i) => ({ name: String(i), sha256: "", group: String(i), part: "test" as const })),
    boxes: truth,
    classes: names,
    attributes: {},
  };
  const model = { role: "candidate" as const, name: "", sha256: "", unknownClasses: [], boxes };
  const [report] = evaluate(scene, [model], { maxDetections });
  const all = report!.parts.test!.all;
  return {
    ap: ranked.map((list, k) => averagePrecisions(matches, list, truths[k]!) ?? ious.map(() => null)),
    recall: ranked.map((list, k) =>
      ious.map((_, i) =>
        truths[k] === 0 ? null : [...list].filter((at) => (matches.hits[at]! >> i) & 1).length / truths[k]!,
      ),
    ),
    mAP50: all.mAP50,
    "mAP50-95": all["mAP50-95"],
  };
}

function numbers({ ap, recall, ...means }: OracleAnswer): (number | null)[] {
  return [...ap.flat(), ...recall.flat(), means.mAP50, means["mAP50-95"]];
}

/** The largest distance of any number; infinite where one is null and the other is not. */
function distance(ours: OracleAnswer, theirs: OracleAnswer): number {
  const wanted = numbers(theirs);
  const found = numbers(ours);
  expect(found.length).toBe(wanted.length);
  return Math.max(
    ...found.map((value, i) => {
      const other = wanted[i] ?? null;
      if (value === null || other === null) return value === other ? 0 : Number.POSITIVE_INFINITY;
      return Math.abs(value - other);
    }),
  );
}

function expectEqual(cases: readonly Case[]): void {
  const answers = askPycocotools(cases);
  const worst = cases.map((each, i) => distance(score(each), answers[i]!));
  const first = worst.findIndex((value) => !(value <= closeEnough));
  expect(first === -1 ? null : { distance: worst[first], case: JSON.stringify(cases[first]) }).toBeNull();
}

/** Labels in YOLO form, as truth on a nominal frame of 640 by 480. */
function yoloTruth(folder: string): CaseFrame["truth"][] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".txt"));
  return files.sort().map((file) =>
    readFileSync(join(folder, file), "utf8")
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => {
        const [klass = 0, cx = 0, cy = 0, w = 0, h = 0] = line.trim().split(/\s+/).map(Number);
        return [klass, (cx - w / 2) * 640, (cy - h / 2) * 480, (cx + w / 2) * 640, (cy + h / 2) * 480, false] as const;
      }),
  );
}

/** What a middling model might say: most objects found, shifted and with another class now and then, and false alarms. */
function jittered(truth: CaseFrame["truth"], random: () => number): CaseFrame {
  const found = truth.flatMap(([klass, x0, y0, x1, y1]) =>
    Array.from({ length: Math.floor(random() * 4) }, () => {
      const by = () => (random() - 0.5) * 0.3;
      const [w, h] = [x1 - x0, y1 - y0];
      const k = random() < 0.9 ? klass : Math.floor(random() * 80);
      return [k, random(), x0 + by() * w, y0 + by() * h, x1 + by() * w, y1 + by() * h] as const;
    }),
  );
  const alarms = Array.from({ length: 20 }, () => {
    const [x, y] = [random() * 500, random() * 400];
    return [Math.floor(random() * 80), random() * 0.3, x, y, x + random() * 140, y + random() * 80] as const;
  });
  return { truth, boxes: [...found, ...alarms] };
}

/** Numbers in [0, 1) that are the same in every run. */
function seeded(seed: number): () => number {
  const values = fc.sample(fc.infiniteStream(fc.double({ min: 0, max: 0.9999, noNaN: true })), {
    numRuns: 1,
    seed,
  })[0]!;
  return () => values.next().value as number;
}

describe("the evaluator and pycocotools", () => {
  it("agree on 600 random cases with crowds, empty classes, equal scores and boxes without area", () => {
    expectEqual(fc.sample(caseArbitrary, { numRuns: 600, seed: 20 }));
  });

  it("agree where there is no frame with truth, no box, or neither", () => {
    const empty: CaseFrame = { truth: [], boxes: [] };
    const box: CaseFrame = { truth: [], boxes: [[0, 0.5, 0, 0, 10, 10]] };
    const missed: CaseFrame = { truth: [[0, 0, 0, 10, 10, false]], boxes: [] };
    const crowd: CaseFrame = { truth: [[0, 0, 0, 10, 10, true]], boxes: [[0, 0.5, 0, 0, 10, 10]] };
    const flat: CaseFrame = { truth: [[0, 5, 5, 5, 9, false]], boxes: [[0, 0.5, 5, 5, 5, 9]] };
    const cases = [[empty], [box], [missed], [crowd], [flat], [empty, box, missed, crowd, flat]];
    expectEqual(cases.map((frames) => ({ classes: 2, maxDetections: 300, frames })));
  });

  it.each(["coco8/labels", "coco-cc24/labels"])("agree on the labels of %s with jittered boxes", (path) => {
    const folder = sharedData(path);
    if (folder === null) return;
    const truths = yoloTruth(folder);
    expect(truths.flat().length).toBeGreaterThan(10);
    const random = seeded(24);
    expectEqual(
      [300, 5].map((maxDetections) => ({
        classes: 80,
        maxDetections,
        frames: truths.map((truth) => jittered(truth, random)),
      })),
    );
  });
});
