// What a run's jobs have cost, read from the queue of the emulated Batch, where their commands really ran.
import {
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  DescribeJobsCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
} from "@aws-sdk/client-batch";
import { beforeAll, expect, it } from "@jest/globals";
import { batchCosts } from "../../lib/aws/job-costs.ts";
import { batch, describeAws } from "../support/aws.ts";
import { runIds } from "../support/run-request.ts";

const [ended, going, none] = runIds;
const client = batch();
const queue = "costs";
const costs = batchCosts(client, { queue, hour: 3_600_000, secondsAround: 100 });

async function submit(jobName: string, ...command: string[]): Promise<string> {
  const job = { jobName, jobQueue: queue, jobDefinition: "costs", containerOverrides: { command } };
  return (await client.send(new SubmitJobCommand(job))).jobId ?? "";
}

async function waitFor(jobId: string, statuses: readonly string[]): Promise<void> {
  for (;;) {
    const { jobs = [] } = await client.send(new DescribeJobsCommand({ jobs: [jobId] }));
    if (statuses.includes(jobs[0]?.status ?? "")) return;
    await new Promise((settle) => setTimeout(settle, 50));
  }
}

describeAws("the cost of a run's jobs", () => {
  beforeAll(async () => {
    await client.send(
      new CreateComputeEnvironmentCommand({ computeEnvironmentName: "costs", type: "UNMANAGED", state: "ENABLED" }),
    );
    const computeEnvironmentOrder = [{ order: 1, computeEnvironment: "costs" }];
    await client.send(new CreateJobQueueCommand({ jobQueueName: queue, priority: 1, computeEnvironmentOrder }));
    const containerProperties = { image: "none", command: ["true"], vcpus: 1, memory: 64 };
    await client.send(
      new RegisterJobDefinitionCommand({ jobDefinitionName: "costs", type: "container", containerProperties }),
    );
  });

  it("is nothing where there was no job", async () => {
    expect(await costs.of(none)).toBe(0);
  });

  it("is the time of every attempt and what surrounds it, in begun micro-dollars", async () => {
    for (const kind of ["train", "predict"])
      await waitFor(await submit(`${ended}-${kind}`, "sleep", "1"), ["SUCCEEDED"]);
    await waitFor(await submit(`${ended}-other`, "true"), ["SUCCEEDED"]);
    const cost = (await costs.of(ended)) ?? 0;
    // A second of a $3.60 hour is a thousand micro-dollars: twice a second, and twice a hundred around it.
    expect(cost).toBeGreaterThanOrEqual(2 * 101_000);
    expect(cost).toBeLessThan(2 * 115_000);
  });

  it("is unknown while one is at work", async () => {
    const id = await submit(`${going}-train`, "sleep", "5");
    await waitFor(id, ["RUNNING"]);
    expect(await costs.of(going)).toBeNull();
    const patient = batchCosts(client, { queue, hour: 3_600_000, secondsAround: 100, patienceSeconds: 30 });
    expect(await patient.of(going)).toBeGreaterThanOrEqual(105_000);
  });
});
