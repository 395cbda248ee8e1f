// The machine as Step Functions gets it: the laptop's states, with what jobs and image need around them, and no way that leads nowhere.
import { describe, expect, it } from "@jest/globals";
import { toAsl } from "../../../lib/workflow/asl.ts";
import { cloudAsl } from "../../../lib/workflow/cloud.ts";
import { trainMachine } from "../../../lib/workflow/train.ts";

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
const { StartAt, States } = cloudAsl(trainMachine, place) as { StartAt: string; States: Record<string, Json> };
const targets = (state: Json): string[] =>
  [
    state.Next,
    state.Default,
    ...(state.Choices ?? []).map((one: Json) => one.Next),
    ...(state.Catch ?? []).map((one: Json) => one.Next),
  ].filter((one) => one !== undefined);

describe("the machine in the cloud", () => {
  it("leads from its start to every state, and nowhere else", () => {
    const seen = new Set<string>();
    const queue = [StartAt];
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (seen.has(name)) continue;
      seen.add(name);
      queue.push(...targets(States[name]));
    }
    expect([...seen].toSorted()).toEqual(Object.keys(States).toSorted());
  });

  it("has every state that the laptop's has, with the same choices", () => {
    const laptop = toAsl(trainMachine, () => ({ Resource: "x", TimeoutSeconds: 1 })).States as Record<string, Json>;
    for (const [name, { Type, Choices }] of Object.entries(laptop)) {
      if (Type !== "Choice") continue;
      const tests = (choices: Json[]) => choices.map(({ And }) => And);
      expect(tests(States[name].Choices)).toEqual(tests(Choices));
    }
    expect(Object.keys(laptop).filter((name) => !(name in States))).toEqual([]);
  });

  it.each(["Train", "Predict"])("stages, runs and collects %s, however the job ended", (name) => {
    expect(States[`Stage${name}`]).toMatchObject({ Resource: "function:stage", ResultPath: "$.stage", Next: name });
    expect(States[name]).toMatchObject({
      Resource: "arn:aws:states:::batch:submitJob.sync",
      Catch: [{ ErrorEquals: ["States.ALL"], Next: `Collect${name}` }],
      Next: `Collect${name}`,
    });
    expect(JSON.stringify(States[name])).not.toContain("Attempts");
    expect(States[name].Parameters.Timeout).toEqual({ "AttemptDurationSeconds.$": "$.stage.attemptSeconds" });
    expect(States[`Collect${name}`]).toMatchObject({
      Resource: "function:collect",
      ResultPath: `$.${name.toLowerCase()}`,
      Catch: [{ Next: "Settle" }],
    });
  });

  it("tells every function which run asks, and gives each task an end", () => {
    for (const state of Object.values(States).filter(({ Type }) => Type === "Task")) {
      expect(state.TimeoutSeconds).toBeGreaterThan(0);
      if (!state.Resource.startsWith("function:")) continue;
      expect(state.Parameters).toMatchObject({ "input.$": "$", "execution.$": "$$.Execution.Id" });
    }
  });

  it("builds the image only where it is missing", () => {
    expect(States.FindImage).toMatchObject({ Next: "StageTrain" });
    expect(targets(States.FindImage)).toContain("BuildImage");
    expect(States.BuildImage).toMatchObject({
      Resource: "arn:aws:states:::codebuild:startBuild.sync",
      Next: "StageTrain",
    });
    expect(targets(States.IsReserved)).toContain("FindImage");
  });
});
