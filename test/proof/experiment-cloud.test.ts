// A measurement, folds and the smallest ablation in a stack on the emulated AWS, with the real supervisor and trainer: what they find is
// what the laptop finds on the same export; cut off in a training, the ablation ends its job, holds nothing, and goes on.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { experimentAnswer, measureAnswer } from "../../lib/contracts/answers.ts";
import { experimentPlan, experimentResult } from "../../lib/contracts/experiment.ts";
import { dataKeys } from "../../lib/contracts/layout.ts";
import { measurement } from "../../lib/contracts/measurement.ts";
import type { RunRecord } from "../../lib/contracts/run.ts";
import { findLedger } from "../../lib/core/budget/book.ts";
import { readDocument } from "../../lib/core/registry/cas.ts";
import { bobbin, bobbinJson } from "../support/bobbin.ts";
import { startEmulator } from "../support/emulator.ts";
import { numbersOf } from "../support/numbers.ts";
import { credentialsOf } from "../support/recording-front.ts";

// One of its own: a stack has one pipeline. Clients look for it when they are loaded.
const emulator = await startEmulator();
process.env.BOBBIN_EMULATOR = emulator?.url ?? "";
const { batch, describeAws, endpoint } = await import("../support/aws.ts");
const { cdk, entered, executions, holder, person, samplePath, sampleWeights, stackStores, unsettled, until } =
  await import("../support/cloud.ts");
const { DescribeJobsCommand, ListJobsCommand } = await import("@aws-sdk/client-batch");
afterAll(() => emulator?.stop());

/** What hangs is found; what is slow because others work on the machine is not taken for it. */
const patience = 900_000;
const someone = person({ AWS_ENDPOINT_URL: endpoint, ...credentialsOf("operator") });
const local = (...words: string[]) => bobbinJson(someone.folder, ...words);
const json = (file: string) => JSON.parse(readFileSync(file, "utf8"));

/** To 1e-9: other processes added them up. */
function expectSame(found: unknown, wanted: unknown): void {
  const [ours, theirs] = [numbersOf(found), numbersOf(wanted)];
  expect(ours.size).toBeGreaterThan(10);
  expect([...ours.keys()]).toEqual([...theirs.keys()]);
  for (const [place, value] of ours) expect(value).toBeCloseTo(theirs.get(place) ?? Number.NaN, 9);
}

async function runningJob() {
  const asked = new ListJobsCommand({ jobQueue: "bobbin-try", jobStatus: "RUNNING" });
  return (await batch().send(asked)).jobSummaryList?.[0] ?? null;
}

beforeAll(async () => {
  if (endpoint === "") return;
  const file = join(someone.folder, "bobbin.json");
  const config = json(file);
  const budget = { ...config.budget, capUsd: 1000 };
  writeFileSync(file, JSON.stringify({ ...config, budget, recipe: "1.json" }));
  await cdk(["bootstrap", "aws://111111111111/us-east-1"]);
  await cdk(["deploy", "--all", "--require-approval", "never"]);
  for (const store of ["aws", "here"]) {
    const add = ["base", "add", sampleWeights, "--name", "yolov8n", "--unofficial"];
    const { exit } = store === "aws" ? await someone.bobbin(...add) : await bobbin(someone.folder, ...add);
    expect(exit).toBe(0);
  }
  await someone.bobbin("config", "push", "--device", "cpu");
}, 300_000);

describeAws("a measurement in a stack", () => {
  it(
    "answers what the laptop answers on the same export",
    async () => {
      const asked = await someone.bobbin("measure", samplePath);
      expect(asked.exit).toBe(0);
      const ours = measureAnswer.parse(asked.value);
      const theirs = measureAnswer.parse((await local("measure", samplePath)).value);
      expect([ours.answer, ours.reason, ours.moreGroups]).toEqual([theirs.answer, theirs.reason, theirs.moreGroups]);
      const [found, wanted] = [ours, theirs].map(({ files }) => measurement.parse(json(files.measurement)));
      expect(found?.framesSha256).toBe(wanted?.framesSha256);
      expectSame(found, wanted);
      const lines = (file: string) => readFileSync(file, "utf8").split("\n").length;
      for (const file of ["csv", "latex"] as const) expect(lines(ours.files[file])).toBe(lines(theirs.files[file]));
      expect([await holder(), await unsettled("demo")]).toEqual([null, []]);
    },
    patience,
  );
});

