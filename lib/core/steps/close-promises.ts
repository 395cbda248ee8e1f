// Closes what a run has promised, by what is proven of its jobs. What is not proven stays committed, and can be proven later.
import type { Job } from "../../contracts/job.ts";
import { dataKeys } from "../../contracts/layout.ts";
import type { RunRequest } from "../../contracts/run.ts";
import { commitSettlement, readLedger } from "../budget/book.ts";
import type { Settled } from "../budget/ledger.ts";
import type { ProvenCost } from "../budget/proof.ts";
import type { Clock, ObjectStore, Requests, Stores } from "../ports.ts";
import { findTrials } from "../registry/trainings.ts";
import type { ExperimentInput, TrainInput } from "./types.ts";

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
  why: { readonly outcome: string; readonly nonce: string },
  ports: ClosePorts,
): Promise<number> {
  const { outcome, nonce } = why;
  const { runId, config, machine } = request;
  const { registry } = ports.stores;
  const attempt = input.attempt ?? 1;
  const trainings = machine === "experiment" ? await closeTrials(request, { attempt, ...why, input }, ports) : [];
  const cost = await costOf(request, input, ports);
  const at = ports.clock.now().toISOString();
  const jobs = settledJobs(cost, outcome);
  const done = { ...jobs, runId, attempt, actual: { ...builtImage(input), ...jobs.actual }, at };
  const ledger = await commitSettlement(registry, config.budget, done, nonce);
  const entries = ledger.entries.filter((entry) => entry.runId === runId || trainings.includes(entry.runId));
  return entries.reduce((sum, entry) => sum + (entry.settled ?? entry.promised), 0);
}

interface TrialsOver {
  readonly attempt: number;
  readonly outcome: string;
  readonly nonce: string;
  /** Of the machine, where it settles itself. */
  readonly input?: TrainInput;
}

/** What trainings of an experiment had promised and nobody has closed: cut off, or not proven when they ended. @returns the ids of all */
export async function closeTrials(
  { runId, config }: RunRequest,
  { attempt, outcome, nonce, input }: TrialsOver,
  { stores: { data, registry }, clock, costs }: ClosePorts,
): Promise<readonly string[]> {
  const trials = await findTrials(runId, data);
  const { entries } = await readLedger(registry, config.budget);
  const open = new Set(entries.filter(({ settled }) => settled === null).map((entry) => entry.runId));
  for (const [number, { id }] of trials.entries()) {
    if (!open.has(id)) continue;
    const cost = await costs.of(id, { attempt, staged: await stagedOfTrial({ id, number, attempt, input }, data) });
    const at = clock.now().toISOString();
    const done = { runId: id, attempt, at, ...settledJobs(cost, `the experiment: ${outcome}`) };
    await commitSettlement(registry, config.budget, done, `${nonce}/${number}`);
  }
  return trials.map(({ id }) => id);
}

/** What jobs of the run's own have cost; an experiment has none but those of its trainings. */
async function costOf(request: RunRequest, input: TrainInput, { stores, costs }: ClosePorts): Promise<Cost> {
  const { runId, machine } = request;
  if (machine === "experiment") return 0;
  const attempt = input.attempt ?? 1;
  const staged = await stagedJobs(input, attempt, stores.data);
  return costs.of(runId, { attempt, staged: staged.filter((kind) => machine !== "measure" || kind === "predict") });
}

type Cost = Awaited<ReturnType<Costs["of"]>>;

/** What the ledger is told of jobs: their cost and its proof, as far as known, and why it is asked. */
export function settledJobs(cost: Cost, outcome: string): Pick<Settled, "actual" | "evidence" | "proof"> {
  const known = cost === null ? "cost unknown, so the worst case" : "cost known";
  const evidence = `${outcome}; ${known}`;
  if (cost === null) return { actual: {}, evidence, proof: null };
  return typeof cost === "number"
    ? { actual: { jobs: cost }, evidence, proof: null }
    : { actual: { jobs: cost.amount }, evidence, proof: cost.proof };
}

const kinds: readonly Job["kind"][] = ["train", "predict"];

/** What functions, requests and storage cost, no proof says: they stay at what was promised. So does an image that may have been built. */
function builtImage({ stage, image }: TrainInput): Settled["actual"] {
  return stage !== undefined && image === undefined ? { image: 0 } : {};
}

/** The machine knows how far it came. Whoever settles for a run that died knows only what was written down. */
async function stagedJobs(input: TrainInput, attempt: number, data: ObjectStore): Promise<readonly Job["kind"][]> {
  const { admit, stage } = input;
  if (admit !== undefined) return stage === undefined ? [] : kinds.slice(0, kinds.indexOf(stage.BOBBIN_JOB) + 1);
  return begunJobs(input.runId, attempt, data);
}

interface OpenTrial {
  readonly id: string;
  readonly number: number;
  readonly attempt: number;
  readonly input: TrainInput | undefined;
}

/** Of the training that is on, the machine knows what it has submitted; what it gathered in laps before may still stand beside it. */
async function stagedOfTrial({ id, number, attempt, input }: OpenTrial, data: ObjectStore) {
  const { stage, reserve } = (input ?? {}) as Pick<ExperimentInput, "stage" | "reserve">;
  if (input?.admit === undefined || reserve?.outcome !== "reserved" || reserve.trial !== number)
    return begunJobs(id, attempt, data);
  return stage?.BOBBIN_RUN_ID === id ? kinds.slice(0, kinds.indexOf(stage.BOBBIN_JOB) + 1) : [];
}

/** By their marks. @param id of a run, or of a training of an experiment */
async function begunJobs(id: string, attempt: number, data: ObjectStore): Promise<readonly Job["kind"][]> {
  const written = await Promise.all(kinds.map((kind) => data.head(dataKeys.jobMark(id, kind, attempt))));
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
