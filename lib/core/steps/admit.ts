// Admit: is this a run at all, may it start now, and does it hold the pipeline and its small sum? Every answer no is an outcome.
import { createHash } from "node:crypto";
import { BobbinError, isBobbinError } from "../../contracts/errors.ts";
import { trainingsOf } from "../../contracts/experiment.ts";
import { dataKeys } from "../../contracts/layout.ts";
import type { Prices } from "../../contracts/ledger.ts";
import { admission, type RunRequest } from "../../contracts/run.ts";
import { commitPromise, readLedger } from "../budget/book.ts";
import type { Promised } from "../budget/ledger.ts";
import { checkRate } from "../budget/rate.ts";
import { storageOf, sumOf } from "../budget/worst-case.ts";
import type { Clock, Requests, Stores } from "../ports.ts";
import { createOnce } from "../registry/cas.ts";
import { dropLock, readLock, takeLock } from "../registry/lock.ts";
import { giveBackIfEnded, runEnded } from "./late.ts";
import type { AdmitOutput, Rejected, RunInput } from "./types.ts";

export interface AdmitPorts {
  readonly stores: Stores;
  readonly requests: Requests;
  readonly clock: Clock;
  readonly prices: Prices;
  /** Where another run holds the pipeline: join its list (an upload nobody sits beside), or refuse (a person who waits). */
  readonly whenBusy: "wait" | "refuse";
}

/** Errors that are a no to this run and no fault: they end in RejectedOverBudget. */
const refusals = [
  ...(["RejectedOverBudget", "BudgetTooSmall", "BudgetEnded", "BudgetClosed", "BudgetTermsChanged"] as const),
  ...(["RateLimited", "RunTooLong"] as const),
];

/** Turns a refusal into an outcome; everything else is thrown on. */
export async function orRejected<T>(work: () => Promise<T>): Promise<T | Rejected> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BobbinError) || !refusals.some((name) => isBobbinError(error, name))) throw error;
    return { outcome: "rejected", error: error.name, reason: error.message, data: { ...error.data } };
  }
}

/** @throws PipelineBusy where another run holds the pipeline and this one is not to wait; RunEnded where this try was settled for */
export async function admit(input: RunInput, ports: AdmitPorts): Promise<AdmitOutput> {
  const { runId } = input;
  const request = await ports.requests.read(runId);
  const taken = await takenBy(request, ports.stores);
  if (taken !== runId) return { outcome: "duplicate", runId: taken };
  return orRejected(async () => {
    const { budget } = request.config;
    const at = ports.clock.now().toISOString();
    checkRate(await readLedger(ports.stores.registry, budget), runId, at, budget);
    const { attempt = 1 } = input;
    const nonce = `${runId}/Admit/${attempt}`;
    const holder = await hold(request, nonce, ports);
    if (holder !== runId) return { outcome: "waiting", holder };
    await commitPromise(
      ports.stores.registry,
      budget,
      promises(request, attempt, at, ports.prices),
      nonce,
      ports.prices.idleMonth,
    );
    if (await giveBackIfEnded(input, ["admission", "storage"], budget, ports)) {
      await dropLock(runId, `${nonce}/late`, { registry: ports.stores.registry, clock: ports.clock });
      throw runEnded(runId);
    }
    return { outcome: "admitted" };
  });
}

/** What a run holds before anything is known of its jobs. An upload that lies here already is stored, whatever becomes of its run. */
function promises(
  { runId, source, config, experiment }: RunRequest,
  attempt: number,
  at: string,
  prices: Prices,
): [Promised, ...Promised[]] {
  const base = { runId, attempt, at };
  const trainings = experiment === undefined ? 0 : trainingsOf(experiment);
  const first = {
    ...base,
    item: "admission",
    amount: prices.admission + trainings * (prices.training ?? 0),
    evidence: `functions and requests${trainings === 0 ? "" : `, of ${trainings} trainings`}, at most`,
  } as const;
  const uploadBytes = source.bytes ?? 0;
  const size = { uploadBytes, at, ends: config.budget.ends, trainings: Math.max(1, trainings) };
  const stored = sumOf(storageOf(size, prices));
  // Taken up again, the run stores nothing twice.
  if (stored === 0 || attempt > 1) return [first];
  const evidence = `${uploadBytes} bytes and what comes of them, to the budget's end`;
  return [first, { ...base, item: "storage", amount: stored, evidence }];
}

/**
 * The run that an upload belongs to: one with a version is taken once; a path on this machine as often as someone asks.
 * An upload that waited was taken by the run that waited with it; now it is the run's that was given the lock for it.
 */
export async function takenBy(
  { runId, source }: Pick<RunRequest, "runId" | "source">,
  { data, registry }: Stores,
): Promise<string> {
  const { location, versionId } = source;
  if (versionId === null) return runId;
  const digest = createHash("sha256")
    .update(JSON.stringify([location, versionId]))
    .digest("hex");
  const mine = { schema: "bobbin/admission/1", runId, location, versionId } as const;
  const { runId: first } = await createOnce(data, dataKeys.admission(digest), admission, mine);
  return first !== runId && (await readLock(registry)).holder?.runId === runId ? runId : first;
}

async function hold({ runId, source, retrain }: RunRequest, nonce: string, ports: AdmitPorts): Promise<string> {
  const wait = ports.whenBusy === "wait" ? { location: source.location, versionId: source.versionId, retrain } : null;
  const holder = await takeLock(runId, nonce, wait, { registry: ports.stores.registry, clock: ports.clock });
  if (holder.runId === runId || wait !== null) return holder.runId;
  throw new BobbinError("PipelineBusy", { runId: holder.runId, since: holder.since, status: "at work or interrupted" });
}
