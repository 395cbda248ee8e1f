// The ledger as pure decisions. Of what Bobbin starts: actual ≤ committed ≤ cap, whatever the order of events.
// Promised money is committed until it is settled; settling only ever lowers it, and only with proof.
import type { Config } from "../../contracts/config.ts";
import { BobbinError } from "../../contracts/errors.ts";
import type { BudgetItem, Ledger, LedgerEntry, Proof } from "../../contracts/ledger.ts";
import { checkPromise, committed, micro } from "./limits.ts";

type Budget = Config["budget"];

export interface Promised {
  readonly runId: string;
  /** Which try of the run asks. @default 1 */
  readonly attempt?: number;
  readonly item: BudgetItem;
  /** Micro-dollars, the worst case. */
  readonly amount: number;
  /** UTC, ISO 8601. */
  readonly at: string;
  readonly evidence: string;
}

/** A budget before its first run. */
export function newLedger(budget: Budget): Ledger {
  const cap = micro(budget.capUsd);
  return {
    schema: "bobbin/ledger/2",
    budget: budget.name,
    cap,
    terms: { cap, monthly: budget.monthlyUsd === undefined ? null : micro(budget.monthlyUsd), ends: budget.ends },
    idle: { month: 0, committed: 0 },
    unexplained: 0,
    bill: null,
    closed: null,
    raises: [],
    entries: [],
    folded: [],
    revision: 0,
    digest: "0".repeat(64),
    nonce: "",
  };
}

/**
 * Raises what a try of a run has promised for an item to an amount. Promised already: the same ledger comes back.
 * @throws RunEnded where that try was settled for; BudgetTermsChanged, BudgetClosed, BudgetEnded, RejectedOverBudget
 */
export function promise(ledger: Ledger, wanted: Promised, budget: Budget): Ledger {
  const { runId, attempt = 1, item, amount, at, evidence } = wanted;
  if (!Number.isSafeInteger(amount) || amount < 0) throw new RangeError(`no amount of micro-dollars: ${amount}`);
  const mine = ledger.entries.find((one) => one.runId === runId && one.attempt === attempt && one.item === item);
  if (mine !== undefined && isOver(mine)) throw new BobbinError("RunEnded", { runId, status: "settled" });
  const rest = ledger.entries.filter((one) => one !== mine);
  const granted = mine !== undefined && mine.promised >= amount;
  checkPromise({ ...ledger, entries: rest }, { ...wanted, granted }, budget);
  if (granted) return ledger;
  const entry: LedgerEntry = {
    ...{ runId, attempt, item, promised: amount, settled: null },
    // Raised, the whole sum counts in the month of the raise: that is the month it was checked against.
    ...{ promisedAt: at, endedAt: null, settledAt: null, evidence, proof: null },
  };
  return { ...ledger, entries: [...rest, entry], revision: ledger.revision + 1 };
}

const isOver = (entry: LedgerEntry) => entry.settled !== null || entry.endedAt !== null;

export interface Settled {
  readonly runId: string;
  /** The try whose jobs `actual` speaks of. @default 1 */
  readonly attempt?: number;
  /** Micro-dollars by item, as far as proven. */
  readonly actual: Readonly<Partial<Record<BudgetItem, number>>>;
  readonly at: string;
  readonly evidence: string;
  readonly proof?: Proof | null;
}

/**
 * Closes the open entries of a run's try, downwards only, and what tries before it left open, of which nothing is known. What no proof
 * will ever tell stays at what was promised; jobs that are not proven yet stay committed and wait for their proof. A bill above its
 * promise is an overrun: it is committed all the same, and closes the ledger. Nothing to close: the same ledger comes back.
 */
export function settle(ledger: Ledger, done: Settled): Ledger {
  const last = done.attempt ?? 1;
  return close(ledger, (one) => one.runId === done.runId && one.attempt <= last, done);
}

/** Closes what one try promised for some items and never began. Whatever else the run holds stays as it is. */
export function giveBack(
  ledger: Ledger,
  done: Settled & { readonly attempt: number; readonly items: readonly BudgetItem[] },
): Ledger {
  const mine = (one: LedgerEntry) => one.runId === done.runId && one.attempt === done.attempt;
  return close(ledger, (one) => mine(one) && done.items.includes(one.item), done);
}

