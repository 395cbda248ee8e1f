// Every state that a few runs, their guard and bad luck can bring an account into, one event at a time, until none is new. The functions
// are the real steps; a state is what lies in the buckets, what Batch does, where each execution stands, and what each process has heard.

import { dataKeys } from "../../../lib/contracts/layout.ts";
import type { Ledger } from "../../../lib/contracts/ledger.ts";
import { ledgerReader } from "../../../lib/core/budget/ledger-document.ts";
import { committed } from "../../../lib/core/budget/limits.ts";
import { proveCost } from "../../../lib/core/budget/proof.ts";
import { toProve } from "../../../lib/core/budget/view.ts";
import type { TrainInput } from "../../../lib/core/steps/types.ts";
import { trainMachine } from "../../../lib/workflow/train.ts";
import { billOf, described, longest, type ModelJob, modelPrices, shortest } from "./batch.ts";
import { type Answer, type Ask, advance, type Next } from "./process.ts";
import { type Call, firstObjects, programOf, type Setting, settingOf, split } from "./programs.ts";

/** How often each kind of bad luck may strike on one way through; together at most `faults`. */
export interface Luck {
  readonly faults: number;
  /** A process dies between two looks into the world. */
  readonly kill: number;
  /** A write is done and its answer lost: the client asks again, and hears that somebody was faster. */
  readonly lost: number;
  /** An execution is stopped. */
  readonly abort: number;
  /** An event, or a call of a function, comes twice. */
  readonly twice: number;
  /** A process's clock is an hour wrong, either way. */
  readonly skew: number;
  /** Batch does not show the newest job yet, or its word that it has ended comes late. */
  readonly unseen: number;
  /** The schedule looks while all is well; the event of an execution's end is lost. */
  readonly tick: number;
  readonly cutOff: number;
  readonly bill: number;
  /** A person takes a failed run up again. */
  readonly resume: number;
  /** A machine is taken away. */
  readonly spot: number;
}

export interface Scenario {
  readonly uploads: readonly string[];
  /** Micro-dollars. */
  readonly cap: number;
  readonly luck: Luck;
  /** Events from the start at most. @default until no state is new */
  readonly depth?: number;
  /** Gives up with more states than this. @default 50 million */
  readonly states?: number;
}

export interface Found {
  readonly states: number;
  /** Events that were tried, states that were there already among them. */
  readonly events: number;
  readonly depth: number;
  /** True where no state was left unexplored. */
  readonly exhausted: boolean;
  /** States in which nothing can happen any more. */
  readonly ends: number;
  /** The first violation: what, and the events that lead there. */
  readonly violation: { readonly what: string; readonly way: readonly string[] } | null;
}

interface Execution {
  readonly run: string;
  readonly attempt: number;
  readonly upload: string;
  readonly status: "running" | "succeeded" | "failed" | "aborted";
  /** Of trainMachine; between Stage and the end of the job, `Submit` and `Job`. */
  readonly state: string;
  readonly gathered: TrainInput;
  /** Calls of the function of this state so far. */
  readonly calls: number;
  /** The event of its end: still to come, or not. */
  readonly tellEnd: boolean;
}

interface Process {
  /** What it has heard, as a number: see Locals. */
  readonly local: number;
  /** The execution whose state it works for, and the state; null for those that work for none. */
  readonly for: { readonly execution: number; readonly state: string; readonly call: number } | null;
}

interface State {
  /** Text of each object, as a number. */
  readonly objects: ReadonlyMap<string, number>;
  readonly executions: readonly Execution[];
  readonly processes: readonly Process[];
  readonly jobs: readonly ModelJob[];
  readonly luck: Luck;
}

/** Texts by number and numbers by text. */
class Interned {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];

  number(text: string): number {
    const found = this.#numbers.get(text);
    if (found !== undefined) return found;
    this.#numbers.set(text, this.#texts.length);
    this.#texts.push(text);
    return this.#texts.length - 1;
  }

  text(number: number): string {
    const found = this.#texts[number];
    if (found === undefined) throw new RangeError(`no text ${number}`);
    return found;
  }
}

interface Local {
  readonly call: Call;
  readonly skew: number;
  readonly answers: readonly Answer[];
  readonly next: Next;
}

