// `bobbin stop --all` on a folder: the processes that work on its runs are the executions, the trainers they left behind are the jobs.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { runOfKey } from "../contracts/layout.ts";
import { type CutOffDone, type CutOffOrder, cutOff } from "../core/guard/cut-off.ts";
import type { Clock, LiveJob, RunningExecution, Stores } from "../core/ports.ts";
import { endOrphans, orphansIn } from "./jobs/child.ts";
import type { ProcessMark } from "./process/alive.ts";
import { claimant } from "./process/claim.ts";

export interface StopPorts {
  readonly stores: Stores;
  readonly clock: Clock;
  /** Folder that holds the work folders, each named by its run id. */
  readonly work: string;
}

/** A process that was asked ends its trainer first, which has half a minute. */
const graceMilliseconds = 40_000;
const jobFolders = ["train", "predict"];

/** @throws CutOffIncomplete where something still runs */
export function stopHere(order: CutOffOrder, { stores, clock, work }: StopPorts): Promise<CutOffDone> {
  const asked = new Map<string, number>();
  const nothing = async () => undefined;
  const workers = () => runIdsIn(work).flatMap((runId) => workerOf(work, runId));
  return cutOff(order, {
    ...{ stores, clock, wait, tell: nothing },
    doors: { shutStarts: nothing, shutQueue: nothing },
    executions: {
      async *running(): AsyncGenerator<RunningExecution> {
        const startedAt = clock.now().toISOString();
        for (const { runId } of workers()) yield { name: runId, arn: runId, input: { runId }, startedAt };
      },
      async stop({ name }) {
        const found = workers().find(({ runId }) => runId === name);
        if (found !== undefined) end(found, asked, clock.now().getTime());
      },
    },
    queue: {
      live: async () => runIdsIn(work).flatMap((runId) => orphansOf(work, runId, clock)),
      terminate: (folder) => endOrphans(folder),
    },
  });
}

function runIdsIn(work: string): readonly string[] {
  const names = fs.existsSync(work) ? fs.readdirSync(work) : [];
  return names.filter((name) => runOfKey(`runs/${name}/`) !== null);
}

interface Worker {
  readonly runId: string;
  readonly mark: ProcessMark;
}

function workerOf(work: string, runId: string): Worker[] {
  const mark = claimant(path.join(work, runId));
  return mark === null || mark.pid === process.pid ? [] : [{ runId, mark }];
}

/** Asked once as by Ctrl-C, which keeps what is done; killed where it does not listen. @throws RangeError on another machine */
function end({ runId, mark }: Worker, asked: Map<string, number>, now: number): void {
  if (mark.host !== os.hostname()) throw new RangeError(`the run ${runId} is at work on ${mark.host}: stop it there`);
  const since = asked.get(runId);
  if (since === undefined) asked.set(runId, now);
  if (since === undefined) process.kill(mark.pid, "SIGINT");
  else if (now - since > graceMilliseconds) process.kill(mark.pid, "SIGKILL");
}

/** Trainers whose own process is gone. */
function orphansOf(work: string, runId: string, clock: Clock): LiveJob[] {
  if (claimant(path.join(work, runId)) !== null) return [];
  const at = clock.now().toISOString();
  const folders = jobFolders.map((kind) => path.join(work, runId, kind)).filter((folder) => fs.existsSync(folder));
  return folders
    .filter((folder) => orphansIn(folder).length > 0)
    .map((id) => ({
      id,
      name: path.relative(work, id),
      isRunning: true,
      createdAt: at,
      startedAt: at,
      deadline: null,
    }));
}
