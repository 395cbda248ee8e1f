// A second release of whole frames: it starts from weights that know the classes, is compared with them by accuracy, and both are
// laid beside each other afterwards.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { MeasureAnswer } from "../../lib/contracts/answers.ts";
import { type Config, config as configSchema } from "../../lib/contracts/config.ts";
import { evaluation } from "../../lib/contracts/evaluation.ts";
import { measurement } from "../../lib/contracts/measurement.ts";
import { releaseComparison } from "../../lib/contracts/release-comparison.ts";
import { digestOf } from "../../lib/core/config/canonical.ts";
import { addBaseWeights } from "../../lib/core/registry/base-weights.ts";
import type { NewRun } from "../../lib/local/pipeline.ts";
import { bobbin, bobbinJson } from "../support/bobbin.ts";
import { writeClassedSample } from "../support/classed-sample.ts";
import { openSample, sampleRequest, smallRecipe } from "../support/pipeline-run.ts";

describe("a second release of whole frames", () => {
  let folder = "";
  let started: NewRun;
  const release = (version: string) => join(folder, "store/registry/models/thaal", version);
  const json = (path: string) => JSON.parse(readFileSync(path, "utf8"));

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "bobbin-classes-"));
    const location = join(folder, "crops");
    await writeClassedSample(location, [10, 6, 5]);
    const { pipeline } = await openSample(folder);
    const recipe = smallRecipe(4);
    const own = Object.entries(recipe.args).filter(([name]) => name !== "mosaic");
    const whole = { ...recipe, args: { ...Object.fromEntries(own), fraction: 1, lr0: 0.002 }, batchNormMomentum: 0.2 };
    const request = sampleRequest(whole, { source: { location, versionId: null, sha256: null } });
    const config: Config = configSchema.parse({
      ...request.config,
      task: "classify",
      // Not as the folders sort: what counts is the name.
      classes: [{ name: "thaal" }, { name: "ground" }],
      groupRule: { kind: "pattern", pattern: "thaal_(?<day>\\d{4}-\\d{2}-\\d{2})_" },
      gates: { primary: "top1", margin: 0, alpha: 0.05 },
    });
    started = { ...request, config, configSha256: digestOf(config) };
    expect(await pipeline.run(started)).toMatchObject({ status: "succeeded", version: "v0" });
    writeFileSync(join(folder, "bobbin.json"), JSON.stringify({ ...config, recipe: "demo" }));
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("starts from the first, and is compared with it by accuracy", async () => {
    const file = "yolov8n_thaal_v0.pt";
    const { pipeline } = await openSample(folder);
    const ports = { stores: pipeline.stores, clock: { now: () => new Date() } };
    const weights = { name: "yolov8n-cls", file, bytes: readFileSync(join(release("v0"), file)), unofficial: true };
    await addBaseWeights(weights, ports);
    const config: Config = { ...started.config, architecture: "yolov8n-cls" };
    const second = await pipeline.run({ ...started, config, configSha256: digestOf(config) });
    expect(second).toMatchObject({ status: "succeeded", version: "v1" });
    const found = evaluation.parse(json(join(release("v1"), "eval_v1.json")));
    expect(found.models.map(({ role, unknownClasses }) => [role, unknownClasses])).toEqual([
      ["candidate", []],
      ["base", []],
    ]);
    const { candidate, reference, difference, primary } = found.comparison;
    expect(primary).toBe("top1");
    expect(difference).toBeCloseTo(candidate! - reference!, 12);
    const before = evaluation.parse(json(join(release("v0"), "eval_v0.json")));
    expect(before.classes).toEqual(["thaal", "ground"]);
    expect(reference).toBeCloseTo(before.models[0]!.parts.test!.all.top1!, 12);
  }, 600_000);

  it("would not have been needed, says `measure` of the weights that it started from", async () => {
    const config = { ...started.config, architecture: "yolov8n-cls", recipe: "demo" };
    writeFileSync(join(folder, "bobbin.json"), JSON.stringify(config));
    const { exit, value } = await bobbinJson(folder, "measure", join(folder, "crops"));
    expect(exit).toBe(0);
    const found = measurement.parse(json((value as unknown as MeasureAnswer).files.measurement));
    expect(found).toMatchObject({ task: "classify", unknownClasses: [] });
    expect(found.all.objects).toBe(found.all.frames);
    expect(found.all.found + found.all.falsePositives).toBeLessThanOrEqual(found.all.frames);
    expect(found.all.found).toBeGreaterThan(0);
  }, 600_000);

  it("is laid beside the first by `compare`, without a new prediction", async () => {
    const { exit, value } = await bobbinJson(folder, "compare", "v0", "v1");
    expect(exit).toBe(0);
    const { comparison: at, report } = value as { readonly comparison: string; readonly report: string };
    const document = releaseComparison.parse(json(at));
    expect(document.comparison.primary).toBe("top1");
    expect(document.behaviour.first).not.toHaveProperty("errors");
    expect(document.trend.releases.map(({ top1 }) => typeof top1)).toEqual(["number", "number"]);
    const page = readFileSync(report, "utf8");
    expect(page).toContain("Top-1");
    expect(page).not.toContain("mAP");
    expect(page).toContain("What is taken for what");
    expect(readFileSync(report.replace("report.html", "errors.csv"), "utf8")).toMatch(/^label,said,v0,v1/);
    expect((await bobbin(folder, "compare", "v0", "v1")).stdout).toMatch(/Top-1/);
  }, 600_000);
});
