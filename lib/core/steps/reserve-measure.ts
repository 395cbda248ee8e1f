// Reserve of the machine `measure`: one pass of the off-the-shelf model over the frames, and what it may cost at most.
import { dataKeys } from "../../contracts/layout.ts";
import type { Prices } from "../../contracts/ledger.ts";
import { runRequest } from "../../contracts/run.ts";
import { commitPromise } from "../budget/book.ts";
import type { Promised } from "../budget/ledger.ts";
import { worstCaseOfJobs } from "../budget/worst-case.ts";
import type { Clock, Stores } from "../ports.ts";
import { readDocument } from "../registry/cas.ts";
import { orRejected } from "./admit.ts";
import { giveBackIfEnded, runEnded } from "./late.ts";
import { baseOf, imagePromise } from "./reserve.ts";
import type { MeasureInput, MeasureReservation } from "./types.ts";

export interface ReserveMeasurePorts {
  readonly stores: Stores;
  readonly clock: Clock;
  readonly prices: Prices;
}

/** @throws BaseWeightsMissing; RunEnded where this try was settled for */
export async function reserveMeasure(input: MeasureInput, ports: ReserveMeasurePorts): Promise<MeasureReservation> {
  const { runId, attempt = 1 } = input;
  const { data, registry } = ports.stores;
  const { value: request } = await readDocument(data, dataKeys.request(runId), runRequest);
  const { config, recipe } = request;
  const base = await baseOf(config.architecture, data);
  const { tries = 1 } = ports.prices;
  const amount = worstCaseOfJobs(recipe.timeoutSeconds, ports.prices, ["predict"]);
  const promised = { runId, attempt, at: ports.clock.now().toISOString() };
  const evidence = `one prediction, at most ${tries} × ${recipe.timeoutSeconds} seconds`;
  const wanted = [{ ...promised, item: "jobs", amount, evidence } as const, ...imagePromise(promised, ports.prices)];
  return orRejected(async () => {
    const nonce = `${runId}/Reserve/${attempt}`;
    await commitPromise(registry, config.budget, wanted as [Promised, ...Promised[]], nonce, ports.prices.idleMonth);
    if (await giveBackIfEnded(input, ["image", "jobs"], config.budget, ports)) throw runEnded(runId);
    return {
      outcome: "reserved",
      base: { name: base.name, sha256: base.sha256, official: base.official },
      promised: wanted.reduce((sum, one) => sum + one.amount, 0),
    };
  });
}
