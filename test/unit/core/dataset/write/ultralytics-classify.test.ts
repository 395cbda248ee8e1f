// Folders of classes, read and written: the class of a frame is its folder's name and nothing else, and what folders cannot hold is
// said.
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import sharp from "sharp";
import type { Label } from "../../../../../lib/contracts/dataset.ts";
import { detectFormat } from "../../../../../lib/core/dataset/formats/table.ts";
import type { Format, ReadFrame } from "../../../../../lib/core/dataset/reader.ts";
import { cvatImagesWriter } from "../../../../../lib/core/dataset/write/cvat-images.ts";
import { ultralyticsClassifyWriter } from "../../../../../lib/core/dataset/write/ultralytics-classify.ts";
import { ClassIds, Losses, type WrittenFrame } from "../../../../../lib/core/dataset/writer.ts";
import type { ExportSource } from "../../../../../lib/core/ports.ts";
import { openExport } from "../../../../../lib/local/export-source/open.ts";
import { memorySource } from "../../../../support/memory-source.ts";

const picture = await sharp({ create: { width: 8, height: 6, channels: 3, background: "teal" } })
  .jpeg()
  .toBuffer();
const filesOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, picture]));

async function read(source: ExportSource) {
  const { format, detection } = await detectFormat(source);
  const reading = await format.open(source, {});
  const issues: string[] = [];
  const frames: ReadFrame[] = [];
  for await (const frame of reading.frames(({ code }) => issues.push(code))) frames.push(frame);
  return { format: format as Format, why: detection.why, classNames: reading.classNames, frames, issues };
}

const tag = (name: string): Label => ({ class: name, kind: "tag" });
const frameOf = (name: string, labels: readonly Label[], more: Partial<WrittenFrame> = {}): WrittenFrame => ({
  name,
  width: 8,
  height: 6,
  labelled: true,
  part: "train",
  image: async () => picture,
  labels,
  ...more,
});

async function write(frames: readonly WrittenFrame[]) {
  async function* all() {
    yield* frames;
  }
  const losses = new Losses();
  const files: Record<string, Uint8Array> = {};
  const options = { classes: new ClassIds([]), losses };
  for await (const { path, bytes } of ultralyticsClassifyWriter.write(all(), options)) {
    expect(Object.keys(files)).not.toContain(path);
    files[path] = bytes as Uint8Array;
  }
  return { files, losses };
}

const classOf = ({ labels }: Pick<ReadFrame, "labels">) => labels.map(({ label }) => label.class);

describe("folders of classes", () => {
  it.each([
    [
      "parts",
      ["train/cat/1.jpg", "train/dog/1.jpg", "valid/dog/2.jpg", "test/cat/3.jpg"],
      ["train", "train", "val", "test"],
    ],
    ["no parts", ["cat/1.jpg", "dog/1.jpg", "dog/2.jpg", "cat/3.jpg"], [null, null, null, null]],
    [
      "a folder around them",
      ["pets/cat/1.jpg", "pets/dog/1.jpg", "pets/dog/2.jpg", "pets/cat/a/3.jpg"],
      [null, null, null, null],
    ],
  ])("are read with %s", async (_, names, parts) => {
    const found = await read(memorySource({ ...filesOf(names), "README.md": Buffer.from("# Pets") }));
    expect(found.format.id).toBe("ultralytics-classify");
    expect(found.why).toContain("cat, dog");
    expect(found.classNames).toEqual(["cat", "dog"]);
    expect(found.frames.map(classOf)).toEqual([["cat"], ["dog"], ["dog"], ["cat"]]);
    expect(found.frames.map(({ part }) => part)).toEqual(parts);
    expect(found.issues).toEqual(["FileUnused"]);
  });

  it("say nothing of images that lie beside them", async () => {
    const found = await read(memorySource(filesOf(["train/cat/1.jpg", "train/dog/1.jpg", "extra/cat/2.jpg", "3.jpg"])));
    const unlabelled = found.frames.filter(({ labelled }) => !labelled).map(({ name }) => name);
    expect([unlabelled.sort(), found.issues]).toEqual([
      ["3.jpg", "extra/cat/2.jpg"],
      ["FrameNotListed", "FrameNotListed"],
    ]);
  });

  it.each([
    ["images of YOLO without labels", ["train/images/1.jpg", "valid/images/2.jpg"]],
    ["one folder alone", ["cat/1.jpg", "cat/2.jpg"]],
    ["parts without classes", ["train/1.jpg", "val/2.jpg"]],
  ])("are no folders of classes: %s", async (_, names) => {
    await expect(read(memorySource(filesOf(names)))).rejects.toMatchObject({ name: "FormatUnknown" });
  });

  it("are left to the format whose labels lie in them", async () => {
    const files = { ...filesOf(["cat/1.jpg", "dog/1.jpg"]), "dog/1.txt": Buffer.from("0 0.5 0.5 0.2 0.2\n") };
    expect((await detectFormat(memorySource(files))).format.id).toBe("ultralytics-yolo");
  });

  it("may be called as a part is", async () => {
    const found = await read(memorySource(filesOf(["train/1.jpg", "car/1.jpg"])));
    expect(found.frames.map((frame) => [classOf(frame), frame.part])).toEqual([
      [["train"], null],
      [["car"], null],
    ]);
  });

  it("number classes as Python sorts them", async () => {
    // By code units the second would come last.
    const names = ["\u{1F600}", "\uFF5E", "a", "Z", "10", "9"];
    const found = await read(memorySource(filesOf(names.map((name) => `${name}/1.jpg`))));
    expect(found.classNames).toEqual(["10", "9", "Z", "a", "\uFF5E", "\u{1F600}"]);
  });
});