/** What a process does next follows from its call and its answers, so each of those ways is worked out once. */
class Locals {
  readonly #setting: Setting;
  readonly #all: Local[] = [];
  readonly #known = new Map<string, number>();

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  get(number: number): Local {
    const found = this.#all[number];
    if (found === undefined) throw new RangeError(`no process ${number}`);
    return found;
  }

  begin(call: Call, skew: number): Promise<number> {
    return this.#of(`${JSON.stringify(call)} ${skew}`, call, skew, []);
  }

  /** @param said the answer in few letters: no other answer has the same */
  hear(number: number, said: string, answer: Answer): Promise<number> | number {
    const known = this.#known.get(`${number} ${said}`);
    if (known !== undefined) return known;
    const { call, skew, answers } = this.get(number);
    return this.#of(`${number} ${said}`, call, skew, [...answers, answer]);
  }

  async #of(key: string, call: Call, skew: number, answers: readonly Answer[]): Promise<number> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const next = await advance(programOf(call, skew, startedBy(call), this.#setting), answers);
    // A process that has ended does nothing more, whatever it has heard.
    const end = "ask" in next ? null : `${JSON.stringify(call)} ${JSON.stringify(next)}`;
    const same = end === null ? undefined : this.#known.get(end);
    const number = same ?? this.#all.length;
    if (same === undefined) this.#all.push({ call, skew, answers, next });
    if (end !== null) this.#known.set(end, number);
    this.#known.set(key, number);
    return number;
  }
}

/** A run's id by its letter: those of events are R, and each that is started in its turn has the next. */
const letters = ["R", "S", "T", "V", "W", "X", "Y"];
const idOf = (letter: string, number: number) => `${letter}${number}`.padStart(26, "0");
const nextId = (run: string) => idOf(letters[letters.indexOf(run.at(-2) ?? "") + 1] ?? "Z", Number(run.at(-1)));
const nameOf = (run: string) => run.replace(/^0+/, "");

function startedBy(call: Call): string {
  if (call.program === "ended") return nextId(call.runId);
  return "input" in call ? nextId(call.input.runId) : idOf("Z", 9);
}

const ledgerKey = "registry/ledger/phase-1.json";
const lockKey = "registry/locks/pipeline.json";

/** What others look at too. Everything else belongs to one function, and is done in one go with what it did before. */
function isShared(ask: Ask): boolean {
  if (!("key" in ask)) return ask.kind !== "told";
  return ask.key === ledgerKey || ask.key === lockKey || /\/(failures|admitted|job-train-try|Settle)\b/.test(ask.key);
}

/** One event: its words, and the state after it. */
interface Step {
  readonly words: string;
  readonly after: State;
}

type Fault = Exclude<keyof Luck, "faults">;

const notTheCap = "more is committed than the cap";

