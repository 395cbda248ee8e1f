import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { BobbinError } from "../../../../../lib/contracts/errors.ts";
import { memorySource } from "../../../../support/memory-source.ts";
import { readExport } from "../../../../support/read-export.ts";

const yaml = "path: .\ntrain: images/train\nval: images/val\nnames:\n  0: cup\n  1: plate\n";
const box = "1 0.5 0.5 0.2 0.4";

const read = (files: Readonly<Record<string, string | Uint8Array>>, names?: readonly string[]) =>
  readExport(memorySource(files), names);
const one = (labels: string | Uint8Array, data = yaml) =>
  read({ "data.yaml": data, "images/train/a.jpg": "", "labels/train/a.txt": labels });
const codes = (issues: readonly { readonly code: string; readonly line?: number; readonly labels: number }[]) =>
  issues.map(({ code, line, labels }) => [code, line, labels]);
/** Issues of one label file; parts that are not there are another matter. */
const issuesOf = async (labels: string | Uint8Array, data?: string) =>
  codes((await one(labels, data)).issues.filter(({ code }) => code !== "PartUnresolved"));

describe("a line of an Ultralytics label file", () => {
  it("becomes a box in fractions, with its place", async () => {
    const { frames } = await one(`${box}\n`);
    const [label] = frames[0]!.labels;
    expect(label).toMatchObject({
      relative: true,
      file: "labels/train/a.txt",
      line: 1,
      label: { class: "plate", kind: "box" },
    });
    expect(label!.label.box!.map((value) => value.toFixed(6))).toEqual([
      "0.400000",
      "0.300000",
      "0.600000",
      "0.700000",
    ]);
  });

  it.each([
    ["Windows line ends", "1 0.5 0.5 0.2 0.4\r\n0 0.1 0.1 0.1 0.1\r\n"],
    ["trailing blanks and tabs", "1\t0.5 0.5  0.2 0.4 \t\n\n \n0 0.1 0.1 0.1 0.1"],
    ["numbers as people write them", "1 .5 5e-1 +0.2 4E-1\n0 0.1 0.1 0.1 0.1"],
  ])("takes %s", async (_, text) => {
    expect([(await one(text)).yielded, (await issuesOf(text)).length]).toEqual([2, 0]);
  });

  it.each([
    ["a confidence", "1 0.5 0.5 0.2 0.4 0.93", "LabelHasConfidence"],
    ["too few columns", "1 0.5 0.5 0.2", "LabelUnreadable"],
    ["an even number of coordinates too many", "1 0.1 0.1 0.2 0.2 0.3 0.3 0.4", "LabelUnreadable"],
    ["not a number", "1 nan 0.5 0.2 0.4", "LabelUnreadable"],
    ["infinity", "1 inf 0.5 0.2 0.4", "LabelUnreadable"],
    ["an overflow", "1 1e999 0.5 0.2 0.4", "LabelUnreadable"],
    ["a decimal comma", "1 0,5 0.5 0.2 0.4", "LabelUnreadable"],
    ["a hexadecimal number", "1 0x1 0.5 0.2 0.4", "LabelUnreadable"],
    ["a class that is no whole number", "1.0 0.5 0.5 0.2 0.4", "LabelUnreadable"],
    ["a negative class", "-1 0.5 0.5 0.2 0.4", "LabelUnreadable"],
    ["a class name", "cup 0.5 0.5 0.2 0.4", "LabelUnreadable"],
    ["a negative size", "1 0.5 0.5 -0.2 0.4", "LabelUnreadable"],
    ["a class without name", "2 0.5 0.5 0.2 0.4", "ClassIdUnknown"],
    ["pixels", "1 320 240 20 40", "LabelNotRelative"],
    ["bytes that are no text", "1 0.5 0.5 0.2 \u00ff\u0000", "LabelUnreadable"],
  ])("with %s is listed with its line", async (_, line, code) => {
    expect(await issuesOf(`${box}\n${line}\n${box}\n`)).toEqual([[code, 2, 1]]);
  });

  it("of seven and more odd columns is a polygon; of four corners too, which is said", async () => {
    const { frames, issues } = await one("0 0.1 0.1 0.4 0.1 0.4 0.5\n1 0.1 0.1 0.4 0.1 0.4 0.5 0.1 0.5");
    expect(frames[0]!.labels.map(({ label }) => [label.kind, label.box, label.points?.length])).toEqual([
      ["polygon", [0.1, 0.1, 0.4, 0.5], 6],
      ["polygon", [0.1, 0.1, 0.4, 0.5], 8],
    ]);
    expect(issues.map(({ code, found }) => [code, found])).toContainEqual(["QuadLabels", "1 lines of four corners"]);
  });

  it("with key points keeps its box and their places, where data.yaml says how many", async () => {
    const { frames, issues } = await one("0 0.5 0.5 0.2 0.4 0.45 0.4 2 0 0 0", `${yaml}kpt_shape: [2, 3]\n`);
    const [label] = frames[0]!.labels;
    expect([label!.label.kind, label!.label.points]).toEqual(["skeleton", [0.45, 0.4, 0, 0]]);
    expect(issues.map(({ code }) => code)).toContain("PoseLabels");
    expect(await issuesOf("0 0.5 0.5 0.2 0.4 0.45 0.4 2", `${yaml}kpt_shape: [2, 3]\n`)).toEqual([
      ["LabelUnreadable", 1, 1],
    ]);
  });

  it("after a byte order mark is read, and the mark listed", async () => {
    expect(await issuesOf(`\ufeff${box}\n`)).toEqual([["ByteOrderMark", 1, 0]]);
    expect((await one(`\ufeff${box}\n`)).yielded).toBe(1);
  });
});

