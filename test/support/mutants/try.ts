// Tries mutants, some at a time, each in a process of its own.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planted, testsFor } from "./list.ts";
import type { Mutant } from "./mutate.ts";

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

export async function tryAll<M extends Mutant>(
  mutants: readonly M[],
  told: (tried: M & Tried) => void,
  atOnce = 2,
): Promise<readonly (M & Tried)[]> {
  const folder = mkdtempSync(join(tmpdir(), "bobbin-mutants-"));
  const waiting = [...mutants.entries()];
  const tried: (M & Tried)[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [number, mutant] = next;
      const one = { ...mutant, by: await tryOne(mutant, join(folder, `${number}.ts`)) };
      tried[number] = one;
      told(one);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, work));
    return tried;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function tryOne(mutant: Mutant, source: string): Promise<string | null> {
  writeFileSync(source, mutant.source);
  const environment = { ...process.env, NODE_OPTIONS: "", MUTANT_FILE: join(root, mutant.file), MUTANT_SOURCE: source };
  const argv = ["--import", join(here, "hooks.ts"), join(here, "one.ts"), ...testsFor(mutant.file)];
  const child = spawn(process.execPath, argv, { cwd: root, env: environment, stdio: ["ignore", "pipe", "ignore"] });
  const timer = setTimeout(() => child.kill("SIGKILL"), longest);
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  return new Promise((settle, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      settle(code === 0 ? null : said || "it ended without a word");
    });
  });
}
