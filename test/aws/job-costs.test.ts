// What a run's jobs have cost, read from the queue of the emulated Batch, where their commands really ran.
import { beforeAll, expect, it } from "@jest/globals";
import { batchCosts } from "../../lib/aws/job-costs.ts";
import { batch, describeAws, freshQueue, submitJob, waitForJob } from "../support/aws.ts";
import { runIds } from "../support/run-request.ts";

const [ended, going, none] = runIds;
const client = batch();
const queue = "costs";
const costs = batchCosts(client, { queue, hour: 3_600_000, secondsAround: 100 });

const submit = (jobName: string, ...command: string[]) => submitJob(client, queue, jobName, ...command);
const waitFor = (jobId: string, status: string) => waitForJob(client, jobId, status);

describeAws("the cost of a run's jobs", () => {
  beforeAll(() => freshQueue(client, queue));

  it("is nothing where there was no job", async () => {
    expect(await costs.of(none)).toBe(0);
  });

  it("is the time of every attempt and what surrounds it, in begun micro-dollars", async () => {
    for (const kind of ["train", "predict"]) await waitFor(await submit(`${ended}-${kind}`, "sleep", "1"), "SUCCEEDED");
    await waitFor(await submit(`${ended}-other`, "true"), "SUCCEEDED");
    const cost = (await costs.of(ended)) ?? 0;
    // A second of a $3.60 hour is a thousand micro-dollars: twice a second, and twice a hundred around it.
    expect(cost).toBeGreaterThanOrEqual(2 * 101_000);
    expect(cost).toBeLessThan(2 * 115_000);
  });

  it("is unknown while one is at work", async () => {
    const id = await submit(`${going}-train`, "sleep", "5");
    await waitFor(id, "RUNNING");
    expect(await costs.of(going)).toBeNull();
    const patient = batchCosts(client, { queue, hour: 3_600_000, secondsAround: 100, patienceSeconds: 30 });
    expect(await patient.of(going)).toBeGreaterThanOrEqual(105_000);
  });
});
