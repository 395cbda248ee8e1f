// The task segment, through the whole pipeline on real frames: outlines in, a signed release that answers with masks out.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { EvaluateAnswer } from "../../lib/contracts/answers.ts";
import type { Config } from "../../lib/contracts/config.ts";
import { evaluation } from "../../lib/contracts/evaluation.ts";
import { predictionLine } from "../../lib/contracts/job.ts";
import { release } from "../../lib/contracts/release.ts";
import { releaseComparison } from "../../lib/contracts/release-comparison.ts";
import type { RunRecord } from "../../lib/contracts/run.ts";
import { digestOf } from "../../lib/core/config/canonical.ts";
import { addBaseWeights } from "../../lib/core/registry/base-weights.ts";
import type { NewRun } from "../../lib/local/pipeline.ts";
import { bobbin, bobbinJson } from "../support/bobbin.ts";
import { writeOutlinedSample } from "../support/outlined-sample.ts";
import { openSample, sampleRequest, smallRecipe } from "../support/pipeline-run.ts";

describe("a release of masks", () => {
  let folder = "";
  let record: RunRecord;
  let started: NewRun;
  const registry = () => join(folder, "store/registry/models/thaal/v0");
  const json = (path: string) => JSON.parse(readFileSync(path, "utf8"));

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "bobbin-segment-"));
    const location = join(folder, "outlined");
    await writeOutlinedSample(location, [10, 5, 4]);
    const { pipeline } = await openSample(folder);
    const recipe = smallRecipe(8);
    const args = { ...recipe.args, fraction: 1, imgsz: 96, batch: 4, nbs: 4, freeze: 10, lr0: 0.004 };
    const whole = { ...recipe, args, batchNormMomentum: 0.2 };
    const request = sampleRequest(whole, { source: { location, versionId: null, sha256: null } });
    const config: Config = { ...request.config, task: "segment" };
    started = { ...request, config, configSha256: digestOf(config) };
    record = await pipeline.run(started);
    writeFileSync(join(folder, "bobbin.json"), JSON.stringify({ ...config, recipe: "demo" }));
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("says its task, and scores masks and boxes of the same frames", () => {
    expect(record).toMatchObject({ status: "succeeded", version: "v0" });
    expect(release.parse(json(join(registry(), "release.json")))).toMatchObject({
      task: "segment",
      base: { name: "yolov8n" },
    });
    const found = evaluation.parse(json(join(registry(), "eval_v0.json")));
    const [candidate, base] = ["candidate", "base"].map((role) => found.models.find((model) => model.role === role)!);
    for (const part of [candidate!.parts.val!, candidate!.parts.test!]) {
      expect(part.all["mAP50.mask"]).toEqual(expect.any(Number));
      expect(part.all["mAP50-95.mask"]).toBeLessThanOrEqual(part.all["mAP50.mask"]!);
      expect(part.all.mAP50).toEqual(expect.any(Number));
    }
    // Weights of boxes know no masks: nothing of them is scored, and nothing is compared.
    expect(base!.unknownClasses).toEqual(["thaal"]);
    expect(base!.parts.test!.all["mAP50.mask"]).toBeNull();
    expect(found.comparison).toMatchObject({ primary: "mAP50.mask", difference: null, verdict: "inconclusive" });
    expect(found.comparison.reason).toContain("cannot know");
  });

  it("keeps a mask beside every box it predicted", () => {
    const file = join(folder, "store/data/runs", record.runId, "predictions/predictions.jsonl");
    const lines = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => predictionLine.parse(JSON.parse(line)));
    const mine = lines.filter(({ model }) => model === "candidate");
    expect(mine.length).toBeGreaterThan(5);
    for (const { boxes, masks } of mine) expect(masks).toHaveLength(boxes.length);
    expect(mine.flatMap(({ masks }) => masks ?? []).filter((mask) => mask.length > 20).length).toBeGreaterThan(0);
  });

  it("shows both scores in its report, and shapes in its gallery", () => {
    const report = readFileSync(join(registry(), "report_v0.html"), "utf8");
    expect(report).toContain("Mask mAP50");
    expect(report).toContain("Box mAP50");
    const gallery = readFileSync(join(folder, "store/data/runs", record.runId, "gallery.html"), "utf8");
    expect(gallery).toContain('<path class="box box-label mask-label"');
  });

  it("is itself what the next release starts from and is compared with, by masks", async () => {
    const name = "yolov8n_thaal_v0.pt";
    const bytes = readFileSync(join(registry(), name));
    const { pipeline } = await openSample(folder);
    const ports = { stores: pipeline.stores, clock: { now: () => new Date() } };
    await addBaseWeights({ name: "yolov8n-seg", file: name, bytes, unofficial: true }, ports);
    const config: Config = { ...started.config, architecture: "yolov8n-seg" };
    const second = await pipeline.run({ ...started, config, configSha256: digestOf(config) });
    expect(second).toMatchObject({ status: "succeeded", version: "v1" });
    const found = evaluation.parse(json(join(registry(), "../v1/eval_v1.json")));
    expect(found.models.map(({ role, unknownClasses }) => [role, unknownClasses])).toEqual([
      ["candidate", []],
      ["base", []],
    ]);
    const { candidate, reference, difference, primary } = found.comparison;
    expect(primary).toBe("mAP50.mask");
    expect(difference).toBeCloseTo(candidate! - reference!, 12);
    const before = evaluation.parse(json(join(registry(), "eval_v0.json")));
    expect(reference).toBeCloseTo(before.models[0]!.parts.test!.all["mAP50.mask"]!, 12);
  }, 600_000);

  it("is laid beside it by `compare`, by masks, and followed by them", async () => {
    const { exit, value } = await bobbinJson(folder, "compare", "v0", "v1");
    expect(exit).toBe(0);
    const { comparison: at, report } = value as { readonly comparison: string; readonly report: string };
    const document = releaseComparison.parse(json(at));
    expect(document.comparison.primary).toBe("mAP50.mask");
    expect(document.behaviour.first.errors?.counts).not.toBeNull();
    const scored = ["v0", "v1"].map((version) =>
      evaluation.parse(json(join(registry(), `../${version}/eval_${version}.json`))),
    );
    for (const measure of ["mAP50.mask", "mAP50-95.mask", "mAP50"] as const)
      expect(document.trend.releases.map((release) => release[measure])).toEqual(
        scored.map(({ models }) => models.find(({ role }) => role === "candidate")?.parts.test?.all[measure]),
      );
    expect(readFileSync(report, "utf8")).toContain("by Mask mAP50 (circles) and Mask mAP50-95 (squares)");
  }, 600_000);

  it("is listed by its masks, and by its boxes beside them", async () => {
    const { stdout } = await bobbin(folder, "models");
    for (const title of ["Mask mAP50", "Mask mAP50-95", "Box mAP50"]) expect(stdout).toContain(title);
    const { value } = await bobbinJson(folder, "models");
    const [{ releases }] = (value as { readonly models: readonly [{ readonly releases: readonly object[] }] }).models;
    const before = evaluation.parse(json(join(registry(), "eval_v0.json")));
    const all = before.models.find(({ role }) => role === "candidate")!.parts.test!.all;
    expect(releases[0]).toMatchObject({ mAP50: all.mAP50, "mAP50.mask": all["mAP50.mask"] });
    expect(releases[0]).not.toHaveProperty("top1");
  });

  it("is evaluated on other outlines, and refuses boxes alone", async () => {
    const { exit, value } = await bobbinJson(folder, "evaluate", "v0", "--on", join(folder, "outlined"));
    expect(exit).toBe(0);
    const { unseen, seenScores } = value as unknown as EvaluateAnswer;
    expect(unseen.frames).toBeGreaterThan(0);
    expect(seenScores.frames).toBeGreaterThan(0);
    expect(seenScores["mAP50.mask"]).toEqual(expect.any(Number));
    const boxes = join(import.meta.dirname, "../../samples/thaal/thaal-cvat.zip");
    const refused = await bobbinJson(folder, "check", boxes);
    expect(refused.exit).toBe(1);
    const errors = (refused.value as { readonly errors: readonly { readonly name: string; readonly data: object }[] })
      .errors;
    expect(errors).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          name: "TaskNotServed",
          data: expect.objectContaining({ task: "segment", nearest: "detect" }),
        }),
      ]),
    );
    expect(existsSync(registry())).toBe(true);
  }, 600_000);
});
