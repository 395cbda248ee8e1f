// Every state that a few runs, their guard and bad luck can bring an account into, one event after another, until none is new. The
// functions are the real steps of lib/core, the machine is lib/workflow's; nothing of them is written down again here.

import { dataKeys } from "../../../lib/contracts/layout.ts";
import type { Ledger } from "../../../lib/contracts/ledger.ts";
import { ledgerReader } from "../../../lib/core/budget/ledger-document.ts";
import { committed } from "../../../lib/core/budget/limits.ts";
import { Account, ledgerKey, lockKey } from "./account.ts";
import { billOf, modelPrices } from "./batch.ts";
import { eventsOf, type Place, type Step } from "./events.ts";
import { Interned, nameOf } from "./locals.ts";
import { Keys, type Luck, type State } from "./state.ts";

export interface Scenario {
  readonly uploads: readonly string[];
  /** Micro-dollars. */
  readonly cap: number;
  readonly luck: Luck;
  /** Events from the start, at most. @default until no state is new */
  readonly depth?: number;
  /** Gives up beyond so many states. @default never */
  readonly states?: number;
}

export interface Found {
  readonly states: number;
  /** Events that were tried; many lead to a state that was there already. */
  readonly events: number;
  /** Events from the start to the state that is furthest from it. */
  readonly depth: number;
  /** True where no state is left unexplored. */
  readonly exhausted: boolean;
  /** States in which nothing can happen any more. */
  readonly ends: number;
  /** The first violation: what, and the shortest way there. */
  readonly violation: { readonly what: string; readonly way: readonly string[] } | null;
}

const noLuck: Luck = {
  ...{
    faults: 0,
    kill: 0,
    lost: 0,
    abort: 0,
    twice: 0,
    skew: 0,
    unseen: 0,
    tick: 0,
    cutOff: 0,
    bill: 0,
    resume: 0,
    spot: 0,
  },
};

/** @param faults of any kinds together @param each how often each kind may strike */
export function luckOf(faults: number, each: number, more: Partial<Luck> = {}): Luck {
  const all = Object.keys(noLuck).map((kind) => [kind, each]);
  return { ...noLuck, ...Object.fromEntries(all), faults, ...more };
}

export function explore(scenario: Scenario): Promise<Found> {
  return new Explorer(scenario).explore();
}

interface Reached {
  readonly state: State;
  readonly number: number;
}

