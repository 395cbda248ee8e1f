// Ingest over real exports: laps, crashes between them, labels without images, and everything that must be refused.
import { createHash } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { manifest, manifestLine } from "../../../../lib/contracts/dataset.ts";
import type { ProgressEvent } from "../../../../lib/contracts/job.ts";
import { dataKeys } from "../../../../lib/contracts/layout.ts";
import { readVersion } from "../../../../lib/core/dataset/manifest-version.ts";
import type { Body, ImageProbe, ObjectStore } from "../../../../lib/core/ports.ts";
import { ingest } from "../../../../lib/core/steps/ingest.ts";
import { imageProbe } from "../../../../lib/local/decode/image-probe.ts";
import { cvatXml } from "../../../support/cvat-zip.ts";
import { freshFolder } from "../../../support/folder.ts";
import { memoryStores } from "../../../support/memory-store.ts";
import { runIds, testConfig, testRequest } from "../../../support/run-request.ts";
import { ingestAll, ingestPorts, keysOf, runBoth, splitRun, textOf } from "../../../support/run-steps.ts";
import { samplePictures, type YoloFrame, yoloFolder } from "../../../support/yolo-folder.ts";

let pictures: readonly Uint8Array[];
beforeAll(async () => {
  pictures = await samplePictures(12);
});

const box = "0 0.5 0.5 0.25 0.5\n";
/** Twelve frames in four groups, one box each. */
const twelve = (): YoloFrame[] =>
  pictures.map((image, index) => ({ name: `day${index % 4}/${index}`, image, labels: box }));

