// An experiment by folds with the real trainer: three trainings, each scored on the groups that it has not seen.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import type { ExperimentAnswer } from "../../lib/contracts/answers.ts";
import { predictionLine } from "../../lib/contracts/job.ts";
import { bobbinJson } from "../support/bobbin.ts";
import { bookOf, leavesNothing, planOf } from "../support/experiment-store.ts";
import { freshFolder } from "../support/folder.ts";
import { openSample, smallRecipe } from "../support/pipeline-run.ts";

const sample = join(import.meta.dirname, "../../samples/thaal");
const json = (file: string) => JSON.parse(readFileSync(file, "utf8"));

it("folds score every frame once, by a model that has not seen its group", async () => {
  const folder = freshFolder();
  await openSample(folder);
  writeFileSync(join(folder, "small.json"), JSON.stringify(smallRecipe(1)));
  const config = { ...json(join(sample, "bobbin.json")), recipe: "small.json" };
  writeFileSync(join(folder, "bobbin.json"), JSON.stringify(config));
  const { exit, value } = await bobbinJson(folder, "grouped-cv", join(sample, "thaal-cvat.zip"), "--folds", "3");
  expect(exit).toBe(0);
  const answer = value as unknown as ExperimentAnswer;
  expect(answer).toMatchObject({ trainings: 3, groups: 3, frames: 108 });
  const plan = planOf(folder, answer.runId);
  const kept = readFileSync(join(folder, `store/data/runs/${answer.runId}/experiment/predictions.jsonl`), "utf8");
  const lines = kept
    .trim()
    .split("\n")
    .map((line) => predictionLine.parse(JSON.parse(line)));
  const own = lines.filter(({ model }) => model === "candidate");
  expect(new Set(own.map(({ frame }) => frame)).size).toBe(108);
  expect(own).toHaveLength(108);
  const groupOf = (name: string) => name.slice("thaal_".length, "thaal_2025-09-11".length);
  for (const [number, { id, fold }] of plan.trials.entries()) {
    const inputs = readdirSync(join(folder, `store/data/runs/${id}`));
    expect(inputs).toContain("result-train.json");
    const predicted = readFileSync(join(folder, `store/data/runs/${id}/predictions/predictions.jsonl`), "utf8");
    const tested = predicted
      .trim()
      .split("\n")
      .map((line) => predictionLine.parse(JSON.parse(line)));
    const groups = new Set(tested.flatMap(({ part, frame }) => (part === "test" ? [groupOf(frame)] : [])));
    expect([number, [...groups].map((group) => plan.folds[group])]).toEqual([number, [fold]]);
  }
  expect(bookOf(folder).entries.filter(({ item, settled }) => item === "jobs" && settled === 0)).toHaveLength(3);
  await leavesNothing(folder, answer.runId);
}, 400_000);
