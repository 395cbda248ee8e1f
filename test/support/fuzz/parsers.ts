// Every parser of what people hand in, each with good files to damage and what has to hold of the damaged ones: it ends in an error
// that has a name, or in something that keeps its promises. Anything else that is thrown is a fault of the parser.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { expect } from "@jest/globals";
import { isBobbinError } from "../../../lib/contracts/errors.ts";
import { parseSettings } from "../../../lib/core/config/cloud-settings.ts";
import { parseConfig } from "../../../lib/core/config/parse.ts";
import { openZipSource } from "../../../lib/core/dataset/archive/zip-source.ts";
import { detectFormat } from "../../../lib/core/dataset/formats/table.ts";
import { parseGroupRule, ruleText } from "../../../lib/core/dataset/group-rule/rule-text.ts";
import { parseAttributesTable, parseGroupTable } from "../../../lib/core/dataset/group-table.ts";
import { probeImage } from "../../../lib/core/dataset/image/probe.ts";
import { withoutCommit } from "../../../lib/core/dataset/upload-commit.ts";
import { framesToWrite, type Ledger } from "../../../lib/core/dataset/write/frames.ts";
import { readPredictions } from "../../../lib/core/evaluation/read-predictions.ts";
import type { ExportSource } from "../../../lib/core/ports.ts";
import { fixture } from "../malformed/case.ts";
import { memoryRanges, memorySource } from "../memory-source.ts";
import { zipOf } from "../zip.ts";
import type { Files } from "./mutation.ts";

export interface Parser {
  /** Good files; one of them is damaged in each case. */
  readonly seeds: readonly Files[];
  /** Throws where the parser breaks a promise. @returns whether it took the files; false: it refused them by name */
  judge(files: Files): Promise<boolean> | boolean;
}

const fixtures = join(import.meta.dirname, "../../fixtures/exports");

/** The files of a folder of real exports. */
function folder(name: string, wanted = /./): Files {
  const root = join(fixtures, name);
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name: last }) => join(parentPath, last)).filter((path) => wanted.test(path));
  return Object.fromEntries(
    paths.sort().map((path) => [relative(root, path).split(sep).join("/"), readFileSync(path)]),
  );
}

/** A folder under other names, where the asset's own would be taken for another format. */
const text = (name: string, content: string): Files => ({ [name]: Buffer.from(content) });
const photo = { "images/a.jpg": fixture("hopper.jpg") };
const only = (files: Files) => Object.values(files)[0] ?? Buffer.alloc(0);

/** Runs what may refuse; an error without a name is none of ours. */
async function orNamed<T>(work: () => Promise<T> | T): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (isBobbinError(error)) return null;
    throw error;
  }
}

/** jest's `expect` looks for its stack each time, which would be a fifth of all that is done here. */
function must(holds: boolean, seen: object): void {
  if (!holds) expect(seen).toBe("never seen");
}

/** Labels read are labels kept and labels listed; what is kept lies in its image; no frame comes twice. */
async function judgeExport(source: ExportSource): Promise<boolean> {
  const done = await orNamed(async () => {
    const { format } = await detectFormat(source);
    const reading = await format.open(source, {});
    const ledger: Ledger = { read: 0, issues: [] };
    const names = new Set<string>();
    let kept = 0;
    for await (const { name, width, height, labels } of framesToWrite(reading, ledger)) {
      must(!names.has(name), { cameTwice: name });
      names.add(name);
      kept += labels.length;
      for (const { class: klass, box, points = [] } of labels) {
        must(klass !== "" && points.every(Number.isFinite), { klass, points });
        if (box === undefined) continue;
        const [left, top, right, bottom] = box;
        const inside = 0 <= left && left <= right && right <= width && 0 <= top && top <= bottom && bottom <= height;
        must(inside, { box, width, height });
      }
    }
    const listed = ledger.issues
      .filter(({ action }) => action === "refused" || action === "dropped")
      .reduce((sum, { labels }) => sum + labels, 0);
    expect(ledger.read).toBe(kept + listed);
    expect(ledger.issues.every(({ found, wanted }) => found !== "" && wanted !== "")).toBe(true);
    return true;
  });
  return done !== null;
}

const exportsOf = (...seeds: readonly Files[]): Parser => ({
  seeds,
  judge: (files) => judgeExport(memorySource(files)),
});

const image = (...names: readonly string[]): Parser => ({
  seeds: names.map((name) => ({ [name]: fixture(name) })),
  judge(files) {
    const bytes = only(files);
    const { image: found, fault } = probeImage(bytes);
    expect((found === null) !== (fault === null)).toBe(true);
    if (found === null) return false;
    const { width, height, end, orientation } = found;
    const sound = width > 0 && height > 0 && width * height < 2e8 && end > 0 && end <= bytes.length;
    expect([sound, orientation >= 1 && orientation <= 8, found]).toEqual([true, true, found]);
    return true;
  },
});

