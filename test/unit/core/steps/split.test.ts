// Split: the next version written once and last by its manifest, whatever dies on the way; the same again is no new version.
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "@jest/globals";
import {
  datasetStats,
  issueLine,
  manifest,
  manifestLine,
  split as splitSchema,
} from "../../../../lib/contracts/dataset.ts";
import { type DatasetFile, dataKeys } from "../../../../lib/contracts/layout.ts";
import type { RunRequest } from "../../../../lib/contracts/run.ts";
import { readVersion } from "../../../../lib/core/dataset/manifest-version.ts";
import type { Body, ObjectStore } from "../../../../lib/core/ports.ts";
import { type MemoryStore, type MemoryStores, memoryStores } from "../../../support/memory-store.ts";
import { runIds, testConfig, testRequest } from "../../../support/run-request.ts";
import { ingestAll, keysOf, runBoth, splitRun, textOf } from "../../../support/run-steps.ts";
import { samplePictures, type YoloFrame, yoloFolder } from "../../../support/yolo-folder.ts";

let pictures: readonly Uint8Array[];
beforeAll(async () => {
  pictures = await samplePictures(16);
});

const box = "0 0.5 0.5 0.25 0.5\n";
const frame = (index: number, day: number, labels = box): YoloFrame => ({
  name: `day${day}/${index}`,
  image: pictures[index]!,
  labels,
});
const twelve = () => Array.from({ length: 12 }, (_, index) => frame(index, index % 4));

const file = (version: string, name: DatasetFile) => dataKeys.datasetFile("trays", version, name);

/** A second run over another export, in the same stores. */
function again(stores: MemoryStores, frames: readonly YoloFrame[], run: number, changes: Partial<RunRequest> = {}) {
  return runBoth({ stores, request: testRequest(yoloFolder(frames), { runId: runIds[run]!, ...changes }) });
}

/** A store that dies after so many writes. */
function mortal(store: MemoryStore, writes: number): ObjectStore {
  let left = writes;
  const create = async (key: string, body: Body) => {
    left -= 1;
    if (left < 0) throw new Error("killed");
    return store.create(key, body);
  };
  return new Proxy<ObjectStore>(store, {
    get: (target, name: keyof ObjectStore) => (name === "create" ? create : target[name].bind(store)),
  });
}

