// One training of an experiment: promised, trained, asked to predict, settled. Each is a lap; asked again, it goes on where it was.
// On a rented machine a job is staged, run and collected by three programs; here are its plan and what is made of its answer.
import type { Config } from "../../../contracts/config.ts";
import type { ExperimentPlan, Trial } from "../../../contracts/experiment.ts";
import { trialOwner, trialRecord } from "../../../contracts/experiment.ts";
import {
  type Job,
  type PredictJob,
  type PredictResult,
  predictResult,
  type TrainJob,
  type TrainResult,
  trainResult,
} from "../../../contracts/job.ts";
import { dataKeys } from "../../../contracts/layout.ts";
import type { Prices } from "../../../contracts/ledger.ts";
import { type RunRequest, runRequest } from "../../../contracts/run.ts";
import { commitPromise, commitSettlement, readLedger } from "../../budget/book.ts";
import { worstCaseOfJobs } from "../../budget/worst-case.ts";
import { predictFolder, trainingFolder } from "../../dataset/training-folder.ts";
import type { Clock, Ids, Jobs, ObjectStore, Stores } from "../../ports.ts";
import { createOnce, readDocument } from "../../registry/cas.ts";
import { orRejected } from "../admit.ts";
import { type Costs, closeTrials, settledJobs } from "../close-promises.ts";
import { succeededJob } from "../collect-job.ts";
import { giveBackIfEnded, runEnded } from "../late.ts";
import { baseModel, candidateModel, planOf, runPredict } from "../predict.ts";
import { imagePromise, trainedClasses } from "../reserve.ts";
import { composeTrain, type JobPlan, runTrain, secondsOf, trainInputs } from "../train.ts";
import type { CaughtError, ExperimentInput, TrialOutput, TrialReservation } from "../types.ts";
import { makePlan, partsOfTrial, readLines, readPlan, readTrials, trialRequest } from "./plan.ts";

export interface ReserveTrialPorts {
  readonly stores: Stores;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly prices: Prices;
  readonly costs: Costs;
}

export type SettleTrialPorts = Pick<ReserveTrialPorts, "stores" | "clock" | "costs">;

export interface TrialPorts extends SettleTrialPorts {
  /** The jobs of one trial, in a folder of their own. */
  readonly jobsOf: (trial: string) => Jobs;
}

/** The first training that is not done is promised. @throws RunEnded where this try was settled for */
export async function reserveTrial(input: ExperimentInput, ports: ReserveTrialPorts): Promise<TrialReservation> {
  const { runId, attempt = 1 } = input;
  const { data, registry } = ports.stores;
  const { value: request } = await readDocument(data, dataKeys.request(runId), runRequest);
  const plan = await makePlan(request, data, ports.ids);
  const records = await readTrials(plan, data);
  const open = records.indexOf(null);
  const trials = plan.trials.length;
  // All are done: a try that failed in Compare goes on there.
  const number = open === -1 ? trials - 1 : open;
  const reserved = { outcome: "reserved", trial: number, trials, done: number === trials - 1 } as const;
  if (open === -1) return reserved;
  const { id } = plan.trials[number] as Trial;
  await createOnce(data, dataKeys.trialOwner(id), trialOwner, { schema: "bobbin/trial-owner/1", runId, number });
  const { timeoutSeconds } = request.recipe;
  const at = ports.clock.now().toISOString();
  const promised = {
    ...{ runId: id, attempt, item: "jobs" as const, at },
    amount: worstCaseOfJobs(timeoutSeconds, ports.prices),
    evidence: `training ${number + 1} of ${trials} of the experiment ${runId}, at most ${timeoutSeconds} seconds a job`,
  };
  const nonce = `${runId}/Reserve/${attempt}/${number}`;
  const commit = async () => {
    const { budget } = request.config;
    if (await isSettled(id, attempt, budget, ports.stores)) return reserved;
    const wanted = [promised, ...imagePromise({ runId, attempt, at }, ports.prices)] as const;
    await commitPromise(registry, budget, wanted, nonce, ports.prices.idleMonth);
    if (await giveBackIfEnded(input, ["image"], budget, ports)) {
      await closeTrials(request, { attempt, outcome: "over", nonce: `${nonce}/late` }, ports);
      throw runEnded(runId);
    }
    return reserved;
  };
  // Refused later, what is trained stays, and the run can be taken up again.
  return number === 0 ? orRejected(commit) : commit();
}

/** Killed between the settlement and the record of a training, all that is left is to write the record: no job of it does anything. */
async function isSettled(id: string, attempt: number, budget: Config["budget"], stores: Stores): Promise<boolean> {
  if ((await stores.data.head(dataKeys.result(id, "predict"))) === null) return false;
  const { entries } = await readLedger(stores.registry, budget);
  return entries.some((entry) => entry.runId === id && entry.attempt === attempt && entry.endedAt !== null);
}

/** What a training submits. */
const bothKinds = ["train", "predict"] as const;

interface Current {
  readonly number: number;
  readonly trial: Trial;
  readonly plan: ExperimentPlan;
  /** The run's, with what this training varies, under the trial's id. */
  readonly request: RunRequest;
  readonly done: boolean;
}

