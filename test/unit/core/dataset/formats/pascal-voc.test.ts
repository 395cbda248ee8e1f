import { describe, expect, it } from "@jest/globals";
import { memorySource } from "../../../../support/memory-source.ts";
import { readExport } from "../../../../support/read-export.ts";

const box = "<bndbox><xmin>1.5</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox>";
const object = (inside: string) => `<object><name>cup</name>${inside}</object>`;
const file = (objects: string, name = "a.jpg") =>
  `<annotation><folder>x</folder><filename>${name}</filename><size><width>100</width><height>80</height><depth>3</depth></size>${objects}</annotation>`;
const read = (objects: string) =>
  readExport(memorySource({ "Annotations/a.xml": file(objects), "JPEGImages/a.jpg": "1" }));

describe("Pascal VOC", () => {
  it("reads box, flags, attributes and the parts of an object", async () => {
    const flags = "<truncated>1</truncated><difficult>0</difficult><occluded>1</occluded><pose>Left</pose>";
    const attributes = "<attributes><attribute><name>hot</name><value>yes</value></attribute></attributes>";
    const part = `<part><name>handle</name>${box}</part>`;
    const { frames, issues } = await read(object(flags + box + attributes + part));
    expect(issues).toEqual([]);
    expect(frames.map(({ name, image, claimed }) => [name, image?.name, claimed])).toEqual([
      ["a.jpg", "JPEGImages/a.jpg", { width: 100, height: 80 }],
    ]);
    expect(frames[0]?.labels.map(({ label }) => label)).toEqual([
      { class: "handle", kind: "box", box: [1.5, 2, 30, 40] },
      {
        class: "cup",
        kind: "box",
        box: [1.5, 2, 30, 40],
        occluded: true,
        attributes: { hot: "yes", truncated: "1", pose: "Left" },
      },
    ]);
  });

  it("reads Roboflow's polygons", async () => {
    const points = "<polygon><x1>1</x1><y1>2</y1><x2>9</x2><y2>2</y2><x3>9</x3><y3>8</y3></polygon>";
    // Such a file has no look of LabelMe's, whose polygons hold <pt> elements and whose root has <imagesize>.
    const { frames } = await read(object(box) + object(box + points));
    expect(frames[0]?.labels.map(({ label }) => [label.kind, label.points])).toEqual([
      ["box", undefined],
      ["polygon", [1, 2, 9, 2, 9, 8]],
    ]);
  });

  it.each([
    ["no name", `<object>${box}</object>`, "LabelWithoutClass"],
    ["no box", object(""), "LabelUnreadable"],
    ["a side that is no number", object(box.replace("30", "wide")), "LabelUnreadable"],
    ["corners in the wrong order", object(box.replace("30", "1")), "LabelUnreadable"],
  ])("lists an object with %s", async (_, objects, code) => {
    const found = await read(objects);
    expect([found.yielded, found.issues.map((issue) => [issue.code, issue.labels])]).toEqual([0, [[code, 1]]]);
  });

  it("goes by the XML's own name where the image was renamed with it", async () => {
    const { frames } = await readExport(memorySource({ "b.xml": file(object(box), "C:\\old\\a.jpg"), "b.png": "1" }));
    expect(frames.map(({ name, image }) => [name, image?.name])).toEqual([["b.png", "b.png"]]);
  });

  it("keeps parts of the export apart, and masks out of the frames", async () => {
    const { frames, issues } = await readExport(
      memorySource({
        "train/a.xml": file(object(box)),
        "train/a.jpg": "1",
        "valid/a.xml": file(object(box)),
        "valid/a.jpg": "2",
        "SegmentationClass/a.png": "3",
      }),
    );
    expect(frames.map(({ name, part }) => [name, part])).toEqual([
      ["train/a.jpg", "train"],
      ["valid/a.jpg", "valid"],
    ]);
    expect(issues.map(({ code }) => code)).toEqual(["FileUnused"]);
  });
});
