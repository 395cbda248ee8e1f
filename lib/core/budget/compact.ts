// Old entries become sums by the month they were promised in, so that a ledger of years stays one small document.
import type { Ledger, LedgerEntry } from "../../contracts/ledger.ts";

const day = 86_400_000;
/** Rate limits look a day back; people and proofs, which Batch keeps for a week, a little longer. */
const keptDays = 8;
/** A proof that has not come by then comes no more: the promise stays committed for ever. */
const waitedDays = 30;

export function compact(ledger: Ledger, at: string): Ledger {
  const now = Date.parse(at);
  const isOld = ({ settledAt, endedAt }: LedgerEntry) => {
    if (settledAt !== null) return now - Date.parse(settledAt) > keptDays * day;
    return endedAt !== null && now - Date.parse(endedAt) > waitedDays * day;
  };
  const old = ledger.entries.filter(isOld);
  if (old.length === 0) return ledger;
  return {
    ...ledger,
    entries: ledger.entries.filter((entry) => !isOld(entry)),
    folded: old.reduce(fold, ledger.folded),
  };
}

type Rows = Ledger["folded"];

function fold(rows: Rows, { item, promised, settled, promisedAt }: LedgerEntry): Rows {
  const month = promisedAt.slice(0, 7);
  const found = rows.find((row) => row.month === month && row.item === item);
  const row = found ?? { month, item, entries: 0, promised: 0, settled: 0 };
  const more = {
    ...row,
    entries: row.entries + 1,
    promised: row.promised + promised,
    settled: row.settled + (settled ?? promised),
  };
  return found === undefined ? [...rows, more] : rows.map((one) => (one === found ? more : one));
}