async function currentOf({ runId, reserve }: ExperimentInput, data: ObjectStore): Promise<Current> {
  if (reserve?.outcome !== "reserved") throw new RangeError("a training comes after Reserve");
  const plan = await readPlan(runId, data);
  const { value: request } = await readDocument(data, dataKeys.request(runId), runRequest);
  const trial = plan.trials[reserve.trial] as Trial;
  return { number: reserve.trial, trial, plan, request: trialRequest(request, plan, trial), done: reserve.done };
}

/** What is trained, on which groups, from what: the same on every machine. */
export async function planTrialTraining(input: ExperimentInput, { data }: Stores): Promise<JobPlan<TrainJob>> {
  return trainingOf(await currentOf(input, data), data);
}

async function trainingOf({ number, trial, plan, request }: Current, data: ObjectStore): Promise<JobPlan<TrainJob>> {
  const subset = request.recipe.classes === undefined ? {} : { recipeClasses: request.recipe.classes };
  const folder = trainingFolder(await readLines(plan, data), {
    config: request.config,
    partOf: partsOfTrial(plan, trial),
    folder: "data",
    ...subset,
  });
  const job = composeTrain(request, { version: `x${number + 1}`, base: plan.base }, folder);
  return { request, job, inputs: () => trainInputs(folder, plan) };
}

/** One pass over the groups that the training left out. */
export async function planTrialPrediction(input: ExperimentInput, { data }: Stores): Promise<JobPlan<PredictJob>> {
  return predictionOf(await currentOf(input, data), data);
}

async function predictionOf({ trial, plan, request }: Current, data: ObjectStore): Promise<JobPlan<PredictJob>> {
  const { value: trained } = await readDocument(data, dataKeys.result(trial.id, "train"), trainResult);
  const classes = trainedClasses(request);
  const models = [
    candidateModel(trained, trial.id, classes),
    ...(trial.fold === null ? [] : [baseModel(plan.base.sha256, classes, request.config)]),
  ];
  const folder = predictFolder(await readLines(plan, data), {
    config: request.config,
    recipeClasses: classes,
    partOf: partsOfTrial(plan, trial),
    folder: "frames",
  });
  return planOf(request, models, folder);
}

const outputOf = ({ number, done }: Current, result: TrainResult | PredictResult): TrialOutput => ({
  ...{ trial: number, seconds: secondsOf(result), done },
});

/** @throws the trainer's named errors, JobFailed, JobKilled */
export async function trainTrial(input: ExperimentInput, ports: TrialPorts): Promise<TrialOutput> {
  const current = await currentOf(input, ports.stores.data);
  const plan = await trainingOf(current, ports.stores.data);
  return outputOf(current, await runTrain(plan, { ...ports, jobs: ports.jobsOf(current.trial.id) }));
}

/** Then it is settled and written down. @throws as trainTrial */
export async function predictTrial(input: ExperimentInput, ports: TrialPorts): Promise<TrialOutput> {
  const current = await currentOf(input, ports.stores.data);
  const plan = await predictionOf(current, ports.stores.data);
  const result = await runPredict(plan, { ...ports, jobs: ports.jobsOf(current.trial.id) });
  await settleTrial(current, result, input, ports);
  return outputOf(current, result);
}

/**
 * What a job on a rented machine came to; a training whose prediction is there is settled and written down.
 * @param caught what the engine said of the job, where it did not end well
 * @throws the trainer's named error, JobKilled, JobFailed
 */
export async function collectTrial(
  kind: Job["kind"],
  input: ExperimentInput,
  caught: CaughtError | undefined,
  ports: SettleTrialPorts,
): Promise<TrialOutput> {
  const { data } = ports.stores;
  const current = await currentOf(input, data);
  const result = await succeededJob(kind, current.trial.id, caught, data);
  if (kind === "predict") await settleTrial(current, predictResult.parse(result), input, ports);
  return outputOf(current, result);
}

async function settleTrial(
  { number, trial, request }: Current,
  predicted: PredictResult,
  { runId, attempt = 1 }: ExperimentInput,
  { stores: { data, registry }, clock, costs }: SettleTrialPorts,
): Promise<void> {
  const { value: trained } = await readDocument(data, dataKeys.result(trial.id, "train"), trainResult);
  const cost = await costs.of(trial.id, { attempt, staged: bothKinds });
  const at = clock.now().toISOString();
  const settled = { runId: trial.id, attempt, at, ...settledJobs(cost, "trained and predicted") };
  const ledger = await commitSettlement(registry, request.config.budget, settled, `${runId}/trial/${number}`);
  const entries = ledger.entries.filter((entry) => entry.runId === trial.id);
  await createOnce(data, dataKeys.trial(runId, number), trialRecord, {
    schema: "bobbin/trial/1",
    trial,
    promised: entries.reduce((sum, entry) => sum + entry.promised, 0),
    settled: entries.reduce((sum, entry) => sum + (entry.settled ?? entry.promised), 0),
    trainSeconds: secondsOf(trained),
    predictSeconds: secondsOf(predicted),
    weightsSha256: trained.weights.sha256,
    predictionsSha256: predicted.predictions.sha256,
  });
}