describe("ingest", () => {
  it("stores every image under its hash and keeps every label", async () => {
    const stores = memoryStores();
    const request = testRequest(yoloFolder(twelve()));
    expect(await ingestAll({ stores, request })).toEqual([{ done: true, cursor: null, frames: 12, boxes: 12 }]);
    const { version } = await splitRun({ stores, request });
    const { lines, manifest: document } = await readVersion(stores.data, "trays", version);
    expect(lines.map((line) => manifestLine.parse(line))).toEqual(lines);
    for (const image of pictures) {
      const sha256 = createHash("sha256").update(image).digest("hex");
      const stored = await stores.data.get(dataKeys.frame(sha256, "jpg"));
      expect(Buffer.compare(stored.bytes, image)).toBe(0);
      expect(lines.find((line) => line.sha256 === sha256)).toMatchObject({
        bytes: image.length,
        width: 960,
        height: 540,
        orientation: 1,
        phash: null,
        labels: [{ class: "tray", kind: "box", box: [360, 135, 600, 405] }],
      });
    }
    expect(document.labels).toEqual({ read: 12, kept: 12, listed: 0 });
  });

  it("makes the same version in laps of any length", async () => {
    const whole = memoryStores();
    const request = testRequest(yoloFolder(twelve()));
    await runBoth({ stores: whole, request });
    for (const frames of [1, 5, 12]) {
      const stores = memoryStores();
      const laps = await ingestAll({ stores, request, lap: { milliseconds: 600_000, frames } });
      expect(laps.length).toBeGreaterThanOrEqual(Math.ceil(12 / frames));
      expect(laps.at(-1)).toEqual({ done: true, cursor: null, frames: 12, boxes: 12 });
      await splitRun({ stores, request });
      const files = await keysOf(stores.data, "datasets/");
      expect(files).toEqual(await keysOf(whole.data, "datasets/"));
      for (const key of files) expect(await textOf(stores.data, key)).toBe(await textOf(whole.data, key));
    }
  });

  it("ends a lap when its time is over", async () => {
    const stores = memoryStores();
    let now = Date.parse("2026-01-02T03:04:05.000Z");
    const ports = ingestPorts({
      stores,
      request: testRequest(yoloFolder(twelve())),
      lap: { milliseconds: 10_000, frames: 100 },
    });
    const clock = {
      now() {
        now += 2_000;
        return new Date(now);
      },
    };
    const first = await ingest({ runId: runIds[0], cursor: null }, { ...ports, clock });
    expect(first).toMatchObject({ done: false });
    expect(first.frames).toBeGreaterThan(0);
    expect(first.frames).toBeLessThan(12);
  });

  it("answers a repeated lap with what it wrote, though the export is gone and the limit another", async () => {
    const stores = memoryStores();
    const folder = yoloFolder(twelve());
    const request = testRequest(folder);
    const lap = { milliseconds: 600_000, frames: 5 };
    const first = await ingest({ runId: runIds[0], cursor: null }, ingestPorts({ stores, request, lap }));
    rmSync(folder, { recursive: true });
    const again = await ingest({ runId: runIds[0], cursor: null }, ingestPorts({ stores, request }));
    expect(again).toEqual(first);
  });

  it("goes on where a killed lap had stored images and written no record", async () => {
    const stores = memoryStores();
    const request = testRequest(yoloFolder(twelve()));
    const create = async (key: string, body: Body) => {
      if (key.includes("/staged/")) throw new Error("the power is gone");
      return stores.data.create(key, body);
    };
    const dying = new Proxy(stores.data, {
      get: (store, name: keyof ObjectStore) => (name === "create" ? create : store[name].bind(store)),
    });
    const failing = { ...ingestPorts({ stores, request }), stores: { ...stores, data: dying } };
    await expect(ingest({ runId: runIds[0], cursor: null }, failing)).rejects.toThrow("the power is gone");
    expect(await keysOf(stores.data, "frames/")).toHaveLength(12);
    expect(await ingestAll({ stores, request })).toEqual([{ done: true, cursor: null, frames: 12, boxes: 12 }]);
  });

  it("tells how far it is", async () => {
    const events: ProgressEvent[] = [];
    await ingestAll({ stores: memoryStores(), request: testRequest(yoloFolder(twelve())), events });
    expect(events.at(-1)).toMatchObject({ kind: "work", what: "frames read", done: 12 });
  });

  it("joins labels alone to frames that are stored", async () => {
    const stores = memoryStores();
    const task = join(import.meta.dirname, "../../../../samples/thaal/thaal-cvat.zip");
    const config = testConfig({
      dataset: "thaal",
      classes: [{ name: "thaal", from: [], base: [] }],
      groupRule: { kind: "pattern", pattern: "^thaal_(?<day>\\d{4}-\\d{2}-\\d{2})_" },
    });
    await runBoth({ stores, request: testRequest(task, { config }) });
    const { lines } = await readVersion(stores.data, "thaal", "d1");
    const folder = freshFolder();
    const frame = {
      name: lines[0]!.name,
      width: 960,
      height: 540,
      bytes: null,
      boxes: [{ label: "thaal", box: [1, 2, 30, 40] as const }],
    };
    writeFileSync(join(folder, "annotations.xml"), cvatXml({ name: "more", labels: ["thaal"] }, [frame]));
    const second = testRequest(folder, { config, runId: runIds[1] });
    const output = await runBoth({ stores, request: second });
    expect(output.difference).toMatchObject({ framesAdded: 0, framesChanged: 1, framesUnchanged: 107 });
    const corrected = (await readVersion(stores.data, "thaal", output.version)).lines[0];
    expect(corrected).toMatchObject({ sha256: lines[0]!.sha256, labels: [{ class: "thaal", box: [1, 2, 30, 40] }] });

    writeFileSync(
      join(folder, "annotations.xml"),
      cvatXml({ name: "more", labels: ["thaal"] }, [frame, { ...frame, name: "thaal_2025-09-11_nowhere.jpg" }]),
    );
    await expect(
      ingestAll({ stores, request: testRequest(folder, { config, runId: runIds[2] }) }),
    ).rejects.toMatchObject({
      name: "FrameUnknown",
      data: { frame: "thaal_2025-09-11_nowhere.jpg", frames: 1, file: "annotations.xml" },
    });
  });
});

