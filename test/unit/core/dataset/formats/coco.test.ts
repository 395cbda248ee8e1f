import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { IssueLine } from "../../../../../lib/contracts/dataset.ts";
import { labelledImages, readIndex } from "../../../../../lib/core/dataset/formats/coco/document.ts";
import { parseRle } from "../../../../../lib/core/dataset/formats/coco/rle.ts";
import { boxOfRuns } from "../../../../../lib/core/dataset/mask.ts";
import { memorySource } from "../../../../support/memory-source.ts";
import { holds } from "../../../../support/property.ts";
import { readExport } from "../../../../support/read-export.ts";

const image = { id: 7, width: 100, height: 80, file_name: "a.jpg" };
const category = { id: 3, name: "cup" };
const file = (annotations: readonly object[], more: object = {}) =>
  JSON.stringify({ images: [image], categories: [category], annotations, ...more });
const annotation = (fields: object) => ({ id: 1, image_id: 7, category_id: 3, ...fields });
const read = (text: string) => readExport(memorySource({ "instances_default.json": text }));
const labelOf = async (fields: object) => {
  const { frames, issues } = await read(file([annotation(fields)]));
  return { label: frames[0]?.labels[0]?.label, issues: issues.map(({ code, labels }) => [code, labels]) };
};

describe("COCO", () => {
  it.each([
    ["a box", { bbox: [10, 20, 30, 40], segmentation: [] }, { kind: "box", box: [10, 20, 40, 60] }],
    [
      "a box of a program that writes an empty polygon",
      { bbox: [1, 2, 3, 4], segmentation: [[]] },
      { kind: "box", box: [1, 2, 4, 6] },
    ],
    [
      "a polygon",
      { bbox: [1, 2, 8, 6], segmentation: [[1, 2, 9, 2, 9, 8]] },
      { kind: "polygon", box: [1, 2, 9, 8], points: [1, 2, 9, 2, 9, 8] },
    ],
    [
      "a polygon in two parts",
      {
        segmentation: [
          [1, 2, 9, 2, 9, 8],
          [20, 20, 30, 20, 30, 30],
        ],
      },
      { kind: "polygon", box: [1, 2, 30, 30], points: [1, 2, 9, 2, 9, 8], parts: [[20, 20, 30, 20, 30, 30]] },
    ],
    [
      "a mask",
      { segmentation: { counts: [80, 20, 7900], size: [80, 100] } },
      { kind: "mask", box: [1, 0, 2, 20], points: [1, 0, 2, 0, 2, 20, 1, 20] },
    ],
    [
      "a crowd",
      { bbox: [1, 0, 1, 20], iscrowd: 1, segmentation: { counts: [80, 20, 7900], size: [80, 100] } },
      { kind: "mask", box: [1, 0, 2, 20], points: [1, 0, 2, 0, 2, 20, 1, 20], attributes: { iscrowd: "1" } },
    ],
    [
      "key points",
      { bbox: [1, 1, 9, 9], keypoints: [2, 3, 2, 0, 0, 0, 5, 6, 1] },
      { kind: "skeleton", box: [1, 1, 10, 10], points: [2, 3, 5, 6] },
    ],
    ["a class alone", {}, { kind: "tag" }],
    [
      "CVAT's attributes",
      { bbox: [1, 2, 3, 4], attributes: { occluded: true, rotation: 0.0, hot: "yes", track_id: 4, none: null } },
      { kind: "box", box: [1, 2, 4, 6], occluded: true, attributes: { hot: "yes", track_id: "4" } },
    ],
  ])("reads %s", async (_, fields, wanted) => {
    const found = await labelOf(fields);
    expect(found.label).toEqual({ class: "cup", ...wanted });
  });

  it("turns a box by CVAT's rotation, clockwise about its middle", async () => {
    // 20 wide and 10 high about 30,30; a quarter turn stands it up.
    const { label } = await labelOf({ bbox: [20, 25, 20, 10], attributes: { rotation: 90 } });
    expect([label?.kind, label?.rotation, label?.box?.map(Math.round)]).toEqual(["rotatedBox", 90, [25, 20, 35, 40]]);
  });

  it.each([
    ["a box of three numbers", { bbox: [1, 2, 3] }, "LabelUnreadable"],
    ["a negative size", { bbox: [1, 2, -3, 4] }, "LabelUnreadable"],
    ["a text for a number", { bbox: [1, 2, "3", 4] }, "LabelUnreadable"],
    ["half a point", { segmentation: [[1, 2, 3, 4, 5, 6, 7]] }, "LabelUnreadable"],
    ["two points", { segmentation: [[1, 2, 3, 4]] }, "LabelUnreadable"],
    ["a flat polygon", { segmentation: [1, 2, 3, 4, 5, 6] }, "LabelUnreadable"],
    ["runs that do not fill the mask", { segmentation: { counts: [1, 2], size: [80, 100] } }, "LabelUnreadable"],
    ["a packed mask that is none", { segmentation: { counts: "!!", size: [80, 100] } }, "LabelUnreadable"],
    ["key points that are no triples", { keypoints: [1, 2] }, "LabelUnreadable"],
    ["an unknown class", { category_id: 9, bbox: [1, 2, 3, 4] }, "ClassIdUnknown"],
    ["an unknown image", { image_id: 9, bbox: [1, 2, 3, 4] }, "ImageIdUnknown"],
    ["a model's score", { bbox: [1, 2, 3, 4], score: 0.9 }, "LabelHasConfidence"],
  ])("refuses %s, and counts it", async (_, fields, code) => {
    expect(await labelOf(fields)).toEqual({ label: undefined, issues: [[code, 1]] });
  });

  it("refuses an annotation that is no JSON, and reads the others", async () => {
    const text = file([annotation({ bbox: [1, 2, 3, 4] }), annotation({ bbox: [0, 0, 1, 1] })]).replace(
      "[1,2,3,4]",
      "[NaN,2,3,4]",
    );
    const found = await read(text);
    expect([found.yielded, found.issues.map(({ code, labels, line }) => [code, labels, line])]).toEqual([
      1,
      [["LabelUnreadable", 1, 1]],
    ]);
  });

  it("says where box and polygon contradict each other, and takes what was drawn", async () => {
    const found = await labelOf({ bbox: [5, 5, 8, 6], segmentation: [[1, 2, 9, 2, 9, 8]] });
    expect([found.label?.box, found.issues]).toEqual([[1, 2, 9, 8], [["BoxNotBounds", 0]]]);
  });

  it("takes annotations in any order, and categories and images behind them", async () => {
    const images = [image, { ...image, id: 8, file_name: "b.jpg" }];
    const annotations = [8, 7, 8].map((id, at) => annotation({ image_id: id, bbox: [at, 0, 5, 5] }));
    const found = await read(JSON.stringify({ annotations, categories: [category], images }));
    expect(
      found.frames.map(({ name, labels }) => [name, labels.map(({ label, line }) => [label.box?.[0], line])]),
    ).toEqual([
      ["a.jpg", [[1, 2]]],
      [
        "b.jpg",
        [
          [0, 1],
          [2, 3],
        ],
      ],
    ]);
  });

  it("refuses a second image of one id, and one name twice", async () => {
    const twice = { ...image, file_name: "b.jpg" };
    const named = { ...image, id: 8 };
    const found = await read(JSON.stringify({ images: [image, twice, named], categories: [], annotations: [] }));
    expect(found.issues.map(({ code }) => code)).toEqual(["ImageIdTwice", "FrameTwice"]);
  });

  it("finds images by subset, in folders of COCO's own, and by the only path that ends alike", async () => {
    const { frames } = await readExport(
      memorySource({
        "annotations/instances_train2017.json": file([]),
        "annotations/instances_val2017.json": JSON.stringify({
          images: [{ ...image, file_name: "C:\\x\\b.jpg" }],
          categories: [],
          annotations: [],
        }),
        "train2017/a.jpg": "1",
        "val2017/a.jpg": "2",
        "elsewhere/b.jpg": "3",
      }),
    );
    expect(frames.filter(({ labelled }) => labelled).map(({ name, image: entry }) => [name, entry?.name])).toEqual([
      ["train2017/a.jpg", "train2017/a.jpg"],
      ["val2017/x/b.jpg", "elsewhere/b.jpg"],
    ]);
  });

  it("leaves out Roboflow's class above all others", async () => {
    const categories = [
      { id: 0, name: "my-project", supercategory: "none" },
      { id: 1, name: "cup", supercategory: "my-project" },
    ];
    const { classNames, format } = await readExport(
      memorySource({ "train/_annotations.coco.json": file([], { categories }), "train/a.jpg": "1" }),
    );
    expect([format, classNames]).toEqual(["roboflow-coco", ["cup"]]);
  });
});

