// How one event changes the account: a function looks into the buckets and writes, an execution goes on, a job is submitted or ends.

import { proveCost } from "../../../lib/core/budget/proof.ts";
import type { TrainInput } from "../../../lib/core/steps/types.ts";
import { trainMachine } from "../../../lib/workflow/train.ts";
import { described, type ModelJob, modelPrices } from "./batch.ts";
import { Interned, idOf, Locals } from "./locals.ts";
import type { Answer, Ask, Next } from "./process.ts";
import { type Call, firstObjects, settingOf, split } from "./programs.ts";
import { at, changed, type Execution, type Luck, type Process, type State } from "./state.ts";

export const ledgerKey = "registry/ledger/phase-1.json";
export const lockKey = "registry/locks/pipeline.json";

/** What others look at too. Everything else belongs to one function, and is done in one go with what it did before. */
function isShared(ask: Ask): boolean {
  if (!("key" in ask)) return ask.kind !== "told";
  return ask.key === ledgerKey || ask.key === lockKey || /\/(failures|admitted|job-train-try|Settle)\b/.test(ask.key);
}

const isWrite = (ask: Ask): ask is Extract<Ask, { kind: "create" | "replace" }> =>
  ask.kind === "create" || ask.kind === "replace";

/** States whose work is none of the budget's business: they are done as soon as they are entered. */
const instantly: Readonly<Partial<Record<string, object>>> = {
  ingest: { done: true, cursor: null, frames: 1, boxes: 1 },
  split,
  predict: { predictionsSha256: "d".repeat(64), seconds: 1 },
  compare: { decision: "inconclusive", reason: "few groups", evaluationSha256: "e".repeat(64) },
  publish: { version: "v0", releaseSha256: "f".repeat(64) },
};
const trained = { weightsSha256: "a".repeat(64), seconds: 1, attempts: 1 };
/** The functions of the states that take time here. */
const programs = { Admit: "admit", Reserve: "reserve", Train: "stage", Settle: "settle" } as const;
const isTimed = (state: string): state is keyof typeof programs => Object.hasOwn(programs, state);

/** How a look into the world goes wrong. */
interface Trouble {
  /** What it writes is written, and its answer lost. */
  readonly lose?: boolean;
  /** Batch shows no job. */
  readonly hide?: boolean;
}

interface Heard {
  readonly after: State;
  /** In few letters: no other answer to the same question has the same. */
  readonly said: string;
  readonly answer: () => Answer;
  /** Something was written. */
  readonly wrote: boolean;
}

export class Account {
  readonly locals: Locals;
  readonly #texts = new Interned();

  /** @param cap micro-dollars */
  constructor(cap: number) {
    this.locals = new Locals(settingOf(cap));
  }

  /** Every upload's event has started an execution. */
  async first(uploads: readonly string[], luck: Luck): Promise<State> {
    const objects = new Map([...firstObjects()].map(([name, text]) => [name, this.#texts.number(text)]));
    let state: State = { objects, executions: [], processes: [], jobs: [], luck };
    for (const [index, upload] of uploads.entries()) state = await this.execute(state, idOf("R", index + 1), 1, upload);
    return state;
  }

  textOf(state: State, key: string): string | null {
    const number = state.objects.get(key);
    return number === undefined ? null : this.#texts.text(number);
  }

  // Executions.

  async execute(state: State, run: string, attempt: number, upload: string): Promise<State> {
    if (state.executions.some((one) => one.run === run && one.attempt === attempt)) return state;
    const gathered = { runId: run, attempt };
    const made: Execution = { run, attempt, upload, status: "running", state: "", gathered, calls: 0, tellEnd: false };
    const next = { ...state, executions: [...state.executions, made] };
    return this.#enter(next, next.executions.length - 1, trainMachine.start);
  }

  /** Goes on to a state of the machine, and through all that take no time here. */
  async #enter(state: State, index: number, target: string): Promise<State> {
    const one = at(state.executions, index);
    const made = trainMachine.states[target as keyof typeof trainMachine.states];
    switch (made.kind) {
      case "choice": {
        const [from = "", field = ""] = made.field.split(".");
        const said = (one.gathered as unknown as Record<string, Record<string, unknown> | undefined>)[from]?.[field];
        return this.#enter(state, index, made.cases.find(({ is }) => is === said)?.next ?? made.otherwise);
      }
      case "pass":
        return this.#enter(state, index, made.next);
      case "succeed":
        return changed(state, index, { status: "succeeded", state: target });
      case "fail":
      case "failCaught":
        return changed(state, index, { status: "failed", state: target, tellEnd: true });
      case "step": {
        const instant = instantly[made.step];
        if (instant === undefined) return this.#call(changed(state, index, { state: target, calls: 0 }), index);
        const gathered = { ...one.gathered, [made.result]: instant };
        return this.#enter(changed(state, index, { gathered }), index, made.next);
      }
    }
  }

  #call(state: State, index: number): Promise<State> {
    const { state: target, gathered, upload, calls } = at(state.executions, index);
    if (!isTimed(target)) throw new RangeError(`no program for ${target}`);
    const call: Call = { program: programs[target], input: gathered, upload };
    return this.spawn(state, call, { execution: index, state: target, call: calls });
  }

  /** What the machine does with an answer of its function. */
  async #answered(state: State, index: number, output: unknown): Promise<State> {
    const one = at(state.executions, index);
    if (one.state === "Train") {
      const gathered = { ...one.gathered, stage: output } as TrainInput;
      return changed(state, index, { state: "Submit", gathered });
    }
    const made = trainMachine.states[one.state as keyof typeof trainMachine.states];
    if (made.kind !== "step") throw new RangeError(`${one.state} is no step`);
    const gathered = { ...one.gathered, [made.result]: output };
    return this.#enter(changed(state, index, { gathered }), index, made.next);
  }

