// `check` sees what a run would see, writes nothing, and names every error at once.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { type CheckInput, type CheckPorts, checkExport } from "../../../../lib/core/dataset/ingest/check-export.ts";
import { readVersion } from "../../../../lib/core/dataset/manifest-version.ts";
import { imageProbe } from "../../../../lib/local/decode/image-probe.ts";
import { openExport } from "../../../../lib/local/export-source/open.ts";
import { lastingFolder } from "../../../support/folder.ts";
import { memoryStores } from "../../../support/memory-store.ts";
import { runIds, testConfig, testRequest } from "../../../support/run-request.ts";
import { keysOf, runBoth } from "../../../support/run-steps.ts";
import { samplePictures, type YoloFrame, yoloFolder } from "../../../support/yolo-folder.ts";

let pictures: readonly Uint8Array[];
beforeAll(async () => {
  pictures = await samplePictures(14);
});
const box = "0 0.5 0.5 0.25 0.5\n";
const twelve = () =>
  Array.from({ length: 12 }, (_, index) => ({
    name: `day${index % 4}/${index}`,
    image: pictures[index]!,
    labels: box,
  }));

async function check(folder: string, changes: Partial<CheckInput> = {}, ports: Partial<CheckPorts> = {}) {
  const source = await openExport(folder);
  const clock = { now: () => new Date("2026-01-02T03:04:05.000Z") };
  const input = {
    source,
    config: testConfig(),
    groupTable: { groupOfFrame: {}, attributes: {} },
    mode: "merge" as const,
    names: null,
    issuesAt: "the list above",
  };
  try {
    return await checkExport(
      { ...input, ...changes },
      { store: null, probe: null, clock, events: { emit: () => undefined }, ...ports },
    );
  } finally {
    await source.close();
  }
}