describe("a COCO file that is larger than what is held of it", () => {
  it("gives the same images, labels and issues, in the same order", async () => {
    const numbers = fc.array(fc.tuple(fc.nat(11), fc.nat(40)), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(numbers, fc.integer({ min: 400, max: 4000 }), async (annotations, most) => {
        const images = Array.from({ length: 10 }, (_, at) => ({ ...image, id: at, file_name: `${at}.jpg` }));
        // Ids 10 and 11 are of no image; a width of 0 to 40 is a label, of 13 none, of 14 no JSON.
        const listed = annotations.map(([id, width]) =>
          annotation({ image_id: id, bbox: [0, 0, width === 13 ? -1 : width, 5] }),
        );
        const [entry] = memorySource({
          "a.json": JSON.stringify({ images, categories: [category], annotations: listed }).replaceAll(
            "[0,0,14,5]",
            "[NaN,0,14,5]",
          ),
        }).entries();
        const index = await readIndex(entry!);
        const readWith = async (held?: number) => {
          const issues: IssueLine[] = [];
          const found: unknown[] = [];
          for await (const each of labelledImages(entry!, index, (issue) => issues.push(issue), held)) found.push(each);
          return { found, issues };
        };
        const whole = await readWith();
        const windows = await readWith(most).catch((error: Error) => error.name);
        // A single image with more than is held at all ends in its name.
        if (windows === "LabelFileInvalid") expect(most).toBeLessThan(60 * 90);
        else expect(windows).toEqual(whole);
      }),
    );
  });
});