/** What is read can be written and read again. */
function document<T>(seed: unknown, parse: (text: string) => T): Parser {
  return {
    seeds: [text("a.json", JSON.stringify(seed, null, 1))],
    async judge(files) {
      const found = await orNamed(() => parse(only(files).toString("utf8")));
      // As text, since -0 is written as 0.
      if (found !== null) expect(JSON.stringify(parse(JSON.stringify(found)))).toBe(JSON.stringify(found));
      return found !== null;
    },
  };
}

function table(seed: string, parse: (file: string, text: string) => Readonly<Record<string, unknown>>): Parser {
  return {
    seeds: [text("groups.csv", seed)],
    async judge(files) {
      const found = await orNamed(() => parse("groups.csv", only(files).toString("utf8")));
      for (const [key, value] of Object.entries(found ?? {})) expect([key, value]).not.toContain("");
      return found !== null;
    },
  };
}

/** A shape of every kind, on an image of 128 x 128. */
const labelMe = Buffer.from(
  JSON.stringify(
    {
      ...{
        version: "5.5.0",
        flags: { full: true },
        imagePath: "a.jpg",
        imageHeight: 128,
        imageWidth: 128,
        imageData: null,
      },
      shapes: [
        [
          "polygon",
          [
            [1, 2],
            [60, 2],
            [60, 50],
          ],
          3,
        ],
        [
          "polygon",
          [
            [70, 2],
            [90, 2],
            [90, 50],
          ],
          3,
        ],
        [
          "rectangle",
          [
            [10, 20],
            [30, 40],
          ],
        ],
        [
          "circle",
          [
            [64, 64],
            [70, 72],
          ],
        ],
        [
          "line",
          [
            [1, 1],
            [9, 9],
          ],
        ],
        [
          "linestrip",
          [
            [1, 1],
            [9, 9],
            [20, 4],
          ],
        ],
        ["point", [[5, 6]]],
        [
          "mask",
          [
            [3, 4],
            [19, 20],
          ],
        ],
      ].map(([type, points, group = null]) => ({
        label: "cup",
        points,
        group_id: group,
        shape_type: type,
        flags: { hot: true },
      })),
    },
    null,
    1,
  ),
);

const config = {
  schema: "bobbin/config/1",
  ...{ project: "p", model: "cups", dataset: "cups", task: "detect", architecture: "yolov8n" },
  classes: [{ name: "cup", from: ["Cup", "mug"] }, { name: "plate" }],
  ignore: ["crowd"],
  conversions: ["polygon-to-box"],
  groupRule: { kind: "pattern", pattern: "^(?<day>\\d{4}-\\d{2}-\\d{2})_(?<camera>[a-z]+)" },
  split: { ratios: { train: 0.7, val: 0.15, test: 0.15 }, seed: 3, reserved: ["b"] },
  gates: { primary: "mAP50", margin: 0.01, alpha: 0.05 },
  budget: { name: "phase-1", capUsd: 200, ends: "2030-01-01T00:00:00Z", monthlyUsd: 60, runsPerDay: 4 },
};
const cloud = {
  schema: "bobbin/cloud/1",
  ...{ name: "thaal", region: "us-east-1", instanceType: "g6.xlarge", purchase: "spot", jobHours: 6, jobAttempts: 2 },
  ...{
    datasets: ["thaal"],
    allowedRegions: ["us-east-1"],
    budget: { capUsd: 200, starts: "2026-12-01", ends: "2027-12-01" },
  },
};

const digest = (digit: string) => digit.repeat(64);
const frames = ["a.jpg", "b.jpg"].map((name) => ({ name, sha256: digest("a"), group: "g", part: "test" as const }));
const prediction = (frame: string, model: string) =>
  JSON.stringify({
    ...{ frame, sha256: digest("a"), part: "test", model },
    boxes: [
      [0, 0.9, 1, 2, 30.5, 40],
      [1, 0.25, 0, 0, 5, 5],
    ],
  });

const zipped = await zipOf([
  ...Object.entries(folder("datumaro/yolov8_detection")).map(([name, bytes]) => ({ name, bytes })),
  { name: "Ünïcode/größe.txt", bytes: Buffer.from("0 0.5 0.5 0.1 0.1\n"), compress: true },
]);
const contents = new Set(
  [...Object.values(folder("datumaro/yolov8_detection")), "0 0.5 0.5 0.1 0.1\n", ""].map(String),
);