describe("checkExport", () => {
  it("foresees the split, the counts and the difference that a run then makes", async () => {
    const stores = memoryStores();
    const folder = yoloFolder(twelve());
    const foreseen = await check(folder, {}, { store: stores.data });
    expect(await keysOf(stores.data)).toEqual([]);
    const output = await runBoth({ stores, request: testRequest(folder) });
    const version = await readVersion(stores.data, "trays", output.version);
    expect(foreseen.errors).toEqual([]);
    expect(foreseen.version?.split).toEqual(version.split);
    expect(foreseen.difference).toEqual(output.difference);
    expect(foreseen.labels).toEqual(version.manifest.labels);
    expect(foreseen.version?.classes).toEqual(version.manifest.classes);
    expect(foreseen.format).toBe("ultralytics-yolo");
  });

  it("takes the version before into account, and leaves the store as it was", async () => {
    const stores = memoryStores();
    await runBoth({ stores, request: testRequest(yoloFolder(twelve())) });
    const keys = await keysOf(stores.data);
    const more = yoloFolder([{ name: "day7/12", image: pictures[12]!, labels: box }]);
    const foreseen = await check(more, {}, { store: stores.data });
    expect(await keysOf(stores.data)).toEqual(keys);
    const output = await runBoth({ stores, request: testRequest(more, { runId: runIds[1] }) });
    expect(output.version).toBe("d2");
    expect(foreseen.difference).toEqual(output.difference);
    expect(foreseen.version?.split).toEqual((await readVersion(stores.data, "trays", "d2")).split);
    expect((await check(more, {}, { store: stores.data })).version?.unchanged).toBe(true);
  });

  it("names every error that a run would meet one after the other", async () => {
    const frames: YoloFrame[] = twelve();
    frames[0] = { ...frames[0]!, labels: `${box}0 0.99 0.5 0.5 0.5\n` };
    frames[1] = { ...frames[1]!, labels: "1 0.5 0.5 0.1 0.1\n" };
    frames.push(
      { name: "day3/copy", image: pictures[2]!, labels: box },
      { name: "12", image: pictures[12]!, labels: box },
    );
    const config = testConfig({
      classes: [{ name: "tray", from: [], base: [] }],
      split: { ...testConfig().split, reserved: ["day9"] },
    });
    const { errors, version, issues } = await check(yoloFolder(frames), { config });
    expect(errors.map(({ name }) => name).sort()).toEqual([
      "ClassUnknown",
      "DataRefused",
      "FrameInTwoGroups",
      "GroupRuleMisses",
      "GroupUnknown",
    ]);
    expect(version?.split.parts.train.groups).toBeGreaterThan(0);
    expect(issues.map(({ code }) => code)).toContain("BoxOutsideImage");
  });

  it("lets one picture stand in two groups where the config says why, now and in the next version", async () => {
    const stores = memoryStores();
    const card = () => [...twelve(), { name: "day3/card", image: pictures[0]!, labels: box }];
    const folder = yoloFolder(card());
    const refused = await check(folder);
    expect(refused.errors.map(({ name, todo }) => [name, /harmless/.test(todo)])).toEqual([["FrameInTwoGroups", true]]);
    const harmless = [{ frames: ["day0/0.jpg", "day3/card.jpg"], reason: "the test card that every camera shows" }];
    const other = testConfig({ harmless: [{ ...harmless[0]!, frames: ["day1/1.jpg", "day3/card.jpg"] }] });
    expect((await check(folder, { config: other })).errors.map(({ name }) => name)).toEqual(["FrameInTwoGroups"]);
    const config = testConfig({ harmless });
    expect((await check(folder, { config })).errors).toEqual([]);
    const first = await runBoth({ stores, request: testRequest(folder, { config }) });
    const partOf = async (version: string) =>
      new Map(
        (await readVersion(stores.data, "trays", version)).split.assignments.map(({ group, part }) => [group, part]),
      );
    const before = await partOf(first.version);
    // Days 0 and 3 stand in different parts and hold one picture: that moves neither of them later.
    expect(before.get("day0")).not.toBe(before.get("day3"));
    const more = yoloFolder([{ name: "day7/12", image: pictures[12]!, labels: box }]);
    const second = await runBoth({ stores, request: testRequest(more, { config, runId: runIds[1] }) });
    expect(second.version).toBe("d2");
    for (const [group, part] of before) expect((await partOf("d2")).get(group)).toBe(part);
  });

  it("refuses one picture that stands twice under different labels, and takes it where they are the same", async () => {
    const twice = (labels: string) => [...twelve(), { name: "day2/copy", image: pictures[2]!, labels }];
    const { errors } = await check(yoloFolder(twice("0 0.4 0.4 0.2 0.2\n")));
    expect(errors).toMatchObject([{ name: "TwoOpinions", data: { frames: 1, frame: "day2/copy.jpg" } }]);
    expect((await check(yoloFolder(twice("")))).errors.map(({ name }) => name)).toEqual(["TwoOpinions"]);
    expect((await check(yoloFolder(twice(box)))).errors).toEqual([]);
  });

  it("refuses several people's annotations until the config names whose count", async () => {
    const folder = lastingFolder();
    const people = [
      ["ann@site", 10],
      ["bo@site", 40],
    ] as const;
    const tasks = twelve().map(({ name, image }, index) => {
      const file = `${name.replace("/", "-")}.jpg`;
      writeFileSync(join(folder, file), image);
      const annotations = people.map(([email, x]) => ({
        completed_by: { id: x, email },
        result: [
          {
            id: `${x}`,
            type: "rectanglelabels",
            original_width: 960,
            original_height: 540,
            value: { x, y: 10, width: 20, height: 20, rotation: 0, rectanglelabels: ["tray"] },
          },
        ],
      }));
      return { id: index, data: { image: `/data/upload/1/${file}` }, annotations };
    });
    writeFileSync(join(folder, "tasks.json"), JSON.stringify(tasks));
    const groupRule = { kind: "pattern", pattern: "^(?<day>day\\d)" } as const;
    const { errors, labels } = await check(folder, { config: testConfig({ groupRule }) });
    expect(errors.map(({ name }) => name)).toEqual(["TwoOpinions"]);
    expect(labels).toEqual({ read: 24, kept: 0, listed: 24 });
    const named = await check(folder, { config: testConfig({ groupRule, annotator: "bo@site" }) });
    expect(named.errors).toEqual([]);
    expect(named.frames.map((frame) => frame.labels[0]?.box?.[0])).toEqual(twelve().map(() => 0.4 * 960));
  });

  it("still counts what cannot be split", async () => {
    const { errors, version, frames, difference } = await check(
      yoloFolder(twelve().map((frame) => ({ ...frame, name: `one/${frame.name.replace("/", "-")}` }))),
    );
    expect(errors).toMatchObject([{ name: "TooFewGroups", data: { found: 1, wanted: 3 } }]);
    expect(version).toBeNull();
    expect(frames).toHaveLength(12);
    expect(difference).toMatchObject({ framesAdded: 12, boxesAfter: 12 });
  });

  it("decodes what it reads, and lists a picture that only looks whole", async () => {
    const torn = Uint8Array.from(pictures[3]!);
    const middle = Math.floor(torn.length / 2);
    for (let index = middle; index < middle + 20_000; index++) torn[index] = index % 251;
    const frames = twelve().map((frame, index) => (index === 3 ? { ...frame, image: torn } : frame));
    const source = await openExport(yoloFolder(frames));
    const entries = new Map(source.entries().map((entry) => [entry.name, entry]));
    const probe = imageProbe({ locate: (key) => entries.get(key)!.read(), threads: 1 });
    const found = await check(yoloFolder(frames), {}, { probe });
    expect(found.issues).toMatchObject([{ code: "ImageBroken", file: "day3/3.jpg" }]);
    expect(found.errors).toMatchObject([{ name: "DataRefused", data: { refused: 1, issues: "the list above" } }]);
    expect(found.frames.filter(({ phash }) => phash !== null)).toHaveLength(11);
  });
});
