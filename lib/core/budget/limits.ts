// What a ledger holds, and what it refuses: the cap, the month, the run, the end date, a ledger that is closed.
import type { Config } from "../../contracts/config.ts";
import { BobbinError } from "../../contracts/errors.ts";
import type { Ledger, LedgerEntry } from "../../contracts/ledger.ts";

type Budget = Config["budget"];

export const micro = (dollars: number) => Math.round(dollars * 1_000_000);

/** What an entry holds of the budget. */
const held = (entry: LedgerEntry) => entry.settled ?? entry.promised;
const sum = (entries: readonly LedgerEntry[]) => entries.reduce((total, entry) => total + held(entry), 0);
const folded = (rows: Ledger["folded"]) => rows.reduce((total, row) => total + row.settled, 0);

/** All that can have been spent, and all that may still be. */
export function committed({ idle, unexplained, entries, folded: rows }: Ledger): number {
  return idle.committed + unexplained + sum(entries) + folded(rows);
}

/** What is left to promise; nothing where the ledger is closed. */
export function left(ledger: Ledger): number {
  return ledger.closed === null ? Math.max(0, ledger.cap - committed(ledger)) : 0;
}

/** What a month holds, idle days included. @param month e.g. 2026-12 */
export function heldInMonth({ idle, entries, folded: rows }: Ledger, month: string): number {
  return (
    idle.month +
    sum(entries.filter((entry) => entry.promisedAt.startsWith(month))) +
    folded(rows.filter((row) => row.month === month))
  );
}

interface Asked {
  readonly runId: string;
  readonly amount: number;
  readonly at: string;
  /** Promised before: only the terms are looked at. */
  readonly granted: boolean;
}

/**
 * @param ledger without the entry that is asked for
 * @throws BudgetTermsChanged, BudgetClosed, BudgetEnded, RejectedOverBudget
 */
export function checkPromise(ledger: Ledger, asked: Asked, budget: Budget): void {
  checkTerms(ledger, budget);
  if (asked.granted) return;
  checkOpen(ledger, asked.at);
  const run = ledger.entries.filter((entry) => entry.runId === asked.runId);
  const { monthly } = ledger.terms;
  const limits = [
    ["the cap", ledger.cap, () => committed(ledger)],
    ["the month", monthly, () => heldInMonth(ledger, asked.at.slice(0, 7))],
    ["the sum for one run", budget.perRunUsd === undefined ? null : micro(budget.perRunUsd), () => sum(run)],
  ] as const;
  for (const [limit, most, taken] of limits) {
    if (most === null) continue;
    const room = most - taken();
    if (asked.amount <= room) continue;
    throw new BobbinError("RejectedOverBudget", {
      ...{ budget: ledger.budget, limit, wanted: asked.amount },
      left: Math.max(0, room),
    });
  }
}

/** @throws BudgetClosed, BudgetEnded */
export function checkOpen({ budget, closed, terms }: Ledger, at: string): void {
  if (closed !== null) throw new BobbinError("BudgetClosed", { budget, reason: closed.reason });
  if (Date.parse(at) >= Date.parse(terms.ends)) throw new BobbinError("BudgetEnded", { budget, ends: terms.ends });
}

/** A budget keeps its terms for its whole life; a cap that was raised may be said either way. */
function checkTerms({ budget: name, cap, terms }: Ledger, budget: Budget): void {
  const said = micro(budget.capUsd);
  const monthly = budget.monthlyUsd === undefined ? null : micro(budget.monthlyUsd);
  const compared = [
    ["capUsd", said, said === cap ? cap : terms.cap],
    ["monthlyUsd", monthly, terms.monthly],
    ["ends", budget.ends, terms.ends],
  ] as const;
  for (const [term, found, wanted] of compared) {
    if (found === wanted) continue;
    throw new BobbinError("BudgetTermsChanged", {
      ...{ budget: name, term },
      found: termText(found),
      wanted: termText(wanted),
    });
  }
}

function termText(value: string | number | null): string {
  return typeof value === "number" ? String(value / 1_000_000) : (value ?? "nothing");
}