describe("a YOLO export", () => {
  it("tells background from not labelled", async () => {
    const { frames, issues } = await read({
      "data.yaml": yaml,
      "images/train/a.jpg": "",
      "images/train/b.jpg": "",
      "images/val/c.jpg": "",
      "labels/train/a.txt": "",
      "labels/val/c.txt": box,
    });
    expect(frames.map(({ name, labelled, part }) => [name, labelled, part])).toEqual([
      ["train/a.jpg", true, "train"],
      ["train/b.jpg", false, "train"],
      ["val/c.jpg", true, "val"],
    ]);
    expect(codes(issues)).toEqual([["LabelFileMissing", undefined, 0]]);
  });

  it("lists labels without image, with their number, and leaves other text alone", async () => {
    const { issues, yielded, listed } = await read({
      "data.yaml": yaml,
      "README.txt": "read me",
      "images/train/a.jpg": "",
      "images/val/c.jpg": "",
      "labels/train/a.txt": box,
      "labels/val/c.txt": "",
      "labels/train/lost.txt": `${box}\n${box}`,
    });
    expect(codes(issues)).toEqual([
      ["FileUnused", undefined, 0],
      ["LabelWithoutImage", undefined, 2],
    ]);
    expect([yielded, listed]).toEqual([1, 2]);
  });

  it.each([
    ["names as a list", "train: images/train\nval: images/val\nnc: 2\nnames: [cup, plate]\n"],
    [
      "a path of another machine",
      "path: /home/somebody/datasets/dishes\ntrain: images/train\nval: images/val\nnames: [cup, plate]\n",
    ],
    [
      "absolute parts of another machine",
      "train: /data/dishes/images/train\nval: C:\\dishes\\images\\val\nnames: [cup, plate]\n",
    ],
    ["lists of folders", "train:\n  - images/train\n  - images/val\nnames: {0: cup, 1: plate}\n"],
    ["the top folder as path", "path: ./\ntrain: images/\nnames: {0: cup, 1: plate}\n"],
    [
      "a path that leads through the parent",
      "path: ../dishes\ntrain: images/train\nval: ./images/val\nnames: [cup, plate]\n",
    ],
  ])("understands %s", async (_, data) => {
    const { frames, issues, classNames } = await read({
      "data.yaml": data,
      "images/train/a.jpg": "",
      "images/val/c.jpg": "",
      "labels/train/a.txt": box,
      "labels/val/c.txt": box,
    });
    expect([classNames, frames.map(({ part }) => part !== null), issues]).toEqual([["cup", "plate"], [true, true], []]);
  });

  it("finds the parts at the top where data.yaml stands in a folder of its own", async () => {
    const data = "path: ..\ntrain: images/train\nnames: [cup, plate]\n";
    const { frames, issues } = await read({
      "meta/data.yaml": data,
      "images/train/a.jpg": "",
      "labels/train/a.txt": box,
    });
    expect([frames.map(({ name, part }) => [name, part]), issues]).toEqual([[["train/a.jpg", "train"]], []]);
  });

  it("follows list files, wherever their lines were written", async () => {
    const files = {
      "images/a.jpg": "",
      "images/b.jpg": "",
      "labels/a.txt": box,
      "labels/b.txt": box,
      "train.txt": "./images/a.jpg\n",
      "val.txt": "/home/me/dishes/images/b.jpg\n/home/me/dishes/images/gone.jpg\n",
    };
    const { frames, issues } = await read({
      "data.yaml": "train: train.txt\nval: val.txt\nnames: [cup, plate]\n",
      ...files,
    });
    expect(frames.map(({ name, part }) => [name, part])).toEqual([
      ["a.jpg", "train"],
      ["b.jpg", "val"],
    ]);
    expect(codes(issues)).toEqual([["ImageMissing", 2, 0]]);
  });

  it("takes labels alone, where list files say what the frames are called", async () => {
    const list = "data/images/train/a.jpg\ndata/images/train/gone.jpg\n";
    const files = {
      "data.yaml": "train: train.txt\nnames: [cup, plate]\n",
      "labels/train/a.txt": box,
      "labels/train/b.txt": box,
      "train.txt": list,
    };
    const { frames, issues, yielded, listed } = await read(files);
    expect(frames.map(({ name, image, labels, part }) => [name, image, labels.length, part])).toEqual([
      ["train/a.jpg", null, 1, "train"],
    ]);
    expect(codes(issues)).toEqual([
      ["ImageMissing", 2, 0],
      ["LabelWithoutImage", undefined, 1],
    ]);
    expect([yielded, listed]).toEqual([1, 1]);
    const withImage = await read({ ...files, "images/train/a.jpg": "" });
    expect(withImage.frames.map(({ name }) => name)).toEqual(["train/a.jpg"]);
  });

  it("leaves out and lists what no part names, where all parts are found", async () => {
    const { frames, issues, listed } = await read({
      "data.yaml": "train: images/train\nnames: [cup, plate]\n",
      "images/train/a.jpg": "",
      "images/old/b.jpg": "",
      "labels/train/a.txt": box,
      "labels/old/b.txt": `${box}\n${box}`,
    });
    expect(frames.map(({ name }) => name)).toEqual(["train/a.jpg"]);
    expect([codes(issues), listed]).toEqual([[["FrameLeftOut", undefined, 2]], 2]);
  });

  it("takes all images where a part leads nowhere, and says so", async () => {
    const { frames, issues } = await read({
      "data.yaml": "train: ../train/images\nval: ../valid/images\nnames: [cup, plate]\n",
      "train/images/a.jpg": "",
      "train/labels/a.txt": box,
      "val/images/b.jpg": "",
      "val/labels/b.txt": box,
    });
    expect(frames.map(({ name }) => name)).toEqual(["train/a.jpg", "val/b.jpg"]);
    expect(codes(issues)).toEqual([["PartUnresolved", undefined, 0]]);
  });

  it("does without data.yaml: classes.txt, obj.names, or names from outside", async () => {
    const files = { "images/a.jpg": "", "labels/a.txt": box };
    expect((await read({ "classes.txt": "cup\nplate\n", ...files })).classNames).toEqual(["cup", "plate"]);
    expect((await read({ "obj.names": "cup\r\nplate\r\n", ...files })).classNames).toEqual(["cup", "plate"]);
    expect((await read(files, ["cup", "plate"])).frames[0]!.labels[0]!.label.class).toBe("plate");
    await expect(read(files)).rejects.toMatchObject({ name: "ClassNamesMissing", data: { ids: "1" } });
  });

  it("reads images and labels side by side, below a folder around everything", async () => {
    const { frames } = await read({
      "dishes/data.yaml": "train: .\nnames: [cup, plate]\n",
      "dishes/a.jpg": "",
      "dishes/a.txt": box,
    });
    expect(frames.map(({ name, labels }) => [name, labels.length])).toEqual([["a.jpg", 1]]);
  });

  it("never takes caches, and counts what systems leave behind", async () => {
    const { frames, issues } = await read({
      "__MACOSX/images/._a.jpg": "",
      "__MACOSX/images/._b.jpg": "",
      ".DS_Store": "",
      "classes.txt": "cup\nplate",
      "images/a.jpg": "",
      "images/a.npy": "",
      "labels/a.txt": box,
      "labels.cache": "",
    });
    expect(frames.map(({ name }) => name)).toEqual(["a.jpg"]);
    expect(issues.map(({ code, found }) => [code, found])).toEqual([
      ["FileIgnored", "2 files under __MACOSX"],
      ["FileIgnored", "1 hidden files"],
      ["FileIgnored", "2 caches, which are never taken over"],
    ]);
  });

  it("refuses two images for one label file, and two frames of one name", async () => {
    const shared = await read({
      "classes.txt": "cup\nplate",
      "images/a.jpg": "",
      "images/a.png": "",
      "labels/a.txt": box,
    });
    expect(codes(shared.issues)).toEqual([["LabelFileShared", undefined, 0]]);
    const twice = await read({
      "classes.txt": "cup\nplate",
      "a/images/x.jpg": "",
      "a/labels/x.txt": box,
      "images/a/x.jpg": "",
      "labels/a/x.txt": box,
    });
    expect(codes(twice.issues)).toEqual([["FrameTwice", undefined, 1]]);
    expect([twice.yielded, twice.listed]).toEqual([1, 1]);
  });

  it.each([
    ["broken YAML", "names: [cup\ntrain: x\n", 2],
    ["a key twice", "names: [cup]\ntrain: a\ntrain: b\n", 3],
    ["a structure as name", "train: a\nnames:\n  - {a: b}\n", 3],
    ["a class id that is a word", "train: a\nnames:\n  cup: 0\n", 3],
  ])("names file and line of %s", async (_, data, line) => {
    await expect(one(box, data)).rejects.toMatchObject({ name: "LabelFileInvalid", data: { file: "data.yaml", line } });
  });

  const token = fc.oneof(
    fc.constantFrom("0", "1", "2", "-1", "nan", "0.5", "1e-3", "7.", "\u00e9", "0.5,0.5", "99999999999"),
    fc.double({ min: -3, max: 3 }).map(String),
  );
  const anyLine = fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join(" "));
  const anyText = fc
    .tuple(fc.array(anyLine, { maxLength: 8 }), fc.constantFrom("\n", "\r\n"))
    .map(([lines, end]) => lines.join(end));

  it("yields or lists every line that is not blank, whatever stands there", async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        const { yielded, listed } = await one(text);
        expect(yielded + listed).toBe(text.split("\n").filter((line) => line.trim() !== "").length);
      }),
      { numRuns: 500 },
    );
  });

  it("ends in frames or a named error on any bytes, in any of its files", async () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.string({ maxLength: 200 }));
    const data = fc.oneof(
      bytes,
      anyText.map((text) => `names: [a]\ntrain: ${text}`),
      fc.string({ maxLength: 60 }).map((text) => `train: images\nnames: ${text}`),
    );
    await fc.assert(
      fc.asyncProperty(data, bytes, bytes, async (descriptor, labels, list) => {
        try {
          await read({ "data.yaml": descriptor, "train.txt": list, "images/a.jpg": "", "labels/a.txt": labels }, ["a"]);
        } catch (error) {
          if (!(error instanceof BobbinError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});