/** By what they read. */
export const parsers: Readonly<Record<string, Parser>> = {
  "CVAT for images": exportsOf(folder("datumaro/cvat-images"), folder("datumaro/cvat-project", /annotations|img0/)),
  "CVAT for video": exportsOf(folder("datumaro/cvat-video")),
  COCO: exportsOf(folder("datumaro/coco", /instances|jpg$/), folder("datumaro/coco_person_keypoints")),
  "Roboflow COCO": exportsOf(folder("datumaro/roboflow-coco")),
  "Ultralytics YOLO": exportsOf(
    ...["yolov8_detection", "yolov8_segmentation", "yolov8_pose", "yolov8_oriented_boxes", "roboflow-yolo"].map(
      (name) => folder(`datumaro/${name}`),
    ),
    folder("datumaro/yolov8_detection_with_subset_txt"),
  ),
  "YOLO 1.1": exportsOf(folder("datumaro/yolo")),
  "Pascal VOC": exportsOf(folder("datumaro/roboflow-voc"), folder("datumaro/voc", /Annotations|Main|JPEG/)),
  "Label Studio": exportsOf(
    ...["boxes", "polygons", "rotated", "mixed", "keypoints"].map((name) => folder(`label-studio/${name}`)),
  ),
  "Datumaro JSON": exportsOf(folder("datumaro/datumaro-json"), folder("datumaro/datumaro-json-skeleton")),
  LabelMe: exportsOf({ ...photo, "images/a.json": labelMe }),
  zip: {
    seeds: [{ "a.zip": zipped }],
    async judge(files) {
      const source = await orNamed(() => openZipSource(memoryRanges(only(files))));
      // Names carry no checksum; contents do.
      for (const entry of source?.entries() ?? []) {
        const bytes = await orNamed(() => entry.read());
        if (bytes !== null) expect(contents.has(Buffer.from(bytes).toString())).toBe(true);
      }
      return source !== null;
    },
  },
  JPEG: image("hopper.jpg", "hopper_16bit_qtables.jpg"),
  PNG: image("i_trns.png"),
  WebP: image("hopper.webp"),
  TIFF: image("16bit.cropped.tif"),
  BMP: image("hopper_rle8_grayscale.bmp"),
  "bobbin.json": document(config, (content) => parseConfig("bobbin.json", content)),
  "bobbin.cloud.json": document(cloud, (content) => parseSettings("bobbin.cloud.json", content)),
  "group rule": {
    seeds: ["pattern:^(?<day>\\d{4})_(?<camera>[a-z]+)", "folder:2", "csv:groups.csv", "task"].map((rule) =>
      text("rule", rule),
    ),
    async judge(files) {
      const rule = await orNamed(() => parseGroupRule(only(files).toString("utf8")));
      if (rule !== null) expect(parseGroupRule(ruleText(rule))).toEqual(rule);
      return rule !== null;
    },
  },
  "group table": table('frame,group\na.jpg,g1\n"b, c.jpg",g2\nd.jpg,g1\n', parseGroupTable),
  "attributes table": table("group,camera,light\ng1,east,day\ng2,,night\n", parseAttributesTable),
  "_COMMIT.json": {
    seeds: [
      {
        ...photo,
        "_COMMIT.json": Buffer.from(
          JSON.stringify({
            ...{ schema: "bobbin/upload-commit/1", mode: "merge", retrain: "now" },
            files: [{ name: "images/a.jpg", bytes: photo["images/a.jpg"].length, sha256: digest("b") }],
          }),
        ),
      },
    ],
    async judge(files) {
      const found = await orNamed(() => withoutCommit(memorySource(files)));
      if (found === null || found.commit === null) return found !== null;
      expect(
        found.source
          .entries()
          .map(({ name }) => name)
          .sort(),
      ).toEqual(found.commit.files.map(({ name }) => name).sort());
      // The digest in the seed is another than the image's, so no image gets through.
      for (const entry of found.source.entries())
        await expect(entry.read()).rejects.toMatchObject({ name: "UploadIncomplete" });
      return true;
    },
  },
  "predictions.jsonl": {
    seeds: [
      text(
        "predictions.jsonl",
        ["a.jpg", "b.jpg"].flatMap((name) => ["base", "candidate"].map((role) => prediction(name, role))).join("\n"),
      ),
    ],
    async judge(files) {
      const roles = ["base", "candidate"] as const;
      const source = { key: "predictions.jsonl", bytes: memorySource(files).entries()[0]?.stream() ?? emptyStream() };
      const found = await orNamed(() => readPredictions(source, { frames, classes: ["cup", "plate"] }, roles));
      if (found !== null) expect([...found.keys()]).toEqual([...roles]);
      return found !== null;
    },
  },
};

async function* emptyStream(): AsyncGenerator<Uint8Array> {}
