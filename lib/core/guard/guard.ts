// The guard: looks, decides, does. Two of them at once, or one that died half-way, do no harm: whatever it does is done once, by compare
// and swap, by a mark that is written once, or by asking Batch and Step Functions to end what may have ended already.

import { type CloudMachine, cloudMachines, type FrozenProject } from "../../contracts/cloud-run.ts";
import { BobbinError, isBobbinError } from "../../contracts/errors.ts";
import { trialOwner } from "../../contracts/experiment.ts";
import { dataKeys } from "../../contracts/layout.ts";
import type { Ledger, Prices } from "../../contracts/ledger.ts";
import { parseJobName } from "../../contracts/names.ts";
import { commitBill } from "../budget/book.ts";
import { runHolds, sumsOf } from "../budget/view.ts";
import { sumOf, worstCase } from "../budget/worst-case.ts";
import type { Bill, Doors, Executions, Instances, JobQueue, ObjectStore, RunningExecution } from "../ports.ts";
import { findDocument } from "../registry/cas.ts";
import { readLock } from "../registry/lock.ts";
import { type Costs, proveLater } from "../steps/close-promises.ts";
import { runOf } from "../steps/cloud-run.ts";
import type { EndedRun, LookAfterPorts } from "../steps/look-after.ts";
import { lookAfter, settleDead } from "../steps/look-after.ts";
import { type CutOffPorts, cutOff } from "./cut-off.ts";
import { type Action, decide } from "./decide.ts";
import { lastWord } from "./last-word.ts";
import { readLedgers, readProjects } from "./ledgers.ts";
import type { Limits, Seen, SeenExecution, SeenJob } from "./seen.ts";
import type { Said } from "./tell-once.ts";
import { noteProblems, type Try } from "./try.ts";

export interface GuardPorts extends LookAfterPorts {
  readonly executions: Executions;
  /** What jobs have cost, as far as it is known at once; `costs` waits for a job that is just ending. */
  readonly costsNow: Costs;
  readonly queue: JobQueue;
  readonly instances: Instances;
  readonly doors: Doors;
  readonly bill: Bill;
  readonly prices: Prices;
  readonly limits: Limits;
  readonly wait: CutOffPorts["wait"];
  readonly tellUnfinished: () => Promise<void>;
}

/** Why the guard was called. */
export interface Call {
  /** The run whose execution has just ended. */
  readonly ended?: EndedRun | undefined;
  /** AWS says that the whole sum is billed. */
  readonly alarm?: boolean;
}

/** What a budget stands at, in micro-dollars: a line for the dashboard. */
export interface MoneyLine {
  readonly budget: string;
  readonly cap: number;
  readonly committed: number;
  readonly promised: number;
  readonly settled: number;
  readonly left: number;
  readonly bill: number;
  /** The next run at most, without what its upload weighs; null where no config of this budget was pushed. */
  readonly next: number | null;
}

export interface Watched {
  readonly actions: readonly Action[];
  readonly money: readonly MoneyLine[];
}

/** A cut-off may take as long as jobs need to end, and Lambda gives the guard a quarter of an hour. */
const patienceSeconds = 300;

/** @throws GuardIncomplete where something could not be looked at or done; everything else is done by then */
export async function watch(call: Call, ports: GuardPorts): Promise<Watched> {
  const { attempt, all } = noteProblems();
  const { ended, alarm = false } = call;
  if (ended !== undefined) await attempt(`settle for ${ended.runId}`, () => lookAfter(ended, ports));
  const seen = await look(alarm, ports, attempt);
  const actions = decide(seen, ports.limits);
  for (const action of actions) await attempt(nameOf(action), () => perform(action, ports));
  await attempt("tell people what was left half-told", () => ports.tellUnfinished());
  const ledgers = await readLedgers(ports.stores.registry, attempt);
  const money = moneyOf(ledgers, await readProjects(ports.stores.data, attempt), seen.at, ports.prices);
  if (all().length > 0) throw new BobbinError("GuardIncomplete", { problems: all().join("; ") });
  return { actions, money };
}

