// A small budget and what is asked of it, for tests of the ledger.
import { budgetConfig, type Config } from "../../lib/contracts/config.ts";
import { BobbinError } from "../../lib/contracts/errors.ts";

/** Of a thousand micro-dollars. */
export const budgetUntil = (ends: string, changes: Partial<Config["budget"]> = {}): Config["budget"] => ({
  ...budgetConfig.parse({ capUsd: 0.001, ends }),
  ...changes,
});

/** A promise for the jobs of a run. */
export const wantedOf =
  (runId: string, at: string) =>
  (amount: number, more: object = {}) =>
    ({ runId, item: "jobs", amount, at, evidence: "test", ...more }) as const;

/** The name of the error that `work` ends in, or "accepted". */
export function refusal(work: () => unknown): string {
  try {
    work();
    return "accepted";
  } catch (error) {
    if (error instanceof BobbinError) return error.name;
    throw error;
  }
}
