// One way through everything that can happen to an account, as a list of numbers says it: runs, their functions over a real store, their
// jobs, a guard, bad luck of all kinds, and time. After each event: spent ≤ committed ≤ cap; at the end: nothing held, nothing forgotten.
import { dataKeys, registryKeys } from "../../../lib/contracts/layout.ts";
import type { Ledger } from "../../../lib/contracts/ledger.ts";
import { stepRecord } from "../../../lib/contracts/run.ts";
import { ledgerReader } from "../../../lib/core/budget/ledger-document.ts";
import { committed } from "../../../lib/core/budget/limits.ts";
import { proveCost } from "../../../lib/core/budget/proof.ts";
import { toProve } from "../../../lib/core/budget/view.ts";
import type { Stores } from "../../../lib/core/ports.ts";
import { findDocument } from "../../../lib/core/registry/cas.ts";
import { readLock } from "../../../lib/core/registry/lock.ts";
import { billOf, described, longest, type ModelJob, modelPrices } from "../model/batch.ts";
import type { Ask } from "../model/process.ts";
import { type Call, firstObjects } from "../model/programs.ts";
import type { Execution, Process } from "../model/state.ts";
import { arrive, nextOf, programFor, resultOf, trained } from "../model/way.ts";
import { type End, isWrite, type Pass, type Work } from "./work.ts";

/** Where it is walked. */
export interface Ground {
  readonly stores: Stores;
  /** Begins a function. @param skew minutes of its clock beside the model's own @param next the id of the run that it would start */
  readonly begin: (call: Call, skew: number, next: string, cap: number) => Promise<Work>;
  /** Functions may look at the same time. */
  readonly atOnce: boolean;
  /** How often a function dies, beside 240 looks that are done. */
  readonly deaths: number;
}

export interface Walked {
  /** Looks into the store, and everything else that happened. */
  readonly steps: number;
  readonly looks: number;
  readonly killed: number;
  readonly lost: number;
  readonly runs: number;
  readonly jobs: number;
}

interface Option {
  readonly weight: number;
  readonly words: string;
  readonly act: (rest: number) => Promise<void> | void;
}

interface AtWork {
  readonly work: Work;
  readonly call: Call;
  readonly for: Process["for"];
}

type Running = { -readonly [Field in keyof Execution]: Execution[Field] };

const caps = [3_000, 6_000, 60_000];
const mostUploads = 12;
/** Longer than any run takes. */
const longestRun = 6 * 3600;

export class Violation extends Error {
  override readonly name = "Violation";
}
/** That are told of a violation. */
const lastWords = 40;

/** @param choices what happens, one number for each event @throws Violation */
export function walk(choices: readonly number[], ground: Ground): Promise<Walked> {
  const walker = new Walker(choices[0] ?? 0, ground);
  return walker.walk(choices.slice(1)).catch((error) => {
    if (error instanceof Violation) error.message += `, after ${walker.words.slice(-lastWords).join("; ")}`;
    throw error;
  });
}

class Walker {
  readonly #ground: Ground;
  readonly #cap: number;
  readonly #executions: Running[] = [];
  readonly #uploads: string[] = [];
  /** What somebody is about to take up again. */
  readonly #resumes: Pick<Execution, "run" | "attempt" | "upload">[] = [];
  #works: AtWork[] = [];
  #jobs: ModelJob[] = [];
  #ledger: Ledger | null = null;
  #minutes = 0;
  #ids = 0;
  #raised = 0;
  readonly words: string[] = [];
  readonly #counts = { steps: 0, looks: 0, killed: 0, lost: 0 };

  constructor(first: number, ground: Ground) {
    this.#ground = ground;
    this.#cap = caps[first % caps.length] ?? 0;
  }

