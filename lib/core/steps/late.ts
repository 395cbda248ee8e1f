// What a step took after its run was over. To stop an execution does not stop the function that is at work: it goes on, and may take
// lock and promises when Settle has been there already. Settle leaves the run's failure document before it looks at either, and a
// step looks for that document after it has taken something: whichever comes second sees the other, and what was taken is given back.
import type { Config } from "../../contracts/config.ts";
import { dataKeys } from "../../contracts/layout.ts";
import { commitSettlement } from "../budget/book.ts";
import type { Clock, Stores } from "../ports.ts";
import type { RunInput } from "./types.ts";

export interface LatePorts {
  readonly stores: Stores;
  readonly clock: Clock;
}

/** Closes what the run has promised since it was settled for; nothing of it was begun. @returns whether the run is over */
export async function giveBackIfEnded(
  { runId, attempt = 1 }: RunInput,
  budget: Config["budget"],
  { stores, clock }: LatePorts,
): Promise<boolean> {
  if ((await stores.data.head(dataKeys.failure(runId, attempt))) === null) return false;
  const at = clock.now().toISOString();
  const done = { runId, actual: { jobs: 0 }, at, evidence: "the run was over before it was promised" };
  await commitSettlement(stores.registry, budget, done, `${runId}/late/${attempt}/${at}`);
  return true;
}
