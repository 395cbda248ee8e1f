// A ledger as people ask about it: sums, the month, and what each run holds.
import type { Ledger } from "../../contracts/ledger.ts";
import { committed, heldInMonth, left } from "./limits.ts";

export interface RunHold {
  readonly runId: string;
  readonly attempt: number;
  readonly promised: number;
  /** null while something of it is open. */
  readonly settled: number | null;
  /** `waiting`: its try is over, and nobody has proven yet what it cost. */
  readonly state: "open" | "waiting" | "settled";
  readonly since: string;
}

/** Each try of a run that is not summed up yet, the oldest first. */
export function runHolds({ entries }: Ledger): readonly RunHold[] {
  const keys = [...new Set(entries.map(({ runId, attempt }) => `${runId} ${attempt}`))];
  const holds = keys.map((key): RunHold => {
    const mine = entries.filter((entry) => `${entry.runId} ${entry.attempt}` === key);
    const [{ runId, attempt } = { runId: "", attempt: 0 }] = mine;
    const unsettled = mine.filter(({ settled }) => settled === null);
    const sum = (of: (entry: (typeof mine)[number]) => number) => mine.reduce((total, entry) => total + of(entry), 0);
    const waiting = unsettled.every(({ endedAt }) => endedAt !== null);
    return {
      ...{ runId, attempt, promised: sum(({ promised }) => promised) },
      settled: unsettled.length === 0 ? sum(({ settled }) => settled ?? 0) : null,
      state: unsettled.length === 0 ? "settled" : waiting ? "waiting" : "open",
      since: mine.map(({ promisedAt }) => promisedAt).reduce((a, b) => (a < b ? a : b), mine[0]?.promisedAt ?? ""),
    };
  });
  return holds.sort((a, b) => (a.since < b.since ? -1 : 1));
}

export interface LedgerSums {
  readonly committed: number;
  readonly left: number;
  /** Held by runs whose cost is not proven yet. */
  readonly promised: number;
  /** Of runs, proven or counted as promised, summed-up ones included. */
  readonly settled: number;
  readonly heldThisMonth: number;
}

export function sumsOf(ledger: Ledger, at: string): LedgerSums {
  const { entries, folded } = ledger;
  const open = entries.filter(({ settled }) => settled === null);
  const promised = open.reduce((sum, entry) => sum + entry.promised, 0);
  const settled = entries.reduce((sum, entry) => sum + (entry.settled ?? 0), 0);
  return {
    ...{ committed: committed(ledger), left: left(ledger), promised },
    settled: settled + folded.reduce((sum, row) => sum + row.settled, 0),
    heldThisMonth: heldInMonth(ledger, at.slice(0, 7)),
  };
}

/**
 * Tries of runs whose proof is to be looked for: those that are over, and those that are open for longer than any run takes. Of the
 * latter, whoever asks makes sure that no execution of theirs runs any more.
 */
export function toProve(ledger: Ledger, at: string, longestSeconds: number): readonly RunHold[] {
  const last = Date.parse(at) - longestSeconds * 1000;
  return runHolds(ledger).filter(
    ({ state, since }) => state === "waiting" || (state === "open" && Date.parse(since) < last),
  );
}
