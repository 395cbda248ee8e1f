// What the account costs while nothing runs: committed to the budget's end when the budget is made, and raised where it grows.
import { BobbinError } from "../../contracts/errors.ts";
import type { Ledger } from "../../contracts/ledger.ts";
import { committed } from "./limits.ts";

/** Calendar months that a stretch of time touches, each billed as a whole. */
export function monthsTouched(from: string, to: string): number {
  const month = (text: string) => Number(text.slice(0, 4)) * 12 + Number(text.slice(5, 7));
  return Date.parse(from) >= Date.parse(to) ? 0 : month(to) - month(from) + 1;
}

/**
 * @param month micro-dollars a month; less than before changes nothing
 * @throws BudgetTooSmall where the cap does not hold it
 */
export function commitIdle(ledger: Ledger, month: number, at: string): Ledger {
  const more = month - ledger.idle.month;
  const { ends } = ledger.terms;
  const months = monthsTouched(at, ends);
  if (more <= 0 || months === 0) return ledger;
  const idle = { month, committed: ledger.idle.committed + more * months };
  const next = { ...ledger, idle, revision: ledger.revision + 1 };
  if (committed(next) > ledger.cap) {
    throw new BobbinError("BudgetTooSmall", { budget: ledger.budget, cap: ledger.cap, idle: idle.committed, ends });
  }
  return next;
}
