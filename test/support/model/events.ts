// What can happen next in a state, each with its words.
import type { Ledger } from "../../../lib/contracts/ledger.ts";
import { toProve } from "../../../lib/core/budget/view.ts";
import type { Account } from "./account.ts";
import { lockKey } from "./account.ts";
import { longest, type ModelJob, modelPrices, shortest } from "./batch.ts";
import { idOf, nameOf } from "./locals.ts";
import type { Call } from "./programs.ts";
import { type Execution, type Keys, may, type Process, type State, spend } from "./state.ts";

/** One event: its words, and the state after it. */
export interface Step {
  readonly words: string;
  readonly after: State;
}

/** What the events of a state are worked out from. */
export interface Place {
  readonly account: Account;
  readonly keys: Keys;
  readonly uploads: readonly string[];
  readonly ledgerOf: (state: State) => Ledger | null;
  readonly spent: (state: State) => number;
}

export async function eventsOf(state: State, place: Place): Promise<readonly Step[]> {
  const [processes, executions, outside] = await Promise.all([
    ofProcesses(state, place),
    ofExecutions(state, place),
    ofOutside(state, place),
  ]);
  return [...processes, ...executions, ...ofJobs(state, place), ...outside];
}

function wordsOf(call: Call): string {
  if ("input" in call) return `${call.program} of ${nameOf(call.input.runId)}-${call.input.attempt ?? 1}`;
  return "runId" in call ? `the watch for ${nameOf(call.runId)} (${call.program})` : `the ${call.program}`;
}

async function ofProcesses(state: State, place: Place): Promise<Step[]> {
  const steps: Step[] = [];
  const told = new Set<string>();
  for (const [index, process] of state.processes.entries()) {
    // Two processes in the same place are one and the same to whoever looks.
    const same = place.keys.part(process);
    if (told.has(same)) continue;
    told.add(same);
    steps.push(...(await ofProcess(state, index, process, place)), ...(await troublesOf(state, index, process, place)));
  }
  return steps;
}

async function ofProcess(state: State, index: number, process: Process, { account }: Place): Promise<Step[]> {
  const { next, call } = account.locals.get(process.local);
  if (!("ask" in next)) throw new RangeError("a process that has ended is still there");
  const what = "key" in next.ask ? next.ask.key.split("/").slice(-2).join("/") : "";
  const words = `${wordsOf(call)}: ${next.ask.kind} ${what}`;
  const { state: seen, wrote } = await account.look(state, index);
  const steps = [{ words, after: seen }];
  if (wrote && may(state, "lost")) {
    const { state: after } = await account.look(spend(state, "lost"), index, { lose: true });
    steps.push({ words: `${words}, and the answer is lost`, after });
  }
  if (next.ask.kind === "costs" && may(state, "unseen")) {
    const { state: after } = await account.look(spend(state, "unseen"), index, { hide: true });
    steps.push({ words: `${words}, and the job is not to be seen`, after });
  }
  return steps;
}

async function troublesOf(state: State, index: number, process: Process, { account }: Place): Promise<Step[]> {
  const { call, answers } = account.locals.get(process.local);
  const words = wordsOf(call);
  const steps: Step[] = [];
  if (may(state, "kill")) steps.push({ words: `${words} dies`, after: await account.die(spend(state, "kill"), index) });
  const begins = answers.length === 0;
  if (begins && process.for !== null && may(state, "twice"))
    steps.push({
      words: `${words} is called twice`,
      after: await account.spawn(spend(state, "twice"), call, process.for),
    });
  if (begins && may(state, "skew"))
    for (const skew of [-60, 60]) {
      const after = await account.misdate(spend(state, "skew"), index, skew);
      steps.push({ words: `${words} has a clock ${skew} minutes off`, after });
    }
  return steps;
}

async function ofExecutions(state: State, place: Place): Promise<Step[]> {
  const steps: Step[] = [];
  for (const [index, one] of state.executions.entries()) {
    if (one.status === "running") steps.push(...(await ofRunning(state, index, one, place)));
    else steps.push(...(await ofEnded(state, index, one, place)));
  }
  return steps;
}

async function ofRunning(state: State, index: number, one: Execution, { account }: Place): Promise<Step[]> {
  const name = nameOf(one.run);
  const steps: Step[] = [];
  if (one.state === "Submit") steps.push({ words: `${name} submits its job`, after: account.submit(state, index) });
  if (one.state === "JobDone" || one.state === "JobFailed")
    steps.push({ words: `${name} hears of its job's end`, after: await account.heardOfJob(state, index) });
  if (may(state, "abort"))
    steps.push({ words: `${name} is stopped`, after: account.stop(spend(state, "abort"), index) });
  return steps;
}

async function ofEnded(state: State, index: number, one: Execution, { account }: Place): Promise<Step[]> {
  const name = nameOf(one.run);
  const steps: Step[] = [];
  if (one.state === "Submit")
    steps.push({ words: `${name} submits its job after its end`, after: account.submit(state, index) });
  if (one.tellEnd) steps.push(...(await ofEnd(state, index, one, account)));
  const latest = state.executions.every(({ run, attempt }) => run !== one.run || attempt <= one.attempt);
  if (latest && one.status !== "succeeded" && may(state, "resume")) {
    const after = await account.execute(spend(state, "resume"), one.run, one.attempt + 1, one.upload);
    steps.push({ words: `${name} is taken up again`, after });
  }
  return steps;
}

