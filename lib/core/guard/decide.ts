// What the guard does about what it sees: pure, so that every case of it can be tried. It only names; guard.ts does.
import type { CloudMachine } from "../../contracts/cloud-run.ts";
import type { Ledger } from "../../contracts/ledger.ts";
import { usd } from "../../contracts/money.ts";
import { parseJobName } from "../../contracts/names.ts";
import { committed } from "../budget/limits.ts";
import { runHolds, toProve } from "../budget/view.ts";
import { cutOffInForce } from "./in-force.ts";
import type { Limits, Seen, SeenExecution, SeenJob } from "./seen.ts";

export type Action =
  /** Shuts everything and ends everything; see cut-off.ts. */
  | { readonly do: "cutOff"; readonly reason: string }
  /** What AWS has billed, as far as this budget has to answer for it. */
  | { readonly do: "noteBill"; readonly budget: string; readonly amount: number }
  /** Somebody holds the pipeline and nobody works for him: settled for, or started again. */
  | { readonly do: "freeLock"; readonly runId: string }
  | { readonly do: "settle"; readonly runId: string; readonly attempt: number }
  /** Looks for the proof of what jobs have cost. */
  | { readonly do: "prove"; readonly runId: string; readonly attempt: number }
  | { readonly do: "stopExecution"; readonly name: string; readonly machine: CloudMachine; readonly why: string }
  | { readonly do: "terminateJob"; readonly id: string; readonly why: string }
  | { readonly do: "terminateInstance"; readonly id: string }
  /** People, once for each id. */
  | { readonly do: "tell"; readonly id: string; readonly subject: string; readonly text: string };

/** Lists are late by moments, and an execution that was asked for begins some later. */
const youngSeconds = 300;
/** The trainer says a line after each batch. */
const silentSeconds = 1200;
/** A job ends itself at its deadline, and has half a minute for it. */
const overtimeSeconds = 120;

export function decide(seen: Seen, limits: Limits): readonly Action[] {
  const cut = ofCutOff(seen);
  const machines = [...ofJobs(seen), ...ofInstances(seen, limits)];
  const actions = [...ofBill(seen), ...cut, ...ofLock(seen), ...ofPromises(seen, limits), ...ofLedgers(seen)];
  // A cut-off stops every execution and ends every job by itself.
  return cut.length > 0 ? actions.filter((action) => action.do !== "stopExecution") : [...actions, ...machines];
}

const secondsSince = ({ at }: Seen, moment: string) => (Date.parse(at) - Date.parse(moment)) / 1000;

const tell = (id: string, subject: string, ...lines: readonly string[]): Action => ({
  ...{ do: "tell", id, subject: `Bobbin: ${subject}` },
  text: lines.join("\n"),
});

// Money.

/** The budget that a bill is held against: of those that are not over, the one that was promised from last. */
function current({ ledgers, at }: Seen): Ledger | null {
  const last = ({ entries }: Ledger) =>
    entries.reduce((latest, { promisedAt }) => (promisedAt > latest ? promisedAt : latest), "");
  const alive = ledgers.filter(({ terms }) => terms.ends > at);
  const ranked = [...(alive.length > 0 ? alive : ledgers)].sort((a, b) => (last(a) < last(b) ? 1 : -1));
  return ranked[0] ?? null;
}

/** AWS bills the account; what its other budgets have committed is theirs. */
function billOf(seen: Seen): { readonly ledger: Ledger; readonly amount: number } | null {
  const ledger = current(seen);
  if (ledger === null || seen.bill === null) return null;
  const others = seen.ledgers.filter((one) => one !== ledger).reduce((sum, one) => sum + committed(one), 0);
  return { ledger, amount: Math.max(0, seen.bill - others) };
}

function ofBill(seen: Seen): Action[] {
  const bill = billOf(seen);
  if (bill === null || bill.amount <= (bill.ledger.bill?.amount ?? 0)) return [];
  return [{ do: "noteBill", budget: bill.ledger.budget, amount: bill.amount }];
}

/** The whole sum is billed, or was spent beyond; or a cut-off was begun, and may not have come to its end. */
function ofCutOff(seen: Seen): Action[] {
  const begun = cutOffInForce(seen.ledgers);
  if (begun !== null) return [{ do: "cutOff", reason: begun.reason }];
  const bill = billOf(seen);
  if (bill !== null && bill.amount >= bill.ledger.cap) {
    const { budget, cap } = bill.ledger;
    return [{ do: "cutOff", reason: `AWS has billed ${usd(bill.amount)}, and the cap of ${budget} is ${usd(cap)}` }];
  }
  const over = seen.ledgers.find((ledger) => committed(ledger) > ledger.cap);
  if (over !== undefined) {
    const reason = `${usd(committed(over))} is committed, and the cap of ${over.budget} is ${usd(over.cap)}`;
    return [{ do: "cutOff", reason }];
  }
  // An alarm that cannot be looked into counts as true.
  if (seen.alarm && bill === null) return [{ do: "cutOff", reason: "AWS Budgets says that the whole sum is billed" }];
  return [];
}

