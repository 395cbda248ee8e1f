// Every parser of what people hand in, with good inputs to begin from. Each ends in a result or a named error, and loses no label.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { manifestLine } from "../../../lib/contracts/dataset.ts";
import { predictionLine } from "../../../lib/contracts/job.ts";
import { parseSettings } from "../../../lib/core/config/cloud-settings.ts";
import { parseConfig } from "../../../lib/core/config/parse.ts";
import { openZipSource } from "../../../lib/core/dataset/archive/zip-source.ts";
import { detectFormat } from "../../../lib/core/dataset/formats/table.ts";
import { parseGroupRule } from "../../../lib/core/dataset/group-rule/rule-text.ts";
import { parseAttributesTable, parseGroupTable } from "../../../lib/core/dataset/group-table.ts";
import { probeImage } from "../../../lib/core/dataset/image/probe.ts";
import { withoutCommit } from "../../../lib/core/dataset/upload-commit.ts";
import { framesToWrite, type Ledger } from "../../../lib/core/dataset/write/frames.ts";
import { jsonLines } from "../../../lib/core/evaluation/json-lines.ts";
import type { ExportSource } from "../../../lib/core/ports.ts";
import { fixture, photo } from "../malformed/case.ts";
import { memoryRanges, memorySource } from "../memory-source.ts";
import { zipOf } from "../zip.ts";

export interface Parser {
  readonly name: string;
  /** Good inputs, and words of their format. */
  readonly seeds: readonly Buffer[];
  readonly words: readonly string[];
  /** Throws where a promise is broken, and a named error where the input is refused. @returns how much was read */
  readonly parse: (bytes: Buffer) => number | Promise<number>;
}

class Broken extends Error {}

/** Reads an export to its end. @throws Broken where labels are neither kept nor listed */
async function readWhole(source: ExportSource): Promise<number> {
  const { format } = await detectFormat(source);
  const reading = await format.open(source, { names: ["cup", "plate"] });
  const ledger: Ledger = { read: 0, issues: [] };
  let kept = 0;
  for await (const frame of framesToWrite(reading, ledger)) {
    kept += frame.labels.length;
    for (const { box } of frame.labels) {
      if (box?.some((value) => !Number.isFinite(value))) throw new Broken(`a box of ${JSON.stringify(box)}`);
    }
  }
  const isListed = (action: string) => action === "refused" || action === "dropped";
  const listed = ledger.issues.reduce((sum, { action, labels }) => sum + (isListed(action) ? labels : 0), 0);
  if (ledger.read !== kept + listed) throw new Broken(`${ledger.read} read, ${kept} kept, ${listed} listed`);
  return kept;
}

const bytesOf = (seeds: readonly (string | Uint8Array)[]): Buffer[] => seeds.map((seed) => Buffer.from(seed));

type Files = Readonly<Record<string, string | Uint8Array>>;

/** An export of which one file is changed. */
function exported(
  name: string,
  file: string,
  seeds: readonly string[],
  others: Files,
  own: readonly string[] = [],
): Parser {
  return {
    name,
    seeds: bytesOf(seeds),
    words: own,
    parse: (bytes) => readWhole(memorySource({ ...others, [file]: bytes })),
  };
}

const image = { "images/a.jpg": photo };
const xml = (inside: string) =>
  `<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version>${inside}</annotations>`;