/** The event of an execution's end. */
async function ofEnd(
  state: State,
  index: number,
  { run, attempt, status }: Execution,
  account: Account,
): Promise<Step[]> {
  const words = `the end of ${nameOf(run)}`;
  const call = { program: "ended", runId: run, attempt, cancelled: status === "aborted" } as const;
  const told = (from: State): State => ({
    ...from,
    executions: from.executions.map((one, place) => (place === index ? { ...one, tellEnd: false } : one)),
  });
  const steps = [{ words: `${words} is told`, after: await account.spawn(told(state), call) }];
  if (may(state, "twice"))
    steps.push({
      words: `${words} is told, not for the last time`,
      after: await account.spawn(spend(state, "twice"), call),
    });
  if (may(state, "tick")) steps.push({ words: `${words} is never told`, after: told(spend(state, "tick")) });
  return steps;
}

function ofJobs(state: State, { account }: Place): Step[] {
  return state.jobs.flatMap((job, index) => {
    const set = (change: Partial<ModelJob>, from = state): State => ({
      ...from,
      jobs: from.jobs.map((one, place) => (place === index ? { ...one, ...change } : one)),
    });
    const ended = (attempts: readonly number[], failed: boolean) =>
      account.jobEnded(set({ phase: "ended", attempts, failed, waited: job.phase === "waiting" }), { ...job, failed });
    if (job.phase === "waiting") return ofWaiting(job, set, ended);
    return job.phase === "running" ? ofAttempt(state, job, set, ended) : [];
  });
}

type Set = (change: Partial<ModelJob>, from?: State) => State;
type End = (attempts: readonly number[], failed: boolean) => State;

function ofWaiting(job: ModelJob, set: Set, ended: End): Step[] {
  const name = `the job of ${nameOf(job.run)}`;
  // Cancelled, or no machine was found in time.
  const never = { words: `${name} never begins`, after: ended(job.attempts, true) };
  if (job.ending) return [never];
  return [never, { words: `${name} begins`, after: set({ phase: "running", attempts: [...job.attempts, 0] }) }];
}

function ofAttempt(state: State, job: ModelJob, set: Set, ended: End): Step[] {
  const name = `the job of ${nameOf(job.run)}`;
  const before = job.attempts.slice(0, -1);
  const again = job.attempts.length < modelPrices.tries && !job.ending && may(state, "spot");
  return [shortest, longest].flatMap((seconds) => {
    const attempts = [...before, seconds];
    const fails = { words: `${name} fails after ${seconds} s`, after: ended(attempts, true) };
    const succeeds = { words: `${name} succeeds after ${seconds} s`, after: ended(attempts, false) };
    const taken = () => set({ phase: "waiting", attempts }, spend(state, "spot"));
    return [
      fails,
      ...(job.ending ? [] : [succeeds]),
      ...(again
        ? [{ words: `the machine of ${nameOf(job.run)} is taken away after ${seconds} s`, after: taken() }]
        : []),
    ];
  });
}

/** The guard and the schedule, a person who cuts off, AWS's bill, an event that comes twice. */
async function ofOutside(state: State, place: Place): Promise<Step[]> {
  const { account, uploads, ledgerOf, spent } = place;
  const steps = await ofGuard(state, place);
  const ledger = ledgerOf(state);
  if (may(state, "cutOff") && ledger !== null)
    steps.push({
      words: "a person cuts off",
      after: await account.spawn(spend(state, "cutOff"), { program: "cutOff" }),
    });
  const amount = spent(state);
  if (may(state, "bill") && amount > 0)
    steps.push({
      words: `AWS bills ${amount}`,
      after: await account.spawn(spend(state, "bill"), { program: "bill", amount }),
    });
  if (!may(state, "twice")) return steps;
  for (const [index, upload] of uploads.entries()) {
    const after = await account.execute(spend(state, "twice"), idOf("R", index + 1 + uploads.length), 1, upload);
    if (after.executions.length > state.executions.length)
      steps.push({ words: `the event of ${upload} comes twice`, after });
  }
  return steps;
}

/** A day later: no run takes so long any more. */
const tomorrow = "2026-12-02T00:00:00Z";
const longestRun = 3600;

async function ofGuard(state: State, { account, ledgerOf }: Place): Promise<Step[]> {
  const steps: Step[] = [];
  const tick = async (minutes: number, from: State) => {
    const after = await account.spawn(from, { program: "tick", minutes });
    steps.push({ words: `the schedule looks, ${minutes} minutes later`, after });
  };
  const isQuiet = ({ status, tellEnd }: Execution) => status !== "running" && !tellEnd;
  if (state.processes.length > 0 || !state.executions.every(isQuiet)) {
    if (may(state, "tick")) await tick(15, spend(state, "tick"));
    return steps;
  }
  const lock = account.textOf(state, lockKey);
  if (lock !== null && JSON.parse(lock).holder !== null) for (const minutes of [15, 120]) await tick(minutes, state);
  const ledger = ledgerOf(state);
  for (const { runId, attempt } of ledger === null ? [] : toProve(ledger, tomorrow, longestRun)) {
    const after = await account.spawn(state, { program: "prove", runId, attempt });
    steps.push({ words: `the guard looks for the proof of ${nameOf(runId)}-${attempt}`, after });
  }
  return steps;
}
