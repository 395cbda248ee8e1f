// What a run's jobs have cost, read from the queue of the emulated Batch, where their commands really ran.
import { beforeAll, expect, it } from "@jest/globals";
import { batchCosts } from "../../lib/aws/job-costs.ts";
import { batch, describeAws, freshQueue, submitJob, waitForJob } from "../support/aws.ts";
import { runIds } from "../support/run-request.ts";

const [ended, going, none] = runIds;
const client = batch();
const queue = "costs";
const prices = { admission: 0, trainHour: 3_600_000, predictHour: 3_600_000, secondsAround: 100, secondsAfter: 100 };
const costs = batchCosts(client, { queue, prices });
const amountOf = (cost: Awaited<ReturnType<typeof costs.of>>) =>
  cost === null || typeof cost === "number" ? null : cost.amount;
const asked = { attempt: 1, staged: [] } as const;

const submit = (jobName: string, ...command: string[]) => submitJob(client, queue, jobName, ...command);
const waitFor = (jobId: string, status: string) => waitForJob(client, jobId, status);

describeAws("the cost of a run's jobs", () => {
  beforeAll(() => freshQueue(client, queue));

  it("is nothing where there was no job", async () => {
    expect(await costs.of(none, asked)).toMatchObject({ amount: 0, proof: { jobs: [] } });
    expect(await costs.of(none, { ...asked, staged: ["train"] })).toBeNull();
  });

  it("is the time of every attempt and what surrounds it, in begun micro-dollars", async () => {
    for (const kind of ["train", "predict"])
      await waitFor(await submit(`${ended}-${kind}-1`, "sleep", "1"), "SUCCEEDED");
    await waitFor(await submit(`${ended}-train-2`, "true"), "SUCCEEDED");
    const cost = await costs.of(ended, { ...asked, staged: ["train", "predict"] });
    // A second of a $3.60 hour is a thousand micro-dollars: twice a second, and a hundred after the last one.
    expect(amountOf(cost)).toBeGreaterThanOrEqual(102_000);
    expect(amountOf(cost)).toBeLessThan(130_000);
    const { jobs } = cost === null || typeof cost === "number" ? { jobs: [] } : cost.proof;
    expect(jobs.map(({ kind, attempts }) => [kind, attempts.length])).toEqual([
      ["train", 1],
      ["predict", 1],
    ]);
    // Another try has its own.
    expect(amountOf(await costs.of(ended, { attempt: 2, staged: ["train"] }))).toBeLessThan(115_000);
  });

  it("is unknown while one is at work", async () => {
    const id = await submit(`${going}-train-1`, "sleep", "5");
    await waitFor(id, "RUNNING");
    expect(await costs.of(going, asked)).toBeNull();
    const patient = batchCosts(client, { queue, prices, patienceSeconds: 30 });
    expect(amountOf(await patient.of(going, asked))).toBeGreaterThanOrEqual(105_000);
  });
});
