// Every kind of image that may be handed in, through check and through a run's Ingest and Split, with every pixel decoded.
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import sharp, { type Sharp } from "sharp";
import type { ManifestLine } from "../../../../lib/contracts/dataset.ts";
import { dataKeys } from "../../../../lib/contracts/layout.ts";
import { checkExport } from "../../../../lib/core/dataset/ingest/check-export.ts";
import { readVersion } from "../../../../lib/core/dataset/manifest-version.ts";
import { imageProbe } from "../../../../lib/local/decode/image-probe.ts";
import { openExport } from "../../../../lib/local/export-source/open.ts";
import { pictures } from "../../../../lib/report/pages.ts";
import { bmpOf } from "../../../support/bmp.ts";
import { memoryStores } from "../../../support/memory-store.ts";
import { testConfig, testRequest } from "../../../support/run-request.ts";
import { runBoth } from "../../../support/run-steps.ts";
import { samplePictures, yoloFolder } from "../../../support/yolo-folder.ts";

const [width, height] = [240, 135];
/** Extension by content, and what sharp or our own hand makes of the picture. */
type Make = (plain: Sharp) => Promise<Uint8Array>;
const kinds: Readonly<Record<string, readonly [ManifestLine["ext"], Make]>> = {
  "plain.jpg": ["jpg", (plain) => plain.jpeg({ quality: 95 }).toBuffer()],
  "grey.jpg": ["jpg", (plain) => plain.greyscale().jpeg({ quality: 95 }).toBuffer()],
  "cmyk.jpg": ["jpg", (plain) => plain.toColourspace("cmyk").jpeg({ quality: 95 }).toBuffer()],
  "progressive.jpg": ["jpg", (plain) => plain.jpeg({ quality: 95, progressive: true }).toBuffer()],
  "deep.png": ["png", (plain) => plain.toColourspace("rgb16").png().toBuffer()],
  "deep-grey.png": ["png", (plain) => plain.toColourspace("grey16").png().toBuffer()],
  "palette.png": ["png", (plain) => plain.png({ palette: true, colours: 64 }).toBuffer()],
  "alpha.png": ["png", (plain) => plain.ensureAlpha().png().toBuffer()],
  "plain.tif": ["tif", (plain) => plain.tiff({ compression: "none" }).toBuffer()],
  "packed.tif": ["tif", (plain) => plain.tiff({ compression: "lzw" }).toBuffer()],
  "deep.tif": ["tif", (plain) => plain.toColourspace("rgb16").tiff({ compression: "deflate" }).toBuffer()],
  "plain.webp": ["webp", (plain) => plain.webp({ quality: 90 }).toBuffer()],
  "lossless.webp": ["webp", (plain) => plain.webp({ lossless: true }).toBuffer()],
  "plain.bmp": ["bmp", (plain) => bmpOf(plain, 24)],
  "palette.bmp": ["bmp", (plain) => bmpOf(plain, 8)],
  "bits.bmp": ["bmp", (plain) => bmpOf(plain, 32)],
  "turned.jpg": ["jpg", (plain) => plain.rotate(270).withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toBuffer()],
  "half-turned.jpg": [
    "jpg",
    (plain) => plain.rotate(180).withMetadata({ orientation: 3 }).jpeg({ quality: 95 }).toBuffer(),
  ],
};
const names = Object.keys(kinds);
const files = new Map<string, Uint8Array>();

beforeAll(async () => {
  const [, , , picture] = await samplePictures(4);
  const small = await sharp(picture).resize(width, height).png().toBuffer();
  for (const [name, [, make]] of Object.entries(kinds)) files.set(name, await make(sharp(small)));
});

