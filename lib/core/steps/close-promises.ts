// Closes what a run has promised, by what is proven of its jobs. What is not proven stays committed, and can be proven later.
import type { Job } from "../../contracts/job.ts";
import { dataKeys } from "../../contracts/layout.ts";
import type { RunRequest } from "../../contracts/run.ts";
import { commitSettlement } from "../budget/book.ts";
import type { Settled } from "../budget/ledger.ts";
import type { ProvenCost } from "../budget/proof.ts";
import type { Clock, ObjectStore, Requests, Stores } from "../ports.ts";
import type { TrainInput } from "./types.ts";

/** What a run's jobs have cost. */
export interface Costs {
  /** With its proof, or micro-dollars where nothing was rented; null where nobody knows, which counts as all that was promised. */
  of(runId: string, asked: AskedCosts): Promise<ProvenCost | number | null>;
}

export interface AskedCosts {
  /** The try of the run whose jobs are meant. */
  readonly attempt: number;
  /** The kinds of job that it may have submitted: where one is not to be seen, nothing is proven. */
  readonly staged: readonly Job["kind"][];
}

export interface ClosePorts {
  readonly stores: Stores;
  readonly clock: Clock;
  readonly costs: Costs;
}

/** What the run's entries stand at once they are closed, in micro-dollars. */
export async function closePromises(
  request: RunRequest,
  input: TrainInput,
  { outcome, nonce }: { readonly outcome: string; readonly nonce: string },
  ports: ClosePorts,
): Promise<number> {
  const { runId, config } = request;
  const { registry, data } = ports.stores;
  const attempt = input.attempt ?? 1;
  const cost = await ports.costs.of(runId, { attempt, staged: await stagedJobs(input, attempt, data) });
  const at = ports.clock.now().toISOString();
  const done = { runId, attempt, actual: actualOf(cost, input), at, ...evidenceOf(cost, outcome) };
  const ledger = await commitSettlement(registry, config.budget, done, nonce);
  const entries = ledger.entries.filter((entry) => entry.runId === runId);
  return entries.reduce((sum, entry) => sum + (entry.settled ?? entry.promised), 0);
}

type Cost = Awaited<ReturnType<Costs["of"]>>;

function evidenceOf(cost: Cost, outcome: string) {
  const known = cost === null ? "cost unknown, so the worst case" : "cost known";
  return { evidence: `${outcome}; ${known}`, proof: cost === null || typeof cost === "number" ? null : cost.proof };
}

/** What functions, requests and storage cost, no proof says: they stay at what was promised. So does an image that may have been built. */
function actualOf(cost: Cost, { stage, image }: TrainInput): Settled["actual"] {
  const found = stage !== undefined && image === undefined ? { image: 0 } : {};
  return cost === null ? found : { ...found, jobs: typeof cost === "number" ? cost : cost.amount };
}

/** The machine knows how far it came. Whoever settles for a run that died knows only what was written down. */
async function stagedJobs(input: TrainInput, attempt: number, data: ObjectStore): Promise<readonly Job["kind"][]> {
  const kinds: readonly Job["kind"][] = ["train", "predict"];
  const { admit, stage } = input;
  if (admit !== undefined) return stage === undefined ? [] : kinds.slice(0, kinds.indexOf(stage.BOBBIN_JOB) + 1);
  const written = await Promise.all(kinds.map((kind) => data.head(dataKeys.jobMark(input.runId, kind, attempt))));
  return kinds.filter((_, index) => written[index] !== null);
}

/**
 * Looks once more for the proof of what a try of a run left open. The caller knows that no execution of that try runs any more.
 * @returns what the run's entries stand at then, in micro-dollars
 */
export async function proveLater(
  { runId, attempt }: { readonly runId: string; readonly attempt: number },
  ports: ClosePorts & { readonly requests: Requests },
): Promise<number> {
  const request = await ports.requests.read(runId);
  const nonce = `${runId}/Prove/${attempt}/${ports.clock.now().toISOString()}`;
  return closePromises(request, { runId, attempt }, { outcome: "looked at later", nonce }, ports);
}
