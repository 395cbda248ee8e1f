// The queue of rented machines: Batch's, with all the statuses a job is in before it has ended.
import {
  type BatchClient,
  DescribeJobsCommand,
  type JobDetail,
  type JobStatus,
  paginateListJobs,
  TerminateJobCommand,
} from "@aws-sdk/client-batch";
import type { JobQueue, LiveJob } from "../core/ports.ts";

/** What a job is in before it has ended. */
export const unfinished = ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"] as const;
const ended = ["SUCCEEDED", "FAILED"] as const;
const mostAtOnce = 100;

/** @param queue name or ARN */
export function batchQueue(client: BatchClient, queue: string): JobQueue {
  return {
    async live() {
      const ids = new Set<string>();
      for (const status of unfinished) for await (const { jobId } of jobsIn(client, queue, status)) ids.add(jobId);
      const found: LiveJob[] = [];
      for (const job of await describe(client, [...ids])) {
        // Between the two questions it may have ended.
        if (job.status !== "SUCCEEDED" && job.status !== "FAILED") found.push(liveJob(job));
      }
      return found;
    },
    async terminate(jobId, why) {
      await client.send(new TerminateJobCommand({ jobId, reason: why }));
    },
    async lastEnd() {
      let last = 0;
      for (const status of ended)
        for await (const { stoppedAt } of jobsIn(client, queue, status)) last = Math.max(last, stoppedAt);
      return last === 0 ? null : iso(last);
    },
  };
}

async function* jobsIn(client: BatchClient, jobQueue: string, jobStatus: JobStatus) {
  for await (const { jobSummaryList = [] } of paginateListJobs({ client }, { jobQueue, jobStatus }))
    for (const { jobId, stoppedAt = 0 } of jobSummaryList) if (jobId !== undefined) yield { jobId, stoppedAt };
}

async function describe(client: BatchClient, ids: readonly string[]): Promise<readonly JobDetail[]> {
  const found: JobDetail[] = [];
  for (let at = 0; at < ids.length; at += mostAtOnce) {
    const jobs = ids.slice(at, at + mostAtOnce);
    found.push(...((await client.send(new DescribeJobsCommand({ jobs }))).jobs ?? []));
  }
  return found;
}

const iso = (milliseconds: number) => new Date(milliseconds).toISOString();

function liveJob({ jobId = "", jobName = "", status, createdAt = 0, startedAt, container }: JobDetail): LiveJob {
  const said = container?.environment?.find(({ name }) => name === "DEADLINE_EPOCH")?.value;
  return {
    ...{ id: jobId, name: jobName, isRunning: status === "RUNNING", createdAt: iso(createdAt) },
    startedAt: startedAt === undefined ? null : iso(startedAt),
    deadline: said === undefined || !/^\d{9,11}$/.test(said) ? null : iso(Number(said) * 1000),
  };
}