const cvatImages = xml(
  `<meta><task><name>t</name><labels><label><name>cup</name></label></labels></task></meta>
<image id="0" name="a.jpg" width="128" height="128"><box label="cup" occluded="0" xtl="1.5" ytl="2" xbr="9" ybr="9" rotation="30"><attribute name="c">x</attribute></box>
<polygon label="cup" points="1,1;9,1;9,9"/><polyline label="cup" points="1,1;9,1"/><points label="cup" points="1,1"/>
<ellipse label="cup" cx="20" cy="20" rx="5" ry="4"/><mask label="cup" rle="3, 4, 5" left="1" top="1" width="3" height="4"/><tag label="cup"/>
<skeleton label="cup"><points label="n" outside="0" points="5,5"/></skeleton></image>`,
);
const cvatVideo = xml(
  `<meta><task><name>t</name><size>6</size><start_frame>0</start_frame><stop_frame>5</stop_frame><original_size><width>128</width><height>128</height></original_size></task></meta>
<track id="0" label="cup"><box frame="0" outside="0" keyframe="1" xtl="1" ytl="1" xbr="9" ybr="9"/><box frame="4" outside="1" keyframe="1" xtl="5" ytl="1" xbr="19" ybr="9"/></track>
<track id="1" label="cup"><polygon frame="1" outside="0" keyframe="1" points="1,1;9,1;9,9"/><polygon frame="3" outside="0" keyframe="1" points="1,1;9,1;9,9;1,9"/></track>`,
);
const coco = JSON.stringify({
  images: [{ id: 3, file_name: "a.jpg", width: 128, height: 128 }],
  categories: [
    { id: 1, name: "cup", supercategory: "x" },
    { id: 90, name: "plate", keypoints: ["n"] },
  ],
  annotations: [
    {
      id: 1,
      image_id: 3,
      category_id: 1,
      bbox: [1, 2, 10, 11.5],
      area: 115,
      iscrowd: 0,
      attributes: { occluded: false, rotation: 12 },
    },
    {
      id: 2,
      image_id: 3,
      category_id: 90,
      segmentation: [[1, 1, 9, 1, 9, 9]],
      bbox: [1, 1, 8, 8],
      iscrowd: 0,
      keypoints: [3, 4, 2],
      num_keypoints: 1,
    },
    { id: 3, image_id: 3, category_id: 1, segmentation: { size: [128, 128], counts: [10, 5, 16369] }, iscrowd: 1 },
    { id: 4, image_id: 3, category_id: 1, segmentation: { size: [128, 128], counts: "Q1a0h2" }, iscrowd: 1 },
  ],
});
const voc = `<annotation><folder>f</folder><filename>a.jpg</filename><size><width>128</width><height>128</height><depth>3</depth></size>
<object><name>cup</name><pose>x</pose><truncated>0</truncated><difficult>1</difficult><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>9</xmax><ymax>8.5</ymax></bndbox>
<part><name>rim</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox></part><attributes><attribute><name>a</name><value>b</value></attribute></attributes></object>
<object><name>cup</name><polygon><x1>1</x1><y1>1</y1><x2>9</x2><y2>1</y2><x3>9</x3><y3>9</y3></polygon></object></annotation>`;
const region = (type: string, value: object) => ({
  id: type,
  type,
  from_name: "l",
  to_name: "i",
  original_width: 128,
  original_height: 128,
  image_rotation: 0,
  value,
});
const labelStudio = JSON.stringify([
  {
    id: 1,
    data: { image: "/data/upload/1/0bd7d2c0-a.jpg" },
    annotations: [
      {
        id: 1,
        completed_by: { id: 1, email: "a@b" },
        ground_truth: true,
        result: [
          region("rectanglelabels", { x: 10, y: 10, width: 20, height: 20, rotation: 15, rectanglelabels: ["cup"] }),
          region("polygonlabels", {
            points: [
              [1, 1],
              [9, 1],
              [9, 9],
            ],
            polygonlabels: ["cup"],
          }),
          region("ellipselabels", { x: 30, y: 30, radiusX: 5, radiusY: 4, rotation: 0, ellipselabels: ["cup"] }),
          region("keypointlabels", { x: 30, y: 30, width: 1, keypointlabels: ["cup"] }),
          region("brushlabels", { format: "rle", rle: [1, 2], brushlabels: ["cup"] }),
        ],
      },
      { id: 2, was_cancelled: true, completed_by: 2, result: [] },
    ],
  },
]);
const yaml =
  "path: ../data\ntrain: images\nval:\n  - images\n  - images/more\ntest: test.txt\nnc: 2\nnames:\n  0: cup\n  1: 'plate'\nkpt_shape: [1, 3]\n";
