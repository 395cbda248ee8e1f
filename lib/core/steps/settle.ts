// Settle: the one way out. Closes what the run had promised, gives the lock on, keeps the cause. A run that holds nothing
// loses nothing by it, and done twice it does nothing the second time.
import { isBobbinError } from "../../contracts/errors.ts";
import type { Job } from "../../contracts/job.ts";
import { dataKeys } from "../../contracts/layout.ts";
import { type Failure, failure as failureSchema, type RunRequest } from "../../contracts/run.ts";
import { commitSettlement, readLedger } from "../budget/book.ts";
import { countedJobs, type Settled } from "../budget/ledger.ts";
import type { ProvenCost } from "../budget/proof.ts";
import type { Clock, Ids, Notifier, ObjectStore, Requests, Stores } from "../ports.ts";
import { createOnce } from "../registry/cas.ts";
import { passLock, type Started } from "../registry/lock.ts";
import { type ErrorRecord, unpackFailure } from "./failure.ts";
import { leaves } from "./one-for-all.ts";
import type { SettleOutput, TrainInput } from "./types.ts";

/** What a run's jobs have cost. */
export interface Costs {
  /** With its proof, or micro-dollars where nothing was rented; null where nobody knows, which counts as all that was promised. */
  of(runId: string, asked: AskedCosts): Promise<ProvenCost | number | null>;
}

export interface AskedCosts {
  /** Jobs of the run that stand in the ledger already, by their ids. */
  readonly counted: readonly string[];
  /** The kinds of job that were written down to be started: where one is not to be seen, nothing is proven. */
  readonly staged: readonly Job["kind"][];
}

export interface SettlePorts {
  readonly stores: Stores;
  readonly requests: Requests;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly costs: Costs;
  /** Starts the upload that has the lock now. */
  readonly start: (next: Started) => Promise<void>;
  readonly notifier: Notifier;
}

export interface SettleInput extends TrainInput {
  /** Said by a person who ends the run. */
  readonly cancelled?: boolean;
}

export async function settleRun(input: SettleInput, ports: SettlePorts): Promise<SettleOutput> {
  const { runId } = input;
  const attempt = input.attempt ?? 1;
  const request = await findRequest(runId, ports.requests);
  const outcome = outcomeOf(input);
  const cause = causeOf(input, outcome);
  if (cause !== null) await writeFailure(runId, attempt, cause, ports);
  const settled = request === null ? 0 : await close(request, input, outcome, ports);
  const lock = { registry: ports.stores.registry, clock: ports.clock };
  const next = await passLock(
    runId,
    ports.ids.next(),
    `${runId}/Settle/${attempt}`,
    lock,
    leaves(input.reserve, request),
  );
  if (next !== null) await ports.start(next);
  await tell(runId, outcome, { request, cause, input }, ports.notifier);
  return { outcome, settled, next: next?.runId ?? null };
}

/** A run that Admit refused before it had a request holds nothing; null. */
async function findRequest(runId: string, requests: Requests): Promise<RunRequest | null> {
  try {
    return await requests.read(runId);
  } catch (error) {
    if (isBobbinError(error, "ObjectMissing")) return null;
    throw error;
  }
}

interface Said {
  readonly request: RunRequest | null;
  readonly cause: { readonly state: string; readonly error: ErrorRecord } | null;
  readonly input: SettleInput;
}

/** Last of all: who is told finds everything as it was told. */
async function tell(runId: string, outcome: string, { request, cause, input }: Said, to: Notifier): Promise<void> {
  const what = request === null ? runId : `${request.config.model} (${runId})`;
  const words = [
    `Run ${what}: ${outcome}.`,
    ...(request === null ? [] : [`Upload: ${request.source.location}`]),
    ...(input.publish === undefined
      ? []
      : [`Release ${input.publish.version}, SHA-256 ${input.publish.releaseSha256}`]),
    ...(input.compare === undefined ? [] : [`Verdict: ${input.compare.decision}: ${input.compare.reason}`]),
    ...(cause === null ? [] : [`${cause.error.name} in ${cause.state}: ${cause.error.message}`]),
  ];
  await to.tell(`Bobbin: ${outcome}: ${request?.config.model ?? runId}`, words.join("\n"));
}

