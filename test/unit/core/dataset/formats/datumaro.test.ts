import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { outlinesOf } from "../../../../../lib/core/dataset/outlines.ts";
import { shapeRuns } from "../../../../../lib/core/evaluation/raster.ts";
import { openExport } from "../../../../../lib/local/export-source/open.ts";
import { memorySource } from "../../../../support/memory-source.ts";
import { readExport } from "../../../../support/read-export.ts";

const fixtures = join(import.meta.dirname, "../../../../fixtures/exports/datumaro");
const document = (annotations: readonly unknown[], image: object | null = { path: "a.jpg", size: [80, 100] }) =>
  JSON.stringify({
    info: {},
    categories: { label: { labels: [{ name: "cup" }, { name: "dish" }] } },
    items: [{ id: "a", annotations, ...(image === null ? {} : { image }) }],
  });
const read = (text: string, path = "images/default/a.jpg") =>
  readExport(memorySource({ "annotations/default.json": text, [path]: "1" }));
const labelsOf = async (...annotations: readonly object[]) => {
  const { frames, issues } = await read(document(annotations.map((each) => ({ label_id: 0, ...each }))));
  return { labels: frames.flatMap(({ labels }) => labels.map(({ label }) => label)), issues };
};
const attributes = { occluded: true, rotation: 90.0, hot: "yes", none: null };