async function look(alarm: boolean, ports: GuardPorts, attempt: Try): Promise<Seen> {
  const { clock, queue, executions, instances, bill, stores } = ports;
  // In this order: whose job is there has an execution, and who has promised something has one too, or had.
  const ledgers = await readLedgers(stores.registry, attempt);
  const lock = await attempt("read the lock", () => readLock(stores.registry));
  const jobs = await attempt("list jobs", async () => {
    const found: SeenJob[] = [];
    for (const job of await queue.live()) found.push({ ...job, lastWord: await lastWord(job, stores.data) });
    return found;
  });
  const running = await attempt("list executions", async () => {
    const found: SeenExecution[] = [];
    for (const machine of cloudMachines)
      for await (const one of executions.running(machine)) found.push(seenExecution(machine, one));
    return found;
  });
  const owners = await attempt("find whose trainings there are", () => ownersOf(ledgers, jobs ?? [], stores.data));
  return {
    ...{ at: clock.now().toISOString(), ledgers, alarm, lock: lock ?? null },
    ...{ jobs: jobs ?? null, executions: running ?? null, owners: owners ?? null },
    lastEnd: (await attempt("see when the last job ended", () => queue.lastEnd())) ?? null,
    instances: (await attempt("list instances", () => instances.up())) ?? null,
    bill: (await attempt("read what AWS has billed", () => bill.read())) ?? null,
  };
}

function seenExecution(machine: CloudMachine, { name, arn, input, startedAt }: RunningExecution): SeenExecution {
  try {
    const { runId, attempt } = runOf(input, arn);
    return { machine, name, startedAt, run: { runId, attempt } };
  } catch {
    // Somebody's own, with an input of their own.
    return { machine, name, startedAt, run: null };
  }
}

/** Of what is held and what runs. The mark of a training is written before it promises anything. */
async function ownersOf(
  ledgers: readonly Ledger[],
  jobs: readonly SeenJob[],
  data: ObjectStore,
): Promise<Readonly<Record<string, string>>> {
  const held = ledgers.flatMap((ledger) => runHolds(ledger).filter(({ state }) => state !== "settled"));
  const ids = [...held.map(({ runId }) => runId), ...jobs.flatMap(({ name }) => parseJobName(name)?.runId ?? [])];
  const owners: Record<string, string> = {};
  for (const id of new Set(ids)) {
    const found = await findDocument(data, dataKeys.trialOwner(id), trialOwner);
    if (found !== null) owners[id] = found.value.runId;
  }
  return owners;
}

function nameOf(action: Action): string {
  const { do: what, ...of } = action;
  const [first = ""] = Object.values(of);
  return `${what} ${first}`;
}

async function perform(action: Action, patient: GuardPorts): Promise<unknown> {
  const ports = { ...patient, costs: patient.costsNow };
  const { stores, clock } = ports;
  switch (action.do) {
    case "cutOff":
      return cutOff({ reason: action.reason, patienceSeconds }, { ...ports, tell: (said) => tell(said, ports) });
    case "noteBill": {
      const { budget, amount } = action;
      const bill = { amount, at: clock.now().toISOString() };
      return commitBill(stores.registry, budget, bill, `guard/bill/${amount}/${bill.at}`);
    }
    case "freeLock":
      return lookAfter(null, ports);
    case "settle":
      // Settled for already, it holds what came too late: that is closed by what its jobs have proven.
      return (await settleDead(action, ports)) ?? (await prove(action, ports));
    case "prove":
      return prove(action, ports);
    case "stopExecution":
      return ports.executions.stop(action, { name: "RunTooLong", cause: action.why });
    case "terminateJob":
      return ports.queue.terminate(action.id, action.why);
    case "terminateInstance":
      return ports.instances.terminate(action.id);
    case "tell":
      return tell(action, ports);
  }
}

const tell = ({ id, subject, text }: Said, { notifier }: GuardPorts) => notifier.tell(subject, text, id);

/** A run whose request is erased can be proven no more: what it promised stays committed. */
async function prove(run: { readonly runId: string; readonly attempt: number }, ports: GuardPorts): Promise<unknown> {
  try {
    return await proveLater(run, ports);
  } catch (error) {
    if (isBobbinError(error, "ObjectMissing")) return null;
    throw error;
  }
}

function moneyOf(
  ledgers: readonly Ledger[],
  projects: readonly FrozenProject[],
  at: string,
  prices: Prices,
): readonly MoneyLine[] {
  return ledgers.map((ledger) => {
    const { committed, promised, settled, left } = sumsOf(ledger, at);
    const asked = projects.filter(({ config }) => config.budget.name === ledger.budget);
    const sizes = asked.map(({ config, recipe }) => ({
      ...{ timeoutSeconds: recipe.timeoutSeconds, uploadBytes: 0, at, ends: config.budget.ends },
    }));
    const next = sizes.length === 0 ? null : Math.max(...sizes.map((size) => sumOf(worstCase(size, prices))));
    return {
      ...{ budget: ledger.budget, cap: ledger.cap, committed, promised, settled, left },
      ...{ bill: ledger.bill?.amount ?? 0, next },
    };
  });
}