  /** As the machine's Retry and Catch take it: Settle is asked again, everything else leads to it. */
  #failed(state: State, index: number, name: string, words: string): Promise<State> {
    const one = at(state.executions, index);
    if (one.state === "Settle" && one.calls === 0) return this.#call(changed(state, index, { calls: 1 }), index);
    const gathered = { ...one.gathered, error: { Error: name, Cause: words } };
    return this.#enter(changed(state, index, { gathered }), index, one.state === "Settle" ? "Failed" : "Settle");
  }

  // Jobs.

  /** Step Functions asks Batch; also where its execution was stopped in that very moment. */
  submit(state: State, index: number): State {
    const { run, attempt, status } = at(state.executions, index);
    const alive = status === "running";
    const job: ModelJob = {
      run,
      attempt,
      attempts: [],
      phase: "waiting",
      failed: false,
      waited: false,
      ending: !alive,
    };
    const order = ({ run: of, attempt: number }: ModelJob) => `${of}${number}`;
    const jobs = [...state.jobs, job].sort((a, b) => (order(a) < order(b) ? -1 : 1));
    return changed({ ...state, jobs }, index, { state: alive ? "Job" : "Gone" });
  }

  stop(state: State, index: number): State {
    const { run, attempt } = at(state.executions, index);
    const mine = (job: ModelJob) => job.run === run && job.attempt === attempt && job.phase !== "ended";
    const jobs = state.jobs.map((job) => (mine(job) ? { ...job, ending: true } : job));
    return changed({ ...state, jobs }, index, { status: "aborted", tellEnd: true });
  }

  /** A job has ended; the execution that waits for it will hear of it. */
  jobEnded(state: State, { run, attempt, failed }: ModelJob): State {
    const waits = (one: Execution) => one.run === run && one.attempt === attempt && one.status === "running";
    const index = state.executions.findIndex((one) => waits(one) && one.state === "Job");
    return index < 0 ? state : changed(state, index, { state: failed ? "JobFailed" : "JobDone" });
  }

  heardOfJob(state: State, index: number): Promise<State> {
    const one = at(state.executions, index);
    if (one.state === "JobFailed") return this.#failed(state, index, "JobFailed", "the job failed");
    return this.#enter(changed(state, index, { gathered: { ...one.gathered, train: trained } }), index, "Predict");
  }

  // Processes.

  async spawn(state: State, call: Call, of: Process["for"] = null): Promise<State> {
    const local = await this.locals.begin(call, 0);
    return this.#own({ ...state, processes: [...state.processes, { local, for: of }] }, state.processes.length);
  }

  /** A process that has not begun yet has a clock that is wrong. @param skew minutes */
  async misdate(state: State, index: number, skew: number): Promise<State> {
    const local = await this.locals.begin(this.locals.get(at(state.processes, index).local).call, skew);
    return this.#own(this.#moved(state, index, local), index);
  }

  /** One look into the shared world, what is written at once after it by compare and swap, and what is the process's own. */
  async look(
    state: State,
    index: number,
    trouble: Trouble = {},
  ): Promise<{ readonly state: State; readonly wrote: boolean }> {
    const first = this.#asks(state, index);
    if (first === null) throw new RangeError("this process does nothing");
    let heard = await this.#hear(state, index, first, trouble);
    // Others may write between the reading of a document and its swap: then nothing is swapped, as if it had not been read yet.
    const next = this.#asks(heard.state, index);
    if (first.kind === "get" && next !== null && isWrite(next) && next.key === first.key)
      heard = await this.#hear(heard.state, index, next, trouble);
    return { state: await this.#own(heard.state, index), wrote: heard.wrote };
  }

  /** The process is gone, and whoever called it hears that it died. */
  async die(state: State, index: number): Promise<State> {
    const { for: of } = at(state.processes, index);
    const rest = this.#without(state, index);
    return this.#listens(rest, of) ? this.#failed(rest, of.execution, "Lambda.Unknown", "it died") : rest;
  }

  #asks(state: State, index: number): Ask | null {
    const { next } = this.locals.get(at(state.processes, index).local);
    return "ask" in next ? next.ask : null;
  }

  /** Answers what a process asks of what is its own, until it asks for what others look at too, or ends. */
  async #own(state: State, index: number): Promise<State> {
    for (let now = state; ; ) {
      const { next } = this.locals.get(at(now.processes, index).local);
      if (!("ask" in next)) return this.#ended(now, index, next);
      if (isShared(next.ask)) return now;
      now = (await this.#hear(now, index, next.ask, {})).state;
    }
  }

  async #ended(state: State, index: number, next: Exclude<Next, { readonly ask: Ask }>): Promise<State> {
    const { for: of } = at(state.processes, index);
    const rest = this.#without(state, index);
    if (of === null && "failed" in next && next.failed.name !== "BudgetMissing")
      throw new Error(`${next.failed.name}: ${next.failed.message}`);
    if (!this.#listens(rest, of)) return rest;
    if ("failed" in next) return this.#failed(rest, of.execution, next.failed.name, next.failed.message);
    return this.#answered(rest, of.execution, next.done);
  }

  #listens({ executions }: State, of: Process["for"]): of is Exclude<Process["for"], null> {
    const one = of === null ? undefined : executions[of.execution];
    return one?.status === "running" && one.state === of?.state && one.calls === of.call;
  }

  #without(state: State, index: number): State {
    return { ...state, processes: state.processes.filter((_, place) => place !== index) };
  }

  #moved(state: State, index: number, local: number): State {
    return { ...state, processes: state.processes.map((one, place) => (place === index ? { ...one, local } : one)) };
  }

  async #hear(state: State, index: number, ask: Ask, trouble: Trouble): Promise<{ state: State; wrote: boolean }> {
    const { after, said, answer, wrote } = await this.#do(state, ask, trouble);
    const local = await this.locals.hear(at(state.processes, index).local, said, answer);
    return { state: this.#moved(after, index, local), wrote };
  }

  #do(state: State, ask: Ask, trouble: Trouble): Heard | Promise<Heard> {
    const same = (said: string, answer: () => Answer): Heard => ({ after: state, said, answer, wrote: false });
    switch (ask.kind) {
      case "get":
      case "head":
        return this.#read(state, ask);
      case "list": {
        const value = [...state.objects.keys()].filter((one) => one.startsWith(ask.key)).sort();
        return same(value.join(), () => ({ value }));
      }
      case "create":
      case "replace":
        return this.#write(state, ask, trouble.lose === true);
      case "costs": {
        const { attempt, staged } = ask.asked;
        const jobs = state.jobs.filter((job) => job.run === ask.runId && job.attempt === attempt);
        const value = proveCost(trouble.hide === true ? [] : jobs.map(described), staged, modelPrices);
        return same(JSON.stringify(value), () => ({ value }));
      }
      case "running": {
        const value = state.executions.some(({ status }) => status === "running");
        return same(String(value), () => ({ value }));
      }
      case "start":
        return this.#start(state, ask.runId, /\/([^/]+)\.zip$/.exec(ask.location)?.[1] ?? "");
      case "told":
        return same("told", () => ({ value: null }));
    }
  }

  async #start(state: State, run: string, upload: string): Promise<Heard> {
    const after = await this.execute(state, run, 1, upload);
    return { after, said: "started", answer: () => ({ value: null }), wrote: false };
  }

  #read(state: State, { kind, key }: Extract<Ask, { kind: "get" | "head" | "list" }>): Heard {
    const number = state.objects.get(key);
    const answer = (): Answer => {
      if (kind === "head") return { value: number === undefined ? null : { bytes: 0, etag: String(number) } };
      if (number === undefined) return { error: "ObjectMissing", data: { key } };
      return { value: { bytes: Buffer.from(this.#texts.text(number)), etag: String(number) } };
    };
    return { after: state, said: String(number), answer, wrote: false };
  }

  #write(state: State, ask: Extract<Ask, { kind: "create" | "replace" }>, lose: boolean): Heard {
    const there = state.objects.get(ask.key);
    const free = ask.kind === "create" ? there === undefined : String(there) === ask.etag;
    const error = ask.kind === "create" ? "ObjectExists" : "ObjectChanged";
    const refused = { said: "refused", answer: (): Answer => ({ error, data: { key: ask.key } }) };
    if (!free) return { after: state, ...refused, wrote: false };
    const number = this.#texts.number(ask.text);
    const after = { ...state, objects: new Map([...state.objects, [ask.key, number]]) };
    if (lose) return { after, ...refused, wrote: true };
    return { after, said: `written ${number}`, answer: () => ({ value: String(number) }), wrote: true };
  }
}
