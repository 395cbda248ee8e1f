// The budget's tests notice what must not be: twelve named changes and some more, each planted in the source for a process of its own.
// The proofs try every small change that a tool can make (test/proof/budget-mutants.test.ts, docs/budget-proof.md).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { mutantsOf } from "../../../support/mutants/mutate.ts";
import { plantedMutants, tryAll } from "../../../support/mutants/try.ts";

const root = join(import.meta.dirname, "../../../..");

it("catch every change that was planted by hand", async () => {
  const tried = await tryAll(plantedMutants(), () => undefined);
  expect(tried.length).toBeGreaterThanOrEqual(12);
  expect(tried.filter(({ by }) => by === null).map(({ name }) => name)).toEqual([]);
}, 300_000);

it("let pass what changes nothing", async () => {
  const file = "lib/core/budget/ledger.ts";
  const source = `${readFileSync(join(root, file), "utf8")}// No change.\n`;
  const tried = await tryAll([{ file, line: 1, code: "", change: "", source }], () => undefined);
  expect(tried).toMatchObject([{ by: null }]);
}, 300_000);

it("changes each comparison, sign, way out and await, and nothing else", () => {
  const source = [
    "export async function f(a: number): Promise<number> {",
    "  if (a < 0) return -a;",
    "  const most = Math.max(a - 1, await g());",
    "  return most;",
    "}",
  ].join("\n");
  const made = mutantsOf("lib/x.ts", source).map(({ line, change }) => `${line}: ${change}`);
  expect(made.sort()).toEqual([
    "2: - → nothing",
    "2: < → <=",
    "2: < → >=",
    "2: a < 0 → false",
    "3: - → +",
    "3: await → nothing",
    "3: max → min",
  ]);
});
