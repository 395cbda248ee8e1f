// Tries mutants, some at a time, in processes that are thrown away after some of them.
import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { planted, testsFor } from "./list.ts";
import type { Mutant } from "./mutate.ts";
import type { ToTry } from "./one.ts";

const here = import.meta.dirname;
const root = join(here, "../../..");
/** A mutant that makes something wait for ever is caught by that. */
const longest = 600_000;

export interface Tried extends Mutant {
  /** The test that failed; null where the mutant survived. */
  readonly by: string | null;
}

/** The changes by hand, as mutants. @throws RangeError where the source does not say what is to be changed, or says it twice */
export function plantedMutants(): readonly (Mutant & { readonly name: string })[] {
  return planted.map(({ name, file, from, to }) => {
    const source = readFileSync(join(root, file), "utf8");
    const [before, ...after] = source.split(from);
    if (before === undefined || after.length !== 1)
      throw new RangeError(`${name}: ${file} has ${after.length} such places`);
    const line = before.split("\n").length;
    return {
      name,
      file,
      line,
      code: from,
      change: `→ ${to === "" ? "nothing" : to}`,
      source: before + to + (after[0] ?? ""),
    };
  });
}

/** Some at a time, each in the order of the list. */
export async function tryAll<M extends Mutant>(
  mutants: readonly M[],
  told: (tried: M & Tried) => void,
  atOnce = 2,
): Promise<readonly (M & Tried)[]> {
  const waiting = [...mutants.entries()];
  const tried: (M & Tried)[] = [];
  const work = async () => {
    let child = new Child();
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [number, mutant] = next;
        if (child.isWorn) {
          child.end();
          child = new Child();
        }
        const one = { ...mutant, by: await child.try(number, mutant) };
        tried[number] = one;
        told(one);
      }
    } finally {
      child.end();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return tried;
}

/** A process that tries mutants. Each leaves its modules there: after some of them, or one that hung or killed it, it is worn. */
class Child {
  readonly #child: ChildProcess;
  #left = 30;
  #isGone = false;

  constructor() {
    const execArgv = ["--disable-warning=ExperimentalWarning", "--import", join(here, "hooks.ts")];
    const env = { ...process.env, NODE_OPTIONS: "" };
    this.#child = fork(join(here, "one.ts"), {
      cwd: root,
      env,
      execArgv,
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    this.#child.once("close", () => {
      this.#isGone = true;
    });
  }

  get isWorn(): boolean {
    return this.#isGone || this.#left === 0;
  }

  /** @returns the test that failed; null where all passed */
  try(number: number, { file, source }: Mutant): Promise<string | null> {
    this.#left -= 1;
    const child = this.#child;
    return new Promise((settle, reject) => {
      const timer = setTimeout(() => child.kill("SIGKILL"), longest);
      const over = (by: string | null) => {
        clearTimeout(timer);
        child.removeAllListeners("message").removeAllListeners("error").removeListener("close", died);
        settle(by);
      };
      const died = () => {
        this.#isGone = true;
        over("it ended without a word");
      };
      child.once("message", (said: { readonly by: string | null }) => over(said.by));
      child.once("close", died);
      child.once("error", reject);
      child.send({ number, file: join(root, file), source, tests: testsFor(file) } satisfies ToTry);
    });
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }
}