describe("split", () => {
  it("writes a version whose documents are what they say and agree with each other", async () => {
    const stores = memoryStores();
    const output = await again(stores, twelve(), 0, {
      groupTable: { groupOfFrame: {}, attributes: { day0: { camera: "east" } } },
    });
    expect(output).toMatchObject({
      dataset: "trays",
      version: "d1",
      unchanged: false,
      testSet: "t1",
      difference: { framesAdded: 12, boxesAfter: 12 },
    });
    const document = manifest.parse(JSON.parse(await textOf(stores.data, file("d1", "manifest.json"))));
    expect(document).toMatchObject({
      parent: null,
      runId: runIds[0],
      frames: 12,
      boxes: 12,
      groups: 4,
      classes: { tray: 12, person: 0 },
      labels: { read: 12, kept: 12, listed: 0 },
      attributes: { day0: { camera: "east" } },
    });
    for (const { name, bytes, sha256 } of document.files) {
      const content = (await stores.data.get(file("d1", name as DatasetFile))).bytes;
      expect([content.length, createHash("sha256").update(content).digest("hex")]).toEqual([bytes, sha256]);
    }
    expect(document.files.map(({ name }) => name)).toEqual([
      "issues.jsonl",
      "manifest.jsonl",
      "split.csv",
      "split.json",
      "stats.json",
    ]);
    const digest = (name: string) => document.files.find((each) => each.name === name)?.sha256;
    expect([output.manifestSha256, output.splitSha256]).toEqual([digest("manifest.jsonl"), digest("split.csv")]);
    const split = splitSchema.parse(JSON.parse(await textOf(stores.data, file("d1", "split.json"))));
    expect(split.csvSha256).toBe(digest("split.csv"));
    const stats = datasetStats.parse(JSON.parse(await textOf(stores.data, file("d1", "stats.json"))));
    for (const part of ["train", "val", "test", "deployment"] as const) {
      expect(stats.frames[part].withBoxes).toBe(split.parts[part].frames);
      expect(stats.boxes.tray?.[part]).toBe(split.parts[part].boxes);
    }
    expect(stats.areas.tray).toEqual({ small: 0, medium: 0, large: 12, shares: [0.125, 0.125, 0.125, 0.125, 0.125] });
    expect(stats.sizes).toEqual([{ width: 960, height: 540, frames: 12 }]);
    const names = (await textOf(stores.data, file("d1", "manifest.jsonl")))
      .trim()
      .split("\n")
      .map((line) => manifestLine.parse(JSON.parse(line)).name);
    expect(names).toEqual([...names].sort());
  });

  it("keeps every issue with the version", async () => {
    const stores = memoryStores();
    await again(stores, [...twelve(), { name: "day1/none", labels: box }], 0);
    const issues = (await textOf(stores.data, file("d1", "issues.jsonl")))
      .trim()
      .split("\n")
      .map((line) => issueLine.parse(JSON.parse(line)));
    expect(issues).toMatchObject([{ code: "LabelWithoutImage", action: "dropped", labels: 1 }]);
    const document = manifest.parse(JSON.parse(await textOf(stores.data, file("d1", "manifest.json"))));
    expect(document).toMatchObject({ labels: { read: 13, kept: 12, listed: 1 }, issues: { LabelWithoutImage: 1 } });
  });

  it("makes no version of an export that changes nothing", async () => {
    const stores = memoryStores();
    const first = await again(stores, twelve(), 0);
    const keys = await keysOf(stores.data, "datasets/");
    for (const [run, mode] of [
      [1, "merge"],
      [2, "replace"],
    ] as const) {
      expect(await again(stores, twelve(), run, { mode })).toMatchObject({
        ...first,
        unchanged: true,
        difference: { framesUnchanged: 12, framesAdded: 0 },
      });
    }
    expect(await keysOf(stores.data, "datasets/")).toEqual(keys);
  });

  it("makes the next version of a merge, keeping every group's part", async () => {
    const stores = memoryStores();
    await again(stores, twelve(), 0);
    const more = [frame(12, 4), frame(13, 5), frame(0, 0, `${box}1 0.2 0.2 0.1 0.1\n`)];
    const output = await again(stores, more, 1);
    expect(output).toMatchObject({
      version: "d2",
      unchanged: false,
      difference: {
        framesAdded: 2,
        framesChanged: 1,
        framesRemoved: 0,
        framesUnchanged: 11,
        boxesBefore: 12,
        boxesAfter: 15,
      },
    });
    const [first, second] = [
      await readVersion(stores.data, "trays", "d1"),
      await readVersion(stores.data, "trays", "d2"),
    ];
    expect(second.manifest.parent).toBe("d1");
    expect(second.split.assignments).toEqual(expect.arrayContaining(first.split.assignments));
    expect(second.split.assignments.filter(({ since }) => since === "d2").map(({ group }) => group)).toEqual([
      "day4",
      "day5",
    ]);
  });

  it("removes in replace what the export no longer has", async () => {
    const stores = memoryStores();
    await again(stores, twelve(), 0);
    const output = await again(stores, twelve().slice(0, 8), 1, { mode: "replace" });
    expect(output).toMatchObject({ version: "d2", difference: { framesRemoved: 4, framesUnchanged: 8 } });
    expect((await readVersion(stores.data, "trays", "d2")).lines).toHaveLength(8);
  });

  it("makes a version when attributes of groups change", async () => {
    const stores = memoryStores();
    await again(stores, twelve(), 0);
    const groupTable = { groupOfFrame: {}, attributes: { day0: { camera: "west" } } };
    expect(await again(stores, twelve(), 1, { groupTable })).toMatchObject({ version: "d2", unchanged: false });
  });

  it("goes on under its own number and ends in the same bytes, wherever it was killed", async () => {
    const whole = memoryStores();
    const request = testRequest(yoloFolder(twelve()));
    const wanted = await runBoth({ stores: whole, request });
    for (let writes = 0; writes < 7; writes++) {
      const stores = memoryStores();
      await ingestAll({ stores, request });
      const dying = { ...stores, data: mortal(stores.data, writes) };
      await expect(splitRun({ stores: dying, request })).rejects.toThrow("killed");
      expect(await stores.data.head(file("d1", "manifest.json"))).toBeNull();
      expect(await splitRun({ stores, request })).toEqual(wanted);
      const keys = await keysOf(stores.data, "datasets/");
      expect(keys).toEqual(await keysOf(whole.data, "datasets/"));
      for (const key of keys) expect(await textOf(stores.data, key)).toBe(await textOf(whole.data, key));
    }
  });

  it("answers the same when it is asked again after all is written", async () => {
    const stores = memoryStores();
    const request = testRequest(yoloFolder(twelve()));
    const first = await runBoth({ stores, request });
    expect(await splitRun({ stores, request })).toEqual(first);
    expect((await keysOf(stores.data, "datasets/")).some((key) => key.includes("/d2/"))).toBe(false);
  });

  it("makes a version that is not read where a line of its manifest is another", async () => {
    const stores = memoryStores();
    const request = testRequest(yoloFolder(twelve()));
    await runBoth({ stores, request });
    const key = dataKeys.datasetFile("trays", "d1", "manifest.jsonl");
    const { bytes, etag } = await stores.data.get(key);
    await stores.data.replace(key, Buffer.from(Buffer.from(bytes).toString().replace("tray", "Tray")), etag);
    await expect(readVersion(stores.data, "trays", "d1")).rejects.toMatchObject({
      name: "ObjectCorrupt",
      data: { key },
    });
  });

  it("never uses a number under which a dead run left something", async () => {
    const stores = memoryStores();
    const dead = testRequest(yoloFolder(twelve()));
    await ingestAll({ stores, request: dead });
    await expect(splitRun({ stores: { ...stores, data: mortal(stores.data, 3) }, request: dead })).rejects.toThrow(
      "killed",
    );
    const output = await again(stores, twelve(), 1);
    expect(output.version).toBe("d2");
    expect((await readVersion(stores.data, "trays", "d2")).manifest.parent).toBeNull();
  });

  it("counts the test set on only when its frames change", async () => {
    const stores = memoryStores();
    await again(stores, twelve(), 0);
    const { split } = await readVersion(stores.data, "trays", "d1");
    const day = (part: string) => Number(split.assignments.find((each) => each.part === part)?.group.slice(3));
    expect(await again(stores, [frame(12, day("train"))], 1)).toMatchObject({ version: "d2", testSet: "t1" });
    expect(await again(stores, [frame(13, day("test"))], 2)).toMatchObject({ version: "d3", testSet: "t2" });
  });

  it("refuses two groups, and the same picture in two groups", async () => {
    const stores = memoryStores();
    await expect(again(stores, [frame(0, 0), frame(1, 1)], 0)).rejects.toMatchObject({
      name: "TooFewGroups",
      data: { found: 2, wanted: 3, rule: "folder:1" },
    });
    const twice = [...twelve(), { ...frame(0, 1), name: "day1/copy" }];
    await expect(again(stores, twice, 1)).rejects.toMatchObject({
      name: "FrameInTwoGroups",
      data: { first: "day0/0.jpg", firstGroup: "day0", second: "day1/copy.jpg", secondGroup: "day1" },
    });
    expect(await keysOf(stores.data, "datasets/")).toEqual([]);
  });

  it("keeps reserved groups out of training, and refuses to reserve one in use", async () => {
    const stores = memoryStores();
    const reserving = (...reserved: string[]) => testConfig({ split: { ...testConfig().split, reserved } });
    await again(stores, twelve(), 0, { config: reserving("day2") });
    const { split } = await readVersion(stores.data, "trays", "d1");
    expect(split.assignments.find(({ group }) => group === "day2")).toEqual({
      group: "day2",
      part: "deployment",
      since: "d1",
    });
    await expect(again(stores, [frame(12, 4)], 1, { config: reserving("day2", "day0") })).rejects.toMatchObject({
      name: "GroupNotReservable",
      data: { group: "day0", since: "d1" },
    });
  });
});