const label = "0 0.5 0.5 0.2 0.2\n1 0.1 0.1 0.05 0.05\n0 0.1 0.1 0.3 0.1 0.3 0.3\n1 0.5 0.5 0.2 0.2 0.4 0.4 2\n";
const yolo = { ...image, "labels/a.txt": label };
const settings = readFileSync(join(import.meta.dirname, "../../../samples/aws/bobbin.cloud.json"), "utf8");
const projectConfig = JSON.stringify({
  schema: "bobbin/config/1",
  project: "p",
  model: "m",
  dataset: "d",
  task: "detect",
  architecture: "yolov8n",
  classes: [{ name: "cup", from: ["Tasse"], base: [] }],
  ignore: ["x"],
  conversions: ["polygon-to-box"],
  groupRule: { kind: "pattern", pattern: "^(?<day>\\d+)" },
  split: { ratios: { train: 0.7, val: 0.15, test: 0.15 }, seed: 3 },
  gates: { primary: "mAP50", margin: 0.01, alpha: 0.05 },
  budget: { name: "b", capUsd: 5, ends: "2035-01-01T00:00:00Z" },
  region: "local",
});
const commit = JSON.stringify({
  schema: "bobbin/upload-commit/1",
  mode: "merge",
  retrain: "now",
  files: [{ name: "images/a.jpg", bytes: photo.length, sha256: "0".repeat(64) }],
});
const lines = (value: object) => `${JSON.stringify(value)}\n${JSON.stringify(value)}\n`;
const prediction = lines({
  frame: "a.jpg",
  sha256: "0".repeat(64),
  part: "test",
  model: "candidate",
  boxes: [[0, 0.5, 1, 2, 3, 4]],
});
const manifest = lines({
  name: "a.jpg",
  sha256: "0".repeat(64),
  bytes: 3,
  ext: "jpg",
  width: 9,
  height: 9,
  orientation: 1,
  phash: null,
  group: "g",
  labelled: true,
  labels: [{ class: "cup", kind: "polygon", box: [1, 1, 3, 3], points: [1, 1, 3, 1, 3, 3] }],
});

function text(
  name: string,
  seeds: readonly string[],
  parse: (text: string) => unknown,
  own: readonly string[] = [],
): Parser {
  return {
    name,
    seeds: bytesOf(seeds),
    words: own,
    parse(bytes) {
      parse(bytes.toString("utf8"));
      return bytes.length;
    },
  };
}

function pictured(name: string): Parser {
  return {
    name: `image ${name}`,
    seeds: [fixture(name)],
    words: [],
    parse(bytes) {
      const { image: found, fault } = probeImage(bytes);
      if ((found === null) === (fault === null)) throw new Broken("neither an image nor a fault");
      if (found !== null && !(found.end <= bytes.length && found.width >= 1 && found.height >= 1)) {
        throw new Broken(JSON.stringify(found));
      }
      return found === null ? 0 : found.end;
    },
  };
}

async function readLines(
  bytes: Buffer,
  schema: { safeParse(value: unknown): { readonly success: boolean } },
): Promise<number> {
  async function* pieces() {
    for (let from = 0; from < bytes.length; from += 100) yield bytes.subarray(from, from + 100);
  }
  let read = 0;
  for await (const { value } of jsonLines({ key: "k", bytes: pieces() }))
    read += schema.safeParse(value).success ? 1 : 0;
  return read;
}

