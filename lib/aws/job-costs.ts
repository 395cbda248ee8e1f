// What a run's jobs have cost, proven by the queue: the time of every attempt of every job of the run, once all have ended.
import { setTimeout as wait } from "node:timers/promises";
import { type BatchClient, DescribeJobsCommand, type JobDetail, paginateListJobs } from "@aws-sdk/client-batch";
import type { Costs } from "../core/steps/settle.ts";

export interface JobCostOptions {
  /** Name or ARN of the queue. */
  readonly queue: string;
  /** Micro-dollars of an hour of the machine. */
  readonly hour: number;
  /** Seconds that each attempt costs beside its own time. */
  readonly secondsAround: number;
  /** A job that was stopped has half a minute to end; so long is waited for those that are not over. @default 0 */
  readonly patienceSeconds?: number;
}

const lookMilliseconds = 2_000;

/** Jobs are named `<run id>-<kind>`. Null where one of them is not over: what it will cost, nobody knows. */
export function batchCosts(client: BatchClient, options: JobCostOptions): Costs {
  return {
    async of(runId) {
      const ids: string[] = [];
      for (const kind of ["train", "predict"])
        ids.push(...(await jobsNamed(client, options.queue, `${runId}-${kind}`)));
      let looks = Math.ceil(((options.patienceSeconds ?? 0) * 1000) / lookMilliseconds);
      for (; ; looks -= 1) {
        const total = costOf(await describe(client, ids), options);
        if (total !== null || looks <= 0) return total;
        await wait(lookMilliseconds);
      }
    },
  };
}

function costOf(jobs: readonly JobDetail[], { hour, secondsAround }: JobCostOptions): number | null {
  let total = 0;
  for (const job of jobs) {
    const seconds = secondsOf(job, secondsAround);
    if (seconds === null) return null;
    total += Math.ceil((seconds * hour) / 3600);
  }
  return total;
}

async function jobsNamed(client: BatchClient, jobQueue: string, name: string): Promise<readonly string[]> {
  const ids: string[] = [];
  const filters = [{ name: "JOB_NAME", values: [name] }];
  for await (const { jobSummaryList = [] } of paginateListJobs({ client }, { jobQueue, filters })) {
    for (const { jobId, jobName } of jobSummaryList) if (jobId !== undefined && jobName === name) ids.push(jobId);
  }
  return ids;
}

const mostAtOnce = 100;
async function describe(client: BatchClient, ids: readonly string[]): Promise<readonly JobDetail[]> {
  const found: JobDetail[] = [];
  for (let at = 0; at < ids.length; at += mostAtOnce) {
    const jobs = [...ids.slice(at, at + mostAtOnce)];
    found.push(...((await client.send(new DescribeJobsCommand({ jobs }))).jobs ?? []));
  }
  if (found.length !== ids.length) throw new RangeError(`${ids.length} jobs listed, ${found.length} described`);
  return found;
}

/** An attempt without a start was never on a machine; one without an end counts to the end of its job. */
function secondsOf({ status, attempts = [], stoppedAt }: JobDetail, around: number): number | null {
  if (status !== "SUCCEEDED" && status !== "FAILED") return null;
  let seconds = 0;
  for (const attempt of attempts) {
    if (attempt.startedAt === undefined) continue;
    const end = attempt.stoppedAt ?? stoppedAt;
    if (end === undefined) return null;
    seconds += Math.max(0, end - attempt.startedAt) / 1000 + around;
  }
  return seconds;
}
