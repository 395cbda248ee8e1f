// What a run's jobs have cost, proven by the queue: the time of every attempt of every job of the run, once all have ended.
import { setTimeout as wait } from "node:timers/promises";
import { type BatchClient, DescribeJobsCommand, type JobDetail, paginateListJobs } from "@aws-sdk/client-batch";
import type { Prices } from "../contracts/ledger.ts";
import { jobName } from "../contracts/names.ts";
import { proveCost, type SeenJob } from "../core/budget/proof.ts";
import type { Costs } from "../core/steps/close-promises.ts";

export interface JobCostOptions {
  /** Name or ARN of the queue. */
  readonly queue: string;
  readonly prices: Prices;
  /** A job that was stopped has half a minute to end; so long is waited for those that are not over. @default 0 */
  readonly patienceSeconds?: number;
}

const lookMilliseconds = 2_000;
const kinds = ["train", "predict"] as const;

/** Null where one of them is not over, or not to be seen: what it costs, nobody knows. */
export function batchCosts(client: BatchClient, { queue, prices, patienceSeconds = 0 }: JobCostOptions): Costs {
  return {
    async of(runId, { attempt, staged }) {
      let looks = Math.ceil((patienceSeconds * 1000) / lookMilliseconds);
      for (; ; looks -= 1) {
        const seen = (
          await Promise.all(kinds.map((kind) => jobsOf(client, queue, jobName(runId, kind, attempt), kind)))
        ).flat();
        const cost = proveCost(seen, staged, prices);
        if (cost !== null || looks <= 0) return cost;
        await wait(lookMilliseconds);
      }
    },
  };
}

async function jobsOf(client: BatchClient, queue: string, name: string, kind: SeenJob["kind"]): Promise<SeenJob[]> {
  const ids = await jobsNamed(client, queue, name);
  const described = new Map((await describe(client, ids)).map((job) => [job.jobId, job]));
  return ids.map((id) => seenJob(id, kind, described.get(id), Date.now()));
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
  return found;
}

/**
 * A job that was listed and cannot be described has not ended, as far as anybody knows. One that was cancelled before it ran may say
 * no end: it was over by now.
 */
function seenJob(id: string, kind: SeenJob["kind"], job: JobDetail | undefined, now: number): SeenJob {
  const { status, attempts = [], createdAt = Number.NaN, stoppedAt = now } = job ?? {};
  const over = status === "SUCCEEDED" || status === "FAILED";
  return {
    ...{ id, kind, createdAt },
    // One that succeeded waits for no other try, however late Batch wrote down its end.
    endedAt: over ? (status === "SUCCEEDED" ? (attempts.at(-1)?.stoppedAt ?? stoppedAt) : stoppedAt) : null,
    attempts: attempts.map((attempt) => ({
      startedAt: attempt.startedAt ?? null,
      stoppedAt: attempt.stoppedAt ?? null,
    })),
  };
}
