// Look-alikes in 20,000 frames: CPU seconds of `check` with decoding, and of cleanvision on the same files, and what each finds
// of the pictures that were copied or saved again into other groups. `npm run bench:leaks`, smaller: `npm run bench:leaks -- 2000`.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { basename, join } from "node:path";
import sharp from "sharp";
import type { Part } from "../../lib/contracts/common.ts";
import { checkExport } from "../../lib/core/dataset/ingest/check-export.ts";
import { findAlike } from "../../lib/core/dataset/leaks/alike.ts";
import { imageProbe } from "../../lib/local/decode/image-probe.ts";
import { openExport } from "../../lib/local/export-source/open.ts";
import { testConfig } from "../support/run-request.ts";
import { benchFolder } from "./frames.ts";
import { peerPython } from "./peers.ts";

const groupCount = 41;
const plantedEach = 60;
const [width, height] = [640, 360];

type Pixels = { readonly data: Buffer; readonly width: number; readonly height: number };
type Ways = Readonly<Record<string, (image: Buffer) => Promise<Buffer>>>;

/** How a picture comes into a set twice. */
const ways: Ways = {
  copied: async (image) => image,
  "quality 60": (image) => sharp(image).jpeg({ quality: 60 }).toBuffer(),
  "half the size": (image) => sharp(image).resize(320).jpeg({ quality: 80 }).toBuffer(),
  PNG: (image) => sharp(image).png({ compressionLevel: 3 }).toBuffer(),
};

async function samplePixels(): Promise<readonly Pixels[]> {
  const source = await openExport(join(import.meta.dirname, "../../samples/thaal/thaal-cvat.zip"));
  const found: Pixels[] = [];
  for (const entry of source.entries().filter(({ name }) => name.endsWith(".jpg"))) {
    const { data, info } = await sharp(await entry.read())
      .raw()
      .toBuffer({ resolveWithObject: true });
    found.push({ data, width: info.width, height: info.height });
  }
  await source.close();
  return found;
}

/** A piece of a real picture that no other frame shows so: its place, size and light are of this number alone. */
function pieceOf(pictures: readonly Pixels[], index: number): Promise<Buffer> {
  const base = pictures[index % pictures.length] ?? pictures[0];
  if (base === undefined) throw new Error("no pictures");
  const part = (salt: number) => Math.abs(Math.sin(index * 12.9898 + salt * 78.233) * 43758.5453) % 1;
  const [wide, high] = [
    Math.round(base.width * (0.25 + 0.35 * part(1))),
    Math.round(base.height * (0.25 + 0.35 * part(2))),
  ];
  const [left, top] = [Math.floor((base.width - wide) * part(3)), Math.floor((base.height - high) * part(4))];
  return sharp(base.data, { raw: { width: base.width, height: base.height, channels: 3 } })
    .extract({ left, top, width: wide, height: high })
    .resize(width, height, { fit: "fill" })
    .linear(0.8 + 0.4 * part(5), 20 * part(6))
    .jpeg({ quality: 85 })
    .toBuffer();
}

interface Planted {
  readonly way: string;
  readonly copy: string;
  readonly original: string;
}

async function writeSet(folder: string, frames: number): Promise<readonly Planted[]> {
  const pictures = await samplePixels();
  const planted: Planted[] = [];
  mkdirSync(join(folder, "images"), { recursive: true });
  mkdirSync(join(folder, "labels"), { recursive: true });
  writeFileSync(join(folder, "data.yaml"), "train: images\nval: images\nnames: [tray, person]\n");
  const put = (name: string, image: Buffer, ext = "jpg") => {
    writeFileSync(join(folder, "images", `${name}.${ext}`), image);
    writeFileSync(join(folder, "labels", `${name}.txt`), "0 0.5 0.5 0.2 0.2\n");
  };
  const names = Object.keys(ways);
  const copies = plantedEach * names.length;
  for (let index = 0; index < frames - copies; index++) {
    const image = await pieceOf(pictures, index);
    const name = `g${index % groupCount}_${String(index).padStart(6, "0")}`;
    put(name, image);
    if (index >= copies) continue;
    const way = names[index % names.length] ?? "";
    const copy = `g${(index * 7 + 13) % groupCount}_copy${String(index).padStart(6, "0")}`;
    put(copy, (await ways[way]?.(image)) ?? image, way === "PNG" ? "png" : "jpg");
    planted.push({ way, copy, original: name });
  }
  return planted;
}

