// Reserve of the machine `measure`: one pass of the off-the-shelf model over the frames, and what it may cost at most.
import { dataKeys } from "../../contracts/layout.ts";
import type { Prices } from "../../contracts/ledger.ts";
import { runRequest } from "../../contracts/run.ts";
import { commitPromise } from "../budget/book.ts";
import { worstCaseOfJobs } from "../budget/worst-case.ts";
import type { Clock, Stores } from "../ports.ts";
import { readDocument } from "../registry/cas.ts";
import { orRejected } from "./admit.ts";
import { giveBackIfEnded } from "./late.ts";
import { baseOf } from "./reserve.ts";
import type { MeasureInput, MeasureReservation } from "./types.ts";

export interface ReserveMeasurePorts {
  readonly stores: Stores;
  readonly clock: Clock;
  readonly prices: Prices;
}

/** @throws BaseWeightsMissing */
export async function reserveMeasure(input: MeasureInput, ports: ReserveMeasurePorts): Promise<MeasureReservation> {
  const { runId, attempt = 1 } = input;
  const { data, registry } = ports.stores;
  const { value: request } = await readDocument(data, dataKeys.request(runId), runRequest);
  const { config, recipe } = request;
  const base = await baseOf(config.architecture, data);
  const amount = worstCaseOfJobs(recipe.timeoutSeconds, { ...ports.prices, trainHour: 0 });
  return orRejected(async () => {
    const at = ports.clock.now().toISOString();
    const evidence = `one prediction, at most ${recipe.timeoutSeconds} seconds`;
    const nonce = `${runId}/Reserve/${attempt}`;
    await commitPromise(registry, config.budget, { runId, attempt, item: "jobs", amount, at, evidence }, nonce);
    await giveBackIfEnded(input, ["jobs"], config.budget, ports);
    return {
      outcome: "reserved",
      base: { name: base.name, sha256: base.sha256, official: base.official },
      promised: amount,
    };
  });
}
