// The budgets of a store: those that something was promised from, and those that a pushed config names.

import type { FrozenProject } from "../../contracts/cloud-run.ts";
import { frozenProject } from "../../contracts/cloud-run.ts";
import type { Config } from "../../contracts/config.ts";
import { dataKeys } from "../../contracts/layout.ts";
import type { Ledger } from "../../contracts/ledger.ts";
import { commitClosing, findLedger, ledgerNames } from "../budget/book.ts";
import type { ObjectStore, Stores } from "../ports.ts";
import { readDocument } from "../registry/cas.ts";
import type { Try } from "./try.ts";

/** All that can be read; of the others it is noted. */
export async function readLedgers(registry: ObjectStore, attempt: Try): Promise<readonly Ledger[]> {
  const names = (await attempt("list ledgers", () => ledgerNames(registry))) ?? [];
  const found: Ledger[] = [];
  for (const name of names) {
    const ledger = await attempt(`read the ledger ${name}`, () => findLedger(registry, name));
    if (ledger !== null && ledger !== undefined) found.push(ledger);
  }
  return found;
}

/** What the data sets of a stack are trained by. */
export async function readProjects(data: ObjectStore, attempt: Try): Promise<readonly FrozenProject[]> {
  const keys: string[] = [];
  await attempt("list configs", async () => {
    for await (const { key } of data.list(dataKeys.configs())) keys.push(key);
  });
  const found: FrozenProject[] = [];
  for (const key of keys) {
    const project = await attempt(`read ${key}`, () => readDocument(data, key, frozenProject));
    if (project !== undefined) found.push(project.value);
  }
  return found;
}

/** Of each budget of the store, and of those that are named: nothing can be promised from it any more. */
export async function closeLedgers(
  { data, registry }: Stores,
  named: readonly Config["budget"][],
  { at, reason }: { readonly at: string; readonly reason: string },
  attempt: Try,
): Promise<void> {
  const terms = new Map(named.map((budget) => [budget.name, budget]));
  for (const { config } of await readProjects(data, attempt)) terms.set(config.budget.name, config.budget);
  const names = (await attempt("list ledgers", () => ledgerNames(registry))) ?? [];
  for (const name of new Set([...names, ...terms.keys()])) {
    const closing = { at, reason, budget: terms.get(name) };
    // Whoever writes the same is done: closed is closed.
    await attempt(`close the ledger ${name}`, () => commitClosing(registry, name, closing, `cut-off/${at}/${reason}`));
  }
}