function close(ledger: Ledger, which: (entry: LedgerEntry) => boolean, done: Settled): Ledger {
  const entries = ledger.entries.map((entry) => {
    if (entry.settled !== null || !which(entry)) return entry;
    return closed(entry, entry.attempt === (done.attempt ?? 1) ? done.actual[entry.item] : undefined, done);
  });
  const now = entries.filter((entry, index) => entry !== ledger.entries[index]);
  if (now.length === 0) return ledger;
  const next = { ...ledger, entries, revision: ledger.revision + 1 };
  // A try has one entry for each item.
  const over = now.filter(
    ({ item, attempt, promised }) => attempt === (done.attempt ?? 1) && (done.actual[item] ?? 0) > promised,
  );
  const more = over.reduce((sum, { item, promised }) => sum + (done.actual[item] ?? 0) - promised, 0);
  const reason = `overrun: ${over.map(({ item }) => item).join(", ")} of ${done.runId} cost more than promised`;
  return more === 0 ? next : overrun(next, more, done.at, reason);
}

/** @param actual what is known for the item */
function closed(entry: LedgerEntry, actual: number | undefined, { at, evidence, proof = null }: Settled): LedgerEntry {
  const provable = entry.item === "jobs" && entry.promised > 0;
  if (actual === undefined && provable) return entry.endedAt === null ? { ...entry, endedAt: at, evidence } : entry;
  const settled = Math.min(entry.promised, actual ?? entry.promised);
  return { ...entry, settled, endedAt: entry.endedAt ?? at, settledAt: at, evidence, proof: provable ? proof : null };
}

function overrun(ledger: Ledger, more: number, at: string, reason: string): Ledger {
  const closed = ledger.closed ?? { at, kind: "overrun" as const, reason };
  return { ...ledger, unexplained: ledger.unexplained + more, closed };
}

/** What AWS says the account has cost. It may only raise what is committed; above that, it closes the ledger. */
export function noteBill(ledger: Ledger, bill: { readonly amount: number; readonly at: string }): Ledger {
  const { amount, at } = bill;
  if (!Number.isSafeInteger(amount) || amount < 0) throw new RangeError(`no amount of micro-dollars: ${amount}`);
  if (amount <= (ledger.bill?.amount ?? 0)) return ledger;
  const next = { ...ledger, bill: { at, amount }, revision: ledger.revision + 1 };
  const more = amount - committed(ledger);
  if (more <= 0) return next;
  return overrun(next, more, at, "overrun: AWS has billed more than was committed");
}

/** From here on nothing can be promised. Closed already: the same ledger comes back. */
export function closeLedger(ledger: Ledger, at: string, reason: string): Ledger {
  if (ledger.closed !== null) return ledger;
  return { ...ledger, closed: { at, kind: "cutOff", reason }, revision: ledger.revision + 1 };
}

export interface Raise {
  /** Micro-dollars. */
  readonly to: number;
  readonly reason: string;
  readonly by: string;
  readonly at: string;
}

/**
 * A higher cap, and a closed ledger open again: by a person, with a reason, kept for ever.
 * @throws BudgetRaiseInvalid
 */
export function raiseCap(ledger: Ledger, { to, reason, by, at }: Raise): Ledger {
  const least = Math.max(committed(ledger), ledger.closed === null ? ledger.cap + 1 : ledger.cap);
  if (!Number.isSafeInteger(to) || to < least || reason.trim() === "") {
    throw new BobbinError("BudgetRaiseInvalid", {
      budget: ledger.budget,
      found: reason.trim() === "" ? `${to} without a reason` : String(to),
      wanted: `at least ${least} micro-dollars and a reason`,
    });
  }
  const raise = { at, by, from: ledger.cap, to, reason, opened: ledger.closed?.reason ?? null };
  return { ...ledger, cap: to, closed: null, raises: [...ledger.raises, raise], revision: ledger.revision + 1 };
}
