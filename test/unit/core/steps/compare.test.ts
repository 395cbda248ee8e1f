import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it } from "@jest/globals";
import type { Role } from "../../../../lib/contracts/common.ts";
import { config } from "../../../../lib/contracts/config.ts";
import { type ManifestLine, split } from "../../../../lib/contracts/dataset.ts";
import { evaluation } from "../../../../lib/contracts/evaluation.ts";
import { job, predictResult } from "../../../../lib/contracts/job.ts";
import { dataKeys, registryKeys } from "../../../../lib/contracts/layout.ts";
import { recipe } from "../../../../lib/contracts/recipe.ts";
import { production } from "../../../../lib/contracts/release.ts";
import { runRequest } from "../../../../lib/contracts/run.ts";
import { compare } from "../../../../lib/core/steps/compare.ts";
import type { TrainInput } from "../../../../lib/core/steps/types.ts";
import { MemoryStore } from "../../../support/memory-store.ts";

const runId = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const digest = (text: string) => createHash("sha256").update(text).digest("hex");
const time = "2026-01-02T03:04:05.000Z";
const classNames = ["person", "tray"];

const input: TrainInput = {
  runId,
  split: {
    dataset: "canteen",
    version: "d2",
    unchanged: false,
    manifestSha256: digest("m"),
    splitSha256: digest("s"),
    testSet: "t1",
    difference: {
      framesAdded: 0,
      framesRemoved: 0,
      framesChanged: 0,
      framesUnchanged: 0,
      boxesBefore: 0,
      boxesAfter: 0,
    },
  },
  reserve: {
    outcome: "reserved",
    version: "v0.1",
    recipe: "r1",
    base: { name: "yolov8n", sha256: digest("base"), official: true },
    promised: 0,
    predictedSeconds: null,
  },
};

/** Seven test groups, one of val, one of train; two frames each, a person and a tray in every frame. */
const groups = ["t1", "t2", "t3", "t4", "t5", "t6", "t7", "v", "x"];
const partOf = (group: string) => (group === "v" ? "val" : group === "x" ? "train" : "test");
const lines: ManifestLine[] = groups.flatMap((group) =>
  [1, 2].map((n) => ({
    name: `${group}/${n}.jpg`,
    sha256: digest(`${group}/${n}`),
    bytes: 1,
    ext: "jpg",
    width: 100,
    height: 100,
    orientation: 1,
    phash: null,
    group,
    labelled: true,
    labels: [
      { class: "human", kind: "box" as const, box: [0, 0, 10, 20] as [number, number, number, number] },
      { class: "tray", kind: "box" as const, box: [50, 50, 70, 60] as [number, number, number, number] },
    ],
  })),
);

const found = [
  [0, 0.9, 0, 0, 10, 20],
  [1, 0.8, 50, 50, 70, 60],
];
const jsonl = (values: readonly unknown[]) => Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(""));

function predictions(boxesOf: Partial<Record<Role, readonly (readonly number[])[]>>): Buffer {
  const scored = lines.filter(({ group }) => group !== "x");
  return jsonl(
    Object.entries(boxesOf).flatMap(([model, boxes]) =>
      scored.map(({ name, sha256, group }) => ({ frame: name, sha256, part: partOf(group), model, boxes })),
    ),
  );
}

