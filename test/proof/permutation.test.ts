// Under the null hypothesis the permutation test says "different" as rarely as it promises.
import { describe, expect, it } from "@jest/globals";
import type { Role } from "../../lib/contracts/common.ts";
import type { BoxRow } from "../../lib/core/evaluation/boxes.ts";
import { evaluateAndCompare, type Truth } from "../../lib/core/evaluation/evaluate.ts";
import { type CaseFrame, predictedBoxes, truthBoxes } from "../support/evaluation-cases.ts";

const groups = 8;
const worlds = 400;
const framesPerGroup = 3;

/** Numbers in [0, 1), the same in every run; the upper bits of a linear congruential generator. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** Two models that are equally good: each finds an object with the chance its group gives, and errs on its own. */
function world(random: () => number): { truth: Truth; models: [CaseFrame[], CaseFrame[]] } {
  const ease = Array.from({ length: groups }, () => 0.3 + 0.6 * random());
  const boxes = (chance: number): BoxRow[] => [
    ...(random() < chance ? [[0, random(), 0, 0, 10, 10] as const] : []),
    ...(random() < 0.5 ? [[0, 0.8 * random(), 40, 40, 50, 50] as const] : []),
  ];
  const frames = ease.flatMap((chance) =>
    Array.from({ length: framesPerGroup }, () => ({ truth: [[0, 0, 0, 10, 10, false]] as const, chance })),
  );
  const model = () => frames.map(({ truth, chance }) => ({ truth, boxes: boxes(chance) }));
  const truth: Truth = {
    frames: frames.map((_, i) => ({
      name: `f${i}`,
      sha256: "",
      group: `g${Math.floor(i / framesPerGroup)}`,
      part: "test",
    })),
    boxes: truthBoxes(frames.map((frame) => ({ ...frame, boxes: [] }))),
    classes: ["tray"],
    attributes: {},
  };
  return { truth, models: [model(), model()] };
}

function pOf({ truth, models }: ReturnType<typeof world>, seed: number): number {
  const of = (role: Role, frames: CaseFrame[]) => ({
    role,
    name: role,
    sha256: "",
    unknownClasses: [],
    boxes: predictedBoxes(frames),
  });
  const gates = { primary: "mAP50" as const, margin: 0, alpha: 0.05, minRecall: undefined };
  const asked = [of("candidate", models[0]), of("base", models[1])];
  return evaluateAndCompare(truth, asked, { maxDetections: 300, gates, seed }).comparison.p ?? 1;
}

describe("the permutation test between two equally good models", () => {
  const uniform = chance(41);
  const found = Array.from({ length: worlds }, (_, seed) => pOf(world(uniform), seed));

  it.each([0.05, 0.1, 0.25, 0.5, 0.75])("finds p at most %d in no larger share of worlds", (alpha) => {
    const share = found.filter((p) => p <= alpha).length / worlds;
    const error = Math.sqrt((alpha * (1 - alpha)) / worlds);
    expect(share).toBeLessThan(alpha + 3.5 * error);
    // And it is no wall either: swaps of eight groups are fine enough to come near.
    expect(share).toBeGreaterThan(alpha - 3.5 * error - 2 / 2 ** groups);
  });
});
