// The task classify, through the whole pipeline on crops of real frames: a folder a class in, a signed release that says what a
// frame shows out.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { evaluation } from "../../lib/contracts/evaluation.ts";
import { predictionLine } from "../../lib/contracts/job.ts";
import { release } from "../../lib/contracts/release.ts";
import type { RunRecord } from "../../lib/contracts/run.ts";
import { digestOf } from "../../lib/core/config/canonical.ts";
import { parseConfig } from "../../lib/core/config/parse.ts";
import { bobbin, bobbinJson } from "../support/bobbin.ts";
import { writeClassedSample } from "../support/classed-sample.ts";
import { openSample, sampleRequest, smallRecipe } from "../support/pipeline-run.ts";

const days = "pattern:thaal_(?<day>\\d{4}-\\d{2}-\\d{2})_";

describe("a release of whole frames", () => {
  let folder = "";
  let location = "";
  let record: RunRecord;
  const registry = () => join(folder, "store/registry/models/crops/v0");
  const json = (path: string) => JSON.parse(readFileSync(path, "utf8"));

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "bobbin-classify-"));
    location = join(folder, "crops");
    await writeClassedSample(location, [10, 5, 4]);
    const { exit, stdout } = await bobbin(folder, "init", location, "--group-rule", days, "--ratios", "0.5,0.25,0.25");
    expect([exit, stdout]).toEqual([0, expect.stringContaining("the task is classify")]);
    const { pipeline } = await openSample(folder);
    const text = readFileSync(join(folder, "bobbin.json"), "utf8");
    const config = parseConfig("bobbin.json", text);
    const recipe = smallRecipe(4);
    // Mosaics are of boxes, and a recipe of whole frames may not ask for them.
    const own = Object.entries(recipe.args).filter(([name]) => name !== "mosaic");
    const args = { ...Object.fromEntries(own), fraction: 1, lr0: 0.002 };
    const request = sampleRequest({ ...recipe, args, batchNormMomentum: 0.2 });
    const source = { location, versionId: null, sha256: null };
    record = await pipeline.run({ ...request, source, config, configSha256: digestOf(config) });
    writeFileSync(join(folder, "bobbin.json"), JSON.stringify({ ...config, recipe: "demo" }));
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("says its task, its classes and how often it is right", () => {
    expect(record).toMatchObject({ status: "succeeded", version: "v0" });
    expect(release.parse(json(join(registry(), "release.json")))).toMatchObject({
      task: "classify",
      classes: ["ground", "thaal"],
      base: { name: "yolov8n" },
    });
    const found = evaluation.parse(json(join(registry(), "eval_v0.json")));
    expect(found.protocol).toMatchObject({ name: "accuracy", ious: [] });
    const [candidate, base] = ["candidate", "base"].map((role) => found.models.find((model) => model.role === role)!);
    for (const part of [candidate!.parts.val!, candidate!.parts.test!]) {
      expect(part.all.truths).toBe(part.all.frames);
      expect(part.all.top1).toEqual(expect.any(Number));
      expect(part.all).toMatchObject({ top5: 1, mAP50: null });
    }
    // Weights of boxes know no class of a frame: nothing of them is scored, and nothing is compared.
    expect(base!.unknownClasses).toEqual(["ground", "thaal"]);
    expect(base!.parts.test!.all.top1).toBeNull();
    expect(found.comparison).toMatchObject({ primary: "top1", difference: null, verdict: "inconclusive" });
  });

  it("keeps the probability of every class of every frame, and is right as often as it says", () => {
    const file = join(folder, "store/data/runs", record.runId, "predictions/predictions.jsonl");
    const lines = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => predictionLine.parse(JSON.parse(line)));
    const mine = lines.filter(({ model, part }) => model === "candidate" && part === "test");
    // The frame's name says its class.
    const right = mine.filter(({ frame, probabilities }) => {
      const [[said] = [-1]] = probabilities ?? [];
      return frame.startsWith(`${["ground", "thaal"][said]}/`);
    });
    const found = evaluation.parse(json(join(registry(), "eval_v0.json")));
    const { test } = found.models.find(({ role }) => role === "candidate")!.parts;
    expect(mine).toHaveLength(test!.all.frames);
    expect(test!.all.top1).toBeCloseTo(right.length / mine.length, 12);
    for (const { probabilities, boxes } of mine) expect([probabilities?.length, boxes]).toEqual([2, []]);
  });

  it("shows accuracy in its report, and answers in its gallery", () => {
    const report = readFileSync(join(registry(), "report_v0.html"), "utf8");
    expect(report).toContain("Top-1 on test");
    expect(report).not.toContain("mAP");
    const gallery = readFileSync(join(folder, "store/data/runs", record.runId, "gallery.html"), "utf8");
    expect(gallery).toMatch(/(ground|thaal) [01]\.\d\d/);
  });

  it("is listed, verified and evaluated by what it is good at", async () => {
    const { stdout } = await bobbin(folder, "models");
    expect(stdout).toMatch(/Top-1/);
    expect(stdout).not.toMatch(/mAP/);
    const more = join(folder, "more");
    await writeClassedSample(more, [12, 5, 4]);
    const { exit, value } = await bobbinJson(folder, "evaluate", "v0", "--on", more);
    expect(exit).toBe(0);
    expect(value).toMatchObject({ seenScores: { mAP50: null, top1: expect.any(Number) } });
    const key = join(folder, "key.pem.pub");
    expect((await bobbin(folder, "verify", registry(), "--key", key)).exit).toBe(0);
    const boxes = join(import.meta.dirname, "../../samples/thaal/thaal-cvat.zip");
    const refused = await bobbinJson(folder, "check", boxes);
    expect(JSON.stringify(refused.value)).toContain('"nearest":"detect"');
    const elsewhere = join(folder, "elsewhere");
    const asked = await bobbinJson(elsewhere, "init", location, "--task", "detect", "--group-rule", days);
    expect(asked.value.error).toMatchObject({ name: "TaskNotServed", data: { task: "detect", nearest: "classify" } });
  }, 600_000);
});
