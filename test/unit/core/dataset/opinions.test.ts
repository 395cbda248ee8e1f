// Two people's labels of one image in two uploads: kept both, one counted, and no run until somebody says which. By real zips.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { ManifestLine } from "../../../../lib/contracts/dataset.ts";
import { manifestLine } from "../../../../lib/contracts/dataset.ts";
import { dataKeys } from "../../../../lib/contracts/layout.ts";
import type { RunRequest } from "../../../../lib/contracts/run.ts";
import { lineText } from "../../../../lib/core/dataset/manifest-lines.ts";
import { readVersion } from "../../../../lib/core/dataset/manifest-version.ts";
import { mergeLines } from "../../../../lib/core/dataset/merge.ts";
import { type CvatTask, cvatZip } from "../../../support/cvat-zip.ts";
import { lastingFolder } from "../../../support/folder.ts";
import { frameLine } from "../../../support/manifest.ts";
import { type MemoryStores, memoryStores } from "../../../support/memory-store.ts";
import { holds } from "../../../support/property.ts";
import { runIds, testConfig, testRequest } from "../../../support/run-request.ts";
import { keysOf, runBoth, textOf } from "../../../support/run-steps.ts";
import { samplePictures } from "../../../support/yolo-folder.ts";

let pictures: readonly Uint8Array[];
beforeAll(async () => {
  pictures = await samplePictures(12);
});

/** Twelve frames of four days, a box each, moved by so many pixels in the frames that are named. */
async function zipBy(task: Partial<CvatTask>, moved: Readonly<Record<number, number>> = {}): Promise<string> {
  const path = join(lastingFolder(), "export.zip");
  const frames = pictures.map((bytes, index) => {
    const left = 100 + (moved[index] ?? 0);
    const box = [left, 100, left + 200, 300] as const;
    return { name: `day${index % 4}/${index}.jpg`, width: 960, height: 540, bytes, boxes: [{ label: "tray", box }] };
  });
  writeFileSync(path, await cvatZip({ name: "trays", labels: ["tray"], ...task }, frames));
  return path;
}

const upload = (stores: MemoryStores, path: string, run: number, changes: Partial<RunRequest> = {}) =>
  runBoth({ stores, request: testRequest(path, { runId: runIds[run]!, ...changes }) });

const lineOf = async (stores: MemoryStores, version: string, name: string) =>
  (await readVersion(stores.data, "trays", version)).lines.find((line) => line.name === name)!;

const leftOf = ({ labels }: Partial<Pick<ManifestLine, "labels">>) => labels?.[0]?.box?.[0];
const issuesOf = async (stores: MemoryStores, version: string) =>
  (await textOf(stores.data, dataKeys.datasetFile("trays", version, "issues.jsonl")))
    .trim()
    .split("\n")
    .filter((text) => text !== "")
    .map((text) => JSON.parse(text) as { code: string; frame?: string; found: string });

const ann = { id: 11, assignee: "ann" };
const bo = { id: 12, assignee: "bo" };

