// The folders of the jobs: what the trainer reads back from them is what the manifest says.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { modelClass } from "../../../../lib/contracts/config.ts";
import { jobFrame } from "../../../../lib/contracts/job.ts";
import { predictFolder, trainingFolder } from "../../../../lib/core/dataset/training-folder.ts";
import type { JobInput } from "../../../../lib/core/ports.ts";
import { frameLine } from "../../../support/manifest.ts";

const config = {
  classes: [{ name: "tray" }, { name: "person", from: ["worker", "visitor"] }, { name: "cup" }].map((each) =>
    modelClass.parse(each),
  ),
  ignore: ["shadow"],
};
const partOf = new Map([
  ["a", "train"],
  ["b", "val"],
  ["c", "test"],
  ["d", "deployment"],
] as const);
const options = { config, partOf, folder: "data" };
const texts = (files: Iterable<JobInput>) =>
  [...files].flatMap((file) => ("text" in file ? [[file.path, file.text]] : []));

const lines = [
  frameLine("a/1.jpg", [
    ["tray", [64, 36, 128, 72]],
    ["shadow", [0, 0, 9, 9]],
    ["visitor", [0, 0, 640, 360]],
  ]),
  frameLine("a/2.png", [], { ext: "png" }),
  frameLine("a/3.jpg", [], { labelled: false }),
  frameLine("b/1.jpg", [["cup", [320, 180, 480, 270]]]),
  frameLine("c/1.jpg", [["cup", [0, 0, 1, 1]]]),
  frameLine("d/1.jpg", [["cup", [0, 0, 1, 1]]]),
  frameLine("d/2.jpg", [], { labelled: false }),
];

describe("trainingFolder", () => {
  it("writes pictures and YOLO labels of train and val alone, background as an empty file", () => {
    const folder = trainingFolder(lines, options);
    const stems = [0, 1].map((index) => `00000${index}_${lines[index]!.sha256.slice(0, 8)}`);
    const val = `000002_${lines[3]!.sha256.slice(0, 8)}`;
    expect(texts(folder.files())).toEqual([
      [
        `data/labels/train/${stems[0]}.txt`,
        "0 0.15000000 0.15000000 0.10000000 0.10000000\n1 0.50000000 0.50000000 1.00000000 1.00000000\n",
      ],
      [`data/labels/train/${stems[1]}.txt`, ""],
      [`data/labels/val/${val}.txt`, "2 0.62500000 0.62500000 0.25000000 0.25000000\n"],
    ]);
    const { sha256 } = lines[1]!;
    expect([...folder.files()]).toContainEqual({
      path: `data/images/train/${stems[1]}.png`,
      bucket: "data",
      key: `frames/${sha256.slice(0, 2)}/${sha256}.png`,
      sha256,
    });
    expect(folder.classes).toEqual(["tray", "person", "cup"]);
    expect(folder.counts).toEqual({
      train: 2,
      val: 1,
      unlabelled: 1,
      boxes: { train: { tray: 1, person: 1, cup: 0 }, val: { tray: 0, person: 0, cup: 1 } },
    });
  });

  it("numbers a recipe's classes in its own order and leaves the others out", () => {
    const folder = trainingFolder(lines, { ...options, recipeClasses: ["cup", "person"] });
    expect(texts(folder.files()).map(([, text]) => text)).toEqual([
      "1 0.50000000 0.50000000 1.00000000 1.00000000\n",
      "",
      "0 0.62500000 0.62500000 0.25000000 0.25000000\n",
    ]);
    expect(folder.counts.boxes).toEqual({ train: { cup: 0, person: 1 }, val: { cup: 1, person: 0 } });
  });

  it("trains on boxes alone; other shapes stay in the manifest", () => {
    const shape = { class: "tray", kind: "polygon", box: [0, 0, 9, 9], points: [0, 0, 9, 0, 9, 9] } as const;
    const folder = trainingFolder(
      [frameLine("a/1.jpg", [], { labels: [{ ...shape, box: [0, 0, 9, 9], points: [...shape.points] }] })],
      options,
    );
    expect(folder.counts.boxes.train.tray).toBe(0);
  });

  it("writes boxes that come back to a thousandth of a pixel", () => {
    const side = (size: number) =>
      fc
        .tuple(fc.double({ min: 0, max: 0.9, noNaN: true }), fc.double({ min: 0.01, max: 0.1, noNaN: true }))
        .map(([low, extent]) => [low * size, (low + extent) * size] as const);
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 8000 }).chain((width) => fc.tuple(fc.constant(width), side(width))),
        fc.integer({ min: 8, max: 8000 }).chain((height) => fc.tuple(fc.constant(height), side(height))),
        ([width, [left, right]], [height, [top, bottom]]) => {
          const line = frameLine("a/1.jpg", [["tray", [left, top, right, bottom]]], { width, height });
          const [[, text] = []] = texts(trainingFolder([line], options).files());
          const [, x = 0, y = 0, w = 0, h = 0] = (text ?? "").trim().split(" ").map(Number);
          const back = [(x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height];
          for (const [index, value] of [left, top, right, bottom].entries())
            expect(Math.abs(back[index]! - value)).toBeLessThan(1e-3);
        },
      ),
    );
  });
});

