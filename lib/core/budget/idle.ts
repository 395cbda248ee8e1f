// What the account costs while nothing runs: committed to the budget's end when the budget is made, and raised where it grows.
import { BobbinError } from "../../contracts/errors.ts";
import type { Ledger } from "../../contracts/ledger.ts";
import { committed } from "./limits.ts";

/** Calendar months that the time from one moment until before another touches, each billed as a whole. */
export function monthsTouched(from: string, to: string): number {
  const month = (moment: Date) => moment.getUTCFullYear() * 12 + moment.getUTCMonth();
  const [first, last] = [new Date(from), new Date(Date.parse(to) - 1)];
  return first > last ? 0 : month(last) - month(first) + 1;
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
