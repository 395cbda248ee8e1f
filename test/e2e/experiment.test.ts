// Experiments with the real trainer, of the smallest trainings that are some: cut off and taken up again, paid one by one, no release.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { ExperimentAnswer } from "../../lib/contracts/answers.ts";
import { experimentPlan } from "../../lib/contracts/experiment.ts";
import { predictionLine } from "../../lib/contracts/job.ts";
import { ledger } from "../../lib/contracts/ledger.ts";
import { bobbinJson } from "../support/bobbin.ts";
import { freshFolder } from "../support/folder.ts";
import { openSample, sampleRequest, smallRecipe } from "../support/pipeline-run.ts";

const sample = join(import.meta.dirname, "../../samples/thaal");
const json = (file: string) => JSON.parse(readFileSync(file, "utf8"));
const bookOf = (folder: string) => ledger.parse(json(join(folder, "store/registry/ledger/demo.json")));
const planOf = (folder: string, runId: string) =>
  experimentPlan.parse(json(join(folder, `store/data/runs/${runId}/experiment/plan.json`)));

/** Nothing of it is a data set, a model, or a run of its own. */
async function leavesNothing(folder: string, runId: string): Promise<void> {
  expect(existsSync(join(folder, "store/registry/models"))).toBe(false);
  expect(existsSync(join(folder, "store/data/datasets"))).toBe(false);
  expect(existsSync(join(folder, "store/work", runId))).toBe(false);
  const { value } = await bobbinJson(folder, "runs");
  expect(JSON.stringify(value).match(/"runId"/g)).toHaveLength(1);
}

describe("an experiment", () => {
  it("that was cut off in its second training goes on there, and pays each of them once", async () => {
    const folder = freshFolder();
    writeFileSync(join(folder, "bobbin.json"), readFileSync(join(sample, "bobbin.json")));
    const stop = new AbortController();
    let trainings = 0;
    const { pipeline } = await openSample(folder, {
      emit(event) {
        if (event.kind === "state" && event.state === "Train" && event.status === "entered") trainings += 1;
        if (event.kind === "train" && trainings === 2) stop.abort();
      },
    });
    const vary = [{ argument: "fliplr", values: [0, 0.5] }];
    const { machine: _, ...request } = { machine: "train", ...sampleRequest(smallRecipe(1)) };
    const experiment = { kind: "ablate", vary, seeds: 1 } as const;
    const { runId, status } = await pipeline.run(
      { ...request, machine: "experiment", experiment },
      { signal: stop.signal },
    );
    expect(status).toBe("interrupted");
    const [first, second] = planOf(folder, runId).trials.map(({ id }) => id);
    const stands = () =>
      bookOf(folder).entries.flatMap(({ runId: of, item, settled }) => (item === "jobs" ? [[of, settled]] : []));
    expect(stands()).toEqual([
      [first, 0],
      [second, null],
    ]);
    const trained = join(folder, `store/data/runs/${first}/result-train.json`);
    const before = statSync(trained).mtimeMs;

    const { exit, value } = await bobbinJson(folder, "resume", runId);
    const answer = value as unknown as ExperimentAnswer;
    expect({ exit, trainings: answer.trainings, groups: answer.groups }).toEqual({ exit: 0, trainings: 2, groups: 1 });
    expect(statSync(trained).mtimeMs).toBe(before);
    expect(stands()).toEqual([
      [first, 0],
      [second, 0],
    ]);
    if (answer.found.kind !== "ablate") throw new Error("it was an ablation");
    expect(answer.found.arms.map(({ name }) => name)).toEqual(["fliplr 0", "fliplr 0.5"]);
    const args = (trial: string | undefined) =>
      json(join(folder, `store/data/runs/${trial}/job-train.json`)).recipe.args;
    expect([args(first).fliplr, args(second).fliplr, args(first).seed]).toEqual([0, 0.5, args(second).seed]);
    for (const file of Object.values(answer.files)) expect(existsSync(file)).toBe(true);
    await leavesNothing(folder, runId);
  }, 400_000);

  it("by folds scores every frame once, by a model that has not seen its group", async () => {
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

  it("refuses what no training could be, before anything is read", async () => {
    const folder = freshFolder();
    writeFileSync(join(folder, "bobbin.json"), readFileSync(join(sample, "bobbin.json")));
    const frames = join(sample, "thaal-cvat.zip");
    const refusal = async (...argv: string[]) => {
      const { exit, value } = await bobbinJson(folder, ...argv);
      return [exit, (value.error as { name: string }).name];
    };
    expect(await refusal("ablate", frames, "--vary", "fliplr=0")).toEqual([2, "UsageWrong"]);
    expect(await refusal("ablate", frames, "--vary", "seed=1,2")).toEqual([2, "UsageWrong"]);
    expect(await refusal("ablate", frames, "--vary", "flipLR=0,1")).toEqual([2, "RecipeArgumentUnknown"]);
    expect(await refusal("ablate", frames, "--vary", "fliplr=0,7")).toEqual([2, "RecipeArgumentInvalid"]);
    expect(await refusal("grouped-cv", frames, "--folds", "2")).toEqual([2, "UsageWrong"]);
    expect(existsSync(join(folder, "store/data/runs"))).toBe(false);
  });
});