describe("the folders of whole frames", () => {
  const whole = { config: { ...config, task: "classify" as const }, partOf, folder: "data" };
  const tagged = (name: string, ...tags: readonly string[]) =>
    frameLine(name, [], { labels: tags.map((each) => ({ class: each, kind: "tag" as const })) });
  const some = [
    tagged("a/1.jpg", "visitor"),
    tagged("a/2.jpg", "tray", "shadow"),
    tagged("a/3.jpg", "worker", "person"),
    // Nothing of the project, several of it, and a shape that is not said of all of the frame.
    tagged("a/4.jpg", "shadow"),
    tagged("a/5.jpg", "tray", "cup"),
    frameLine("a/6.jpg", [["tray", [0, 0, 9, 9]]]),
    tagged("b/1.jpg", "cup"),
    tagged("c/1.jpg", "tray"),
    tagged("c/2.jpg", "shadow"),
  ];
  const folders = (files: Iterable<JobInput>) => [...files].map(({ path }) => path.replace(/[^/]*$/, ""));

  it("have a folder a class, by its number in the config, and no labels", () => {
    const folder = trainingFolder(some, whole);
    expect(folders(folder.files())).toEqual([
      "data/images/train/00001/",
      "data/images/train/00000/",
      "data/images/train/00001/",
      "data/images/val/00002/",
    ]);
    expect(folder.classes).toEqual(["tray", "person", "cup"]);
    expect(folder.counts).toMatchObject({ train: 3, val: 1, unlabelled: 3 });
  });

  it("number a recipe's classes in its own order, and leave out the frames of others", () => {
    const folder = trainingFolder(some, { ...whole, recipeClasses: ["cup", "person"] });
    expect(folders(folder.files())).toEqual([
      "data/images/train/00001/",
      "data/images/train/00001/",
      "data/images/val/00000/",
    ]);
    expect(folder.counts).toMatchObject({ train: 2, val: 1 });
  });

  it("hold for scoring the frames that have a class, and no others", () => {
    const folder = predictFolder(some, { ...whole, folder: "frames" });
    expect(folder.counts).toMatchObject({ val: 1, test: 1, unlabelled: 1 });
  });
});

describe("predictFolder", () => {
  it("lists the labelled frames of val, test and deployment, each with its picture", () => {
    const folder = predictFolder(lines, { config, partOf, folder: "frames" });
    const [[path, text] = []] = texts(folder.files());
    expect(path).toBe("frames/frames.jsonl");
    const listed = (text ?? "")
      .trim()
      .split("\n")
      .map((line) => jobFrame.parse(JSON.parse(line)));
    expect(listed.map(({ name, part }) => [name, part])).toEqual([
      ["b/1.jpg", "val"],
      ["c/1.jpg", "test"],
      ["d/1.jpg", "deployment"],
    ]);
    const pictures = [...folder.files()].flatMap((file) => ("key" in file ? [file.path] : []));
    expect(pictures).toEqual(listed.map(({ file }) => file));
    expect(folder.counts).toEqual({ val: 1, test: 1, deployment: 1, unlabelled: 1 });
  });
});