  async walk(choices: readonly number[]): Promise<Walked> {
    for (const [name, text] of firstObjects())
      await this.#ground.stores.data.create(name.replace(/^data\//, ""), Buffer.from(text));
    await this.#upload();
    for (const choice of choices) await this.#take(choice);
    await this.#rest();
    await this.#checkEnd();
    const runs = new Set(this.#executions.map(({ run }) => run)).size;
    return { ...this.#counts, runs, jobs: this.#jobs.length };
  }

  async #take(choice: number): Promise<void> {
    const options = this.#options();
    const all = options.reduce((sum, { weight }) => sum + weight, 0);
    let at = choice % all;
    for (const option of options) {
      at -= option.weight;
      if (at < 0) return this.#do(option, Math.floor(choice / all));
    }
  }

  async #do({ words, act }: Option, rest: number): Promise<void> {
    this.#counts.steps += 1;
    this.words.push(words);
    await act(rest);
    await this.#reap();
    await this.#check();
  }

  #options(): Option[] {
    return [
      ...this.#works.flatMap((one) => this.#ofWork(one)),
      ...this.#ofAll(),
      ...this.#executions.flatMap((one) => this.#ofExecution(one)),
      ...this.#jobs.flatMap((job, index) => this.#ofJob(job, index)),
      ...this.#ofResume(),
      ...this.#ofOutside(),
    ];
  }

  // Functions.

  #ofWork(one: AtWork): Option[] {
    const { work, call } = one;
    const who = wordsOf(call);
    return work.asks.flatMap((ask): Option[] => {
      const what = `${who}: ${ask.kind} ${"key" in ask ? ask.key : ""}`;
      const options: Option[] = [{ weight: 240, words: what, act: () => this.#pass(one, ask) }];
      if (isWrite(ask))
        options.push({ weight: 4, words: `${what}, and the answer is lost`, act: () => this.#pass(one, ask, "lose") });
      if (ask.kind === "costs")
        options.push({
          weight: 20,
          words: `${what}, and no job is to be seen`,
          act: () => this.#pass(one, ask, "hide"),
        });
      options.push({
        weight: this.#ground.deaths,
        words: `${who} dies before: ${ask.kind}`,
        act: () => this.#kill(one),
      });
      if ("key" in ask)
        options.push({
          weight: this.#ground.deaths,
          words: `${who} dies at: ${what}`,
          act: () => this.#kill(one, ask),
        });
      return options;
    });
  }

  /** Whoever asks for an object is let through in the same moment. */
  #ofAll(): Option[] {
    if (!this.#ground.atOnce) return [];
    const first = this.#works.flatMap((one) => {
      const ask = one.work.asks.find((any) => "key" in any);
      return ask === undefined ? [] : [{ one, ask }];
    });
    const all = () => Promise.all(first.map(({ one, ask }) => this.#pass(one, ask)));
    return first.length < 2 ? [] : [{ weight: 240, words: "all look at once", act: async () => void (await all()) }];
  }

  async #pass({ work }: AtWork, ask: Ask, luck: "look" | "lose" | "hide" = "look"): Promise<void> {
    this.#counts.looks += 1;
    if (luck === "lose") this.#counts.lost += 1;
    await work.pass(ask, "key" in ask ? { how: luck === "lose" ? "lose" : "look" } : await this.#answer(ask, luck));
  }

  async #answer(ask: Exclude<Ask, { readonly key: string }>, luck: string): Promise<Pass> {
    switch (ask.kind) {
      case "costs": {
        const { attempt, staged } = ask.asked;
        const mine = this.#jobs.filter((job) => job.run === ask.runId && job.attempt === attempt);
        const seen = luck === "hide" ? [] : mine.map(described);
        return { how: "answer", value: proveCost(seen, staged, modelPrices) };
      }
      case "running":
        return { how: "answer", value: this.#executions.some(({ status }) => status === "running") };
      case "start":
        await this.#execute(ask.runId, 1, /\/([^/]+)\.zip$/.exec(ask.location)?.[1] ?? "");
        return { how: "answer", value: null };
      case "told":
        return { how: "answer", value: null };
    }
  }

  async #kill(one: AtWork, during?: Ask): Promise<void> {
    this.#counts.killed += 1;
    await one.work.kill(during);
    this.#works = this.#works.filter((other) => other !== one);
    const execution = this.#listener(one);
    if (execution !== null) await this.#failed(execution, "Lambda.Unknown");
  }

  /** Who has ended hands in its answer. */
  async #reap(): Promise<void> {
    for (const one of this.#works.filter(({ work }) => work.end !== null)) {
      if (!this.#works.includes(one)) continue;
      this.#works = this.#works.filter((other) => other !== one);
      await this.#ended(one, one.work.end as End);
    }
  }

  async #ended(one: AtWork, end: End): Promise<void> {
    if (one.for === null && "failed" in end && !forgiven.includes(end.failed.name))
      throw new Violation(`${wordsOf(one.call)}: ${end.failed.name}: ${end.failed.message}`);
    const execution = this.#listener(one);
    if (execution === null) return;
    if ("failed" in end) return this.#failed(execution, end.failed.name);
    if (execution.state === "Train") {
      Object.assign(execution, { state: "Submit", gathered: { ...execution.gathered, stage: end.done } });
      return;
    }
    const gathered = { ...execution.gathered, [resultOf(execution.state)]: end.done };
    await this.#enter(execution, nextOf(execution.state), gathered);
  }

  #listener({ for: of }: AtWork): Running | null {
    const one = of === null ? undefined : this.#executions[of.execution];
    return one?.status === "running" && one.state === of?.state && one.calls === of.call ? one : null;
  }

  async #begin(call: Call, of: Process["for"] = null, skew = 0): Promise<void> {
    this.#ids += 1;
    const next = idOf(this.#ids);
    const work = await this.#ground.begin(call, this.#minutes + skew, next, this.#cap);
    this.#works.push({ work, call, for: of });
    await this.#reap();
  }

  // Executions.

  async #upload(): Promise<void> {
    const upload = `u${this.#uploads.length}`;
    this.#uploads.push(upload);
    this.#ids += 1;
    await this.#execute(idOf(this.#ids), 1, upload);
  }

  async #execute(run: string, attempt: number, upload: string): Promise<void> {
    if (this.#executions.some((one) => one.run === run && one.attempt === attempt)) return;
    const gathered = { runId: run, attempt };
    const made: Running = { run, attempt, upload, status: "running", state: "", gathered, calls: 0, tellEnd: false };
    this.#executions.push(made);
    await this.#enter(made, "Admit", gathered);
  }

  async #enter(one: Running, target: string, gathered: Running["gathered"]): Promise<void> {
    Object.assign(one, arrive(target, gathered), { calls: 0 });
    if (one.status === "running") return this.#call(one);
    one.tellEnd = one.status === "failed";
  }

  #call(one: Running): Promise<void> {
    const call: Call = { program: programFor(one.state), input: one.gathered, upload: one.upload };
    return this.#begin(call, { execution: this.#executions.indexOf(one), state: one.state, call: one.calls });
  }

  async #failed(one: Running, name: string): Promise<void> {
    if (one.state === "Settle" && one.calls === 0) {
      one.calls = 1;
      return this.#call(one);
    }
    const gathered = { ...one.gathered, error: { Error: name, Cause: "it failed" } };
    await this.#enter(one, one.state === "Settle" ? "Failed" : "Settle", gathered);
  }

  #ofExecution(one: Running): Option[] {
    const { run, attempt, state, status } = one;
    const name = `${nameOf(run)}-${attempt}`;
    const options: Option[] = [];
    if (state === "Submit")
      options.push({ weight: 60, words: `${name} submits its job`, act: () => this.#submit(one) });
    if (status === "running") {
      if (state === "JobDone" || state === "JobFailed")
        options.push({ weight: 60, words: `${name} hears of its job`, act: () => this.#heard(one) });
      options.push({ weight: 2, words: `${name} is stopped`, act: () => this.#stop(one) });
      options.push({ weight: 2, words: `${name} calls its function twice`, act: () => this.#twice(one) });
      return options;
    }
    if (one.tellEnd) {
      const told = { weight: 60, words: `the end of ${name} is told`, act: () => this.#tellEnd(one) };
      options.push(told, {
        ...{ weight: 5, words: `the end of ${name} is never told` },
        act: () => {
          one.tellEnd = false;
        },
      });
    }
    if (one.status !== "succeeded" && this.#isLatest(one)) {
      options.push({ weight: 1, words: `the end of ${name} is told again`, act: () => this.#beginWatch(one) });
      if (attempt < 4) options.push({ weight: 3, words: `somebody looks at ${name}`, act: () => this.#lookAt(one) });
    }
    return options;
  }

  /** `bobbin resume`: it counts the tries that were settled, and then starts the next. */
  async #lookAt({ run, upload }: Running): Promise<void> {
    const key = dataKeys.step(run, "Settle");
    const settled = await findDocument(this.#ground.stores.data, key, stepRecord);
    const attempt = settled === null ? 1 : (settled.value.attempt ?? 1) + 1;
    this.#resumes.push({ run, attempt, upload });
  }

  #ofResume(): Option[] {
    return this.#resumes.map((one, index) => ({
      ...{ weight: 30, words: `${nameOf(one.run)} is taken up again as ${one.attempt}` },
      act: async () => {
        this.#resumes.splice(index, 1);
        await this.#execute(one.run, one.attempt, one.upload);
      },
    }));
  }

  #isLatest({ run, attempt }: Running): boolean {
    return this.#executions.every((one) => one.run !== run || one.attempt <= attempt);
  }

  #submit(one: Running): void {
    const { run, attempt, status } = one;
    const alive = status === "running";
    const fresh = { attempts: [], phase: "waiting", failed: false, waited: false } as const;
    this.#jobs.push({ run, attempt, ...fresh, ending: !alive });
    one.state = alive ? "Job" : "Gone";
  }

  #stop(one: Running): void {
    Object.assign(one, { status: "aborted", tellEnd: true });
    const mine = (job: ModelJob) => job.run === one.run && job.attempt === one.attempt && job.phase !== "ended";
    this.#jobs = this.#jobs.map((job) => (mine(job) ? { ...job, ending: true } : job));
  }

  async #twice(one: Running): Promise<void> {
    if (["Submit", "Job", "JobDone", "JobFailed"].includes(one.state)) return;
    await this.#call(one);
  }

  async #heard(one: Running): Promise<void> {
    if (one.state === "JobFailed") await this.#failed(one, "JobFailed");
    else await this.#enter(one, "Predict", { ...one.gathered, train: trained });
  }

  async #tellEnd(one: Running): Promise<void> {
    one.tellEnd = false;
    await this.#beginWatch(one);
  }

  #beginWatch({ run, attempt, status }: Running): Promise<void> {
    return this.#begin({ program: "ended", runId: run, attempt, cancelled: status === "aborted" });
  }

  // Jobs.

  #ofJob(job: ModelJob, index: number): Option[] {
    if (job.phase === "ended") return [];
    const name = `the job of ${nameOf(job.run)}-${job.attempt}`;
    const set = (change: Partial<ModelJob>) => {
      this.#jobs[index] = { ...job, ...change };
    };
    const end = (failed: boolean, attempts = job.attempts) => {
      set({ phase: "ended", failed, attempts, waited: job.phase === "waiting" });
      const waits = (one: Running) => one.run === job.run && one.attempt === job.attempt && one.status === "running";
      const execution = this.#executions.find((one) => waits(one) && one.state === "Job");
      if (execution !== undefined) execution.state = failed ? "JobFailed" : "JobDone";
    };
    if (job.phase === "waiting") {
      const never = { weight: job.ending ? 60 : 6, words: `${name} never begins`, act: () => end(true) };
      const begin = () => set({ phase: "running", attempts: [...job.attempts, 0] });
      return job.ending ? [never] : [never, { weight: 60, words: `${name} begins`, act: begin }];
    }
    const ran = (rest: number) => [...job.attempts.slice(0, -1), 1 + (rest % longest)];
    const options: Option[] = [{ weight: 10, words: `${name} fails`, act: (rest) => end(true, ran(rest)) }];
    if (!job.ending) options.push({ weight: 40, words: `${name} succeeds`, act: (rest) => end(false, ran(rest)) });
    if (!job.ending && job.attempts.length < modelPrices.tries) {
      const taken = (rest: number) => set({ phase: "waiting", attempts: ran(rest) });
      options.push({ weight: 15, words: `${name} loses its machine`, act: taken });
    }
    return options;
  }

  // The guard, people, AWS's bill, time.

  #ofOutside(): Option[] {
    const options: Option[] = [
      { weight: 4, words: "the schedule looks", act: () => this.#begin({ program: "tick", minutes: 0 }) },
      {
        weight: 4,
        words: "the schedule looks, an hour wrong",
        act: () => this.#begin({ program: "tick", minutes: 60 }),
      },
      {
        ...{ weight: 8, words: "time passes" },
        act: (rest) => {
          this.#minutes += 1 + (rest % 600);
        },
      },
    ];
    if (this.#uploads.length < mostUploads)
      options.push({ weight: 2, words: "an upload comes", act: () => this.#upload() });
    options.push({ weight: 1, words: "an event comes twice", act: (rest) => this.#twin(rest) });
    if (this.#ledger === null) return options;
    for (const { runId, attempt } of this.#waiting()) {
      const call = { program: "prove", runId, attempt } as const;
      options.push({
        weight: 10,
        words: `the guard asks what ${nameOf(runId)}-${attempt} cost`,
        act: () => this.#begin(call),
      });
    }
    const spent = this.#spent();
    const bill = (rest: number) => this.#begin({ program: "bill", amount: spent - (rest % 3) * Math.floor(spent / 3) });
    if (spent > 0) options.push({ weight: 2, words: "AWS says what it has billed", act: bill });
    if (this.#ledger.closed === null)
      options.push({ weight: 1, words: "a person cuts off", act: () => this.#begin({ program: "cutOff" }) });
    const raise = { weight: this.#ledger.closed === null ? 1 : 60, words: "a person raises the cap" };
    options.push({ ...raise, act: () => this.#raise(this.#ledger?.cap ?? 0) });
    return options;
  }

  #raise(cap: number): Promise<void> {
    this.#raised += 1;
    return this.#begin({ program: "raise", to: cap + 1000 * (this.#raised % 4), number: this.#raised });
  }

  async #twin(rest: number): Promise<void> {
    const upload = this.#uploads[rest % this.#uploads.length];
    this.#ids += 1;
    if (upload !== undefined && this.#executions.length < 60) await this.#execute(idOf(this.#ids), 1, upload);
  }

  /** Tries that are over and wait for their proof, of which no execution runs. */
  #waiting() {
    const at = new Date(Date.parse("2026-12-01T00:00:00Z") + this.#minutes * 60_000).toISOString();
    const runs = ({ run, attempt, status }: Running, id: string, number: number) =>
      run === id && attempt === number && status === "running";
    return this.#ledger === null
      ? []
      : toProve(this.#ledger, at, longestRun).filter(
          ({ runId, attempt }) => !this.#executions.some((one) => runs(one, runId, attempt)),
        );
  }

  // What must hold.

  #spent(): number {
    const admitted = this.#executions.filter(({ gathered }) => gathered.admit?.outcome === "admitted").length;
    return this.#jobs.reduce((sum, job) => sum + billOf(job), admitted * modelPrices.admission);
  }

  async #check(): Promise<void> {
    const before = this.#ledger;
    this.#ledger = await this.#readLedger();
    const held = this.#ledger === null ? 0 : committed(this.#ledger);
    const spent = this.#spent();
    if (spent > held) throw new Violation(`${spent} was spent and ${held} is committed`);
    if (this.#ledger === null || this.#ledger === before) return;
    const { cap, closed, entries } = this.#ledger;
    if (held > cap) throw new Violation(`${held} is committed and the cap is ${cap}`);
    if (closed?.kind === "overrun") throw new Violation(`an overrun of which there was none: ${closed.reason}`);
    if (entries.some(({ settled, promised }) => (settled ?? 0) > promised))
      throw new Violation("settled above a promise");
    const isLowered = before !== null && cap < before.cap;
    if (isLowered) throw new Violation("the cap was lowered");
    if (before !== null && before.closed !== null && closed !== null && held > committed(before))
      throw new Violation("a closed ledger took a promise");
  }

  async #readLedger(): Promise<Ledger | null> {
    const key = registryKeys.ledger("phase-1");
    const { registry } = this.#ground.stores;
    const there = await registry.head(key);
    if (there === null) return null;
    if (this.#etag === there.etag) return this.#ledger;
    this.#etag = there.etag;
    return (await findDocument(registry, key, ledgerReader))?.value ?? null;
  }
  #etag = "";
  /** Tries whose proof was looked for in the end. */
  readonly #asked = new Set<string>();

  /** Nothing goes wrong any more: everything that is at work ends, every event comes, and the guard looks until nothing is new. */
  async #rest(): Promise<void> {
    for (let round = 0; round < 400; round += 1) {
      const [next] = this.#options().filter(({ weight, words }) => weight >= 40 && !words.includes("taken up"));
      const stuck = this.#jobs.findIndex(({ phase }) => phase !== "ended");
      if (next !== undefined) {
        await this.#do(next, 0);
        round -= 1;
      } else if (stuck >= 0) {
        const [end] = this.#ofJob(this.#jobs[stuck] as ModelJob, stuck);
        if (end !== undefined) await this.#do(end, 0);
      } else if (!(await this.#guard())) return;
    }
    throw new Violation("it never comes to rest");
  }

  /** @returns whether there was something to do */
  async #guard(): Promise<boolean> {
    const { holder } = await readLock(this.#ground.stores.registry);
    if (holder !== null) {
      this.#minutes += 20;
      await this.#begin({ program: "tick", minutes: 0 });
      return true;
    }
    // A day later no run is at work any more.
    if (this.#asked.size === 0) this.#minutes += 24 * 60;
    const fresh = this.#waiting().find(({ runId, attempt }) => !this.#asked.has(`${runId} ${attempt}`));
    if (fresh === undefined) return false;
    this.#asked.add(`${fresh.runId} ${fresh.attempt}`);
    await this.#begin({ program: "prove", runId: fresh.runId, attempt: fresh.attempt });
    return true;
  }

  #isProvable(runId: string, attempt: number): boolean {
    return this.#jobs.some((job) => job.run === runId && job.attempt === attempt);
  }

  async #checkEnd(): Promise<void> {
    const { stores } = this.#ground;
    this.#ledger = await this.#readLedger();
    const { holder, waiting } = await readLock(stores.registry);
    if (holder !== null) throw new Violation(`${nameOf(holder.runId)} holds the pipeline for ever`);
    if (waiting.length > 0) throw new Violation("an upload waits for ever");
    for (const { runId, attempt, item, settled, endedAt } of this.#ledger?.entries ?? []) {
      if (settled !== null) continue;
      const what = `${item} of ${nameOf(runId)}-${attempt}`;
      if (endedAt === null) throw new Violation(`${what} is open for ever`);
      if (this.#isProvable(runId, attempt)) throw new Violation(`${what} waits though its job has ended`);
      if ((await stores.data.head(dataKeys.jobMark(runId, "train", attempt))) === null)
        throw new Violation(`${what} waits for nothing`);
    }
  }
}

/** What a guard or a person may hear. */
const forgiven = ["BudgetMissing", "BudgetRaiseInvalid"];

const idOf = (number: number) => String(number).padStart(26, "0");
const nameOf = (run: string) => `#${run.replace(/^0+/, "")}`;

function wordsOf(call: Call): string {
  if ("input" in call) return `${call.program} of ${nameOf(call.input.runId)}-${call.input.attempt ?? 1}`;
  return "runId" in call ? `${call.program} for ${nameOf(call.runId)}-${call.attempt}` : call.program;
}