/** COCO's packing, as its specification words it, for the test to go the other way. */
function pack(runs: readonly number[]): string {
  return runs
    .map((run, at) => {
      let left = at > 2 ? run - (runs[at - 2] ?? 0) : run;
      let text = "";
      for (let more = true; more; ) {
        const bits = left & 31;
        left >>= 5;
        more = (bits & 16) !== 0 ? left !== -1 : left !== 0;
        text += String.fromCharCode((more ? bits | 32 : bits) + 48);
      }
      return text;
    })
    .join("");
}

/** Off first, then on, in turn. */
function runsOf(pixels: readonly boolean[]): readonly number[] {
  const runs = [0];
  let on = false;
  for (const pixel of pixels) {
    if (pixel !== on) runs.push(0);
    on = pixel;
    runs[runs.length - 1] = (runs.at(-1) ?? 0) + 1;
  }
  return runs;
}

describe("run lengths", () => {
  it("unpacks what pycocotools 2.0 packed", () => {
    const runs = [1, 1, 1, 1, 2, 1, 2, 1, 3, 1, 1, 1, 3, 3, 5, 2, 5, 1];
    expect(parseRle({ counts: "1110100010N0222O0O", size: [5, 7] })?.runs).toEqual(runs);
  });

  it("have the box of their pixels, packed or not", () => {
    const masks = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 })).chain(([height, width]) =>
      fc.record({
        height: fc.constant(height),
        width: fc.constant(width),
        pixels: fc.array(fc.boolean(), { minLength: height * width, maxLength: height * width }),
      }),
    );
    holds(
      fc.property(masks, ({ height, width, pixels }) => {
        const runs = runsOf(pixels);
        const lit = pixels.flatMap((pixel, at) => (pixel ? [[Math.floor(at / height), at % height] as const] : []));
        const box =
          lit.length === 0
            ? null
            : [
                Math.min(...lit.map(([x]) => x)),
                Math.min(...lit.map(([, y]) => y)),
                Math.max(...lit.map(([x]) => x)) + 1,
                Math.max(...lit.map(([, y]) => y)) + 1,
              ];
        for (const counts of [runs, pack(runs)]) {
          const read = parseRle({ counts, size: [height, width] });
          expect(read?.runs).toEqual(runs);
          expect(read === null ? null : boxOfRuns(read)).toEqual(box);
        }
      }),
    );
  });
});