describe("written as folders of classes", () => {
  it("brings the fixture back, frame by frame", async () => {
    const source = await openExport(
      join(import.meta.dirname, "../../../../fixtures/exports/datumaro/yolov8_classification"),
    );
    const before = await read(source);
    const frames = before.frames.map(({ name, labels, part, labelled }) =>
      frameOf(
        name,
        labels.map(({ label }) => label),
        { part, labelled },
      ),
    );
    const { files, losses } = await write(frames);
    expect(losses.list()).toEqual([]);
    const after = await read(memorySource(files));
    const summary = ({ frames: all }: typeof before) =>
      all.map((frame) => [frame.name, frame.part, classOf(frame)]).sort();
    expect(summary(after)).toEqual(summary(before));
    expect(after.classNames).toEqual(before.classNames);
    await source.close();
  });

  it("is written as CVAT's tags too, and read back as the same classes", async () => {
    const frames = ["cat/1.jpg", "dog/1.jpg", "dog/2.jpg"].map((name) => frameOf(name, [tag(name.slice(0, 3))]));
    async function* all() {
      yield* frames;
    }
    const files: Record<string, Uint8Array> = {};
    const options = { classes: new ClassIds(["cat", "dog"]), losses: new Losses() };
    for await (const { path, bytes } of cvatImagesWriter.write(all(), options)) {
      const parts: Uint8Array[] = [];
      if (bytes instanceof Uint8Array) parts.push(bytes);
      else for await (const part of bytes) parts.push(part);
      files[path] = Buffer.concat(parts);
    }
    const back = await read(memorySource(files));
    expect(back.format.id).toBe("cvat-images");
    expect(back.frames.map((frame) => [frame.name, classOf(frame), frame.labels[0]?.label.kind])).toEqual(
      frames.map(({ name }) => [name, [name.slice(0, 3)], "tag"]),
    );
    expect(options.losses.list()).toEqual([]);
  });

  it("brings back part and class of every frame, whatever it was called", async () => {
    const name = fc.constantFrom("cat", "dog", "a b", "größer", "train", "0");
    const folder = fc.constantFrom("", "train/cat/", "val/dog/", "cat/", "cam 1/day/", "train/");
    const made = fc.record({ folder, className: name, part: fc.constantFrom("train", "val", "test", null) });
    await fc.assert(
      fc.asyncProperty(fc.array(made, { minLength: 1, maxLength: 12 }), async (all) => {
        const frames = all.map(({ folder: at, className, part }, i) =>
          frameOf(`${at}${i % 3}_${at.length}${className}${i}.jpg`, [tag(className)], { part }),
        );
        const { files, losses } = await write(frames);
        expect(losses.list()).toEqual([]);
        const wanted = all.map(({ className, part }) => `${part ?? "train"}/${className}`).sort();
        const found = Object.keys(files).map((path) => path.split("/").slice(0, 2).join("/"));
        expect(found.sort()).toEqual(wanted);
        // Read again it is the same, where it is such a folder: two classes, and a part to train on.
        if (new Set(all.map(({ className }) => className)).size < 2 || !wanted.some((one) => one.startsWith("train/")))
          return;
        const back = await read(memorySource(files));
        expect(back.frames.map((frame) => `${frame.part}/${classOf(frame).join()}`).sort()).toEqual(wanted);
      }),
    );
  });

  it("keeps two frames apart that would lie in one place", async () => {
    const { files } = await write([
      frameOf("train/cat/1.jpg", [tag("cat")]),
      frameOf("val/cat/1.jpg", [tag("cat")]),
      frameOf("1.jpg", [tag("cat")]),
    ]);
    expect(Object.keys(files).length).toBe(3);
    expect(Object.keys(files).every((path) => path.startsWith("train/cat/"))).toBe(true);
  });

  it("counts what it cannot hold", async () => {
    const box: Label = { class: "cat", kind: "box", box: [0, 0, 2, 2] };
    const { files, losses } = await write([
      frameOf("a.jpg", [tag("cat"), box]),
      frameOf("b.jpg", [tag("cat"), tag("dog")]),
      frameOf("c.jpg", [tag("../up")]),
      frameOf("d.jpg", []),
      frameOf("e.jpg", [], { labelled: false }),
      frameOf("f.jpg", [{ ...tag("cat"), attributes: { sure: "no" } }]),
      frameOf("g.jpg", [tag("dog")], { image: null }),
    ]);
    expect(Object.keys(files)).toEqual(["train/cat/a.jpg", "train/cat/f.jpg"]);
    expect(losses.list()).toEqual([
      { what: "attribute sure", count: 1, label: false },
      { what: "box", count: 1, label: true },
      { what: "class of a frame that has several", count: 2, label: true },
      { what: "class of an image that is not here", count: 1, label: true },
      { what: "class whose name is no folder's", count: 1, label: true },
      { what: "frame that nobody labelled", count: 1, label: false },
      { what: "frame without a class", count: 1, label: false },
    ]);
  });
});