describe("what Ingest refuses", () => {
  const refused = (frames: readonly YoloFrame[], config = testConfig()) =>
    ingestAll({ stores: memoryStores(), request: testRequest(yoloFolder(frames), { config }) });

  it("an export with a box far outside its image, naming the first and where all are listed", async () => {
    const stores = memoryStores();
    const frames = twelve();
    frames[3] = { ...frames[3]!, labels: "0 0.95 0.5 0.25 0.5\n" };
    const request = testRequest(yoloFolder(frames));
    await expect(ingestAll({ stores, request })).rejects.toMatchObject({
      name: "DataRefused",
      data: {
        refused: 1,
        first: expect.stringContaining("BoxOutsideImage"),
        issues: dataKeys.staged(runIds[0], "issues.jsonl"),
      },
    });
    const [issue] = (await textOf(stores.data, dataKeys.staged(runIds[0], "issues.jsonl")))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(issue).toMatchObject({ code: "BoxOutsideImage", action: "refused", line: 1, labels: 1 });
    await expect(ingestAll({ stores, request })).rejects.toMatchObject({ name: "DataRefused" });
  });

  it("a class that nobody knows, with the number of its labels", async () => {
    const frames = twelve().map((frame, index) =>
      index < 3 ? { ...frame, labels: `${box}1 0.5 0.5 0.1 0.1\n` } : frame,
    );
    const config = testConfig({ classes: [{ name: "tray", from: [], base: [] }] });
    await expect(refused(frames, config)).rejects.toMatchObject({
      name: "ClassUnknown",
      data: { class: "person", labels: 3, wanted: "tray" },
    });
    const ignoring = testConfig({ classes: [{ name: "tray", from: [], base: [] }], ignore: ["person"] });
    expect(await refused(frames, ignoring)).toMatchObject([{ done: true, boxes: 12 }]);
  });

  it("frames without group", async () => {
    const config = testConfig({ groupRule: { kind: "pattern", pattern: "^(?<day>day[012])" } });
    await expect(refused(twelve(), config)).rejects.toMatchObject({ name: "GroupRuleMisses", data: { frames: 3 } });
  });

  it("an export in which nothing is labelled", async () => {
    const unlabelled = pictures.map((image, index) => ({ name: `day${index % 4}/${index}`, image }));
    // One label file for an image that is not there makes it a YOLO export at all.
    const frames = [...unlabelled, { name: "day0/other", labels: box }];
    await expect(refused(frames)).rejects.toMatchObject({
      name: "NoFrames",
      data: { found: "12 frames, none of them labelled" },
    });
  });

  it("an image that ends before its end mark", async () => {
    const frames = twelve();
    frames[5] = { ...frames[5]!, image: pictures[5]!.subarray(0, 5000) };
    await expect(refused(frames)).rejects.toMatchObject({
      name: "DataRefused",
      data: { first: expect.stringContaining("ImageBroken") },
    });
  });
});

describe("the decode pass", () => {
  it("hashes every picture once, in laps, and never again in later versions", async () => {
    const stores = memoryStores();
    const asked: string[] = [];
    const locate = async (key: string) => {
      asked.push(key);
      return (await stores.data.get(key)).bytes;
    };
    const probe = imageProbe({ locate, threads: 1 });
    const folder = yoloFolder(twelve());
    const laps = await ingestAll({
      stores,
      request: testRequest(folder, { decode: true }),
      probe,
      lap: { milliseconds: 600_000, frames: 7 },
    });
    expect(laps).toHaveLength(4);
    const first = testRequest(folder, { decode: true });
    const { version } = await splitRun({ stores, request: first });
    const { lines } = await readVersion(stores.data, "trays", version);
    for (const { phash } of lines) expect(phash).toMatch(/^[0-9a-f]{16}$/);
    expect(asked).toHaveLength(12);
    const again = testRequest(folder, { decode: true, runId: runIds[1] });
    expect(await runBoth({ stores, request: again, probe })).toMatchObject({ version, unchanged: true });
    expect(asked).toHaveLength(12);
  });

  it("refuses what does not decode, though its structure is whole", async () => {
    const stores = memoryStores();
    const probe: ImageProbe = {
      async *decode(images) {
        let index = 0;
        for await (const { key } of images) {
          index += 1;
          yield index === 4
            ? { key, phash: null, thumb: null, problem: "bad Huffman code" }
            : { key, phash: "00ff00ff00ff00ff", thumb: null, problem: null };
        }
      },
    };
    await expect(
      ingestAll({ stores, request: testRequest(yoloFolder(twelve()), { decode: true }), probe }),
    ).rejects.toMatchObject({
      name: "DataRefused",
      data: { refused: 1, first: expect.stringContaining("bad Huffman code") },
    });
  });
});

describe("the manifest", () => {
  it("says where it came from without the path of anybody's disk", async () => {
    const stores = memoryStores();
    const folder = yoloFolder(twelve());
    const { version } = await runBoth({ stores, request: testRequest(folder) });
    const text = await textOf(stores.data, dataKeys.datasetFile("trays", version, "manifest.json"));
    expect(manifest.parse(JSON.parse(text)).source).toMatchObject({ format: "ultralytics-yolo", mode: "merge" });
    expect(text).not.toContain(join(folder, ".."));
  });
});
