// Functions in processes of their own over a folder store: each waits before every look until it is let through, and dies by SIGKILL.
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { openStores } from "../../../lib/local/store/open.ts";
import type { Ask } from "../model/process.ts";
import type { Call } from "../model/programs.ts";
import type { Ground } from "./walker.ts";
import type { End, Pass, Work } from "./work.ts";

/** What a process is told. */
export type Told =
  | { readonly begin: Call; readonly skew: number; readonly next: string; readonly cap: number }
  | { readonly through: number; readonly pass: Pass };
/** What it says where it has come to: its questions by number, or how it ended. */
export type Said = { readonly asks: readonly { readonly number: number; readonly ask: Ask }[] } | { readonly end: End };

const script = join(import.meta.dirname, "worker.ts");

class Child {
  readonly #child: ChildProcess;
  #heard: ((said: Said) => void) | null = null;
  readonly gone: Promise<unknown>;

  constructor(folder: string) {
    this.#child = fork(script, [folder], { execArgv: ["--no-warnings"], env: { PATH: process.env.PATH } });
    this.gone = new Promise((settle) => this.#child.once("close", settle));
    this.#child.on("message", (said: Said) => this.#heard?.(said));
  }

  tell(told: Told): Promise<Said> {
    return new Promise((settle, fail) => {
      const died = () => fail(new Error("a function's process died by itself"));
      this.#heard = (said) => {
        this.#child.off("close", died);
        settle(said);
      };
      this.#child.once("close", died);
      this.#child.send(told);
    });
  }

  /** @param told the last that it hears, and may still be at */
  async kill(told: Told | null): Promise<void> {
    if (told !== null) await new Promise((sent) => this.#child.send(told, sent));
    this.#child.kill("SIGKILL");
    await this.gone;
  }
}

class ProcessWork implements Work {
  readonly #child: Child;
  readonly #free: (child: Child) => void;
  #asks: readonly { readonly number: number; readonly ask: Ask }[] = [];
  end: End | null = null;

  constructor(child: Child, free: (child: Child) => void) {
    this.#child = child;
    this.#free = free;
  }

  get asks(): readonly Ask[] {
    return this.#asks.map(({ ask }) => ask);
  }

  async tell(told: Told): Promise<void> {
    const said = await this.#child.tell(told);
    if ("asks" in said) this.#asks = said.asks;
    else {
      this.#asks = [];
      this.end = said.end;
      this.#free(this.#child);
    }
  }

  pass(ask: Ask, pass: Pass): Promise<void> {
    return this.tell({ through: this.#numberOf(ask), pass });
  }

  /** During a look: it is let through and killed at once, before, in or after its write. */
  kill(during?: Ask): Promise<void> {
    return this.#child.kill(during === undefined ? null : { through: this.#numberOf(during), pass: { how: "look" } });
  }

  #numberOf(ask: Ask): number {
    const found = this.#asks.find((one) => one.ask === ask);
    if (found === undefined) throw new RangeError("nobody asks that");
    return found.number;
  }
}

export interface ProcessGround extends Ground {
  /** How many processes there have been. */
  readonly started: () => number;
  readonly close: () => Promise<void>;
}

export function inProcesses(folder: string): ProcessGround {
  const free: Child[] = [];
  const all: Child[] = [];
  const make = () => {
    const child = new Child(folder);
    all.push(child);
    return child;
  };
  return {
    stores: openStores(folder),
    atOnce: true,
    deaths: 5,
    async begin(call, skew, next, cap) {
      const work = new ProcessWork(free.pop() ?? make(), (child) => free.push(child));
      await work.tell({ begin: call, skew, next, cap });
      return work;
    },
    started: () => all.length,
    async close() {
      await Promise.all(all.map((child) => child.kill(null)));
    },
  };
}
