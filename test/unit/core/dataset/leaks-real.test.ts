// Look-alikes in real pictures: the sample's fixed camera over three days, with pictures of one day saved again into another.
import { beforeAll, describe, expect, it } from "@jest/globals";
import sharp from "sharp";
import { checkExport } from "../../../../lib/core/dataset/ingest/check-export.ts";
import { imageProbe } from "../../../../lib/local/decode/image-probe.ts";
import { openExport } from "../../../../lib/local/export-source/open.ts";
import { testConfig } from "../../../support/run-request.ts";
import { samplePictures, type YoloFrame, yoloFolder } from "../../../support/yolo-folder.ts";

/** The three days of the sample have 14, 34 and 60 frames, in the order of the archive. */
const days = [
  ["day1", 0, 14],
  ["day2", 14, 48],
  ["day3", 48, 108],
] as const;
const box = "0 0.5 0.5 0.25 0.5\n";
let pictures: readonly Uint8Array[];
beforeAll(async () => {
  pictures = await samplePictures(108);
});

const frames = (): YoloFrame[] =>
  days.flatMap(([day, from, to]) =>
    pictures.slice(from, to).map((image, index) => ({ name: `${day}/${index}`, image, labels: box })),
  );

async function check(folder: string) {
  const source = await openExport(folder);
  const entries = new Map(source.entries().map((entry) => [entry.name, entry]));
  const probe = imageProbe({ locate: (name) => entries.get(name)?.read() ?? "" });
  const clock = { now: () => new Date("2026-01-02T03:04:05.000Z") };
  const input = { source, config: testConfig(), groupTable: { groupOfFrame: {}, attributes: {} }, names: null };
  try {
    return await checkExport(
      { ...input, mode: "merge", issuesAt: "the list" },
      { store: null, probe, clock, events: { emit: () => undefined } },
    );
  } finally {
    await source.close();
  }
}

const savedAgain: Readonly<Record<string, (image: Uint8Array) => Promise<Uint8Array>>> = {
  "quality 95": (image) => sharp(image).jpeg({ quality: 95 }).toBuffer(),
  "quality 50": (image) => sharp(image).jpeg({ quality: 50 }).toBuffer(),
  "half the size": (image) => sharp(image).resize(480).jpeg({ quality: 80 }).toBuffer(),
  PNG: (image) => sharp(image).png().toBuffer(),
  WebP: (image) => sharp(image).webp({ quality: 70 }).toBuffer(),
};

describe("look-alikes in the sample", () => {
  it("finds none between its days", async () => {
    const { version, errors } = await check(yoloFolder(frames()));
    expect(version?.stats.alike).toMatchObject({ compared: 108, frames: 0, reencoded: 0, pairs: [] });
    expect(errors).toEqual([]);
  });

  it("finds each picture of one day that was saved again into another, and no other", async () => {
    const all = frames();
    const ways = Object.entries(savedAgain);
    for (const [at, [way, again]] of ways.entries()) {
      for (const [day, from] of days) {
        const next = days.find(([other]) => other !== day)?.[0] ?? "";
        const image = await again(pictures[from + 3 + at] ?? Buffer.alloc(0));
        all.push({ name: `${next}/${way} of ${day}`, image, labels: box });
      }
    }
    const { version, errors } = await check(yoloFolder(all));
    const found = version?.stats.alike;
    expect(found).toMatchObject({ frames: 3 * ways.length, reencoded: 3 * ways.length });
    for (const { frame, other } of found?.pairs ?? []) {
      const [copy = "", original = ""] = [frame, other].sort((a, b) => b.length - a.length);
      const [, way = "", day = ""] = /\/(.+) of (day\d)/.exec(copy) ?? [];
      expect(original.startsWith(`${day}/${3 + ways.findIndex(([name]) => name === way)}`)).toBe(true);
    }
    expect(errors.map(({ name }) => name)).toContain("FrameReencoded");
  });
});
