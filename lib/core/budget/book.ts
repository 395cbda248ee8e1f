// The ledger document in the registry: every decision of ledger.ts, written by compare and swap.
import type { Config } from "../../contracts/config.ts";
import { registryKeys } from "../../contracts/layout.ts";
import { type Ledger, ledger as ledgerSchema } from "../../contracts/run.ts";
import type { ObjectStore } from "../ports.ts";
import { change, findDocument } from "../registry/cas.ts";
import { newLedger, type Promised, promise, type Settled, settle } from "./ledger.ts";

type Budget = Config["budget"];

export async function readLedger(registry: ObjectStore, budget: Budget): Promise<Ledger> {
  const found = await findDocument(registry, registryKeys.ledger(budget.name), ledgerSchema);
  return found?.value ?? newLedger(budget);
}

/** @throws BudgetTermsChanged, BudgetClosed, BudgetEnded, RejectedOverBudget */
export async function commitPromise(
  registry: ObjectStore,
  budget: Budget,
  wanted: Promised,
  nonce: string,
): Promise<Ledger> {
  return change<Ledger>({
    store: registry,
    key: registryKeys.ledger(budget.name),
    schema: ledgerSchema,
    nonce,
    decide: (current) => promise(current ?? newLedger(budget), wanted, budget),
  });
}

/** A run that never promised anything has nothing to settle, and no ledger is made for it. */
export async function commitSettlement(
  registry: ObjectStore,
  budget: Budget,
  done: Settled,
  nonce: string,
): Promise<Ledger> {
  const there = await readLedger(registry, budget);
  if (settle(there, done) === there) return there;
  return change<Ledger>({
    store: registry,
    key: registryKeys.ledger(budget.name),
    schema: ledgerSchema,
    nonce,
    decide: (current) => settle(current ?? newLedger(budget), done),
  });
}
