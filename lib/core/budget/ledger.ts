// The ledger as pure decisions. Of what Bobbin starts: actual ≤ committed ≤ cap, whatever the order of events.
// Promised money is committed until it is settled; settling only ever lowers it.
import type { Config } from "../../contracts/config.ts";
import { BobbinError } from "../../contracts/errors.ts";
import type { Ledger, LedgerEntry } from "../../contracts/run.ts";

type Budget = Config["budget"];

export interface Promised {
  readonly runId: string;
  readonly item: LedgerEntry["item"];
  /** Micro-dollars, the worst case. */
  readonly amount: number;
  /** UTC, ISO 8601. */
  readonly at: string;
  readonly evidence: string;
}

const micro = (usd: number) => Math.round(usd * 1_000_000);

/** A budget before its first run. */
export function newLedger(budget: Budget): Ledger {
  return {
    schema: "bobbin/ledger/1",
    budget: budget.name,
    cap: micro(budget.capUsd),
    monthly: budget.monthlyUsd === undefined ? null : micro(budget.monthlyUsd),
    ends: budget.ends,
    closed: null,
    entries: [],
    nonce: "",
    revision: 0,
  };
}

/** What an entry holds of the budget. */
const held = (entry: LedgerEntry) => entry.settled ?? entry.promised;
const sum = (entries: readonly LedgerEntry[]) => entries.reduce((total, entry) => total + held(entry), 0);
const isOpen = (entry: LedgerEntry, of: Pick<Promised, "runId" | "item">) =>
  entry.runId === of.runId && entry.item === of.item && entry.settled === null;

export function committed(ledger: Ledger): number {
  return sum(ledger.entries);
}

/**
 * Raises a run's promise for an item to an amount. Promised already: the same ledger comes back.
 * @throws BudgetTermsChanged, BudgetClosed, BudgetEnded, RejectedOverBudget
 */
export function promise(ledger: Ledger, wanted: Promised, budget: Budget): Ledger {
  checkTerms(ledger, budget);
  const open = ledger.entries.find((entry) => isOpen(entry, wanted));
  if (open !== undefined && open.promised >= wanted.amount) return ledger;
  if (ledger.closed !== null) {
    throw new BobbinError("BudgetClosed", { budget: ledger.budget, reason: ledger.closed.reason });
  }
  if (Date.parse(wanted.at) >= Date.parse(ledger.ends)) {
    throw new BobbinError("BudgetEnded", { budget: ledger.budget, ends: ledger.ends });
  }
  const rest = ledger.entries.filter((entry) => entry !== open);
  checkLimits(ledger, rest, wanted, budget);
  const entry: LedgerEntry = {
    runId: wanted.runId,
    item: wanted.item,
    promised: wanted.amount,
    settled: null,
    // Raised, the whole sum counts in the month of the raise: that is the month it was checked against.
    promisedAt: wanted.at,
    settledAt: null,
    evidence: wanted.evidence,
  };
  return { ...ledger, entries: [...rest, entry], revision: ledger.revision + 1 };
}

/** A budget keeps its terms for its whole life. */
function checkTerms(ledger: Ledger, budget: Budget): void {
  const said = newLedger(budget);
  const terms = [
    ["capUsd", said.cap, ledger.cap],
    ["monthlyUsd", said.monthly, ledger.monthly],
    ["ends", said.ends, ledger.ends],
  ] as const;
  for (const [term, found, wanted] of terms) {
    if (found === wanted) continue;
    throw new BobbinError("BudgetTermsChanged", {
      budget: ledger.budget,
      term,
      found: termText(found),
      wanted: termText(wanted),
    });
  }
}

function termText(value: string | number | null): string {
  return typeof value === "number" ? String(value / 1_000_000) : (value ?? "nothing");
}

function checkLimits(ledger: Ledger, rest: readonly LedgerEntry[], wanted: Promised, budget: Budget): void {
  const month = wanted.at.slice(0, 7);
  const limits = [
    [ledger.cap, rest],
    [ledger.monthly, rest.filter((entry) => entry.promisedAt.startsWith(month))],
    [
      budget.perRunUsd === undefined ? null : micro(budget.perRunUsd),
      rest.filter((entry) => entry.runId === wanted.runId && entry.settled === null),
    ],
  ] as const;
  for (const [limit, entries] of limits) {
    if (limit === null) continue;
    const left = limit - sum(entries);
    if (wanted.amount > left) {
      throw new BobbinError("RejectedOverBudget", {
        budget: ledger.budget,
        wanted: wanted.amount,
        left: Math.max(0, left),
      });
    }
  }
}

export interface Settled {
  readonly runId: string;
  /** Micro-dollars by item, as far as known; an item that is not known counts as promised. */
  readonly actual: Readonly<Partial<Record<LedgerEntry["item"], number>>>;
  readonly at: string;
  readonly evidence: string;
}

/**
 * Closes every open entry of a run, downwards only. A bill above its promise is an overrun: it closes the ledger, and the
 * promise stays committed. Nothing open: the same ledger comes back.
 */
export function settle(ledger: Ledger, done: Settled): Ledger {
  const open = ledger.entries.filter((entry) => entry.runId === done.runId && entry.settled === null);
  if (open.length === 0) return ledger;
  const over = open.filter((entry) => (done.actual[entry.item] ?? 0) > entry.promised);
  const entries = ledger.entries.map((entry) => {
    if (!open.includes(entry)) return entry;
    const settled = Math.min(entry.promised, done.actual[entry.item] ?? entry.promised);
    return { ...entry, settled, settledAt: done.at, evidence: done.evidence };
  });
  const reason = `overrun: ${over.map((entry) => `${entry.item} of ${entry.runId}`).join(", ")} cost more than promised`;
  const closed = over.length === 0 ? ledger.closed : (ledger.closed ?? { at: done.at, reason });
  return { ...ledger, entries, closed, revision: ledger.revision + 1 };
}
