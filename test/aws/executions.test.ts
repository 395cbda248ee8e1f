// Step Functions as Executions, on the emulated one: started once, watched, stopped, read back.
import { CreateStateMachineCommand } from "@aws-sdk/client-sfn";
import { beforeAll, expect, it } from "@jest/globals";
import { stepFunctions } from "../../lib/aws/executions.ts";
import type { Execution, ExecutionEvent, ExecutionId } from "../../lib/core/ports.ts";
import { describeAws, sfn } from "../support/aws.ts";
import { runIds } from "../support/run-request.ts";

const machines = `arn:aws:states:us-east-1:111111111111:stateMachine:bobbin-test-${process.pid}`;
const executions = stepFunctions(sfn(), machines);
const train = (name: string): ExecutionId => ({ machine: "train", name });

/** Does what its input says: waits, fails, or goes through. */
const machine = {
  StartAt: "Choose",
  States: {
    Choose: {
      Type: "Choice",
      Choices: [
        { Variable: "$.what", StringEquals: "wait", Next: "Rest" },
        { Variable: "$.what", StringEquals: "fail", Next: "Failed" },
      ],
      Default: "Done",
    },
    Rest: { Type: "Wait", Seconds: 60, Next: "Done" },
    Failed: { Type: "Fail", Error: "DataRefused", Cause: "3 labels" },
    Done: { Type: "Pass", End: true },
  },
};

async function ended(id: ExecutionId): Promise<Execution> {
  for (;;) {
    const found = await executions.describe(id);
    if (found === null) throw new Error("nobody started it");
    if (found.status !== "running") return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function historyOf(id: ExecutionId): Promise<ExecutionEvent[]> {
  const events: ExecutionEvent[] = [];
  for await (const event of executions.history(id)) events.push(event);
  return events;
}

describeAws("on the emulated Step Functions", () => {
  beforeAll(async () => {
    const name = `${machines.split(":").at(-1)}-train`;
    const roleArn = "arn:aws:iam::111111111111:role/nobody";
    await sfn().send(new CreateStateMachineCommand({ name, roleArn, definition: JSON.stringify(machine) }));
  });

  it("an execution runs once, however often it is started", async () => {
    const id = train(runIds[0]);
    expect(await executions.describe(id)).toBeNull();
    await Promise.all([executions.start(id, { what: "pass" }), executions.start(id, { what: "pass" })]);
    const first = await ended(id);
    expect(first).toMatchObject({ status: "succeeded", error: null });
    expect(Date.parse(first.endedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(first.startedAt));
    await executions.start(id, { what: "pass" });
    expect(await executions.describe(id)).toEqual(first);
    const entered = (await historyOf(id)).filter(({ type }) => type.endsWith("StateEntered"));
    expect(entered.map(({ state }) => state)).toEqual(["Choose", "Done"]);
  });

  it("a failed one says why, in words and in its history", async () => {
    const id = train(runIds[1]);
    await executions.start(id, { what: "fail" });
    const error = { name: "DataRefused", cause: "3 labels" };
    expect(await ended(id)).toMatchObject({ status: "failed", error });
    expect((await historyOf(id)).at(-1)).toMatchObject({ type: "ExecutionFailed", state: null, error });
  });

  it("a stopped one stays stopped, and stopping it again changes nothing", async () => {
    const id = train(runIds[2]);
    await executions.start(id, { what: "wait" });
    const why = { name: "RunCancelled", cause: "x".repeat(40_000) };
    await executions.stop(id, why);
    const stopped = await ended(id);
    expect(stopped).toMatchObject({ status: "stopped", error: { name: "RunCancelled" } });
    expect(stopped.error?.cause).toHaveLength(32_768);
    await executions.stop(id, { name: "Other", cause: "" });
    expect(await executions.describe(id)).toEqual(stopped);
  });

  it("one that never was is missing by name", async () => {
    const missing = { name: "ExecutionMissing", data: { machine: "train", execution: runIds[3] } };
    await expect(executions.stop(train(runIds[3]), { name: "a", cause: "b" })).rejects.toMatchObject(missing);
    await expect(historyOf(train(runIds[3]))).rejects.toMatchObject(missing);
  });
});