describe("two people's exports of the same images", () => {
  it("end a run by name, and write nothing over, until the config says whose labels count", async () => {
    const stores = memoryStores();
    await upload(stores, await zipBy(ann), 0);
    const before = (await keysOf(stores.data, "datasets/")).sort();
    const second = await zipBy(bo, { 3: 40, 5: 60 });
    await expect(upload(stores, second, 1)).rejects.toMatchObject({
      name: "TwoOpinions",
      data: { frames: 2, frame: "day1/5.jpg", found: "1 label by ann, 1 others by bo" },
    });
    expect((await keysOf(stores.data, "datasets/")).sort()).toEqual(before);

    const annCounts = { config: testConfig({ annotator: "ann" }) };
    const kept = await upload(stores, second, 2, annCounts);
    // In the ten others bo said the same: that is kept too.
    expect(kept).toMatchObject({ version: "d2", difference: { framesChanged: 12, framesRemoved: 0, opinions: 2 } });
    const line = await lineOf(stores, "d2", "day3/3.jpg");
    expect([leftOf(line), line.drawnBy]).toEqual([100, { annotator: "ann", task: "11" }]);
    expect(line.opinions?.map((each) => [each.annotator, each.task, leftOf(each)])).toEqual([["bo", "12", 140]]);
    expect(manifestLine.parse(JSON.parse(lineText(line)))).toEqual(line);
    expect((await issuesOf(stores, "d2")).map(({ code, frame, found }) => [code, frame, found])).toEqual([
      ["OpinionKept", "day1/5.jpg", "1 label by ann, 1 others by bo"],
      ["OpinionKept", "day3/3.jpg", "1 label by ann, 1 others by bo"],
    ]);

    // Named instead, the other one counts, without another upload of theirs.
    const boCounts = { config: testConfig({ annotator: "bo" }) };
    await upload(stores, await zipBy(ann), 3, boCounts);
    const turned = await lineOf(stores, "d3", "day3/3.jpg");
    expect([leftOf(turned), turned.opinions?.map(({ annotator }) => annotator)]).toEqual([140, ["ann"]]);
  });

  it("settle it by agreeing: who corrects to the same labels has no other opinion", async () => {
    const stores = memoryStores();
    const { config } = { config: testConfig({ annotator: "ann" }) };
    await upload(stores, await zipBy(ann), 0);
    await upload(stores, await zipBy(bo, { 3: 40 }), 1, { config });
    const settled = await upload(stores, await zipBy(bo), 2);
    expect(settled.version).toBe("d3");
    expect(settled.difference).not.toHaveProperty("opinions");
    expect((await lineOf(stores, "d3", "day3/3.jpg")).opinions).toEqual([{ annotator: "bo", task: "12" }]);
  });

  it("are corrections where the task is the same, though it was handed on", async () => {
    const stores = memoryStores();
    await upload(stores, await zipBy(ann), 0);
    const { difference } = await upload(stores, await zipBy({ id: 11, assignee: "bo" }, { 3: 40 }), 1);
    expect(difference.framesChanged).toBe(12);
    const line = await lineOf(stores, "d2", "day3/3.jpg");
    expect([leftOf(line), line.drawnBy, line.opinions]).toEqual([140, { annotator: "bo", task: "11" }, undefined]);
  });

  it.each([
    ["neither names anybody", {}, {}],
    ["the second names nobody", ann, {}],
    ["the first named nobody", {}, bo],
  ])("are corrections where %s", async (_, first, second) => {
    const stores = memoryStores();
    await upload(stores, await zipBy(first), 0);
    await upload(stores, await zipBy(second, { 3: 40 }), 1);
    const line = await lineOf(stores, "d2", "day3/3.jpg");
    expect([leftOf(line), line.opinions]).toEqual([140, undefined]);
  });

  it("are told apart by what whoever hands them in says, before what the file says", async () => {
    const stores = memoryStores();
    await upload(stores, await zipBy({}), 0, { annotator: "ann@site" });
    const later = upload(stores, await zipBy({}, { 3: 40 }), 1, { annotator: "bo@site" });
    await expect(later).rejects.toMatchObject({ name: "TwoOpinions", data: { found: /ann@site.*bo@site/ } });
  });

  it("are one whole truth in replace", async () => {
    const stores = memoryStores();
    await upload(stores, await zipBy(ann), 0);
    await upload(stores, await zipBy(bo, { 3: 40 }), 1, { mode: "replace" });
    const line = await lineOf(stores, "d2", "day3/3.jpg");
    expect([leftOf(line), line.opinions]).toEqual([140, undefined]);
  });
});

/** Uploads by three people of four frames, some of them by nobody. */
const uploads = fc.array(
  fc.record({
    annotator: fc.option(fc.constantFrom("ann", "bo", "cy")),
    frames: fc.uniqueArray(fc.record({ name: fc.nat(3), left: fc.nat(3) }), { selector: ({ name }) => name }),
  }),
  { maxLength: 6 },
);
type Upload = typeof uploads extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

const linesOf = ({ annotator, frames }: Upload): ManifestLine[] =>
  frames.map(({ name, left }) =>
    frameLine(`g/${name}`, [["tray", [left, 0, 20, 20]]], annotator === null ? {} : { drawnBy: { annotator } }),
  );

const merge = (previous: readonly ManifestLine[], incoming: readonly ManifestLine[], annotator?: string) =>
  mergeLines({
    mode: "merge",
    previous,
    incoming,
    regroup: () => null,
    boxes: ({ labels }) => labels.length,
    annotator,
  });

/** By frame: the last place that each person said, since the last that nobody did. */
function saidIn(all: readonly Upload[]): ReadonlyMap<string, ReadonlyMap<string | null, number>> {
  const said = new Map<string, Map<string | null, number>>();
  for (const { annotator, frames } of all) {
    for (const { name, left } of frames) {
      const before = said.get(`g/${name}`) ?? new Map<string | null, number>();
      const isEverybody = annotator === null || before.has(null);
      said.set(`g/${name}`, isEverybody ? new Map([[annotator, left]]) : before.set(annotator, left));
    }
  }
  return said;
}

describe("any uploads of any people", () => {
  it("keep the last labels of each, since the last upload that named nobody", () => {
    holds(
      fc.property(uploads, fc.option(fc.constantFrom("ann", "bo", "cy"), { nil: undefined }), (all, chosen) => {
        let lines: readonly ManifestLine[] = [];
        for (const one of all) lines = merge(lines, linesOf(one), chosen).lines;
        const said = saidIn(all);
        for (const line of lines) {
          const wanted = said.get(line.name)!;
          const others = (line.opinions ?? []).map((each) => [each.annotator, leftOf(each) ?? leftOf(line)] as const);
          expect(new Map([[line.drawnBy?.annotator ?? null, leftOf(line)], ...others])).toEqual(wanted);
          if (chosen !== undefined && wanted.has(chosen)) expect(line.drawnBy?.annotator).toBe(chosen);
        }
      }),
    );
  });

  it("change nothing when the last comes again", () => {
    holds(
      fc.property(uploads, (all) => {
        let lines: readonly ManifestLine[] = [];
        for (const one of all) lines = merge(lines, linesOf(one), "ann").lines;
        const last = all.at(-1);
        if (last !== undefined)
          expect(merge(lines, linesOf(last), "ann").lines.map(lineText)).toEqual(lines.map(lineText));
      }),
    );
  });
});