describeAws("an ablation in a stack", () => {
  const words = ["ablate", samplePath, "--vary", "fliplr=0,0.5", "--seeds", "1"];

  it("is refused by its words before anything is sent", async () => {
    const named = await someone.bobbin(...words, "--recipe", "2.json");
    expect(named).toMatchObject({ exit: 2, value: { error: { name: "UsageWrong" } } });
    const unknown = await someone.bobbin("ablate", samplePath, "--vary", "flipLR=0,0.5");
    expect(unknown).toMatchObject({ exit: 2, value: { error: { name: "RecipeArgumentUnknown" } } });
  });

  it(
    "that is cancelled in a training ends its job and holds nothing; typed again, it finds what the laptop finds",
    async () => {
      const cut = someone.bobbin(...words);
      const job = await until(runningJob, "a running job", 300);
      const runId = (await holder()) ?? "";
      const { data, registry } = stackStores();
      const plan = async () =>
        (await readDocument(data, dataKeys.experiment(runId, "plan.json"), experimentPlan)).value.trials.map(
          ({ id }) => id,
        );
      const [first = "", second = ""] = await plan();
      expect(job.jobName).toBe(`${first}-train-1`);
      const held = (await unsettled("demo")).map(
        ({ runId: of, item }) => `${of === first ? "first" : of === runId} ${item}`,
      );
      expect(held.sort()).toEqual(["first jobs", "true admission", "true image", "true storage"]);
      expect(await someone.bobbin("cancel", runId)).toMatchObject({ exit: 0, value: { status: "cancelled" } });
      await cut;
      const { jobs = [] } = await batch().send(new DescribeJobsCommand({ jobs: [job.jobId ?? ""] }));
      expect(jobs[0]?.status).toBe("FAILED");
      expect([await holder(), await unsettled("demo")]).toEqual([null, []]);
      const refused = await someone.bobbin("resume", runId);
      expect(refused).toMatchObject({ value: { error: { name: "RunEnded" } } });

      const asked = await someone.bobbin(...words);
      expect(asked).toMatchObject({ exit: 0, value: { schema: "bobbin/answer-experiment/1" } });
      const ours = experimentAnswer.parse(asked.value);
      expect(ours).toMatchObject({ trainings: 2, found: { kind: "ablate" } });
      expect(asked.stderr).toContain('"what":"trainings done"');
      const theirs = experimentAnswer.parse((await local(...words)).value);
      const [found, wanted] = [ours, theirs].map(({ files }) => experimentResult.parse(json(files.experiment)));
      expect(found?.framesSha256).toBe(wanted?.framesSha256);
      expectSame(found?.found, wanted?.found);
      expect([await holder(), await unsettled("demo")]).toEqual([null, []]);
      const [execution = ""] = await executions("experiment");
      const { names, longest, events } = await entered(execution);
      const lap = [
        ...["Reserve", "IsReserved", "FindImage", "StageTrain", "Train", "CollectTrain"],
        ...["StagePredict", "Predict", "CollectPredict", "IsLast"],
      ];
      expect(names.slice(0, 6)).toEqual(["Admit", "IsAdmitted", "Ingest", "IsIngested", "Ingest", "IsIngested"]);
      expect(names.slice(6)).toEqual([...lap, ...lap, "Compare", "Settle", "HowSettled", "Done"]);
      // However many laps: what a state is given does not grow, and three hundred trainings fit into a history.
      expect(longest).toBeLessThan(4_000);
      expect(events).toBeLessThan(2 * 80);
      // Each training promised by its own id before, and settled after by the times of its two jobs.
      const entries = (await findLedger(registry, "demo"))?.entries ?? [];
      const trials = (
        await readDocument(data, dataKeys.experiment(ours.runId, "plan.json"), experimentPlan)
      ).value.trials.map(({ id }) => id);
      for (const id of trials) {
        const [entry, ...more] = entries.filter((one) => one.runId === id);
        expect([entry?.item, entry?.proof?.jobs.length, more]).toEqual(["jobs", 2, []]);
        expect(entry?.settled).toBeLessThan(entry?.promised ?? 0);
      }
      expect(entries.some((entry) => entry.runId === second)).toBe(false);
      const { value } = await someone.bobbin("runs");
      const [last, before] = value as unknown as readonly RunRecord[];
      expect(last?.trainings).toMatchObject({ kind: "ablate", done: 2, planned: 2 });
      expect(before?.trainings).toMatchObject({ kind: "ablate", done: 0, planned: 2 });
    },
    patience,
  );
});

describeAws("folds in a stack", () => {
  it(
    "find what the laptop finds, each frame by a model that has not seen its group",
    async () => {
      const words = ["grouped-cv", samplePath, "--folds", "3"];
      const asked = await someone.bobbin(...words);
      expect(asked).toMatchObject({ exit: 0, value: { schema: "bobbin/answer-experiment/1" } });
      const ours = experimentAnswer.parse(asked.value);
      expect(ours).toMatchObject({ trainings: 3, groups: 3, frames: 108, found: { kind: "grouped-cv" } });
      const theirs = experimentAnswer.parse((await local(...words)).value);
      const [found, wanted] = [ours, theirs].map(({ files }) => experimentResult.parse(json(files.experiment)));
      expect(found?.framesSha256).toBe(wanted?.framesSha256);
      expectSame(found?.found, wanted?.found);
      const { data, registry } = stackStores();
      const { value: plan } = await readDocument(data, dataKeys.experiment(ours.runId, "plan.json"), experimentPlan);
      const promised = (await findLedger(registry, "demo"))?.entries ?? [];
      expect(
        plan.trials.map(({ id }) => promised.filter((one) => one.runId === id && one.settled !== null).length),
      ).toEqual([1, 1, 1]);
      expect([await holder(), await unsettled("demo")]).toEqual([null, []]);
    },
    patience,
  );
});
