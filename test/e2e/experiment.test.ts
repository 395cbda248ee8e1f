// Experiments with the real trainer, of the smallest trainings that are some: cut off and taken up again, paid one by one, no release.
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { ExperimentAnswer } from "../../lib/contracts/answers.ts";
import { bobbinJson } from "../support/bobbin.ts";
import { bookOf, leavesNothing, planOf } from "../support/experiment-store.ts";
import { freshFolder } from "../support/folder.ts";
import { openSample, sampleRequest, smallRecipe } from "../support/pipeline-run.ts";

const sample = join(import.meta.dirname, "../../samples/thaal");
const json = (file: string) => JSON.parse(readFileSync(file, "utf8"));
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
