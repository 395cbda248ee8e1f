// A function at work over a real store, that waits before each look into the world until it is let through: in this process.
import { BobbinError } from "../../../lib/contracts/errors.ts";
import type { Stores } from "../../../lib/core/ports.ts";
import { type Ask, type Program, worldOf } from "../model/process.ts";

/** How a look is let through. */
export type Pass =
  | { readonly how: "look" }
  /** What it writes is written, and its answer lost: the client asks again, and hears that somebody was faster. */
  | { readonly how: "lose" }
  /** What no store answers. */
  | { readonly how: "answer"; readonly value: unknown };

export type End = { readonly done: unknown } | { readonly failed: { readonly name: string; readonly message: string } };

export interface Work {
  /** What it waits for, in the order in which it asked. */
  readonly asks: readonly Ask[];
  /** null while it is at work. */
  readonly end: End | null;
  /** Lets one question through, and waits until the function asks again or ends. */
  pass(ask: Ask, pass: Pass): Promise<void>;
  /** It is gone, and does nothing more. @param during the look that it was at when it died, done or not */
  kill(during?: Ask): Promise<void>;
}

export const isWrite = (ask: Ask): ask is Extract<Ask, { kind: "create" | "replace" }> =>
  ask.kind === "create" || ask.kind === "replace";

export function failureOf(error: unknown): End {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { failed: { name, message } };
}

/** Does a look into the stores. */
export async function look(ask: Ask, { data, registry }: Stores): Promise<unknown> {
  if (!("key" in ask)) throw new RangeError(`no store answers ${ask.kind}`);
  const [bucket = "", ...rest] = ask.key.split("/");
  const key = rest.join("/");
  const store = bucket === "data" ? data : registry;
  switch (ask.kind) {
    case "get":
      return store.get(key);
    case "head":
      return store.head(key);
    case "create":
      return store.create(key, Buffer.from(ask.text));
    case "replace":
      return store.replace(key, Buffer.from(ask.text), ask.etag);
    case "list": {
      const found: string[] = [];
      for await (const one of store.list(key)) found.push(`${bucket}/${one.key}`);
      return found;
    }
  }
}

/** As a client does whose first answer never came: what it wrote is there already when it asks again. */
export async function lookAndLose(ask: Ask, stores: Stores): Promise<never> {
  await look(ask, stores);
  throw new BobbinError(ask.kind === "create" ? "ObjectExists" : "ObjectChanged", { key: "key" in ask ? ask.key : "" });
}

interface Asked {
  readonly ask: Ask;
  readonly answered: (answer: Promise<unknown>) => void;
}

/** Looks on behalf of a function that waits; `lose` as the store's own client has it. */
export interface Looking {
  readonly stores: Stores;
  /** @default lookAndLose */
  readonly lose?: (ask: Ask, stores: Stores) => Promise<unknown>;
}

const nextTurn = () => new Promise((turn) => setImmediate(turn));

export class LocalWork implements Work {
  readonly #looking: Looking;
  #asked: Asked[] = [];
  #end: End | null = null;
  #isDead = false;

  /** @returns it where it first asks */
  static async begin(program: Program, looking: Looking): Promise<LocalWork> {
    const work = new LocalWork(looking);
    const world = worldOf((ask) => new Promise((settle) => work.#ask({ ask, answered: settle as never })));
    program(world).then(
      (done) => work.#over({ done }),
      (error) => work.#over(failureOf(error)),
    );
    await nextTurn();
    return work;
  }

  private constructor(looking: Looking) {
    this.#looking = looking;
  }

  get asks(): readonly Ask[] {
    return this.#asked.map(({ ask }) => ask);
  }

  get end(): End | null {
    return this.#end;
  }

  async pass(ask: Ask, pass: Pass): Promise<void> {
    const asked = this.#asked.find((one) => one.ask === ask);
    if (asked === undefined) throw new RangeError("nobody asks that");
    this.#asked = this.#asked.filter((one) => one !== asked);
    const { stores, lose = lookAndLose } = this.#looking;
    const answer =
      pass.how === "answer" ? Promise.resolve(pass.value) : (pass.how === "lose" ? lose : look)(ask, stores);
    asked.answered(answer);
    await answer.catch(() => undefined);
    await nextTurn();
  }

  async kill(during?: Ask): Promise<void> {
    this.#isDead = true;
    if (during !== undefined && "key" in during) await look(during, this.#looking.stores).catch(() => undefined);
    this.#asked = [];
  }

  #ask(asked: Asked): void {
    if (!this.#isDead) this.#asked.push(asked);
  }

  #over(end: End): void {
    this.#end = end;
  }
}