class Explorer {
  readonly #scenario: Scenario;
  readonly #place: Place;
  readonly #ledgers = new Map<string, Ledger>();
  readonly #seen = new Set<string>();
  /** By the number of a state: the number of the one before it, and the words of the event between. */
  readonly #parents: number[] = [];
  readonly #by: number[] = [];
  readonly #words = new Interned();
  #events = 0;
  #ends = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    const account = new Account(scenario.cap);
    this.#place = {
      ...{ account, keys: new Keys(), uploads: scenario.uploads },
      ledgerOf: (state) => this.#ledgerOf(state),
      spent,
    };
  }

  /** Breadth first, so that the first violation has a shortest way. */
  async explore(): Promise<Found> {
    const { uploads, luck, depth: deepest = Number.POSITIVE_INFINITY, states: most } = this.#scenario;
    let layer: Reached[] = [];
    this.#add({ words: "start", after: await this.#place.account.first(uploads, luck) }, -1, layer);
    for (let depth = 0; ; depth += 1) {
      const next: Reached[] = [];
      for (const reached of layer) {
        const violation = await this.#follow(reached, depth < deepest, next);
        if (violation !== null) return this.#found(depth, false, violation);
      }
      if (next.length === 0) return this.#found(depth, depth < deepest, null);
      if (most !== undefined && this.#seen.size > most) return this.#found(depth, false, null);
      layer = next;
    }
  }

  /** What is wrong in a state, or after one of its events; null where nothing is. */
  async #follow({ state, number }: Reached, further: boolean, next: Reached[]): Promise<Found["violation"]> {
    const way = () => this.#way(number);
    const wrong = this.#wrong(state);
    if (wrong !== null) return { what: wrong, way: way() };
    if (!further) return null;
    const here = this.#place.keys.of(state);
    const all = await eventsOf(state, this.#place);
    const steps = all.filter(({ after }) => this.#place.keys.of(after) !== here);
    this.#events += steps.length;
    for (const step of steps) {
      const worse = this.#wrongBetween(state, step.after);
      if (worse !== null) return { what: worse, way: [...way(), step.words] };
      this.#add(step, number, next);
    }
    if (steps.length > 0) return null;
    this.#ends += 1;
    const left = this.#wrongAtEnd(state);
    return left === null ? null : { what: left, way: way() };
  }

  #add({ words, after }: Step, parent: number, into: Reached[]): void {
    const key = this.#place.keys.of(after);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#by.push(this.#words.number(words));
    into.push({ state: after, number: this.#parents.push(parent) - 1 });
  }

  #way(last: number): string[] {
    const found: string[] = [];
    for (let number = last; number >= 0; number = this.#parents[number] ?? -1)
      found.unshift(this.#words.text(this.#by[number] ?? 0));
    return found;
  }

  #found(depth: number, exhausted: boolean, violation: Found["violation"]): Found {
    return { states: this.#seen.size, events: this.#events, depth, exhausted, ends: this.#ends, violation };
  }

  #ledgerOf(state: State): Ledger | null {
    const text = this.#place.account.textOf(state, ledgerKey);
    if (text === null) return null;
    const known = this.#ledgers.get(text);
    if (known !== undefined) return known;
    const ledger = ledgerReader.parse(JSON.parse(text));
    this.#ledgers.set(text, ledger);
    return ledger;
  }

  // What must hold.

  /** Spent ≤ committed ≤ cap, and nothing settled above its promise. */
  #wrong(state: State): string | null {
    const ledger = this.#ledgerOf(state);
    const held = ledger === null ? 0 : committed(ledger);
    if (spent(state) > held) return `${spent(state)} was spent and ${held} is committed`;
    if (ledger === null) return null;
    if (held > ledger.cap) return `${held} is committed and the cap is ${ledger.cap}`;
    if (ledger.closed?.kind === "overrun") return `an overrun of which there was none: ${ledger.closed.reason}`;
    const above = ledger.entries.find(({ settled, promised }) => (settled ?? 0) > promised);
    return above === undefined ? null : `${above.item} of ${nameOf(above.runId)} is settled above its promise`;
  }

  /** What is closed takes no promise; what is settled is never raised. */
  #wrongBetween(before: State, after: State): string | null {
    const [was, is] = [this.#ledgerOf(before), this.#ledgerOf(after)];
    if (was === null || is === null || was === is) return null;
    return was.closed !== null && committed(is) > committed(was) ? "a closed ledger took a promise" : null;
  }

  /** Nothing happens any more: nobody holds the pipeline, and what is not settled waits for the proof of a job that was written down. */
  #wrongAtEnd(state: State): string | null {
    const lock = this.#place.account.textOf(state, lockKey);
    const { holder = null, waiting = [] } = lock === null ? {} : JSON.parse(lock);
    if (holder !== null) return `${nameOf(holder.runId)} holds the pipeline for ever`;
    if (waiting.length > 0) return "an upload waits for ever";
    for (const { runId, attempt, item, settled, endedAt } of this.#ledgerOf(state)?.entries ?? []) {
      if (settled !== null) continue;
      if (endedAt === null) return `${item} of ${nameOf(runId)} is open for ever`;
      const mark = `data/${dataKeys.jobMark(runId, "train", attempt)}`;
      if (!state.objects.has(mark)) return `${item} of ${nameOf(runId)} waits for nothing`;
    }
    return null;
  }
}

/** What all jobs have cost until now, and every run that was let in. */
function spent({ jobs, executions }: State): number {
  const admitted = executions.filter(({ gathered }) => gathered.admit?.outcome === "admitted").length;
  return jobs.reduce((sum, job) => sum + billOf(job), admitted * modelPrices.admission);
}