export class Explorer {
  readonly #scenario: Scenario;
  readonly #locals: Locals;
  readonly #texts = new Interned();
  readonly #parts = new Interned();
  readonly #ledgers = new Map<number, Ledger>();
  readonly #keys = new WeakMap<object, string>();

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#locals = new Locals(settingOf(scenario.cap));
  }

  /** Breadth first, so that the first violation has a shortest way. */
  async explore(): Promise<Found> {
    const { depth: deepest = Number.POSITIVE_INFINITY, states: most = 50_000_000 } = this.#scenario;
    const seen = new Set<string>();
    const parents: number[] = [];
    const words = new Interned();
    const by: number[] = [];
    const way = (last: number): string[] => {
      const found: string[] = [];
      for (let at = last; at >= 0; at = parents[at] ?? -1) found.unshift(words.text(by[at] ?? 0));
      return found;
    };
    let layer: { readonly state: State; readonly number: number }[] = [];
    let [events, ends, depth] = [0, 0, 0];
    const add = (state: State, parent: number, said: string, into: typeof layer): void => {
      const id = this.#keyOf(state);
      if (seen.has(id)) return;
      seen.add(id);
      parents.push(parent);
      by.push(words.number(said));
      into.push({ state, number: parents.length - 1 });
    };
    add(await this.#first(), -1, "start", layer);
    const found = (exhausted: boolean, violation: Found["violation"]): Found => ({
      ...{ states: seen.size, events, depth, exhausted, ends, violation },
    });
    while (layer.length > 0) {
      const next: typeof layer = [];
      for (const { state, number } of layer) {
        const wrong = this.#wrong(state);
        if (wrong !== null) return found(false, { what: wrong, way: way(number) });
        if (depth >= deepest) continue;
        const here = this.#keyOf(state);
        const steps = (await this.#steps(state)).filter(({ after }) => this.#keyOf(after) !== here);
        events += steps.length;
        if (steps.length === 0) {
          ends += 1;
          const left = this.#wrongAtEnd(state);
          if (left !== null) return found(false, { what: left, way: way(number) });
        }
        for (const { words: said, after } of steps) {
          const worse = this.#wrongStep(state, after);
          if (worse !== null) return found(false, { what: worse, way: [...way(number), said] });
          add(after, number, said, next);
        }
        if (seen.size > most) return found(false, null);
      }
      if (depth >= deepest) return found(next.length === 0 && false, null);
      layer = next;
      if (layer.length > 0) depth += 1;
    }
    return found(true, null);
  }

  // What must hold.

  #ledger(state: State): Ledger | null {
    const number = state.objects.get(ledgerKey);
    if (number === undefined) return null;
    const known = this.#ledgers.get(number);
    if (known !== undefined) return known;
    const ledger = ledgerReader.parse(JSON.parse(this.#texts.text(number)));
    this.#ledgers.set(number, ledger);
    return ledger;
  }

  #spent({ jobs, executions }: State): number {
    const admitted = executions.filter(({ gathered }) => gathered.admit?.outcome === "admitted").length;
    return jobs.reduce((sum, job) => sum + billOf(job), admitted * modelPrices.admission);
  }

  #wrong(state: State): string | null {
    const ledger = this.#ledger(state);
    const held = ledger === null ? 0 : committed(ledger);
    const spent = this.#spent(state);
    if (spent > held) return `${spent} was spent and ${held} is committed`;
    if (ledger === null) return null;
    if (held > ledger.cap) return notTheCap;
    if (ledger.closed?.kind === "overrun") return `an overrun of which there was none: ${ledger.closed.reason}`;
    return ledger.entries.some(({ settled, promised }) => (settled ?? 0) > promised)
      ? "settled above its promise"
      : null;
  }

  /** What is closed takes no promise. */
  #wrongStep(before: State, after: State): string | null {
    const [was, is] = [this.#ledger(before), this.#ledger(after)];
    if (was === null || is === null || was === is || was.closed === null) return null;
    return committed(is) > committed(was) ? "something was promised by a closed ledger" : null;
  }

  /** Nothing happens any more: nobody holds the pipeline, and what is not settled waits for the proof of a job that was begun. */
  #wrongAtEnd(state: State): string | null {
    const lock = state.objects.get(lockKey);
    const { holder = null, waiting = [] } = lock === undefined ? {} : JSON.parse(this.#texts.text(lock));
    if (holder !== null) return `${nameOf(holder.runId)} holds the pipeline for ever`;
    if (waiting.length > 0) return "an upload waits for ever";
    for (const { runId, attempt, item, settled, endedAt } of this.#ledger(state)?.entries ?? []) {
      if (settled !== null) continue;
      if (endedAt === null) return `${item} of ${nameOf(runId)} is open for ever`;
      if (!state.objects.has(`data/${dataKeys.jobMark(runId, "train", attempt)}`))
        return `${item} of ${nameOf(runId)} waits for nothing`;
    }
    return null;
  }

  // What can happen.

  async #first(): Promise<State> {
    let state: State = {
      objects: new Map([...firstObjects()].map(([name, text]) => [name, this.#texts.number(text)])),
      ...{ executions: [], processes: [], jobs: [], luck: this.#scenario.luck },
    };
    for (const [index, upload] of this.#scenario.uploads.entries())
      state = await this.#execute(state, idOf("R", index + 1), 1, upload);
    return state;
  }

  async #steps(state: State): Promise<readonly Step[]> {
    return (await Promise.all([this.#ofProcesses(state), this.#ofExecutions(state), this.#ofOutside(state)]))
      .flat()
      .concat(this.#ofJobs(state));
  }

  async #ofProcesses(state: State): Promise<Step[]> {
    const steps: Step[] = [];
    const told = new Set<string>();
    for (const [index, process] of state.processes.entries()) {
      // Two processes in the same place are one and the same to whoever looks.
      const same = this.#keyOfPart(process);
      if (told.has(same)) continue;
      told.add(same);
      const { next, call, answers } = this.#locals.get(process.local);
      if (!("ask" in next)) throw new RangeError("a process that has ended is still there");
      const name = `${wordsOf(call)} ${next.ask.kind} ${"key" in next.ask ? (next.ask.key.split("/").slice(-2).join("/") ?? "") : ""}`;
      steps.push({ words: name, after: await this.#run(state, index, {}) });
      if (this.#may(state, "lost")) {
        const after = await this.#run(this.#spend(state, "lost"), index, { lose: true });
        if (after.luck.lost < state.luck.lost) steps.push({ words: `${name}, and the answer is lost`, after });
      }
      if (next.ask.kind === "costs" && this.#may(state, "unseen"))
        steps.push({
          words: `${name}, the newest unseen`,
          after: await this.#run(this.#spend(state, "unseen"), index, { hide: true }),
        });
      if (this.#may(state, "kill"))
        steps.push({ words: `${wordsOf(call)} dies`, after: await this.#die(this.#spend(state, "kill"), index) });
      if (process.for !== null && this.#may(state, "twice") && answers.length === 0)
        steps.push({
          words: `${wordsOf(call)} is called twice`,
          after: await this.#spawn(this.#spend(state, "twice"), call, process.for),
        });
      if (answers.every((_, at) => at < 1) && this.#may(state, "skew"))
        for (const skew of [-60, 60])
          steps.push({
            words: `${wordsOf(call)} has a clock ${skew} minutes off`,
            after: await this.#skew(this.#spend(state, "skew"), index, skew),
          });
    }
    return steps;
  }

  async #ofExecutions(state: State): Promise<Step[]> {
    const steps: Step[] = [];
    for (const [index, one] of state.executions.entries()) {
      const name = nameOf(one.run);
      const set = (change: Partial<Execution>, from = state) => this.#change(from, index, change);
      if (one.state === "Submit" && (one.status === "running" || one.status === "aborted")) {
        const after = set({ state: one.status === "running" ? "Job" : "Gone" }, this.#submit(state, one));
        steps.push({ words: `${name} submits its job${one.status === "aborted" ? " after its end" : ""}`, after });
      }
      if (one.status === "running" && (one.state === "JobDone" || one.state === "JobFailed"))
        steps.push({ words: `${name} hears of its job's end`, after: await this.#collected(state, index, one) });
      if (one.status === "running" && this.#may(state, "abort")) {
        const after = set({ status: "aborted", tellEnd: true }, this.#endJob(this.#spend(state, "abort"), one));
        steps.push({ words: `${name} is stopped`, after });
      }
      if (one.tellEnd) {
        const call = {
          program: "ended",
          runId: one.run,
          attempt: one.attempt,
          cancelled: one.status === "aborted",
        } as const;
        steps.push({
          words: `the end of ${name} is told`,
          after: await this.#spawn(set({ tellEnd: false }), call, null),
        });
        if (this.#may(state, "twice"))
          steps.push({
            words: `the end of ${name} is told, not for the last time`,
            after: await this.#spawn(this.#spend(state, "twice"), call, null),
          });
        if (this.#may(state, "tick"))
          steps.push({
            words: `the end of ${name} is never told`,
            after: set({ tellEnd: false }, this.#spend(state, "tick")),
          });
      }
      const latest = state.executions.every(({ run, attempt }) => run !== one.run || attempt <= one.attempt);
      if (latest && (one.status === "failed" || one.status === "aborted") && this.#may(state, "resume"))
        steps.push({
          words: `${name} is taken up again`,
          after: await this.#execute(this.#spend(state, "resume"), one.run, one.attempt + 1, one.upload),
        });
    }
    return steps;
  }

  #ofJobs(state: State): Step[] {
    const steps: Step[] = [];
    for (const [index, job] of state.jobs.entries()) {
      const name = `the job of ${nameOf(job.run)}`;
      const set = (change: Partial<ModelJob>, from = state): State => ({
        ...from,
        jobs: from.jobs.map((one, at) => (at === index ? { ...one, ...change } : one)),
      });
      const ended = (attempts: readonly number[], failed: boolean) =>
        this.#collect(set({ phase: "ended", attempts, failed, waited: job.phase === "waiting" }), { ...job, failed });
      if (job.phase === "waiting") {
        if (!job.ending)
          steps.push({ words: `${name} begins`, after: set({ phase: "running", attempts: [...job.attempts, 0] }) });
        // Cancelled, or no machine was found in time.
        steps.push({ words: `${name} never begins`, after: ended(job.attempts, true) });
      }
      if (job.phase !== "running") continue;
      const before = job.attempts.slice(0, -1);
      for (const seconds of [shortest, longest]) {
        if (!job.ending)
          steps.push({ words: `${name} succeeds after ${seconds} s`, after: ended([...before, seconds], false) });
        steps.push({ words: `${name} fails after ${seconds} s`, after: ended([...before, seconds], true) });
        if (job.attempts.length < modelPrices.tries && !job.ending && this.#may(state, "spot"))
          steps.push({
            words: `the machine of ${nameOf(job.run)} is taken away after ${seconds} s`,
            after: set({ phase: "waiting", attempts: [...before, seconds] }, this.#spend(state, "spot")),
          });
      }
    }
    return steps.map((step) => ({ ...step, after: step.after }));
  }

  /** The schedule, a person who cuts off, AWS's bill, an event that comes twice. */
  async #ofOutside(state: State): Promise<Step[]> {
    const steps: Step[] = [];
    const tick = async (minutes: number, from: State) =>
      steps.push({
        words: `the schedule looks, ${minutes} minutes later`,
        after: await this.#spawn(from, { program: "tick", minutes }, null),
      });
    const quiet =
      state.processes.length === 0 && state.executions.every(({ status, tellEnd }) => status !== "running" && !tellEnd);
    const lock = state.objects.get(lockKey);
    const held = lock !== undefined && JSON.parse(this.#texts.text(lock)).holder !== null;
    if (quiet) {
      const ledger = this.#ledger(state);
      // A day later, no run takes so long any more.
      const tries = ledger === null ? [] : toProve(ledger, "2026-12-02T00:00:00Z", 3600);
      for (const { runId, attempt } of tries)
        steps.push({
          words: `the guard looks for the proof of ${nameOf(runId)}-${attempt}`,
          after: await this.#spawn(state, { program: "prove", runId, attempt }, null),
        });
    }
    if (quiet && held) for (const minutes of [15, 120]) await tick(minutes, state);
    else if (this.#may(state, "tick")) await tick(15, this.#spend(state, "tick"));
    if (this.#may(state, "cutOff") && this.#ledger(state) !== null)
      steps.push({
        words: "a person cuts off",
        after: await this.#spawn(this.#spend(state, "cutOff"), { program: "cutOff" }, null),
      });
    const amount = this.#spent(state);
    if (this.#may(state, "bill") && amount > 0)
      steps.push({
        words: `AWS bills ${amount}`,
        after: await this.#spawn(this.#spend(state, "bill"), { program: "bill", amount }, null),
      });
    if (this.#may(state, "twice"))
      for (const [index, upload] of this.#scenario.uploads.entries()) {
        const run = idOf("R", index + 1 + this.#scenario.uploads.length);
        if (state.executions.some((one) => one.run === run)) continue;
        steps.push({
          words: `the event of ${upload} comes twice`,
          after: await this.#execute(this.#spend(state, "twice"), run, 1, upload),
        });
      }
    return steps;
  }

  // How it happens.

  #may({ luck }: State, fault: Fault): boolean {
    return luck.faults > 0 && luck[fault] > 0;
  }

  #spend(state: State, fault: Fault): State {
    const { luck } = state;
    return { ...state, luck: { ...luck, faults: luck.faults - 1, [fault]: luck[fault] - 1 } };
  }

  #change(state: State, index: number, change: Partial<Execution>): State {
    return { ...state, executions: state.executions.map((one, at) => (at === index ? { ...one, ...change } : one)) };
  }

  #submit(state: State, { run, attempt, status }: Execution): State {
    const job: ModelJob = {
      run,
      attempt,
      attempts: [],
      phase: "waiting",
      failed: false,
      waited: false,
      ending: status === "aborted",
    };
    return {
      ...state,
      jobs: [...state.jobs, job].sort((a, b) => (`${a.run}${a.attempt}` < `${b.run}${b.attempt}` ? -1 : 1)),
    };
  }

  #endJob(state: State, { run, attempt }: Execution): State {
    const mine = (job: ModelJob) => job.run === run && job.attempt === attempt && job.phase !== "ended";
    return { ...state, jobs: state.jobs.map((job) => (mine(job) ? { ...job, ending: true } : job)) };
  }

  /** The execution that waits for the job will hear of its end. */
  #collect(state: State, { run, attempt, failed }: ModelJob): State {
    const index = state.executions.findIndex(
      (one) => one.run === run && one.attempt === attempt && one.status === "running" && one.state === "Job",
    );
    if (index < 0) return state;
    return this.#change(state, index, { state: failed ? "JobFailed" : "JobDone" });
  }

  #collected(state: State, index: number, one: Execution): Promise<State> {
    const train = { weightsSha256: "a".repeat(64), seconds: 1, attempts: 1 };
    if (one.state === "JobFailed") return this.#failed(state, index, { name: "JobFailed", message: "the job failed" });
    return this.#enter(this.#change(state, index, { gathered: { ...one.gathered, train } }), index, "Predict");
  }

  async #execute(state: State, run: string, attempt: number, upload: string): Promise<State> {
    if (state.executions.some((one) => one.run === run && one.attempt === attempt)) return state;
    const gathered = { runId: run, attempt };
    const made: Execution = { run, attempt, upload, status: "running", state: "", gathered, calls: 0, tellEnd: false };
    const next = { ...state, executions: [...state.executions, made] };
    return this.#enter(next, next.executions.length - 1, trainMachine.start);
  }

  /** Goes on to a state of the machine, and through all that take no time here. */
  async #enter(state: State, index: number, target: string): Promise<State> {
    const one = state.executions[index];
    const made = trainMachine.states[target as keyof typeof trainMachine.states];
    if (one === undefined || made === undefined) throw new RangeError(`no state ${target}`);
    switch (made.kind) {
      case "choice": {
        const [from = "", field = ""] = made.field.split(".");
        const said = (one.gathered as unknown as Record<string, Record<string, unknown> | undefined>)[from]?.[field];
        return this.#enter(state, index, made.cases.find(({ is }) => is === said)?.next ?? made.otherwise);
      }
      case "pass":
        return this.#enter(state, index, made.next);
      case "succeed":
        return this.#change(state, index, { status: "succeeded", state: target });
      case "fail":
      case "failCaught":
        return this.#change(state, index, { status: "failed", state: target, tellEnd: true });
      case "step": {
        const instant = instantly[made.step];
        if (instant !== undefined) {
          const gathered = { ...one.gathered, [made.result]: instant };
          return this.#enter(this.#change(state, index, { gathered }), index, made.next);
        }
        return this.#call(this.#change(state, index, { state: target, calls: 0 }), index, target);
      }
    }
  }

  #call(state: State, index: number, target: string): Promise<State> {
    const one = state.executions[index];
    if (one === undefined) throw new RangeError(`no execution ${index}`);
    const program = ({ Admit: "admit", Reserve: "reserve", Train: "stage", Settle: "settle" } as const)[target];
    if (program === undefined) throw new RangeError(`no program for ${target}`);
    const call: Call = { program, input: one.gathered, upload: one.upload };
    return this.#spawn(state, call, { execution: index, state: target, call: one.calls });
  }

  async #spawn(state: State, call: Call, of: Process["for"]): Promise<State> {
    const local = await this.#locals.begin(call, 0);
    return this.#private({ ...state, processes: [...state.processes, { local, for: of }] }, state.processes.length);
  }

  async #skew(state: State, index: number, skew: number): Promise<State> {
    const process = state.processes[index];
    if (process === undefined) throw new RangeError(`no process ${index}`);
    const local = await this.#locals.begin(this.#locals.get(process.local).call, skew);
    return this.#private(this.#setLocal(state, index, local), index);
  }

  #setLocal(state: State, index: number, local: number): State {
    return { ...state, processes: state.processes.map((one, at) => (at === index ? { ...one, local } : one)) };
  }

  /** Answers what a process asks of what is its own, until it asks for what others look at too, or ends. */
  async #private(state: State, index: number, isOwn: (ask: Ask) => boolean = (ask) => !isShared(ask)): Promise<State> {
    for (let now = state; ; ) {
      const process = now.processes[index];
      if (process === undefined) throw new RangeError(`no process ${index}`);
      const { next } = this.#locals.get(process.local);
      if (!("ask" in next)) return this.#ended(now, index, next);
      if (!isOwn(next.ask)) return now;
      now = (await this.#answer(now, index, next.ask, {})).state;
    }
  }

  /** One look into the shared world, what is written at once after it by compare and swap, and what is the process's own. */
  async #run(state: State, index: number, how: { readonly lose?: boolean; readonly hide?: boolean }): Promise<State> {
    const process = state.processes[index];
    const next = process === undefined ? undefined : this.#locals.get(process.local).next;
    if (next === undefined || !("ask" in next)) throw new RangeError("this process does nothing");
    let { state: now, lost } = await this.#answer(state, index, next.ask, how);
    const first = next.ask;
    // Between reading a document and swapping it others may write: then nothing is swapped, and it is as if this had not been read yet.
    const heard = this.#locals.get(now.processes[index]?.local ?? -1).next;
    if (first.kind === "get" && "ask" in heard && isWrite(heard.ask) && heard.ask.key === first.key) {
      ({ state: now, lost } = await this.#answer(now, index, heard.ask, how));
    }
    const after = await this.#private(now, index);
    // Nothing was written, so no answer can have been lost.
    return how.lose === true && !lost ? { ...after, luck: { ...after.luck, lost: after.luck.lost + 1 } } : after;
  }

  async #answer(
    state: State,
    index: number,
    ask: Ask,
    how: { readonly lose?: boolean; readonly hide?: boolean },
  ): Promise<{ readonly state: State; readonly lost: boolean }> {
    const process = state.processes[index];
    if (process === undefined) throw new RangeError(`no process ${index}`);
    const { after, answer, lost, said } = await this.#do(state, ask, how);
    const local = await this.#locals.hear(process.local, said, answer);
    return { state: this.#setLocal(after, index, local), lost };
  }

  async #do(
    state: State,
    ask: Ask,
    { lose = false, hide = false }: { readonly lose?: boolean; readonly hide?: boolean },
  ): Promise<{ readonly after: State; readonly answer: Answer; readonly said: string; readonly lost: boolean }> {
    const same = (said: string, answer: Answer) => ({ after: state, answer, said, lost: false });
    switch (ask.kind) {
      case "get": {
        const number = state.objects.get(ask.key);
        if (number === undefined) return same("missing", { error: "ObjectMissing", data: { key: ask.key } });
        const value = { bytes: Buffer.from(this.#texts.text(number)), etag: String(number) };
        return same(`text ${number}`, { value });
      }
      case "head": {
        const number = state.objects.get(ask.key);
        return same(`head ${number}`, { value: number === undefined ? null : { bytes: 0, etag: String(number) } });
      }
      case "list": {
        const value = [...state.objects.keys()].filter((one) => one.startsWith(ask.key)).sort();
        return same(value.join(), { value });
      }
      case "create":
      case "replace": {
        const there = state.objects.get(ask.key);
        const free = ask.kind === "create" ? there === undefined : String(there) === ask.etag;
        const error = ask.kind === "create" ? "ObjectExists" : "ObjectChanged";
        const refused = { error, data: { key: ask.key } } as const;
        if (!free) return same("refused", refused);
        const number = this.#texts.number(ask.text);
        const after = { ...state, objects: new Map([...state.objects, [ask.key, number]]) };
        const answer = lose ? refused : { value: String(number) };
        return { after, answer, said: lose ? "refused" : `written ${number}`, lost: lose };
      }
      case "costs": {
        const { attempt, staged } = ask.asked;
        const jobs = state.jobs.filter((job) => job.run === ask.runId && job.attempt === attempt);
        const value = proveCost(hide ? [] : jobs.map(described), staged, modelPrices);
        return same(JSON.stringify(value), { value });
      }
      case "running": {
        const value = state.executions.some(({ status }) => status === "running");
        return same(String(value), { value });
      }
      case "start": {
        const upload = /\/([^/]+)\.zip$/.exec(ask.location)?.[1] ?? "";
        const after = await this.#execute(state, ask.runId, 1, upload);
        return { after, answer: { value: null }, said: "started", lost: false };
      }
      case "told":
        return same("told", { value: null });
    }
  }

  /** The process is gone; whoever called it hears what it said. */
  async #ended(state: State, index: number, next: Exclude<Next, { ask: Ask }>): Promise<State> {
    const process = state.processes[index];
    const rest = { ...state, processes: state.processes.filter((_, at) => at !== index) };
    const of = process?.for;
    if (of === null || of === undefined) {
      if ("failed" in next && next.failed.name !== "BudgetMissing")
        throw new Error(`${next.failed.name}: ${next.failed.message}`);
      return rest;
    }
    const one = state.executions[of.execution];
    const listens = one?.status === "running" && one.state === of.state && one.calls === of.call;
    if (one === undefined || !listens) return rest;
    if ("failed" in next) return this.#failed(rest, of.execution, next.failed);
    if (of.state === "Train") {
      const gathered = { ...one.gathered, stage: next.done } as TrainInput;
      return this.#change(rest, of.execution, { state: "Submit", gathered });
    }
    const made = trainMachine.states[of.state as "Admit"];
    if (made.kind !== "step") throw new RangeError(`${of.state} is no step`);
    const gathered = { ...one.gathered, [made.result]: next.done };
    return this.#enter(this.#change(rest, of.execution, { gathered }), of.execution, made.next);
  }

  async #die(state: State, index: number): Promise<State> {
    const process = state.processes[index];
    const rest = { ...state, processes: state.processes.filter((_, at) => at !== index) };
    const of = process?.for;
    const one = of === null || of === undefined ? undefined : state.executions[of.execution];
    if (of === null || of === undefined || one?.status !== "running" || one.state !== of.state || one.calls !== of.call)
      return rest;
    return this.#failed(rest, of.execution, { name: "Lambda.Unknown", message: "the process died" });
  }

  /** As the machine's Retry and Catch take it: Settle is asked again, everything else leads to it. */
  async #failed(state: State, index: number, { name, message }: { name: string; message: string }): Promise<State> {
    const one = state.executions[index];
    if (one === undefined) throw new RangeError(`no execution ${index}`);
    if (one.state === "Settle" && one.calls === 0)
      return this.#call(this.#change(state, index, { calls: 1 }), index, "Settle");
    const gathered = { ...one.gathered, error: { Error: name, Cause: message } };
    return this.#enter(this.#change(state, index, { gathered }), index, one.state === "Settle" ? "Failed" : "Settle");
  }

  // What a state is told apart by.

  #keyOf(state: State): string {
    const known = this.#keys.get(state);
    if (known !== undefined) return known;
    const processes = state.processes.map((one) => this.#keyOfPart(one)).sort();
    const rest = [...state.executions, ...state.jobs, state.luck].map((one) => this.#keyOfPart(one));
    const text = `${this.#keyOfObjects(state.objects)} ${processes.join()} ${rest.join()}`;
    this.#keys.set(state, text);
    return text;
  }

  /** A number for what a part holds: the same for two that hold the same. */
  #keyOfPart(part: object): string {
    const known = this.#keys.get(part);
    if (known !== undefined) return known;
    const text = this.#parts.number(JSON.stringify(part)).toString(36);
    this.#keys.set(part, text);
    return text;
  }

  #keyOfObjects(objects: ReadonlyMap<string, number>): string {
    const known = this.#keys.get(objects);
    if (known !== undefined) return known;
    const all = [...objects].map(([name, number]) => `${name}:${number}`).sort();
    const text = this.#parts.number(all.join()).toString(36);
    this.#keys.set(objects, text);
    return text;
  }
}

function isWrite(ask: Ask): ask is Extract<Ask, { kind: "create" | "replace" }> {
  return ask.kind === "create" || ask.kind === "replace";
}

function wordsOf(call: Call): string {
  if ("input" in call) return `${call.program} of ${nameOf(call.input.runId)}-${call.input.attempt ?? 1}`;
  return "runId" in call ? `the watch for ${nameOf(call.runId)} (${call.program})` : `the ${call.program}`;
}

/** States whose work is none of the budget's business: they are done as soon as they are entered. */
const instantly: Readonly<Partial<Record<string, object>>> = {
  ingest: { done: true, cursor: null, frames: 1, boxes: 1 },
  split,
  predict: { predictionsSha256: "d".repeat(64), seconds: 1 },
  compare: { decision: "inconclusive", reason: "few groups", evaluationSha256: "e".repeat(64) },
  publish: { version: "v0", releaseSha256: "f".repeat(64) },
};