describe("Datumaro JSON", () => {
  it("reads every annotation of the real exports, or lists it", async () => {
    for (const [name, files] of [
      ["datumaro-json", ["train", "val", "test", "default"]],
      ["datumaro-json-skeleton", ["default"]],
    ] as const) {
      const found = await readExport(await openExport(join(fixtures, name)));
      const items = files.flatMap(
        (each) =>
          (
            JSON.parse(readFileSync(join(fixtures, name, "annotations", `${each}.json`), "utf8")) as {
              items: { annotations: unknown[] }[];
            }
          ).items,
      );
      expect([found.format, found.frames.length]).toEqual(["datumaro", items.length]);
      expect(found.yielded + found.listed).toBe(items.flatMap((item) => item.annotations).length);
    }
  });

  it("knows classes, image, size and what the four files say of their images", async () => {
    const found = await readExport(await openExport(join(fixtures, "datumaro-json")));
    expect(found.classNames).toEqual(["cat0", "cat1", "cat2", "cat3", "cat4"]);
    expect(found.frames.map(({ name, image, claimed }) => [name, image?.name ?? null, claimed])).toEqual(
      expect.arrayContaining([
        ["train/100.jpg", "images/train/100.jpg", { width: 6, height: 10 }],
        ["train/21", null, null],
        ["43.qq", null, { width: 4, height: 2 }],
      ]),
    );
    const first = found.frames.find(({ name }) => name === "train/100.jpg")!;
    expect(first.labels.map(({ label }) => [label.class, label.kind, label.box])).toEqual([
      ["cat2", "tag", undefined],
      ["cat4", "box", [1, 2, 4, 6]],
      ["cat0", "points", [1, 0, 2, 2]],
      ["cat3", "mask", [0, 0, 3, 2]],
    ]);
    expect(
      found.issues
        .filter(({ labels }) => labels > 0)
        .map(({ code, found: what }) => [code, what])
        .sort(),
    ).toEqual([
      ["ClassIdUnknown", "label_id 5"],
      ["LabelKindUnknown", 'type "caption"'],
      ["LabelKindUnknown", 'type "caption"'],
      ["LabelKindUnknown", 'type "caption"'],
      ["LabelKindUnknown", 'type "cuboid_3d"'],
      ["LabelWithoutClass", "a bbox without label_id"],
      ["LabelWithoutClass", "a polygon without label_id"],
      ["LabelWithoutClass", "a polyline without label_id"],
    ]);
  });

  it.each([
    ["a box", { type: "bbox", bbox: [1, 2, 3, 4] }, { kind: "box", box: [1, 2, 4, 6] }],
    [
      "a turned box, and what is said beside it",
      { type: "bbox", bbox: [10, 20, 20, 10], attributes },
      { kind: "rotatedBox", rotation: 90, occluded: true, attributes: { hot: "yes" } },
    ],
    [
      "a polygon",
      { type: "polygon", points: [1, 2, 9, 2, 9, 8] },
      { kind: "polygon", box: [1, 2, 9, 8], points: [1, 2, 9, 2, 9, 8] },
    ],
    ["a polyline", { type: "polyline", points: [1, 2, 9, 8] }, { kind: "polyline", box: [1, 2, 9, 8] }],
    [
      "points, without those that are not there",
      { type: "points", points: [1, 2, 0, 0, 5, 6], visibility: [2, 0, 1] },
      { kind: "points", points: [1, 2, 5, 6] },
    ],
    [
      "a skeleton",
      { type: "skeleton", points: [1, 2, 2, 0, 0, 0, 5, 6, 1] },
      { kind: "skeleton", box: [1, 2, 5, 6], points: [1, 2, 5, 6] },
    ],
    [
      "a skeleton of elements",
      {
        type: "skeleton",
        elements: [
          { type: "points", points: [1, 2], visibility: [2] },
          { type: "points", points: [9, 9], visibility: [0] },
        ],
      },
      { kind: "skeleton", points: [1, 2] },
    ],
    ["an ellipse", { type: "ellipse", points: [10, 20, 30, 30] }, { kind: "ellipse", box: [10, 20, 30, 30] }],
    [
      "a turned ellipse",
      { type: "ellipse", points: [10, 20, 30, 30], attributes: { rotation: 90 } },
      { kind: "ellipse", box: [15, 15, 25, 35], rotation: 90 },
    ],
    [
      "a cuboid",
      { type: "cuboid_2d", points: Array.from({ length: 8 }, (_, at) => [at, 2 * at]) },
      { kind: "cuboid", box: [0, 0, 7, 14] },
    ],
    ["a class", { type: "label" }, { kind: "tag" }],
    ["a class that is not the first", { type: "label", label_id: 1 }, { class: "dish", kind: "tag" }],
  ])("reads %s", async (_, annotation, wanted) => {
    const { labels, issues } = await labelsOf(annotation);
    expect(labels).toMatchObject([{ class: "cup", ...wanted }]);
    expect(issues).toEqual([]);
  });

  it("reads a mask with its pixels", async () => {
    // 100 columns of 80: the second column's first 20 are on.
    const { labels, issues } = await labelsOf({ type: "mask", rle: { counts: [80, 20, 7900], size: [80, 100] } });
    expect(shapeRuns(outlinesOf(labels[0]!)!, 100, 80)).toEqual([80, 20, 7900]);
    expect(issues.map(({ code }) => code)).toEqual(["MaskOutlined"]);
  });

  it.each([
    ["no class", { type: "bbox", bbox: [1, 2, 3, 4], label_id: null }, "LabelWithoutClass"],
    ["a class that nobody named", { type: "bbox", bbox: [1, 2, 3, 4], label_id: 2 }, "ClassIdUnknown"],
    ["a type that nobody knows", { type: "constructor" }, "LabelKindUnknown"],
    ["a negative size", { type: "bbox", bbox: [1, 2, -3, 4] }, "LabelUnreadable"],
    ["half a point", { type: "polygon", points: [1, 2, 3] }, "LabelUnreadable"],
    ["runs that do not fill the mask", { type: "mask", rle: { counts: [1], size: [2, 2] } }, "LabelUnreadable"],
    [
      "seven corners",
      { type: "cuboid_2d", points: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14] },
      "LabelUnreadable",
    ],
  ])("lists an annotation with %s", async (_, annotation, code) => {
    const { labels, issues } = await labelsOf(annotation, { type: "label" });
    expect(labels).toHaveLength(1);
    expect(issues.map((issue) => [issue.code, issue.labels])).toEqual([[code, 1]]);
  });

  it("reads classes that stand behind their items, and finds an image by the item's id", async () => {
    const { categories, items } = JSON.parse(document([{ type: "label", label_id: 1 }], null)) as Record<
      string,
      unknown
    >;
    const found = await read(JSON.stringify({ items, categories }), "images/default/a.png");
    expect(found.frames.map(({ name, image, labels }) => [name, image?.name, labels[0]?.label.class])).toEqual([
      ["a.png", "images/default/a.png", "dish"],
    ]);
  });
});
