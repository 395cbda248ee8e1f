// The machine as Step Functions gets it: the laptop's states, with what jobs and image need around them, and no way that leads nowhere.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { toAsl } from "../../../lib/workflow/asl.ts";
import { cloudAsl } from "../../../lib/workflow/cloud.ts";
import { experimentMachine } from "../../../lib/workflow/experiment.ts";
import type { Machine } from "../../../lib/workflow/machine.ts";
import { measureMachine } from "../../../lib/workflow/measure.ts";
import { trainMachine } from "../../../lib/workflow/train.ts";

const root = join(import.meta.dirname, "../../..");
// biome-ignore lint/suspicious/noExplicitAny: states are looked into as the JSON they are
type Json = any;
const place = {
  functionArn: (name: string) => `function:${name}`,
  jobQueue: "queue",
  jobDefinition: "definition",
  imageProject: "project",
  imageRepository: "repository",
  imageTag: "tag",
  jobSeconds: 1000,
};
const machines = { train: trainMachine, measure: measureMachine, experiment: experimentMachine };
const asl = (machine: Machine<string, string>) =>
  cloudAsl(machine, place) as { StartAt: string; States: Record<string, Json> };
const targets = (state: Json): string[] =>
  [
    state.Next,
    state.Default,
    ...(state.Choices ?? []).map((one: Json) => one.Next),
    ...(state.Catch ?? []).map((one: Json) => one.Next),
  ].filter((one) => one !== undefined);

describe.each(Object.entries(machines))("the machine %s in the cloud", (name, machine) => {
  const { StartAt, States } = asl(machine as Machine<string, string>);
  const jobs = Object.keys(machine.states).filter((state) => state === "Train" || state === "Predict");
  const collector = name === "experiment" ? "function:collect-trial" : "function:collect";

  it("leads from its start to every state, and nowhere else", () => {
    const seen = new Set<string>();
    const queue = [StartAt];
    for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
      if (seen.has(state)) continue;
      seen.add(state);
      queue.push(...targets(States[state]));
    }
    expect([...seen].toSorted()).toEqual(Object.keys(States).toSorted());
  });

  it("has every state that the laptop's has, with the same choices", () => {
    const laptop = toAsl(machine as Machine<string, string>, () => ({ Resource: "x", TimeoutSeconds: 1 })).States;
    for (const [state, { Type, Choices }] of Object.entries(laptop as Record<string, Json>)) {
      if (Type !== "Choice") continue;
      const tests = (choices: Json[]) => choices.map(({ And }) => And);
      expect(tests(States[state].Choices)).toEqual(tests(Choices));
    }
    expect(Object.keys(laptop).filter((state) => !(state in States))).toEqual([]);
  });

  it("stages, runs and collects each job, however it ended", () => {
    expect(jobs.length).toBeGreaterThan(0);
    for (const job of jobs) {
      expect(States[`Stage${job}`]).toMatchObject({ Resource: "function:stage", ResultPath: "$.stage", Next: job });
      expect(States[job]).toMatchObject({
        Resource: "arn:aws:states:::batch:submitJob.sync",
        Catch: [{ ErrorEquals: ["States.ALL"], Next: `Collect${job}` }],
        Next: `Collect${job}`,
      });
      expect(JSON.stringify(States[job])).not.toContain("Attempts");
      expect(States[job].Parameters.Timeout).toEqual({ "AttemptDurationSeconds.$": "$.stage.attemptSeconds" });
      expect(States[`Collect${job}`]).toMatchObject({
        Resource: collector,
        ResultPath: `$.${job.toLowerCase()}`,
        Catch: [{ Next: "Settle" }],
      });
    }
  });

  it("tells every function which run asks, and gives each task an end", () => {
    for (const state of Object.values(States).filter(({ Type }) => Type === "Task")) {
      expect(state.TimeoutSeconds).toBeGreaterThan(0);
      if (!state.Resource.startsWith("function:")) continue;
      expect(state.Parameters).toMatchObject({ "input.$": "$", "execution.$": "$$.Execution.Id" });
    }
  });

  it("calls functions that are there: each has a folder and a policy of its name", () => {
    const called = Object.values(States).flatMap(({ Resource }) => /^function:(.+)$/.exec(Resource ?? "")?.[1] ?? []);
    for (const one of called) {
      expect([one, existsSync(join(root, "lambdas", one, "handler.ts"))]).toEqual([one, true]);
      expect([one, existsSync(join(root, "policies", `${one}.json`))]).toEqual([one, true]);
    }
  });

  it("builds the image before its first job, only where it is missing", () => {
    const [first] = jobs;
    expect(States.FindImage).toMatchObject({ Next: `Stage${first}` });
    expect(targets(States.FindImage)).toContain("BuildImage");
    expect(States.BuildImage).toMatchObject({
      Resource: "arn:aws:states:::codebuild:startBuild.sync",
      Next: `Stage${first}`,
    });
    expect(targets(States.IsReserved)).toContain("FindImage");
  });
});