/** How the run ended, from what its states said. */
function outcomeOf(input: SettleInput): "released" | "skipped" | "ingested" | "rejected" | "failed" | "cancelled" {
  if (input.cancelled === true) return "cancelled";
  if (input.error !== undefined) return "failed";
  if (input.admit?.outcome === "rejected" || input.reserve?.outcome === "rejected") return "rejected";
  if (input.reserve?.outcome === "skipped") return "skipped";
  if (input.reserve?.outcome === "later") return "ingested";
  return input.publish === undefined ? "failed" : "released";
}

function causeOf(input: SettleInput, outcome: string): { state: string; error: ErrorRecord } | null {
  if (outcome === "failed") {
    return unpackFailure(input.error ?? { Error: "States.Runtime", Cause: "The machine ended early." }, input);
  }
  if (outcome !== "rejected") return null;
  const state = input.admit?.outcome === "rejected" ? "Admit" : "Reserve";
  const said = state === "Admit" ? input.admit : input.reserve;
  if (said?.outcome !== "rejected") return null;
  return { state, error: { name: said.error, message: said.reason, data: { ...said.data } } };
}

/** The first cause of a try is kept, also where settling is tried again. */
export async function writeFailure(
  runId: string,
  attempt: number,
  cause: { state: string; error: ErrorRecord },
  { stores, clock }: Pick<SettlePorts, "stores" | "clock">,
): Promise<void> {
  const at = clock.now().toISOString();
  const document: Failure = { schema: "bobbin/failure/1", runId, ...cause, at };
  await createOnce(stores.data, dataKeys.failure(runId, attempt), failureSchema, document);
}

/** What the run's entries stand at once they are closed, in micro-dollars. */
async function close(request: RunRequest, input: SettleInput, outcome: string, ports: SettlePorts): Promise<number> {
  const { runId, config } = request;
  const { registry, data } = ports.stores;
  const counted = countedJobs(await readLedger(registry, config.budget), runId);
  const cost = await ports.costs.of(runId, { counted, staged: await stagedJobs(input, data) });
  const at = ports.clock.now().toISOString();
  const attempt = input.attempt ?? 1;
  const done = { runId, attempt, actual: actualOf(cost, input), at, ...evidenceOf(cost, outcome) };
  const ledger = await commitSettlement(registry, config.budget, done, `${runId}/Settle/${attempt}`);
  const entries = ledger.entries.filter((entry) => entry.runId === runId);
  return entries.reduce((sum, entry) => sum + (entry.settled ?? entry.promised), 0);
}

type Cost = Awaited<ReturnType<Costs["of"]>>;

function evidenceOf(cost: Cost, outcome: string) {
  const known = cost === null ? "cost unknown, so the worst case" : "cost known";
  return { evidence: `${outcome}; ${known}`, proof: cost === null || typeof cost === "number" ? null : cost.proof };
}

/** What functions, requests and storage cost, no proof says: they stay at what was promised. So does an image that may have been built. */
function actualOf(cost: Cost, { stage, image }: SettleInput): Settled["actual"] {
  const found = stage !== undefined && image === undefined ? { image: 0 } : {};
  return cost === null ? found : { ...found, jobs: typeof cost === "number" ? cost : cost.amount };
}

/** The machine knows how far it came. Whoever settles for a run that died knows only what was written down, in any of its tries. */
async function stagedJobs(input: SettleInput, data: ObjectStore): Promise<readonly Job["kind"][]> {
  const kinds: readonly Job["kind"][] = ["train", "predict"];
  const { admit, stage } = input;
  if (admit !== undefined) return stage === undefined ? [] : kinds.slice(0, kinds.indexOf(stage.BOBBIN_JOB) + 1);
  const written = await Promise.all(kinds.map((kind) => data.head(dataKeys.job(input.runId, kind))));
  return kinds.filter((_, index) => written[index] !== null);
}
