// What a step took after its run was over. To stop an execution does not stop the function that is at work: it goes on, and may take
// lock and promises when Settle has been there already. Settle leaves the run's failure document before it looks at either, and a
// step looks for that document after it has taken something: whichever comes second sees the other, and what was taken is given back.
import type { Config } from "../../contracts/config.ts";
import { dataKeys } from "../../contracts/layout.ts";
import type { BudgetItem } from "../../contracts/ledger.ts";
import { commitGiveBack } from "../budget/book.ts";
import type { Clock, Stores } from "../ports.ts";
import type { RunInput } from "./types.ts";

export interface LatePorts {
  readonly stores: Stores;
  readonly clock: Clock;
}

/**
 * Closes what this try of the run has promised for `items` since it was settled for. A function may run twice, and its twin have
 * gone on: where a job was written down, only its proof closes the promise.
 * @returns whether the run is over
 */
export async function giveBackIfEnded(
  { runId, attempt = 1 }: RunInput,
  items: readonly BudgetItem[],
  budget: Config["budget"],
  { stores, clock }: LatePorts,
): Promise<boolean> {
  if ((await stores.data.head(dataKeys.failure(runId, attempt))) === null) return false;
  const begun = (await stores.data.head(dataKeys.jobMark(runId, "train", attempt))) !== null;
  const at = clock.now().toISOString();
  const evidence = begun ? "the run was over; its jobs are not proven" : "the run was over before a job was begun";
  const done = { runId, attempt, items, actual: begun ? {} : { jobs: 0 }, at, evidence };
  await commitGiveBack(stores.registry, budget, done, `${runId}/late/${attempt}/${items.join(",")}/${at}`);
  return true;
}
