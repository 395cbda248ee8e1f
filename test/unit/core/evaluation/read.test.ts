import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { ManifestLine } from "../../../../lib/contracts/dataset.ts";
import { jsonLines } from "../../../../lib/core/evaluation/json-lines.ts";
import { readPredictions } from "../../../../lib/core/evaluation/read-predictions.ts";
import { readTruth } from "../../../../lib/core/evaluation/read-truth.ts";
import { frameLine } from "../../../support/manifest.ts";

/** A text in pieces of `size` bytes. */
async function* pieces(text: string, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const source = (lines: readonly unknown[], size?: number) => ({
  key: "some/key.jsonl",
  bytes: pieces(lines.map((line) => `${JSON.stringify(line)}\n`).join(""), size),
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe("jsonLines", () => {
  it("gives every value with its line, however the bytes are cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue(), { maxLength: 8 }),
        fc.integer({ min: 1, max: 40 }),
        async (values, size) => {
          const read = await all(jsonLines(source(values, size)));
          expect(read).toEqual(values.map((value, i) => ({ value: JSON.parse(JSON.stringify(value)), line: i + 1 })));
        },
      ),
    );
  });

  it("reads a last line without line feed, and names the line that is broken", async () => {
    expect(await all(jsonLines({ key: "k", bytes: pieces("1\n\n2") }))).toEqual([
      { value: 1, line: 1 },
      { value: 2, line: 3 },
    ]);
    await expect(all(jsonLines({ key: "k", bytes: pieces('1\n{"a":') }))).rejects.toMatchObject({
      name: "ObjectCorrupt",
      data: { key: "k", problem: "line 2 is not JSON" },
    });
  });

  it("names the line whose bytes are no UTF-8", async () => {
    async function* bytes() {
      yield Buffer.from([0x31, 0x0a, 0x22, 0xff, 0x22, 0x0a, 0x33]);
    }
    await expect(all(jsonLines({ key: "k", bytes: bytes() }))).rejects.toMatchObject({
      name: "ObjectCorrupt",
      data: { key: "k", problem: "line 2 is not JSON" },
    });
  });
});

const digest = (digit: string) => digit.repeat(64);
const line = (name: string, change: Partial<ManifestLine> = {}): ManifestLine => ({
  name,
  sha256: digest("a"),
  bytes: 1,
  ext: "jpg",
  width: 100,
  height: 100,
  orientation: 1,
  phash: null,
  group: "g",
  labelled: true,
  labels: [],
  ...change,
});
const options = {
  config: {
    classes: [
      { name: "person", from: ["human"], base: [] },
      { name: "tray", from: [], base: [] },
    ],
    ignore: ["dog"],
  },
  classes: ["person", "tray"],
  partOf: ({ group }: ManifestLine) => (group === "seen" ? ("train" as const) : ("test" as const)),
  attributes: {},
};
const box: [number, number, number, number] = [1, 2, 3, 5];

describe("readTruth", () => {
  it("takes boxes of the scored classes, by any of their names", async () => {
    const labels: ManifestLine["labels"] = [
      { class: "human", kind: "box", box },
      { class: "tray", kind: "box", box, attributes: { is_crowd: "true" } },
      { class: "dog", kind: "box", box },
      { class: "person", kind: "polygon", box, points: [1, 2, 3, 2, 3, 5] },
    ];
    const { frames, boxes } = await readTruth(source([line("b", { labels }), line("a")]), options);
    expect(frames.map(({ name }) => name)).toEqual(["a", "b"]);
    expect([...boxes.classes]).toEqual([0, 1]);
    expect([...boxes.crowds]).toEqual([0, 1]);
    expect([...boxes.sides]).toEqual([1, 2, 2, 3, 1, 2, 2, 3]);
    expect([...boxes.starts, ...boxes.ends]).toEqual([0, 0, 0, 2]);
    const subset = await readTruth(source([line("b", { labels })]), { ...options, classes: ["tray"] });
    expect([...subset.boxes.classes]).toEqual([0]);
  });

  it("leaves out train and frames the source says nothing about", async () => {
    const lines = [line("a", { group: "seen" }), line("b", { labelled: false }), line("c")];
    expect((await readTruth(source(lines), options)).frames.map(({ name }) => name)).toEqual(["c"]);
  });

  it("refuses a class nobody knows, and a line that is none", async () => {
    const labels: ManifestLine["labels"] = [{ class: "cat", kind: "box", box }];
    await expect(readTruth(source([line("b", { labels })]), options)).rejects.toMatchObject({
      name: "ClassUnknown",
      data: { class: "cat", file: "b" },
    });
    await expect(readTruth(source([{ name: "a" }]), options)).rejects.toMatchObject({ name: "ObjectCorrupt" });
  });
});

const truth = {
  frames: ["a", "b"].map((name) => ({ name, sha256: digest("a"), group: "g", part: "test" as const })),
  classes: ["person"],
};
const predicted = (frame: string, boxes: readonly unknown[], change: object = {}) => ({
  frame,
  sha256: digest("a"),
  part: "test",
  model: "candidate",
  boxes,
  ...change,
});

