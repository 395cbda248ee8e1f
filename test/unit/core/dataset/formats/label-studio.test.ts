import { describe, expect, it } from "@jest/globals";
import { memorySource } from "../../../../support/memory-source.ts";
import { readExport } from "../../../../support/read-export.ts";

const size = { original_width: 200, original_height: 100, image_rotation: 0 };
const region = (type: string, value: object, more: object = {}) => ({
  id: "r1",
  type,
  from_name: "label",
  ...size,
  value,
  ...more,
});
const rectangle = (more: object = {}) =>
  region("rectanglelabels", { x: 10, y: 20, width: 30, height: 40, rotation: 0, rectanglelabels: ["cup"], ...more });
const annotation = (result: readonly object[], more: object = {}) => ({
  id: 1,
  completed_by: 1,
  was_cancelled: false,
  result,
  ...more,
});
const task = (annotations: readonly object[], image = "/data/upload/3/0bd7d2c0-a.jpg") => ({
  id: 5,
  data: { image },
  annotations,
});
const read = (tasks: readonly object[], files: Record<string, string> = {}) =>
  readExport(memorySource({ "project.json": JSON.stringify(tasks), ...files }));
const first = async (result: readonly object[]) => {
  const { frames, issues } = await read([task([annotation(result)])]);
  return { label: frames[0]?.labels[0]?.label, issues: issues.map(({ code, labels }) => [code, labels]) };
};

describe("Label Studio JSON", () => {
  it("reads a rectangle in percent of the size that the annotator saw", async () => {
    const { frames, format } = await read([task([annotation([rectangle()])])], { "images/a.jpg": "1" });
    expect(format).toBe("label-studio");
    expect(frames.map(({ name, image, claimed, labels }) => [name, image?.name, claimed, labels[0]?.label])).toEqual([
      ["a.jpg", "images/a.jpg", { width: 200, height: 100 }, { class: "cup", kind: "box", box: [20, 20, 80, 60] }],
    ]);
  });

  it("turns a rectangle about its first corner, in pixels", async () => {
    const { label } = await first([rectangle({ rotation: 90 })]);
    // 60 wide and 40 high from 20,20; a quarter turn clockwise hangs it to the left of that corner.
    expect([label?.kind, label?.box?.map(Math.round)]).toEqual(["rotatedBox", [-20, 20, 20, 80]]);
  });

  it.each([
    [
      "a polygon",
      region("polygonlabels", {
        points: [
          [0, 0],
          [50, 0],
          [50, 50],
        ],
        polygonlabels: ["cup"],
      }),
      { kind: "polygon", box: [0, 0, 100, 50], points: [0, 0, 100, 0, 100, 50] },
    ],
    [
      "an ellipse",
      region("ellipselabels", { x: 50, y: 50, radiusX: 10, radiusY: 20, rotation: 0, ellipselabels: ["cup"] }),
      { kind: "ellipse", box: [80, 30, 120, 70] },
    ],
    [
      "a key point",
      region("keypointlabels", { x: 50, y: 50, width: 1, keypointlabels: ["cup"] }),
      { kind: "points", box: [100, 50, 100, 50], points: [100, 50] },
    ],
  ])("reads %s", async (_, result, wanted) => {
    expect((await first([result])).label).toEqual({ class: "cup", ...wanted });
  });

  it("joins what shares an id: place, class and answers", async () => {
    const place = { x: 10, y: 20, width: 30, height: 40, rotation: 0 };
    const results = [
      region("rectangle", place, { from_name: "place" }),
      region("labels", { ...place, labels: ["cup"] }),
      region("choices", { ...place, choices: ["hot", "full"] }, { from_name: "state" }),
    ];
    expect((await first(results)).label).toEqual({
      class: "cup",
      kind: "box",
      box: [20, 20, 80, 60],
      attributes: { state: "hot, full" },
    });
  });

  it("takes a choice about the image for its class", async () => {
    expect((await first([region("choices", { choices: ["good"] })])).label).toEqual({ class: "good", kind: "tag" });
  });

  it.each([
    ["no class", rectangle({ rectanglelabels: [] }), "LabelWithoutClass"],
    ["a class without a letter", rectangle({ rectanglelabels: [""] }), "LabelWithoutClass"],
    ["a choice without a letter", region("choices", { choices: [""] }), "LabelWithoutClass"],
    ["two classes", rectangle({ rectanglelabels: ["cup", "plate"] }), "LabelUnreadable"],
    ["a text for a number", rectangle({ x: "1" }), "LabelUnreadable"],
    ["a turned image", { ...rectangle(), image_rotation: 90 }, "LabelUnreadable"],
    ["no size", { ...rectangle(), original_width: undefined }, "LabelUnreadable"],
    ["a brush", region("brushlabels", { format: "rle", rle: [1, 2], brushlabels: ["cup"] }), "LabelKindUnknown"],
  ])("lists a region with %s", async (_, result, code) => {
    expect(await first([result])).toEqual({ label: undefined, issues: [[code, 1]] });
  });

  it("refuses two people's labels of one image, unless one is marked as the truth or was cancelled", async () => {
    const other = annotation([rectangle(), { ...rectangle(), id: "r2" }], { completed_by: 2 });
    const both = await read([task([annotation([rectangle()]), other])]);
    expect([both.frames.length, both.issues.map(({ code, labels }) => [code, labels])]).toEqual([
      0,
      [["OpinionsDiffer", 3]],
    ]);
    for (const settled of [{ ground_truth: true }, { was_cancelled: true }]) {
      const { frames } = await read([task([annotation([rectangle()]), { ...other, ...settled }])]);
      expect(frames[0]?.labels.length).toBe("ground_truth" in settled ? 2 : 1);
    }
  });

  it("knows a task that nobody labelled from one without objects", async () => {
    const { frames } = await read([task([], "a.jpg"), task([annotation([])], "b.jpg")]);
    expect(frames.map(({ name, labelled }) => [name, labelled])).toEqual([
      ["a.jpg", false],
      ["b.jpg", true],
    ]);
  });

  it.each([
    ["/data/local-files/?d=days/one%20two.jpg", "days/one two.jpg"],
    ["s3://bucket/days/a.jpg", "days/a.jpg"],
    ["https://example.org/x/a.jpg?sig=1", "x/a.jpg"],
    ["/data/upload/3/0bd7d2c0-a.jpg", "a.jpg"],
  ])("calls the frame of %s %s", async (image, name) => {
    expect((await read([task([annotation([])], image)])).frames.map((frame) => frame.name)).toEqual([name]);
  });
});