describe("compare", () => {
  let stores: { readonly data: MemoryStore; readonly registry: MemoryStore };
  const put = (key: string, value: unknown) => stores.data.create(key, Buffer.from(JSON.stringify(value)));

  beforeEach(async () => {
    stores = { data: new MemoryStore(), registry: new MemoryStore() };
    const project = config.parse({
      schema: "bobbin/config/1",
      project: "lbzf",
      model: "people",
      dataset: "canteen",
      classes: [{ name: "person", from: ["human"] }, { name: "tray" }],
      groupRule: { kind: "folder" },
      budget: { ends: time },
    });
    await put(
      dataKeys.request(runId),
      runRequest.parse({
        schema: "bobbin/run-request/1",
        runId,
        machine: "train",
        requestedAt: time,
        source: { location: "export.zip", versionId: null, sha256: null },
        mode: "merge",
        config: project,
        configSha256: digest("config"),
        groupTable: { groupOfFrame: {}, attributes: { t1: { camera: "east" }, t2: { camera: "west" } } },
        recipe: recipe.parse({ schema: "bobbin/recipe/1", name: "demo", args: {} }),
        recipeSha256: digest("recipe"),
        device: "cpu",
        decode: true,
        names: null,
        bobbin: { version: "0.1.0", commit: null },
      }),
    );
    const partSummary = { groups: 1, frames: 2, boxes: 4, wantedFrames: 2, boxesOfClass: {} };
    await put(
      dataKeys.datasetFile("canteen", "d2", "split.json"),
      split.parse({
        schema: "bobbin/split/1",
        seed: 0,
        ratios: { train: 0.7, val: 0.15, test: 0.15 },
        assignments: groups.map((group) => ({ group, part: partOf(group), since: "d1" })),
        testSet: { version: "t1", frames: 14, sha256: digest("t") },
        parts: { train: partSummary, val: partSummary, test: partSummary, deployment: partSummary },
        classDeviation: {},
        csvSha256: digest("csv"),
      }),
    );
    await stores.data.create(dataKeys.datasetFile("canteen", "d2", "manifest.jsonl"), jsonl(lines));
  });

  /** Writes what Predict leaves behind. */
  async function predicted(
    boxesOf: Partial<Record<Role, readonly (readonly number[])[]>>,
    change: { unknown?: Record<string, string[]>; sha256?: string; classes?: (role: string) => string[] } = {},
  ) {
    const bytes = predictions(boxesOf);
    await stores.data.create(dataKeys.predictions(runId), bytes);
    const classes = change.classes ?? (() => classNames);
    await put(
      dataKeys.job(runId, "predict"),
      job.parse({
        schema: "bobbin/job/1",
        runId,
        device: "cpu",
        threads: 2,
        kind: "predict",
        models: Object.keys(boxesOf).map((role) => ({
          role,
          file: `${role}.pt`,
          sha256: digest(role),
          classMap: classes(role).map((name) => ({ class: name, from: [name] })),
        })),
        frames: "frames.jsonl",
        imgsz: 640,
      }),
    );
    await put(
      dataKeys.result(runId, "predict"),
      predictResult.parse({
        schema: "bobbin/result/1",
        runId,
        startedAt: time,
        endedAt: time,
        environment: {
          trainer: "1",
          python: "3.11",
          torch: "2",
          ultralytics: "8",
          platform: "linux",
          processor: "x",
          device: "cpu",
          threads: 2,
          lockSha256: null,
        },
        kind: "predict",
        status: "succeeded",
        files: [],
        predictions: {
          file: "predictions.jsonl",
          sha256: change.sha256 ?? createHash("sha256").update(bytes).digest("hex"),
          lines: 1,
        },
        unknownClasses: change.unknown ?? {},
        protocol: { imgsz: 640, rect: true, confidence: 0.001, iou: 0.7, maxDetections: 300 },
      }),
    );
  }

  const written = async () =>
    evaluation.parse(JSON.parse(Buffer.from((await stores.data.get(dataKeys.evaluation(runId))).bytes).toString()));

  it("scores the test sets before it as they were frozen", async () => {
    await predicted({ candidate: found, base: [] });
    // d1 had the groups t1 and t2 alone in test; one of its frames has another image today, one was taken out since.
    const old = [
      ...lines.filter(({ group }) => ["t1", "t2"].includes(group)),
      { ...lines[0]!, name: "t2/9.jpg", group: "t2" },
    ].map((line) => (line.name === "t1/2.jpg" ? { ...line, sha256: digest("replaced") } : line));
    const bytes = jsonl(old);
    const now = split.parse(
      JSON.parse(
        Buffer.from((await stores.data.get(dataKeys.datasetFile("canteen", "d2", "split.json"))).bytes).toString(),
      ),
    );
    const then = {
      ...now,
      assignments: now.assignments.filter(({ group }) => ["t1", "t2"].includes(group)),
      testSet: { version: "t1", frames: 5, sha256: digest("first list") },
    };
    await put(dataKeys.datasetFile("canteen", "d1", "split.json"), then);
    await stores.data.create(dataKeys.datasetFile("canteen", "d1", "manifest.jsonl"), bytes);
    await put(dataKeys.datasetFile("canteen", "d1", "manifest.json"), {
      schema: "bobbin/manifest/1",
      dataset: "canteen",
      version: "d1",
      parent: null,
      runId,
      createdAt: time,
      frames: 5,
      boxes: 10,
      groups: 2,
      classes: {},
      labels: { read: 10, kept: 10, listed: 0 },
      issues: {},
      difference: input.split?.difference,
      attributes: {},
      files: [
        { name: "manifest.jsonl", bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") },
      ],
      source: { name: "a.zip", sha256: null, format: "cvat-images", mode: "merge" },
    });
    await compare({ ...input, split: { ...input.split!, testSet: "t2" } }, { stores });
    const { testSets } = await written();
    expect(testSets).toMatchObject([{ version: "t1", sha256: digest("first list"), frames: 5, scored: 3 }]);
    expect(testSets?.[0]?.models.map(({ role, all }) => [role, all.frames, all.truths, all.mAP50])).toEqual([
      ["candidate", 3, 6, 1],
      ["base", 3, 6, 0],
    ]);
  });

  it("writes the evaluation and promotes what is better in every group", async () => {
    await predicted({ candidate: found, base: [] });
    const output = await compare(input, { stores });
    const document = await written();
    const { bytes } = await stores.data.get(dataKeys.evaluation(runId));
    expect(output).toEqual({
      decision: "promote",
      reason: document.comparison.reason,
      evaluationSha256: createHash("sha256").update(bytes).digest("hex"),
    });
    expect(document).toMatchObject({
      model: "people",
      version: "v0.1",
      dataset: "d2",
      testSet: "t1",
      configSha256: digest("config"),
      classes: classNames,
      protocol: { maxDetections: 300, imgsz: 640, nmsIou: 0.7, confidence: 0.001 },
      comparison: { baseline: "base", groups: 7, difference: 1, p: 2 / 128, method: "exact", permutations: 128 },
    });
    const [candidate, base] = document.models;
    expect(candidate).toMatchObject({ role: "candidate", name: "yolov8n_lbzf_v0.1", sha256: digest("candidate") });
    expect(base).toMatchObject({ role: "base", name: "yolov8n", sha256: digest("base") });
    expect(candidate?.parts.test?.all).toMatchObject({ frames: 14, truths: 28, mAP50: 1, recall: 1 });
    expect(candidate?.parts.val?.all.frames).toBe(2);
    expect(Object.keys(candidate?.parts.test?.attributes.camera ?? {})).toEqual(["east", "west"]);
  });

  it("gives the same answer when asked again, and never overwrites another", async () => {
    await predicted({ candidate: found, base: [] });
    const first = await compare(input, { stores });
    expect(await compare(input, { stores })).toEqual(first);
    const { etag } = await stores.data.get(dataKeys.evaluation(runId));
    await stores.data.replace(dataKeys.evaluation(runId), Buffer.from("{}"), etag);
    await expect(compare(input, { stores })).rejects.toMatchObject({ name: "ObjectExists" });
  });

  it("compares with production where there is one, by its version", async () => {
    const pointer = { schema: "bobbin/production/1", current: "v0", moves: [], nonce: "n" };
    await stores.registry.create(
      registryKeys.production("people"),
      Buffer.from(JSON.stringify(production.parse(pointer))),
    );
    await predicted({ candidate: [], base: [], production: found });
    expect(await compare(input, { stores })).toMatchObject({ decision: "hold" });
    const document = await written();
    expect(document.comparison.baseline).toBe("production");
    expect(document.models.map(({ name }) => name)).toEqual(["yolov8n_lbzf_v0.1", "yolov8n", "v0"]);
  });

  it("leaves out of the comparison what the base cannot know, and names it", async () => {
    await predicted({ candidate: found, base: [found[0]!] }, { unknown: { base: ["tray"] } });
    expect(await compare(input, { stores })).toMatchObject({ decision: "inconclusive" });
    const document = await written();
    expect(document.comparison).toMatchObject({ candidate: 1, reference: 1, p: 1 });
    expect(document.comparison.reason).toContain("tray left out");
    expect(document.models[1]?.parts.test?.classes.tray?.mAP50).toBeNull();
  });

  it("scores the classes of the recipe alone", async () => {
    await predicted({ candidate: [[0, 0.9, 50, 50, 70, 60]], base: [] }, { classes: () => ["tray"] });
    await compare(input, { stores });
    expect((await written()).models[0]?.parts.test?.all).toMatchObject({ truths: 14, mAP50: 1 });
  });

  it("refuses predictions that are not those of the result, or number classes differently", async () => {
    await predicted({ candidate: found, base: [] }, { sha256: digest("other") });
    await expect(compare(input, { stores })).rejects.toMatchObject({
      name: "ObjectCorrupt",
      data: { key: dataKeys.predictions(runId) },
    });
    expect(await stores.data.head(dataKeys.evaluation(runId))).toBeNull();
  });

  it("refuses models that number the classes differently", async () => {
    const classes = (role: string) => (role === "base" ? [...classNames].reverse() : classNames);
    await predicted({ candidate: found, base: [] }, { classes });
    await expect(compare(input, { stores })).rejects.toMatchObject({
      name: "ObjectCorrupt",
      data: { key: dataKeys.job(runId, "predict") },
    });
  });
});
