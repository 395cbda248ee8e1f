// Masks: traced for drawing, read beside their boxes, and the end point where they are the task.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { ManifestLine } from "../../../../lib/contracts/dataset.ts";
import { BoxesBuilder } from "../../../../lib/core/evaluation/boxes.ts";
import { evaluateAndCompare, type Truth } from "../../../../lib/core/evaluation/evaluate.ts";
import { shapeRuns } from "../../../../lib/core/evaluation/raster.ts";
import { readPredictions } from "../../../../lib/core/evaluation/read-predictions.ts";
import { readTruth } from "../../../../lib/core/evaluation/read-truth.ts";
import { traceMask } from "../../../../lib/core/evaluation/trace.ts";
import { frameLine } from "../../../support/manifest.ts";
import { holds } from "../../../support/property.ts";

/** Whether the middle of a pixel lies in rings, by the even-odd rule. */
function isFilled(rings: readonly (readonly number[])[], x: number, y: number): boolean {
  let crossings = 0;
  for (const ring of rings) {
    for (let at = 0; at < ring.length; at += 2) {
      const next = (at + 2) % ring.length;
      const [x1, y1, x2, y2] = [ring[at]!, ring[at + 1]!, ring[next]!, ring[next + 1]!];
      if (y1 > y !== y2 > y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) crossings++;
    }
  }
  return crossings % 2 === 1;
}

const mask = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })).chain(([width, height]) =>
  fc.array(fc.boolean(), { minLength: width * height, maxLength: width * height }).map((pixels) => {
    const runs = [0];
    pixels.forEach((on, at) => {
      if (on !== (at === 0 ? false : pixels[at - 1])) runs.push(0);
      runs[runs.length - 1]!++;
    });
    return { width, height, pixels, runs };
  }),
);

describe("traceMask", () => {
  it("draws rings that filled are the mask again, pixel by pixel", () => {
    holds(
      fc.property(mask, ({ width, height, pixels, runs }) => {
        const rings = traceMask(runs, width, height);
        const again = pixels.map((_, at) => isFilled(rings, Math.floor(at / height) + 0.5, (at % height) + 0.5));
        expect(again).toEqual(pixels);
      }),
    );
  });

  it("takes larger squares where those are fine enough, and stays in the picture", () => {
    const rings = traceMask(shapeRuns([[0, 0, 101, 0, 101, 57, 0, 57]], 101, 57), 101, 57, 4);
    expect(rings).toHaveLength(1);
    expect(new Set(rings[0])).toEqual(new Set([0, 101, 57]));
  });
});

const square = (left: number, top: number, side: number) => [
  left,
  top,
  left + side,
  top,
  left + side,
  top + side,
  left,
  top + side,
];
const size = { width: 64, height: 64 };
const groups = ["g1", "g2", "g3", "g4", "g5", "g6", "g7"];

/** One object in each group's frame: a triangle that fills half of its box. */
const corner = [8, 8, 40, 8, 8, 40];
const opposite = [40, 8, 40, 40, 8, 40];

function boxes(outline: readonly number[], score: number) {
  const builder = new BoxesBuilder(groups.length, true);
  for (const i of groups.keys()) {
    builder.begin(i);
    builder.add([0, score, 8, 8, 40, 40], false, shapeRuns([outline], size.width, size.height));
  }
  return builder.done();
}

describe("a comparison of masks", () => {
  const truth: Truth = {
    frames: groups.map((group) => ({ name: group, sha256: "", group, part: "test", size })),
    boxes: boxes(corner, 0),
    classes: ["tray"],
    attributes: {},
  };
  const model = (role: "candidate" | "base", outline: readonly number[]) => ({
    role,
    name: role,
    sha256: "",
    unknownClasses: [],
    boxes: boxes(outline, 0.9),
    threshold: 0.5,
  });
  const gates = { primary: "mAP50", margin: 0, alpha: 0.05 } as const;
  const options = { maxDetections: 100, gates, seed: 0 };

  it("decides by the masks where the boxes are equal", () => {
    const { models, comparison } = evaluateAndCompare(
      truth,
      [model("candidate", corner), model("base", opposite)],
      options,
    );
    const [candidate, base] = models.map(({ parts }) => parts.test!.all);
    expect(candidate).toMatchObject({ mAP50: 1, "mAP50.mask": 1, "mAP50-95.mask": 1, recall: 1 });
    expect(base).toMatchObject({ mAP50: 1, "mAP50-95": 1, "mAP50.mask": 0, recall: 0 });
    expect(comparison).toMatchObject({ primary: "mAP50.mask", candidate: 1, reference: 0, verdict: "promote" });
    expect(comparison.p).toBe(2 / 2 ** groups.length);
    expect(models[1]!.confusion!.matrix).toEqual([
      [0, groups.length],
      [groups.length, 0],
    ]);
  });

  it("is one of boxes where the truth has no masks, and says nothing of masks then", () => {
    const { masks: _, ...plain } = truth.boxes;
    const { models, comparison } = evaluateAndCompare(
      { ...truth, boxes: plain },
      [model("candidate", corner), model("base", opposite)],
      options,
    );
    expect(comparison).toMatchObject({ primary: "mAP50", difference: 0 });
    expect(models[0]!.parts.test!.all).not.toHaveProperty(["mAP50.mask"]);
  });
});

async function* bytesOf(lines: readonly unknown[]): AsyncGenerator<Uint8Array> {
  yield Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

describe("masks in documents", () => {
  const line: ManifestLine = frameLine("a.jpg", [], {
    ...size,
    labels: [
      { class: "tray", kind: "polygon", box: [8, 8, 18, 18], points: square(8, 8, 10) },
      { class: "tray", kind: "box", box: [0, 0, 9, 9] },
      { class: "tray", kind: "mask", box: [30, 30, 40, 40], attributes: { iscrowd: "1" } },
    ],
  });
  const config = { task: "segment" as const, classes: [{ name: "tray", from: [], base: [] }], ignore: [] };
  const truthOf = () =>
    readTruth(
      { key: "manifest.jsonl", bytes: bytesOf([line]) },
      { config, classes: ["tray"], partOf: () => "test", attributes: {} },
    );
  const read = async (masks: readonly unknown[] | undefined) => {
    const row = {
      frame: "a.jpg",
      sha256: line.sha256,
      part: "test",
      model: "candidate",
      boxes: [[0, 0.5, 8, 8, 18, 18]],
    };
    const source = { key: "p.jsonl", bytes: bytesOf([masks === undefined ? row : { ...row, masks }]) };
    return (await readPredictions(source, await truthOf(), ["candidate"])).get("candidate")!;
  };

  it("come from outlines, of crowds from their boxes, and a box alone is no truth", async () => {
    const { boxes: rows } = await truthOf();
    expect([...rows.crowds]).toEqual([0, 1]);
    expect([...rows.masks!.areas]).toEqual([100, 100]);
  });

  it("are read beside the boxes", async () => {
    // 64 × 64 pixels, the first ten of the first column on.
    expect([...(await read(["0:fo3"])).masks!.areas]).toEqual([10]);
  });

  it.each([
    ["no mask at all", undefined],
    ["fewer masks than boxes", []],
    ["a mask of another size", ["0:"]],
    ["something that is no packed mask", [7]],
    ["a mask cut short", ["0:fo"]],
  ])("are refused: %s", async (_, masks) => {
    await expect(read(masks)).rejects.toMatchObject({ name: "ObjectCorrupt" });
  });
});