/** Made once: a zip takes longer than all that is done to it. */
export async function parsers(): Promise<readonly Parser[]> {
  const names = ["data.yaml", "images/a.jpg", "labels/a.txt"] as const;
  const contents = [Buffer.from(yaml), photo, Buffer.from(label)];
  const entries = names.map((name, index) => ({
    name,
    bytes: contents[index] ?? Buffer.alloc(0),
    compress: index !== 1,
  }));
  const zip = await zipOf(entries);
  return [
    exported("CVAT for images", "annotations.xml", [cvatImages], image, [
      "<image ",
      "<box ",
      'points="',
      "nan",
      'name="a.jpg"',
    ]),
    exported("CVAT for video", "annotations.xml", [cvatVideo], { "images/frame_000000.png": photo }, [
      "<track ",
      'outside="1"',
      'frame="5"',
      'frame="-1"',
    ]),
    exported("COCO", "annotations/instances_train.json", [coco], image, [
      '"bbox":',
      '"segmentation":',
      '"counts":"',
      "[1,2]",
    ]),
    exported("Roboflow COCO", "train/_annotations.coco.json", [coco], { "train/a.jpg": photo }, [
      '"id":0',
      '"supercategory":"none"',
    ]),
    exported("data.yaml", "data.yaml", [yaml], yolo, ["names:", "nc: ", "train: ", "- images", "|\n", "{a: b}"]),
    exported(
      "YOLO label lines",
      "labels/a.txt",
      [label],
      { ...image, "data.yaml": "train: images\nval: images\nnames: [cup, plate]\n" },
      ["0 ", " 0.5", "nan", "1.0001", "-0.001"],
    ),
    exported(
      "obj.data",
      "obj.data",
      ["classes = 2\ntrain = data/train.txt\nnames = data/obj.names\nbackup = backup/\n"],
      {
        "obj.names": "cup\nplate\n",
        "train.txt": "data/obj_train_data/a.jpg\n",
        "obj_train_data/a.jpg": photo,
        "obj_train_data/a.txt": label,
      },
    ),
    exported("image lists", "train.txt", ["data/obj_train_data/a.jpg\ndata/obj_train_data/b.jpg\n"], {
      "obj.data": "classes = 2\ntrain = data/train.txt\nnames = data/obj.names\n",
      "obj.names": "cup\nplate\n",
      "obj_train_data/a.jpg": photo,
      "obj_train_data/a.txt": label,
    }),
    exported("Pascal VOC", "Annotations/a.xml", [voc], { "JPEGImages/a.jpg": photo }, [
      "<object>",
      "<bndbox>",
      "</object>",
      "<xmin>",
    ]),
    exported("Label Studio", "tasks.json", [labelStudio], { "a.jpg": photo }, [
      '"points":',
      '"rotation":',
      '"result":[]',
      '"original_width":0',
    ]),
    {
      name: "zip",
      seeds: [zip],
      words: ["PK\u0001\u0002", "PK\u0003\u0004", "PK\u0005\u0006", "\u00ff\u00ff"],
      parse: (bytes) => (async () => readWhole(await openZipSource(memoryRanges(bytes))))(),
    },
    ...[
      "hopper.jpg",
      "hopper_16bit_qtables.jpg",
      "i_trns.png",
      "hopper.webp",
      "hopper_rle8_grayscale.bmp",
      "16bit.cropped.tif",
    ].map(pictured),
    text("groups.csv", ['frame,group\na.jpg,g1\n"b,c.jpg",g2\r\n'], (given) => parseGroupTable("groups.csv", given), [
      "frame",
      "group",
      '""',
    ]),
    text(
      "attributes",
      ['group,camera,staged\ng1,east,no\ng2,"we""st",yes\n'],
      (given) => parseAttributesTable("a.csv", given),
      ["group", "camera"],
    ),
    text("bobbin.json", [projectConfig], (given) => parseConfig("bobbin.json", given), [
      '"groupRule":',
      '"pattern":"(a+)+$"',
      '"kind":"csv"',
      "(?<a>",
      "(?<=x)",
    ]),
    text("bobbin.cloud.json", [settings], (given) => parseSettings("bobbin.cloud.json", given), [
      '"region":',
      '"budget":{}',
    ]),
    text(
      "group rules",
      ["pattern:^(?<day>\\d{4}-\\d\\d)", "folder:2", "csv:groups.csv", "task", "frame"],
      parseGroupRule,
      ["(?<a>", "[", "{1,"],
    ),
    {
      name: "_COMMIT.json",
      seeds: bytesOf([commit]),
      words: ['"files":', '"mode":"replace"', '"bytes":-1'],
      parse: async (bytes) =>
        (await withoutCommit(memorySource({ ...image, "_COMMIT.json": bytes }))).source.entries().length,
    },
    {
      name: "prediction lines",
      seeds: bytesOf([prediction]),
      words: ['"boxes":', "[0,0.5,1,2,3,4]"],
      parse: (bytes) => readLines(bytes, predictionLine),
    },
    {
      name: "manifest lines",
      seeds: bytesOf([manifest]),
      words: ['"labels":', '"points":'],
      parse: (bytes) => readLines(bytes, manifestLine),
    },
  ];
}