/** `check` as a process of its own: its CPU seconds, the parts of the groups, all pairs it found. */
async function oursOnce(folder: string): Promise<void> {
  const source = await openExport(folder);
  const entries = new Map(source.entries().map((entry) => [entry.name, entry]));
  const groupRule = { kind: "pattern", pattern: "^(?<group>g\\d+)_" } as const;
  const report = await checkExport(
    {
      source,
      config: testConfig({ groupRule }),
      groupTable: { groupOfFrame: {}, attributes: {} },
      mode: "merge",
      names: null,
      issuesAt: "-",
    },
    {
      store: null,
      probe: imageProbe({ locate: (name) => entries.get(name)?.read() ?? "" }),
      clock: { now: () => new Date() },
      events: { emit: () => undefined },
    },
  );
  const { user, system } = process.cpuUsage();
  const memory = process.resourceUsage().maxRSS / 1024;
  const parts = new Map(report.version?.split.assignments.map(({ group, part }) => [group, part]));
  const started = process.cpuUsage();
  const alike = findAlike(report.version?.lines ?? [], parts);
  const search = process.cpuUsage(started);
  const pairs = alike?.pairs.map(({ frame, other, kind }) => [frame, other, kind]) ?? [];
  const answer = {
    cpu: (user + system) / 1e6,
    search: (search.user + search.system) / 1e6,
    memory,
    parts: [...parts],
    pairs,
    compared: alike?.document.outside,
    errors: report.errors.map(({ name }) => name),
  };
  console.log(JSON.stringify(answer));
}

interface Ours {
  readonly cpu: number;
  readonly search: number;
  readonly memory: number;
  readonly compared: number;
  readonly parts: readonly (readonly [string, Part])[];
  readonly pairs: readonly (readonly [string, string, string])[];
  readonly errors: readonly string[];
}
interface Peer {
  readonly cpu: number;
  readonly exact: readonly (readonly string[])[];
  readonly near: readonly (readonly string[])[];
}

const stem = (path: string) => basename(path).replace(/\.\w+$/, "");
const keyOf = (a: string, b: string) => [a, b].sort().join(" ");

async function compare(frames: number): Promise<void> {
  const folder = benchFolder();
  try {
    const planted = await writeSet(folder, frames);
    console.log(
      `${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}; ${readdirSync(join(folder, "images")).length} frames`,
    );
    const run = (file: string, args: readonly string[]) =>
      execFileSync(file, args, { encoding: "utf8", maxBuffer: 2 ** 28, stdio: ["ignore", "pipe", "ignore"] })
        .trim()
        .split("\n")
        .at(-1) ?? "";
    const ours: Ours = JSON.parse(run(process.execPath, [import.meta.filename, "ours", folder]));
    const python = peerPython("bench-leaks", ["cleanvision==0.3.7"]);
    const peer: Peer = JSON.parse(run(python, [join(import.meta.dirname, "leaks_peer.py"), join(folder, "images")]));
    const partOf = new Map(ours.parts);
    const partOfName = (name: string) => partOf.get(name.split("_")[0] ?? "");
    const across = planted.filter(({ copy, original }) => partOfName(copy) !== partOfName(original));
    const ourPairs = new Set(ours.pairs.map(([a, b]) => keyOf(stem(a), stem(b))));
    const theirPairs = new Set(
      [...peer.exact, ...peer.near].flatMap((set) =>
        set.flatMap((a) => set.filter((b) => b !== a).map((b) => keyOf(stem(a), stem(b)))),
      ),
    );
    const isPlanted = new Set(planted.map(({ copy, original }) => keyOf(copy, original)));
    for (const way of Object.keys(ways)) {
      const wanted = across.filter((each) => each.way === way);
      const found = (pairs: ReadonlySet<string>) =>
        wanted.filter(({ copy, original }) => pairs.has(keyOf(copy, original))).length;
      console.log(
        `${way.padEnd(14)} across parts ${wanted.length}: Bobbin ${found(ourPairs)}, cleanvision ${found(theirPairs)}`,
      );
    }
    const others = (pairs: ReadonlySet<string>) => [...pairs].filter((pair) => !isPlanted.has(pair)).length;
    console.log(
      `pairs that were not planted: Bobbin ${others(ourPairs)} (across parts), cleanvision ${others(theirPairs)} (anywhere)`,
    );
    console.log(
      `Bobbin      ${ours.cpu.toFixed(1)} s of CPU for all of check, ${ours.search.toFixed(1)} s of it the search; ${ours.memory.toFixed(0)} MB; ${ours.compared} frames outside train; ${[...new Set(ours.errors)].join(", ")}`,
    );
    console.log(`cleanvision ${peer.cpu.toFixed(1)} s of CPU`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [first, folder = ""] = process.argv.slice(2);
if (first === "ours") await oursOnce(folder);
else await compare(Number(first ?? 20_000));
