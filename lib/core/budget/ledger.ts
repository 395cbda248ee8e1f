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
  /** The try that is over; what earlier ones left open is closed with it. @default all there were */
  readonly attempt?: number;
  /** Micro-dollars by item, as far as proven. */
  readonly actual: Readonly<Partial<Record<BudgetItem, number>>>;
  readonly at: string;
  readonly evidence: string;
  readonly proof?: Proof | null;
}

/**
 * Closes the open entries of a run, downwards only. What no proof will ever tell stays at what was promised; jobs that are not
 * proven yet stay committed and wait for their proof. A bill above its promise is an overrun: it is committed all the same, and
 * closes the ledger. Nothing to close: the same ledger comes back.
 */
export function settle(ledger: Ledger, done: Settled): Ledger {
  const last = done.attempt ?? Number.POSITIVE_INFINITY;
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
  const rest: Partial<Record<BudgetItem, number>> = { ...done.actual };
  let changed = false;
  const entries = ledger.entries.map((entry) => {
    if (entry.settled !== null || !which(entry)) return entry;
    const next = closed(entry, rest[entry.item], done);
    if (next.settled !== null && rest[entry.item] !== undefined)
      rest[entry.item] = (rest[entry.item] ?? 0) - next.settled;
    changed ||= next !== entry;
    return next;
  });
  if (!changed) return ledger;
  const items = ledger.entries.filter((one, index) => one !== entries[index]).map(({ item }) => item);
  const over = [...new Set(items)].filter((item) => (rest[item] ?? 0) > 0);
  const next = { ...ledger, entries, revision: ledger.revision + 1 };
  const more = over.reduce((sum, item) => sum + (rest[item] ?? 0), 0);
  const reason = `overrun: ${over.join(", ")} of ${done.runId} cost more than promised`;
  return more === 0 ? next : overrun(next, more, done.at, reason);
}

/** @param actual what is known for the item, less what went to entries before this one */
function closed(entry: LedgerEntry, actual: number | undefined, { at, evidence, proof = null }: Settled): LedgerEntry {
  const provable = entry.item === "jobs" && entry.promised > 0;
  if (actual === undefined && provable) return entry.endedAt === null ? { ...entry, endedAt: at, evidence } : entry;
  const settled = Math.min(entry.promised, actual ?? entry.promised);
  return { ...entry, settled, endedAt: entry.endedAt ?? at, settledAt: at, evidence, proof: provable ? proof : null };
}

/** Ids of the jobs of a run whose cost stands in its entries. */
export function countedJobs({ entries }: Ledger, runId: string): readonly string[] {
  const mine = entries.filter((entry) => entry.runId === runId);
  return [...new Set(mine.flatMap(({ proof }) => proof?.jobs ?? []).map(({ id }) => id))];
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
