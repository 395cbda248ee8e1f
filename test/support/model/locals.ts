// Where each process stands, as a number. What it does next follows from its call and the answers it has had, so each of those ways is
// worked out once, however many states it is part of.
import { type Answer, advance, type Next } from "./process.ts";
import { type Call, programOf, type Setting } from "./programs.ts";

/** Texts by number and numbers by text. */
export class Interned {
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

/** A run's id by its letter: those of events are R, and each that Settle starts in its turn has the next one. */
const letters = ["R", "S", "T", "V", "W", "X", "Y"];
export const idOf = (letter: string, number: number) => `${letter}${number}`.padStart(26, "0");
export const nameOf = (run: string) => run.replace(/^0+/, "");
const nextId = (run: string) => idOf(letters[letters.indexOf(run.at(-2) ?? "") + 1] ?? "Z", Number(run.at(-1)));

function startedBy(call: Call): string {
  if (call.program === "ended") return nextId(call.runId);
  return "input" in call ? nextId(call.input.runId) : idOf("Z", 9);
}

export interface Local {
  readonly call: Call;
  readonly answers: readonly Answer[];
  readonly next: Next;
}

interface Kept extends Local {
  readonly skew: number;
}

export class Locals {
  readonly #setting: Setting;
  readonly #all: Kept[] = [];
  readonly #known = new Map<string, number>();

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  get(number: number): Local {
    return this.#kept(number);
  }

  begin(call: Call, skew: number): Promise<number> {
    return this.#of(`${JSON.stringify(call)} ${skew}`, { call, skew, answers: [] });
  }

  /** @param said the answer in few letters: no other answer to the same question has the same */
  hear(number: number, said: string, answer: () => Answer): Promise<number> | number {
    const key = `${number} ${said}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { call, skew, answers } = this.#kept(number);
    return this.#of(key, { call, skew, answers: [...answers, answer()] });
  }

  #kept(number: number): Kept {
    const found = this.#all[number];
    if (found === undefined) throw new RangeError(`no process ${number}`);
    return found;
  }

  async #of(key: string, made: Omit<Kept, "next">): Promise<number> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { call, skew, answers } = made;
    const next = await advance(programOf(call, skew, startedBy(call), this.#setting), answers);
    // A process that has ended does nothing more, whatever it has heard.
    const end = "ask" in next ? key : `${JSON.stringify(call)} ${JSON.stringify(next)}`;
    const number = this.#known.get(end) ?? this.#all.push({ ...made, next }) - 1;
    this.#known.set(end, number);
    this.#known.set(key, number);
    return number;
  }
}
