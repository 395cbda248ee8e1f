// How often a run may start: limits that the ledger's own admissions answer.
import type { Config } from "../../contracts/config.ts";
import { BobbinError } from "../../contracts/errors.ts";
import type { Ledger } from "../../contracts/ledger.ts";

const day = 86_400_000;
const minute = 60_000;

/**
 * @param at UTC, ISO 8601
 * @throws RateLimited where one more run would break `runsPerDay` (any 24 hours) or `minMinutesBetweenRuns`
 */
export function checkRate(ledger: Ledger, runId: string, at: string, budget: Config["budget"]): void {
  const now = Date.parse(at);
  const others = ledger.entries.filter((entry) => entry.item === "admission" && entry.runId !== runId);
  const starts = others.map((entry) => Date.parse(entry.promisedAt));
  const today = starts.filter((start) => now - start < day).length + 1;
  if (budget.runsPerDay !== undefined && today > budget.runsPerDay) {
    throw new BobbinError("RateLimited", {
      limit: "runsPerDay",
      found: `run ${today} within 24 hours`,
      wanted: `${budget.runsPerDay}`,
    });
  }
  const since = starts.length === 0 ? Number.POSITIVE_INFINITY : (now - Math.max(...starts)) / minute;
  if (budget.minMinutesBetweenRuns !== undefined && since < budget.minMinutesBetweenRuns) {
    throw new BobbinError("RateLimited", {
      limit: "minMinutesBetweenRuns",
      found: `${Math.floor(since)} minutes after the last run`,
      wanted: `${budget.minMinutesBetweenRuns} minutes`,
    });
  }
}