describe("readPredictions", () => {
  const row = [0, 0.5, 1, 2, 3, 5];
  const read = (lines: readonly unknown[]) => readPredictions(source(lines), truth, ["candidate"]);

  it("takes every box, the frames in any order", async () => {
    const boxes = (await read([predicted("b", [row, row]), predicted("a", [])])).get("candidate")!;
    expect([...boxes.starts, ...boxes.ends]).toEqual([2, 0, 2, 2]);
    expect([...boxes.scores]).toEqual([0.5, 0.5]);
    expect([...boxes.sides.subarray(0, 4)]).toEqual([1, 2, 2, 3]);
  });

  it.each([
    ["a frame left out", [predicted("a", [])], /nothing of candidate on b/],
    ["a frame twice", [predicted("a", []), predicted("a", [])], /line 2: candidate on a stands there twice/],
    ["a frame nobody scores", [predicted("c", [])], /line 1: c with SHA-256 a+ is no scored frame/],
    ["another picture of that name", [predicted("a", [], { sha256: digest("b") })], /is no scored frame/],
    ["a model nobody asked for", [predicted("a", [], { model: "base" })], /no base was asked for/],
    ["a class beyond the list", [predicted("a", [[1, 0.5, 1, 2, 3, 5]])], /is no box/],
    ["half a class", [predicted("a", [[0.5, 0.5, 1, 2, 3, 5]])], /is no box/],
    ["a box of five numbers", [predicted("a", [[0, 0.5, 1, 2, 3]])], /is no box/],
    ["a number that is none", [predicted("a", [[0, null, 1, 2, 3, 5]])], /is no box/],
    ["boxes that are no list", [predicted("a", [], { boxes: {} })], /line 1/],
    ["a field nobody knows", [predicted("a", [], { more: 1 })], /line 1/],
  ])("refuses %s", async (_, lines, problem) => {
    await expect(read(lines)).rejects.toMatchObject({
      name: "ObjectCorrupt",
      data: { key: "some/key.jsonl", problem: expect.stringMatching(problem) },
    });
  });
});

describe("answers about whole frames", () => {
  const frames = ["a", "b"].map((name) => ({ name, sha256: digest("1"), group: "g", part: "test" as const }));
  const truth = { frames, classes: ["x", "y"], task: "classify" as const };
  const line = (frame: string, probabilities: unknown) => ({
    frame,
    sha256: digest("1"),
    part: "test",
    model: "candidate",
    boxes: [],
    ...(probabilities === undefined ? {} : { probabilities }),
  });

  it("are read in the order of their probabilities", async () => {
    const lines = [
      line("b", []),
      line("a", [
        [1, 0.7],
        [0, 0.3],
      ]),
    ];
    const boxes = (await readPredictions(source(lines), truth, ["candidate"])).get("candidate")!;
    expect([[...boxes.classes], [...boxes.scores]]).toEqual([
      [1, 0],
      [0.7, 0.3],
    ]);
    expect([boxes.ends[0]! - boxes.starts[0]!, boxes.ends[1]! - boxes.starts[1]!]).toEqual([2, 0]);
  });

  it.each([
    ["no probabilities", undefined],
    ["a class that there is not", [[2, 0.5]]],
    [
      "one class twice",
      [
        [0, 0.5],
        [0, 0.4],
      ],
    ],
    [
      "a rising probability",
      [
        [0, 0.4],
        [1, 0.5],
      ],
    ],
    ["a probability above 1", [[0, 1.5]]],
  ])("are refused with %s", async (_, probabilities) => {
    const lines = [line("a", probabilities), line("b", [])];
    await expect(readPredictions(source(lines), truth, ["candidate"])).rejects.toMatchObject({
      name: "ObjectCorrupt",
      data: { problem: expect.stringContaining("line 1") },
    });
  });

  it("are asked of frames with one class, which is as large as its frame", async () => {
    const config = {
      task: "classify" as const,
      classes: ["x", "y"].map((name) => ({ name, from: [], base: [] })),
      ignore: ["z"],
    };
    const tagged = (name: string, ...tags: string[]) =>
      frameLine(name, [], { labels: tags.map((each) => ({ class: each, kind: "tag" as const })) });
    const lines = [
      tagged("2", "y", "z"),
      tagged("1", "x"),
      tagged("3", "z"),
      tagged("4", "x", "y"),
      frameLine("5", [["x", [0, 0, 1, 1]]]),
    ];
    const options = { config, classes: ["x", "y"], partOf: () => "test" as const, attributes: {} };
    const read = await readTruth(source(lines), options);
    expect([read.task, read.frames.map(({ name }) => name), [...read.boxes.classes]]).toEqual([
      "classify",
      ["1", "2"],
      [0, 1],
    ]);
    const { width, height } = lines[0]!;
    expect([...read.boxes.sides.subarray(0, 4)]).toEqual([0, 0, width, height]);
    const fewer = await readTruth(source(lines), { ...options, classes: ["y"] });
    expect(fewer.frames.map(({ name }) => name)).toEqual(["2"]);
  });
});
