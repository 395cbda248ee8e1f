// Settle: the one way out. Closes what the run had promised, gives the lock on, keeps the cause. A run that holds nothing
// loses nothing by it, and done twice it does nothing the second time.
import { isBobbinError, reviveError } from "../../contracts/errors.ts";
import { dataKeys } from "../../contracts/layout.ts";
import { type Failure, failure as failureSchema, type RunRequest } from "../../contracts/run.ts";
import type { Clock, Ids, Notifier, Requests, Stores } from "../ports.ts";
import { createOnce } from "../registry/cas.ts";
import { passLock, type Started } from "../registry/lock.ts";
import { type Costs, closePromises } from "./close-promises.ts";
import { type ErrorRecord, unpackFailure } from "./failure.ts";
import { leaves } from "./one-for-all.ts";
import type { ExperimentOutput, NeedTrainingOutput, SettleOutput, TrainInput } from "./types.ts";

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
  /** What an experiment found. */
  readonly experiment?: ExperimentOutput;
  /** What a measurement answered. */
  readonly need?: NeedTrainingOutput;
  /** Said by a person who ends the run. */
  readonly cancelled?: boolean;
}

export async function settleRun(input: SettleInput, ports: SettlePorts): Promise<SettleOutput> {
  const { runId } = input;
  const attempt = input.attempt ?? 1;
  const request = await findRequest(runId, ports.requests);
  const outcome = outcomeOf(input);
  const cause = causeOf(input, outcome, request?.machine);
  const upload = request === null ? input.upload : undefined;
  if (cause !== null) await writeFailure(runId, attempt, { ...cause, ...(upload ? { upload } : {}) }, ports);
  const tellNow = await announce(runId, outcome, { request, cause, input }, ports.notifier);
  const nonce = `${runId}/Settle/${attempt}`;
  const settled = request === null ? 0 : await closePromises(request, input, { outcome, nonce }, ports);
  const lock = { registry: ports.stores.registry, clock: ports.clock };
  const next = await passLock(runId, ports.ids.next(), nonce, lock, leaves(input.reserve, request));
  if (next !== null) await ports.start(next);
  // Last of all: who is told finds everything as it was told.
  await tellNow();
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

/** Written down before anything is given back: who comes after that finds nothing to settle, and would tell nobody. */
async function announce(
  runId: string,
  outcome: string,
  { request, cause, input }: Said,
  to: Notifier,
): Promise<() => Promise<void>> {
  const what = request === null ? runId : `${request.config.model} (${runId})`;
  const location = request?.source.location ?? input.upload?.location;
  const todo = cause === null ? undefined : reviveError(cause.error.name, cause.error.data)?.todo;
  const words = [
    `Run ${what}: ${outcome}.`,
    ...(location === undefined ? [] : [`Upload: ${location}`]),
    ...(input.publish === undefined
      ? []
      : [`Release ${input.publish.version}, SHA-256 ${input.publish.releaseSha256}`]),
    ...(input.need === undefined ? [] : [input.need.reason]),
    ...(input.experiment === undefined ? [] : [input.experiment.summary]),
    ...(input.compare === undefined ? [] : [`Verdict: ${input.compare.decision}: ${input.compare.reason}`]),
    ...(cause === null ? [] : [`${cause.error.name} in ${cause.state}: ${cause.error.message}`]),
    ...(todo === undefined ? [] : [`What to do: ${todo}`]),
  ];
  const subject = `Bobbin: ${outcome}: ${request?.config.model ?? location ?? runId}`;
  // Two may settle for the same try at once.
  const id = `settled/${runId}/${input.attempt ?? 1}`;
  const text = words.join("\n");
  return to.announce === undefined ? () => to.tell(subject, text, id) : to.announce(subject, text, id);
}

type Outcome = "released" | "measured" | "compared" | "skipped" | "ingested" | "rejected" | "failed" | "cancelled";

/** How the run ended, from what its states said. */
function outcomeOf(input: SettleInput): Outcome {
  if (input.cancelled === true) return "cancelled";
  if (input.error !== undefined) return "failed";
  if (input.admit?.outcome === "rejected" || input.reserve?.outcome === "rejected") return "rejected";
  if (input.reserve?.outcome === "skipped") return "skipped";
  if (input.reserve?.outcome === "later") return "ingested";
  if (input.need !== undefined) return "measured";
  if (input.experiment !== undefined) return "compared";
  return input.publish === undefined ? "failed" : "released";
}

function causeOf(
  input: SettleInput,
  outcome: string,
  machine?: RunRequest["machine"],
): { state: string; error: ErrorRecord } | null {
  if (outcome === "failed") {
    const caught = input.error ?? { Error: "States.Runtime", Cause: "The machine ended early." };
    return unpackFailure(caught, input, machine);
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
  cause: Pick<Failure, "state" | "error" | "upload">,
  { stores, clock }: Pick<SettlePorts, "stores" | "clock">,
): Promise<void> {
  const at = clock.now().toISOString();
  const document: Failure = { schema: "bobbin/failure/1", runId, ...cause, at };
  await createOnce(stores.data, dataKeys.failure(runId, attempt), failureSchema, document);
}