function ofLedgers(seen: Seen): Action[] {
  return seen.ledgers.flatMap(({ budget, closed, terms, idle }) => {
    const said: Action[] = [];
    if (closed?.kind === "overrun")
      said.push(
        tell(
          `overrun/${budget}/${closed.at}`,
          `the budget ${budget} is overrun`,
          `${closed.reason}. It is closed since ${closed.at}: nothing starts any more, and what runs goes on to its end.`,
          "What to do: see `bobbin budget`, then the bill in Cost Explorer; `bobbin stop --all` ends what runs.",
        ),
      );
    if (terms.ends <= seen.at)
      said.push(
        tell(
          `ended/${budget}/${terms.ends}`,
          `the budget ${budget} has ended`,
          `It ended at ${terms.ends}: nothing starts any more. While it stands, the account costs ${usd(idle.month)} a month.`,
          "What to do: begin a budget under a new name, or take the stack down.",
        ),
      );
    return said;
  });
}

// Runs.

const isOf = (runId: string) => (one: SeenExecution) => one.run?.runId === runId;

function ofLock(seen: Seen): Action[] {
  const { lock, executions } = seen;
  const holder = lock?.holder ?? null;
  if (holder === null || executions === null || secondsSince(seen, holder.since) < youngSeconds) return [];
  return executions.some(isOf(holder.runId)) ? [] : [{ do: "freeLock", runId: holder.runId }];
}

/** What tries of runs hold: of dead ones it is settled for, of ended ones proven; what is held for longer than any run takes is stopped. */
function ofPromises(seen: Seen, { runSeconds }: Limits): Action[] {
  const { executions, owners, ledgers, at, lock } = seen;
  if (executions === null || owners === null) return [];
  const actions = ledgers.flatMap((ledger) => {
    const late = toProve(ledger, at, runSeconds);
    return runHolds(ledger).flatMap((hold): Action[] => {
      const { attempt, state, since } = hold;
      if (state === "settled") return [];
      const runId = owners[hold.runId] ?? hold.runId;
      const mine = executions.filter(isOf(runId));
      if (mine.length > 0) {
        const isLate = state === "open" && late.some((one) => one.runId === hold.runId && one.attempt === attempt);
        const why = `It holds its reservation since ${since}, longer than any run takes.`;
        // An experiment takes as long as all its trainings; each of them is held to it by a promise of its own.
        const stopped = mine.filter(({ machine }) => machine !== "experiment" || runId !== hold.runId);
        return isLate ? stopped.map(({ name, machine }): Action => ({ do: "stopExecution", name, machine, why })) : [];
      }
      if (state === "waiting") return [{ do: "prove", runId, attempt }];
      // Whoever holds the pipeline is settled for with it.
      if (secondsSince(seen, since) < youngSeconds || lock?.holder?.runId === runId) return [];
      return [{ do: "settle", runId, attempt }];
    });
  });
  // The trainings of an experiment are settled for, and proven, with it.
  const isNew = new Set<string>();
  return actions.filter((action) => !isNew.has(JSON.stringify(action)) && isNew.add(JSON.stringify(action)));
}

// Machines.

function ofJobs(seen: Seen): Action[] {
  return (seen.jobs ?? []).flatMap((job): Action[] => {
    const why = whyEnded(job, seen);
    if (why === null) return [];
    // Told first: who ends it and dies leaves nothing behind that the next one could tell of.
    return [
      tell(`job/${job.id}`, `the job ${job.name} is ended`, `The job ${job.name} (${job.id}) is ended: ${why}`),
      { do: "terminateJob", id: job.id, why },
    ];
  });
}

/** null where the job may go on. */
function whyEnded(job: SeenJob, seen: Seen): string | null {
  const { deadline, isRunning, startedAt, lastWord } = job;
  if (deadline !== null && secondsSince(seen, deadline) > overtimeSeconds) return `its deadline was ${deadline}.`;
  if (isRunning && startedAt !== null) {
    const heard = lastWord !== null && lastWord > startedAt ? lastWord : startedAt;
    if (secondsSince(seen, heard) > silentSeconds) return `it has said nothing since ${heard}.`;
  }
  if (seen.executions === null || seen.owners === null) return null;
  if (secondsSince(seen, job.createdAt) < youngSeconds) return null;
  const of = parseJobName(job.name);
  if (of === null) return "no run of Bobbin's has asked for it.";
  const runId = seen.owners[of.runId] ?? of.runId;
  const isHis = ({ run }: SeenExecution) => run?.runId === runId && run.attempt === of.attempt;
  return seen.executions.some(isHis) ? null : "the run that asked for it does not run any more.";
}

/** A machine comes with a job and goes in the time around it. One that stays is ended where nothing works; beside others it is told of. */
function ofInstances(seen: Seen, { aroundSeconds }: Limits): Action[] {
  const { instances, jobs, lastEnd } = seen;
  if (instances === null || jobs === null) return [];
  const old = instances.filter(({ since }) => secondsSince(seen, since) > aroundSeconds);
  const isExplained = lastEnd !== null && secondsSince(seen, lastEnd) <= aroundSeconds;
  if (old.length <= jobs.length || (jobs.length === 0 && isExplained)) return [];
  return old.flatMap(({ id, since }): Action[] => {
    const words = `${id} is up since ${since}, and no job explains it`;
    if (jobs.length > 0)
      return [
        tell(
          `instance/${id}/beside`,
          "a machine that no job explains",
          `One of ${old.map((one) => one.id).join(", ")} works for nobody: jobs run on ${jobs.length} of them.`,
          "What to do: see which in the console of ECS, and end it.",
        ),
      ];
    return [
      tell(`instance/${id}`, `the machine ${id} is ended`, `${words}. It is ended; see that none comes after it.`),
      { do: "terminateInstance", id },
    ];
  });
}
