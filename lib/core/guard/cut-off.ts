// The cut-off: from whatever state the account is in, to one in which nothing runs, nothing can start, and people know. It remembers
// nothing, so it can be run again at any point of itself; the guard does, as long as a ledger says that it is in force.
import { cloudMachines } from "../../contracts/cloud-run.ts";
import type { Config } from "../../contracts/config.ts";
import { BobbinError } from "../../contracts/errors.ts";
import type { Clock, Doors, Executions, JobQueue, Stores } from "../ports.ts";
import { cutOffInForce } from "./in-force.ts";
import { closeLedgers, readLedgers } from "./ledgers.ts";
import type { Said } from "./tell-once.ts";
import { noteProblems, type Try } from "./try.ts";

export interface CutOffPorts {
  readonly stores: Stores;
  readonly clock: Clock;
  readonly doors: Pick<Doors, "shutStarts" | "shutQueue">;
  readonly executions: Pick<Executions, "running" | "stop">;
  readonly queue: Pick<JobQueue, "live" | "terminate">;
  readonly tell: (said: Said) => Promise<unknown>;
  readonly wait: (milliseconds: number) => Promise<unknown>;
}

export interface CutOffOrder {
  /** Also who wants it. */
  readonly reason: string;
  /** Budgets that may have no ledger yet: one is made, closed. */
  readonly budgets?: readonly Config["budget"][];
  /** A job that is asked to end has half a minute; so long is waited for all of it. */
  readonly patienceSeconds: number;
}

export interface CutOffDone {
  readonly executions: number;
  readonly jobs: number;
  readonly seconds: number;
}

const lookMilliseconds = 1_000;
const why = "Everything is cut off: see `bobbin budget`.";

/** @throws CutOffIncomplete where something still runs, or could not be done; all the rest is done */
export async function cutOff(order: CutOffOrder, ports: CutOffPorts): Promise<CutOffDone> {
  const { stores, clock, doors } = ports;
  const { attempt, all } = noteProblems();
  const began = clock.now();
  const at = began.toISOString();
  const { reason, budgets = [] } = order;
  // From here on no reservation can succeed ...
  await closeLedgers(stores, budgets, { at, reason }, attempt);
  const inForce = cutOffInForce(await readLedgers(stores.registry, attempt)) ?? { at, reason };
  // ... nothing starts by itself, and what is submitted all the same is refused: so what is ended below stays ended.
  await attempt("disable the rule that starts runs", () => doors.shutStarts());
  await attempt("disable the queue", () => doors.shutQueue());
  const ended = { executions: new Set<string>(), jobs: new Set<string>() };
  const secondsGone = () => (clock.now().getTime() - began.getTime()) / 1000;
  let left = await endAll(ended, ports, attempt);
  while (left.length > 0 && secondsGone() < order.patienceSeconds) {
    await ports.wait(lookMilliseconds);
    left = await endAll(ended, ports, attempt);
  }
  const done = { executions: ended.executions.size, jobs: ended.jobs.size, seconds: Math.ceil(secondsGone()) };
  await attempt("tell people", () => ports.tell(saidOf(inForce, left, all())));
  if (left.length === 0 && all().length === 0) return done;
  throw new BobbinError("CutOffIncomplete", {
    left: left.join(", ") || "nothing",
    problems: all().join("; ") || "none",
  });
}

/** Executions first: one that still runs could submit a job. @returns what was still there */
async function endAll(
  ended: { readonly executions: Set<string>; readonly jobs: Set<string> },
  { executions, queue }: CutOffPorts,
  attempt: Try,
): Promise<readonly string[]> {
  const left: string[] = [];
  await attempt("stop executions", async () => {
    for (const machine of cloudMachines) {
      for await (const { name } of executions.running(machine)) {
        left.push(`execution ${name}`);
        ended.executions.add(name);
        const stop = () => executions.stop({ machine, name }, { name: "CutOff", cause: why });
        await attempt(`stop the execution ${name}`, stop);
      }
    }
  });
  const jobs = await attempt("list jobs", () => queue.live());
  if (jobs === undefined) left.push("jobs that could not be listed");
  for (const { id, name } of jobs ?? []) {
    left.push(`job ${name}`);
    ended.jobs.add(id);
    await attempt(`end the job ${name}`, () => queue.terminate(id, why));
  }
  return left;
}

function saidOf(
  { at, reason }: { readonly at: string; readonly reason: string },
  left: readonly string[],
  problems: readonly string[],
): Said {
  const isDone = left.length === 0 && problems.length === 0;
  const lines = [
    `${reason}.`,
    "All ledgers are closed, uploads start nothing, the queue takes no job.",
    isDone ? "Nothing runs any more." : `Still there: ${left.join(", ") || "nothing"}.`,
    ...problems.map((problem) => `Could not ${problem}`),
    "What to do: see `bobbin budget` and the bill. `bobbin budget raise` is the way back.",
  ];
  const subject = `Bobbin: everything is cut off${isDone ? "" : ", but not yet in full"}`;
  // Told once when it began badly, and once when it came to its end.
  return { id: `cut-off/${at}/${isDone ? "done" : "begun"}`, subject, text: lines.join("\n") };
}
