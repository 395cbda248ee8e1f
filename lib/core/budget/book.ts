// The ledger document in the registry: every decision of ledger.ts, written by compare and swap.
import type { Config } from "../../contracts/config.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { registryKeys } from "../../contracts/layout.ts";
import type { BudgetItem, Ledger } from "../../contracts/ledger.ts";
import type { ObjectStore } from "../ports.ts";
import { change, findDocument } from "../registry/cas.ts";
import { compact } from "./compact.ts";
import { commitIdle } from "./idle.ts";
import {
  closeLedger,
  giveBack,
  newLedger,
  noteBill,
  type Promised,
  promise,
  type Raise,
  raiseCap,
  type Settled,
  settle,
} from "./ledger.ts";
import { ledgerReader, sealed } from "./ledger-document.ts";

type Budget = Config["budget"];

/** The ledger of a budget; one that nothing was promised from yet is new. @throws LedgerNewer, LedgerEdited, ObjectCorrupt */
export async function readLedger(registry: ObjectStore, budget: Budget): Promise<Ledger> {
  return (await findLedger(registry, budget.name)) ?? newLedger(budget);
}

/** null where nothing was promised yet. @throws LedgerNewer, LedgerEdited, ObjectCorrupt */
export async function findLedger(registry: ObjectStore, name: string): Promise<Ledger | null> {
  return (await findDocument(registry, registryKeys.ledger(name), ledgerReader))?.value ?? null;
}

interface Errand {
  readonly name: string;
  readonly at: string;
  readonly nonce: string;
  /** Without a ledger there is nothing to decide about, but for a promise. */
  readonly decide: (current: Ledger | null) => Ledger;
}

function write(registry: ObjectStore, { name, at, nonce, decide }: Errand): Promise<Ledger> {
  return change<Ledger>({
    store: registry,
    key: registryKeys.ledger(name),
    schema: ledgerReader,
    nonce,
    decide(current) {
      const next = decide(current);
      return next === current ? next : sealed(compact(next, at));
    },
  });
}

/**
 * All of them together, or none.
 * @param idleMonth what the account costs a month while nothing runs, in micro-dollars
 * @throws RunEnded, BudgetTermsChanged, BudgetClosed, BudgetEnded, BudgetTooSmall, RejectedOverBudget
 */
export async function commitPromise(
  registry: ObjectStore,
  budget: Budget,
  wanted: Promised | readonly [Promised, ...Promised[]],
  nonce: string,
  idleMonth = 0,
): Promise<Ledger> {
  const all: readonly Promised[] = "runId" in wanted ? [wanted] : wanted;
  const { at } = "runId" in wanted ? wanted : wanted[0];
  const promiseAll = (ledger: Ledger) => all.reduce((now, one) => promise(now, one, budget), ledger);
  const decide = (current: Ledger | null) => {
    const before = current ?? newLedger(budget);
    // Refused by its own words first: a closed budget is closed, however much idling would cost.
    return promiseAll(before) === current ? before : promiseAll(commitIdle(before, idleMonth, at));
  };
  return write(registry, { name: budget.name, at, nonce, decide });
}

/** A run that never promised anything has nothing to settle, and no ledger is made for it. */
export async function commitSettlement(
  registry: ObjectStore,
  budget: Budget,
  done: Settled,
  nonce: string,
): Promise<Ledger> {
  return ifAny(registry, budget, { done, nonce, decide: (current) => settle(current, done) });
}

/** Of one try, what it promised for some items and never began. */
export async function commitGiveBack(
  registry: ObjectStore,
  budget: Budget,
  done: Settled & { readonly attempt: number; readonly items: readonly BudgetItem[] },
  nonce: string,
): Promise<Ledger> {
  return ifAny(registry, budget, { done, nonce, decide: (current) => giveBack(current, done) });
}

async function ifAny(
  registry: ObjectStore,
  budget: Budget,
  { done, nonce, decide }: { done: Settled; nonce: string; decide: (current: Ledger) => Ledger },
): Promise<Ledger> {
  const there = await readLedger(registry, budget);
  if (decide(there) === there) return there;
  const orNew = (current: Ledger | null) => decide(current ?? newLedger(budget));
  return write(registry, { name: budget.name, at: done.at, nonce, decide: orNew });
}

function existing(name: string, decide: (current: Ledger) => Ledger) {
  return (current: Ledger | null) => {
    if (current === null) throw new BobbinError("BudgetMissing", { budget: name });
    return decide(current);
  };
}

/** What AWS says the account has cost. @throws BudgetMissing */
export function commitBill(
  registry: ObjectStore,
  name: string,
  bill: { readonly amount: number; readonly at: string },
  nonce: string,
): Promise<Ledger> {
  return write(registry, { name, at: bill.at, nonce, decide: existing(name, (current) => noteBill(current, bill)) });
}

/** From here on nothing can be promised. @throws BudgetMissing */
export function commitClosing(
  registry: ObjectStore,
  name: string,
  { at, reason }: { readonly at: string; readonly reason: string },
  nonce: string,
): Promise<Ledger> {
  return write(registry, { name, at, nonce, decide: existing(name, (current) => closeLedger(current, at, reason)) });
}

/** @throws BudgetMissing, BudgetRaiseInvalid */
export function commitRaise(registry: ObjectStore, name: string, raise: Raise, nonce: string): Promise<Ledger> {
  return write(registry, { name, at: raise.at, nonce, decide: existing(name, (current) => raiseCap(current, raise)) });
}
