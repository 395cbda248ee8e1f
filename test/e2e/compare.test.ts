// `bobbin compare` of two real releases, of the smallest trainings that are some, from the boxes that were kept.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { CompareAnswer } from "../../lib/contracts/answers.ts";
import type { Config } from "../../lib/contracts/config.ts";
import { evaluation } from "../../lib/contracts/evaluation.ts";
import { releaseComparison } from "../../lib/contracts/release-comparison.ts";
import { digestOf } from "../../lib/core/config/canonical.ts";
import { bobbinJson } from "../support/bobbin.ts";
import { freshFolder } from "../support/folder.ts";
import { openSample, sampleRequest, smallRecipe } from "../support/pipeline-run.ts";

const json = (file: string) => JSON.parse(readFileSync(file, "utf8"));

describe("two releases", () => {
  it("are compared on the test frames of both, with the scores that each was released with", async () => {
    const folder = freshFolder();
    const { pipeline } = await openSample(folder);
    const made = async (epochs: number) => {
      const request = sampleRequest(smallRecipe(epochs));
      // Each frame a group of its own, so that there are groups to swap; the base is told which of its classes could be meant.
      const config: Config = {
        ...request.config,
        groupRule: { kind: "frame" },
        classes: [{ name: "thaal", from: [], base: ["bowl"] }],
      };
      writeFileSync(join(folder, "bobbin.json"), JSON.stringify(config));
      const record = await pipeline.run({ ...request, config, configSha256: digestOf(config) });
      expect(record.status).toBe("succeeded");
      const { version } = record;
      return evaluation.parse(json(join(folder, `store/registry/models/thaal/${version}/eval_${version}.json`)));
    };
    const [first, second] = [await made(1), await made(2)];
    const { exit, value } = await bobbinJson(folder, "compare", "v0", "v0.1");
    const answer = value as unknown as CompareAnswer;
    expect({ exit, first: answer.first, second: answer.second }).toEqual({ exit: 0, first: "v0", second: "v0.1" });
    const document = releaseComparison.parse(json(answer.comparison));
    const own = (of: typeof first) => of.models.find(({ role }) => role === "candidate");
    const here = (role: string) => document.models.find((model) => model.role === role);
    expect(here("candidate")?.parts.test?.all).toEqual(own(second)?.parts.test?.all);
    expect(here("production")?.parts.test?.all).toEqual(own(first)?.parts.test?.all);
    expect(here("base")?.parts.test?.all).toEqual(second.models.find(({ role }) => role === "base")?.parts.test?.all);
    expect(document.trend.releases.map(({ version, mAP50 }) => [version, mAP50])).toEqual([
      ["v0", own(first)?.parts.test?.all.mAP50],
      ["v0.1", own(second)?.parts.test?.all.mAP50],
    ]);
    expect(document.frames).toMatchObject({ onlyFirst: 0, onlySecond: 0 });
    expect(document.comparison.groups).toBe(document.frames.both);

    const back = (await bobbinJson(folder, "compare", "v0.1", "v0")).value as unknown as CompareAnswer;
    expect((back.difference ?? 0) + (answer.difference ?? 0)).toBeCloseTo(0, 12);
    expect(back.p).toBe(answer.p);
    const page = readFileSync(answer.report, "utf8");
    for (const words of ["Kinds of mistakes", "Did training help", "data:image/jpeg"]) expect(page).toContain(words);
    const beside = (file: string) => answer.report.replace("report.html", file);
    for (const file of ["figure.svg", "slices.csv", "slices.tex", "errors.csv", "errors.tex"]) {
      expect(existsSync(beside(file))).toBe(true);
    }
    expect((await bobbinJson(folder, "compare", "v0", "v9")).exit).toBe(2);
  }, 500_000);
});