/** One picture in every kind, each a group's: four groups, all of one folder. */
function folderOfKinds(): string {
  const folder = yoloFolder(
    names.map((name, index) => ({
      name: `g/${name.replace(/\.\w+$/, `_${index}`)}`,
      image: files.get(name)!,
      labels: "0 0.25 0.5 0.2 0.4\n",
    })),
  );
  for (const [index, name] of names.entries()) {
    const base = join(folder, "images/g", name.replace(/\.\w+$/, `_${index}`));
    renameSync(`${base}.jpg`, `${base}${name.slice(name.lastIndexOf("."))}`);
  }
  // Two more groups, so that there is something to split; the pictures of the kinds are one picture and stay together.
  const plain = files.get("plain.jpg")!;
  for (const group of ["v", "w"]) {
    const flipped = sharp(plain)[group === "v" ? "flop" : "flip"]().jpeg().toBuffer();
    others.push(flipped.then((bytes) => writeOther(folder, group, bytes)));
  }
  return folder;
}
const others: Promise<void>[] = [];
function writeOther(folder: string, group: string, bytes: Uint8Array): void {
  writeFileSync(join(folder, `images/${group}_0.jpg`), bytes);
  writeFileSync(join(folder, `labels/${group}_0.txt`), "0 0.5 0.5 0.2 0.4\n");
}

const grouped = testConfig({ groupRule: { kind: "pattern", pattern: "^(?<group>[gvw])[/_]" } });

const nameIn = (name: string) =>
  names.find((kind, index) => name === `g/${kind.replace(/\.\w+$/, `_${index}`)}${kind.slice(kind.lastIndexOf("."))}`);
const bits = (a: string, b: string) => (BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(2).replaceAll("0", "").length;
const levels = (line: ManifestLine) => Buffer.from(line.thumb ?? "", "base64");

function expectKinds(lines: readonly ManifestLine[]): void {
  const plain = lines.find(({ name }) => nameIn(name) === "plain.jpg")!;
  const found = lines.filter(({ name }) => nameIn(name) !== undefined);
  expect(found).toHaveLength(names.length);
  for (const line of found) {
    const kind = nameIn(line.name)!;
    expect([kind, line.ext, line.width, line.height]).toEqual([kind, kinds[kind]![0], width, height]);
    expect([kind, bits(line.phash!, plain.phash!) <= 8]).toEqual([kind, true]);
    const apart = levels(line).map((level, at) => Math.abs(level - levels(plain)[at]!));
    expect([kind, apart.reduce((sum, value) => sum + value, 0) / apart.length < 12]).toEqual([kind, true]);
    // The label is where it was drawn, in pixels of the picture as people see it.
    const box = line.labels[0]?.box?.map((value) => Math.round(value));
    expect([kind, box]).toEqual([kind, [36, 41, 84, 95]]);
  }
}

describe("kinds of images", () => {
  it("are checked, decoded whole, and seen as what they show", async () => {
    const folder = folderOfKinds();
    await Promise.all(others);
    const source = await openExport(folder);
    const entries = new Map(source.entries().map((entry) => [entry.name, entry]));
    const probe = imageProbe({ locate: (name) => entries.get(name)!.read(), threads: 1 });
    const report = await checkExport(
      {
        source,
        config: grouped,
        groupTable: { groupOfFrame: {}, attributes: {} },
        mode: "merge",
        names: null,
        issuesAt: "-",
      },
      { store: null, probe, clock: { now: () => new Date(0) }, events: { emit: () => undefined } },
    );
    expect(report.issues.filter(({ action }) => action !== "noted")).toEqual([]);
    expect(report.errors).toEqual([]);
    expectKinds(report.frames);
    await source.close();
  });

  it("go through Ingest and Split, and can be shown on a page", async () => {
    const folder = folderOfKinds();
    await Promise.all(others);
    const stores = memoryStores();
    const probe = imageProbe({ locate: async (key) => (await stores.data.get(key)).bytes, threads: 1 });
    const output = await runBoth({ stores, request: testRequest(folder, { decode: true, config: grouped }), probe });
    const { lines } = await readVersion(stores.data, "trays", output.version);
    expectKinds(lines);
    for (const line of lines) {
      const stored = (await stores.data.get(dataKeys.frame(line.sha256, line.ext))).bytes;
      const { width: wide, height: high } = await sharp(await pictures.shrink(stored, 120)).metadata();
      expect([line.name, wide, high]).toEqual([line.name, 120, 68]);
    }
  });
});
