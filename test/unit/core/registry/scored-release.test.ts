// What a release gave, laid onto the frames and class numbers of another truth: boxes, and masks with them.
import { describe, expect, it } from "@jest/globals";
import type { Release } from "../../../../lib/contracts/release.ts";
import { type Boxes, BoxesBuilder } from "../../../../lib/core/evaluation/boxes.ts";
import type { Truth } from "../../../../lib/core/evaluation/evaluate.ts";
import { runsOf } from "../../../../lib/core/evaluation/masks.ts";
import type { Stores } from "../../../../lib/core/ports.ts";
import { boxesOn, type ScoredRelease } from "../../../../lib/core/registry/scored-release.ts";
import { compareReleases } from "../../../../lib/core/steps/compare-releases.ts";

/** Two frames, the first with two boxes and the second with one; by mask each has its own runs. */
function given(withMasks: boolean): Boxes {
  const builder = new BoxesBuilder(2, withMasks);
  builder.begin(0);
  builder.add([0, 0.9, 1, 1, 4, 4], false, [5, 3, 8]);
  builder.add([1, 0.8, 2, 2, 6, 6], false, [1, 2, 3, 4, 6]);
  builder.begin(1);
  builder.add([1, 0.7, 0, 0, 9, 9], false, [0, 16]);
  return builder.done();
}

const truthOf = (names: readonly string[], classes: readonly string[], withMasks: boolean) =>
  ({
    classes,
    frames: names.map((name) => ({ name, sha256: name, group: "g", part: "test" })),
    boxes: new BoxesBuilder(names.length, withMasks).done(),
  }) as unknown as Truth;

const release = (withMasks: boolean) =>
  ({
    truth: truthOf(["a", "b"], ["cup", "tray"], withMasks),
    boxes: new Map([["candidate", given(withMasks)]]),
  }) as unknown as ScoredRelease;

describe("what a release gave", () => {
  it("keeps its masks on frames in another order, with classes of other numbers, one of them unknown", () => {
    const found = boxesOn(truthOf(["b", "a"], ["tray"], true), release(true), "candidate");
    expect([...(found?.scores ?? [])]).toEqual([0.7, 0.8]);
    expect([...(found?.classes ?? [])]).toEqual([0, 0]);
    const masks = found?.masks;
    expect(masks && [0, 1].map((row) => runsOf(masks, row))).toEqual([
      [0, 16],
      [1, 2, 3, 4, 6],
    ]);
    expect([...(masks?.areas ?? [])]).toEqual([16, 6]);
  });

  it("has no masks where boxes are all there is to score", () => {
    expect(boxesOn(truthOf(["a"], ["cup", "tray"], false), release(false), "candidate")).not.toHaveProperty("masks");
  });

  it("is nothing where masks are the truth and it gave boxes, or where it did not see a frame", () => {
    expect(boxesOn(truthOf(["a"], ["cup"], true), release(false), "candidate")).toBeNull();
    expect(boxesOn(truthOf(["a", "c"], ["cup"], true), release(true), "candidate")).toBeNull();
  });
});

it("two releases of different tasks are refused before anything is read", async () => {
  const of = (version: string, task: Release["task"]) => ({ version, task }) as Release;
  const [first, second] = [of("v0", "detect"), of("v1", "segment")];
  const ports = { stores: {} as Stores, pictures: {} as never, draw: async () => ({}) as never };
  const refused = compareReleases({ runId: "r", first, second, all: [first, second] }, ports);
  await expect(refused).rejects.toMatchObject({
    name: "EvaluationImpossible",
    data: { problem: "the task of v0 is detect, that of v1 segment: no score is of both" },
  });
});
