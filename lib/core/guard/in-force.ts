// Whether a cut-off is in force: the ledgers alone say so.
import type { Ledger } from "../../contracts/ledger.ts";

/**
 * The latest cut-off that nobody has ended since by raising a budget; null where there is none. With one budget no clock bears on it: its
 * ledger is closed, or open again.
 */
export function cutOffInForce(
  ledgers: readonly Ledger[],
): { readonly budget: string; readonly at: string; readonly reason: string } | null {
  const [last] = ledgers
    .flatMap(({ budget, closed }) =>
      closed?.kind === "cutOff" ? [{ budget, at: closed.at, reason: closed.reason }] : [],
    )
    .sort((a, b) => (a.at < b.at ? 1 : -1));
  if (last === undefined) return null;
  const isOver = ledgers.some(({ closed, raises }) => {
    const raise = raises.at(-1);
    return closed === null && raise !== undefined && raise.opened !== null && raise.at > last.at;
  });
  return isOver ? null : last;
}
