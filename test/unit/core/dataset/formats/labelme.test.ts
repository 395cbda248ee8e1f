import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { memorySource } from "../../../../support/memory-source.ts";
import { readExport } from "../../../../support/read-export.ts";

const file = (shapes: readonly unknown[], more: object = {}) =>
  JSON.stringify({
    ...{ version: "5.5.0", flags: {}, shapes, imagePath: "a.jpg", imageData: null, imageHeight: 80, imageWidth: 100 },
    ...more,
  });
const shape = (type: string | undefined, points: unknown, more: object = {}) => ({
  ...{ label: "cup", points, group_id: null, description: "", flags: {} },
  ...(type === undefined ? {} : { shape_type: type }),
  ...more,
});
const triangle = [
  [1, 2],
  [9, 2],
  [9, 8],
];
const other = triangle.map(([x = 0, y = 0]) => [x + 20, y]);
const read = (files: Readonly<Record<string, string>>) => readExport(memorySource(files));
const labelsOf = async (...shapes: readonly unknown[]) => {
  const { frames, issues } = await read({ "a.json": file(shapes), "a.jpg": "1" });
  return { labels: frames.flatMap(({ labels }) => labels.map(({ label }) => label)), issues };
};

describe("LabelMe JSON", () => {
  it("is known by its shapes and path, and names image, size and classes", async () => {
    const found = await read({ "a.json": file([shape("rectangle", triangle.slice(0, 2).concat([]))]), "a.jpg": "1" });
    expect([found.format, found.classNames, found.issues]).toEqual(["labelme", [], []]);
    expect(found.frames.map(({ name, image, claimed, labelled }) => [name, image?.name, claimed, labelled])).toEqual([
      ["a.jpg", "a.jpg", { width: 100, height: 80 }, true],
    ]);
  });

  it.each([
    ["a polygon", shape("polygon", triangle), { kind: "polygon", box: [1, 2, 9, 8], points: [1, 2, 9, 2, 9, 8] }],
    [
      "a shape without type",
      shape(undefined, triangle),
      { kind: "polygon", box: [1, 2, 9, 8], points: [1, 2, 9, 2, 9, 8] },
    ],
    [
      "a rectangle drawn upwards",
      shape("rectangle", [
        [9, 8],
        [1, 2],
      ]),
      { kind: "box", box: [1, 2, 9, 8] },
    ],
    [
      "a rectangle of four corners",
      shape("rectangle", [
        [1, 2],
        [9, 2],
        [9, 8],
        [1, 8],
      ]),
      { kind: "box", box: [1, 2, 9, 8] },
    ],
    [
      "a turned rectangle",
      shape("rectangle", [
        [5, 0],
        [9, 4],
        [5, 8],
        [1, 4],
      ]),
      { kind: "polygon", box: [1, 0, 9, 8], points: [5, 0, 9, 4, 5, 8, 1, 4] },
    ],
    [
      "a circle",
      shape("circle", [
        [50, 40],
        [53, 44],
      ]),
      { kind: "ellipse", box: [45, 35, 55, 45] },
    ],
    [
      "a line",
      shape("line", [
        [1, 2],
        [3, 4],
      ]),
      { kind: "polyline", box: [1, 2, 3, 4], points: [1, 2, 3, 4] },
    ],
    ["a line strip", shape("linestrip", triangle), { kind: "polyline", box: [1, 2, 9, 8], points: [1, 2, 9, 2, 9, 8] }],
    ["a point", shape("point", [[5, 6]]), { kind: "points", box: [5, 6, 5, 6], points: [5, 6] }],
    [
      "a mask, by its rectangle",
      shape(
        "mask",
        [
          [3, 4],
          [9, 9],
        ],
        { mask: "iVBORw0KGgo=" },
      ),
      { kind: "mask", box: [3, 4, 10, 10] },
    ],
    [
      "a class that is a number",
      shape("point", [[5, 6]], { label: 7 }),
      { class: "7", kind: "points", box: [5, 6, 5, 6], points: [5, 6] },
    ],
    [
      "what is said beside the place",
      shape("point", [[5, 6]], { flags: { hot: true, cold: false }, description: "chipped" }),
      { kind: "points", box: [5, 6, 5, 6], points: [5, 6], attributes: { hot: "true", description: "chipped" } },
    ],
  ])("reads %s", async (_, drawn, wanted) => {
    const { labels, issues } = await labelsOf(drawn);
    expect(labels).toEqual([{ class: "cup", ...wanted }]);
    expect(issues).toEqual([]);
  });

  it("takes polygons of one class and group for one object", async () => {
    const grouped = (points: unknown, more: object = {}) => shape("polygon", points, { group_id: 1, ...more });
    const { labels } = await labelsOf(
      grouped(triangle),
      grouped(other, { label: "dish" }),
      grouped(other),
      shape("polygon", other),
    );
    expect(labels.map((label) => [label.class, label.box, label.parts?.length])).toEqual([
      ["cup", [1, 2, 29, 8], 1],
      ["dish", [21, 2, 29, 8], undefined],
      ["cup", [21, 2, 29, 8], undefined],
    ]);
  });

  it("takes the flags of an image for its classes", async () => {
    const { frames } = await read({ "a.json": file([], { flags: { full: true, empty: false } }), "a.jpg": "1" });
    expect(frames[0]?.labels.map(({ label }) => label)).toEqual([{ class: "full", kind: "tag" }]);
  });

  it.each([
    ["no class", shape("polygon", triangle, { label: "" }), "LabelWithoutClass"],
    ["a kind that nobody knows", shape("spline", triangle), "LabelKindUnknown"],
    ["a kind by the name of a method", shape("toString", triangle), "LabelKindUnknown"],
    ["two points", shape("polygon", triangle.slice(0, 2)), "LabelUnreadable"],
    ["points that are none", shape("polygon", [[1, 2], [3], [4, 5]]), "LabelUnreadable"],
    ["a circle of three points", shape("circle", triangle), "LabelUnreadable"],
    ["no object", 7, "LabelUnreadable"],
  ])("lists a shape with %s", async (_, drawn, code) => {
    const { labels, issues } = await labelsOf(drawn, shape("polygon", triangle));
    expect(labels).toHaveLength(1);
    expect(issues.map((issue) => [issue.code, issue.labels])).toEqual([[code, 1]]);
  });

  it.each([
    [
      "on the path it gives",
      { "labels/a.json": file([], { imagePath: "..\\images\\b.jpg" }), "images/b.jpg": "1" },
      "b.jpg",
      "images/b.jpg",
    ],
    [
      "under its own name, where it was renamed with it",
      { "day1/a.json": file([], { imagePath: "old.jpg" }), "day1/a.png": "1", "day2/a.png": "1" },
      "day1/a.png",
      "day1/a.png",
    ],
    [
      "by its file name, in a folder of its own",
      { "ann/a.json": file([]), "img/a.jpg": "1" },
      "ann/a.jpg",
      "img/a.jpg",
    ],
  ])("finds its image %s", async (_, files, name, image) => {
    const { frames } = await read(files);
    const own = frames.filter(({ labelled }) => labelled);
    expect(own.map((each) => [each.name, each.image?.name])).toEqual([[name, image]]);
  });

  it("reads any polygon and box to its last corner", async () => {
    const place = fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 1000 }));
    const polygons = fc.array(fc.array(place, { minLength: 3, maxLength: 12 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(polygons, async (all) => {
        const { labels } = await labelsOf(...all.map((points) => shape("polygon", points)));
        expect(labels.map(({ points }) => points)).toEqual(all.map((points) => points.flat()));
      }),
    );
  });
});
