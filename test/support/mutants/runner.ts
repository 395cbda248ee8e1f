// What the unit tests take from jest, small and in one process: describe, it, each, before and after, and jest's own expect. The first
// test that fails ends it.
import { expect as jestExpect } from "expect";

type Body = (...given: never[]) => unknown;
interface Case {
  readonly name: string;
  readonly body: () => unknown;
}

/** A year of runs, hour by hour: it takes longer than all others together, and shows a size. */
const tooLong = /a year of hourly runs/;

const cases: Case[] = [];
const hooks: Record<"beforeAll" | "beforeEach" | "afterEach" | "afterAll", (() => unknown)[]> = {
  ...{ beforeAll: [], beforeEach: [], afterEach: [], afterAll: [] },
};
const path: string[] = [];

function each(register: (name: string, body: () => unknown) => void) {
  return (rows: readonly unknown[]) => (name: string, body: Body) => {
    for (const row of rows) {
      const given = (Array.isArray(row) ? row : [row]) as never[];
      register(`${name} ${JSON.stringify(given).slice(0, 80)}`, () => body(...given));
    }
  };
}

function group(name: string, body: () => unknown): void {
  path.push(name);
  body();
  path.pop();
}
function test(name: string, body: () => unknown): void {
  cases.push({ name: [...path, name].join(" › "), body });
}

export const describe = Object.assign(group, { each: each(group) });
export const it = Object.assign(test, { each: each(test) });
export const expect = jestExpect;
const add = (name: keyof typeof hooks) => (body: () => unknown) => void hooks[name].push(body);
export const [beforeAll, beforeEach, afterEach, afterAll] = [
  ...[add("beforeAll"), add("beforeEach"), add("afterEach"), add("afterAll")],
] as const;

/** Drops what a file has registered that nobody ran. */
export function forget(): void {
  cases.length = 0;
  path.length = 0;
  for (const list of Object.values(hooks)) list.length = 0;
}

/** @returns the first test that fails; null where none does */
export async function firstFailure(): Promise<string | null> {
  try {
    for (const hook of hooks.beforeAll) await hook();
    for (const { name, body } of cases.filter((one) => !tooLong.test(one.name))) {
      try {
        for (const hook of hooks.beforeEach) await hook();
        await body();
        for (const hook of hooks.afterEach) await hook();
      } catch (error) {
        return `${name}: ${String(error)
          .split("\n")
          .slice(0, Number(process.env.MUTANT_LINES ?? 1))
          .join("\n")}`;
      }
    }
    return null;
  } finally {
    for (const hook of hooks.afterAll) await hook();
    forget();
  }
}
