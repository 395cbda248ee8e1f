// Accuracy, precision, recall and the confusion matrix of whole frames are those of Ultralytics on the same answers.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { BoxesBuilder } from "../../lib/core/evaluation/boxes.ts";
import { evaluate } from "../../lib/core/evaluation/evaluate.ts";

interface Case {
  readonly classes: number;
  /** The class of each frame, and all classes by falling probability. */
  readonly frames: readonly (readonly [number, readonly number[]])[];
}

interface OracleAnswer {
  readonly top1: number;
  readonly top5: number;
  /** By truth, then by what was said. */
  readonly matrix: readonly (readonly number[])[];
  readonly right: readonly number[];
  readonly false: readonly number[];
}

function askUltralytics(cases: readonly Case[]): readonly OracleAnswer[] {
  const root = join(import.meta.dirname, "../..");
  const asked = spawnSync(join(root, ".venv/bin/python"), [join(root, "test/support/classify_oracle.py")], {
    input: JSON.stringify(cases),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (asked.status !== 0) throw new Error(`Ultralytics (see make setup): ${asked.error ?? asked.stderr}`);
  return JSON.parse(asked.stdout);
}

const caseArbitrary: fc.Arbitrary<Case> = fc.integer({ min: 2, max: 9 }).chain((classes) =>
  fc.record({
    classes: fc.constant(classes),
    frames: fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: classes - 1 }),
        fc.shuffledSubarray(
          Array.from({ length: classes }, (_, klass) => klass),
          { minLength: classes },
        ),
      ),
      { minLength: 1, maxLength: 40 },
    ),
  }),
);

function score({ classes, frames }: Case) {
  const [truth, said] = [new BoxesBuilder(frames.length), new BoxesBuilder(frames.length)];
  for (const [frame, [klass, ranking]] of frames.entries()) {
    truth.begin(frame);
    truth.add([klass, 0, 0, 0, 10, 10]);
    said.begin(frame);
    for (const [rank, each] of ranking.entries()) said.add([each, 1 / (rank + 1), 0, 0, 0, 0]);
  }
  const scene = {
    frames: frames.map((_, i) => ({ name: String(i), sha256: "", group: String(i % 3), part: "test" as const })),
    boxes: truth.done(),
    task: "classify" as const,
    classes: Array.from({ length: classes }, (_, klass) => `class ${klass}`),
    attributes: {},
  };
  const model = { role: "candidate" as const, name: "", sha256: "", unknownClasses: [], boxes: said.done() };
  const [report] = evaluate(scene, [model], { maxDetections: 300 });
  return report!;
}

describe("answers about whole frames", () => {
  it("are scored as Ultralytics scores them", () => {
    const cases = fc.sample(caseArbitrary, { numRuns: 300, seed: 11 });
    const theirs = askUltralytics(cases);
    for (const [i, one] of cases.entries()) {
      const wanted = theirs[i]!;
      const { parts, confusion } = score(one);
      const { all, classes } = parts.test!;
      expect(all.top1).toBeCloseTo(wanted.top1, 6);
      expect(all.top5).toBeCloseTo(wanted.top5, 6);
      expect(confusion!.matrix.slice(0, -1).map((row) => row.slice(0, -1))).toEqual(wanted.matrix);
      // Every frame is answered, and none is of no class.
      expect([...confusion!.matrix.at(-1)!, ...confusion!.matrix.map((row) => row.at(-1))].every((n) => n === 0)).toBe(
        true,
      );
      for (const [klass, { frames, recall, precision }] of Object.values(classes).entries()) {
        const [right, said] = [wanted.right[klass]!, wanted.right[klass]! + wanted.false[klass]!];
        if (frames === 0) expect([recall, precision]).toEqual([null, null]);
        else {
          expect(recall).toBeCloseTo(right / frames, 12);
          expect(precision).toEqual(said === 0 ? null : expect.closeTo(right / said, 12));
        }
      }
    }
  });
});
