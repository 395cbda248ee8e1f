// One training of an experiment: promised, trained, asked to predict, settled. Each is a lap; asked again, it goes on where it was.
import type { ExperimentPlan, Trial } from "../../../contracts/experiment.ts";
import { experimentPlan, trialRecord } from "../../../contracts/experiment.ts";
import { trainResult } from "../../../contracts/job.ts";
import { dataKeys } from "../../../contracts/layout.ts";
import type { Prices } from "../../../contracts/ledger.ts";
import { type RunRequest, runRequest } from "../../../contracts/run.ts";
import { commitPromise, commitSettlement } from "../../budget/book.ts";
import { worstCaseOfJobs } from "../../budget/worst-case.ts";
import { predictFolder, trainingFolder } from "../../dataset/training-folder.ts";
import type { Clock, Ids, Jobs, Stores } from "../../ports.ts";
import { createOnce, findDocument, readDocument } from "../../registry/cas.ts";
import { orRejected } from "../admit.ts";
import { type Costs, settledJobs } from "../close-promises.ts";
import { giveBackIfEnded } from "../late.ts";
import { baseModel, candidateModel, runPredict } from "../predict.ts";
import { trainedClasses } from "../reserve.ts";
import { composeTrain, runTrain, secondsOf, trainInputs } from "../train.ts";
import type { ExperimentInput, RunInput, TrialOutput, TrialReservation } from "../types.ts";
import { makePlan, partsOfTrial, readLines, readPlan, readTrials, trialRequest } from "./plan.ts";

export interface TrialPorts {
  readonly stores: Stores;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly prices: Prices;
  readonly costs: Costs;
  /** The jobs of one trial, in a folder of their own. */
  readonly jobsOf: (trial: string) => Jobs;
}

/** The first training that is not done is promised. */
export async function reserveTrial(input: ExperimentInput, ports: TrialPorts): Promise<TrialReservation> {
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
  const { timeoutSeconds } = request.recipe;
  const promised = {
    runId: id,
    attempt,
    item: "jobs" as const,
    amount: worstCaseOfJobs(timeoutSeconds, ports.prices),
    at: ports.clock.now().toISOString(),
    evidence: `training ${number + 1} of ${trials} of the experiment ${runId}, at most ${timeoutSeconds} seconds a job`,
  };
  const commit = async () => {
    await commitPromise(registry, request.config.budget, promised, `${runId}/Reserve/${attempt}/${number}`);
    if (await giveBackIfEnded(input, [], request.config.budget, ports)) await settleTrials(input, "over", ports);
    return reserved;
  };
  // Refused later, what is trained stays, and the run can be taken up again.
  return number === 0 ? orRejected(commit) : commit();
}

/** What a training may have submitted. */
const bothKinds = ["train", "predict"] as const;

interface Current {
  readonly number: number;
  readonly trial: Trial;
  readonly plan: ExperimentPlan;
  /** The run's, with what this training varies, under the trial's id. */
  readonly request: RunRequest;
  readonly done: boolean;
}

async function currentOf({ runId, reserve }: ExperimentInput, { stores: { data } }: TrialPorts): Promise<Current> {
  if (reserve?.outcome !== "reserved") throw new RangeError("a training comes after Reserve");
  const plan = await readPlan(runId, data);
  const { value: request } = await readDocument(data, dataKeys.request(runId), runRequest);
  const trial = plan.trials[reserve.trial] as Trial;
  return { number: reserve.trial, trial, plan, request: trialRequest(request, plan, trial), done: reserve.done };
}

/** @throws the trainer's named errors, JobFailed, JobKilled */
export async function trainTrial(input: ExperimentInput, ports: TrialPorts): Promise<TrialOutput> {
  const { number, trial, plan, request, done } = await currentOf(input, ports);
  const { data } = ports.stores;
  const subset = request.recipe.classes === undefined ? {} : { recipeClasses: request.recipe.classes };
  const folder = trainingFolder(await readLines(plan, data), {
    config: request.config,
    partOf: partsOfTrial(plan, trial),
    folder: "data",
    ...subset,
  });
  const job = composeTrain(request, { version: `x${number + 1}`, base: plan.base }, folder);
  const jobPorts = { stores: ports.stores, clock: ports.clock, jobs: ports.jobsOf(trial.id) };
  const result = await runTrain({ request, job, inputs: () => trainInputs(folder, plan) }, jobPorts);
  return { trial: number, seconds: secondsOf(result), done };
}

/** One pass over the groups that this training left out; then it is settled and written down. @throws as trainTrial */
export async function predictTrial(input: ExperimentInput, ports: TrialPorts): Promise<TrialOutput> {
  const { number, trial, plan, request, done } = await currentOf(input, ports);
  const { data, registry } = ports.stores;
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
  const jobPorts = { stores: ports.stores, clock: ports.clock, jobs: ports.jobsOf(trial.id) };
  const result = await runPredict(request, models, folder, jobPorts);
  const { attempt = 1 } = input;
  const cost = await ports.costs.of(trial.id, { attempt, staged: bothKinds });
  const at = ports.clock.now().toISOString();
  const settled = { runId: trial.id, attempt, at, ...settledJobs(cost, "trained and predicted") };
  const ledger = await commitSettlement(registry, request.config.budget, settled, `${input.runId}/trial/${number}`);
  const entries = ledger.entries.filter(({ runId }) => runId === trial.id);
  await createOnce(data, dataKeys.trial(input.runId, number), trialRecord, {
    schema: "bobbin/trial/1",
    trial,
    promised: entries.reduce((sum, entry) => sum + entry.promised, 0),
    settled: entries.reduce((sum, entry) => sum + (entry.settled ?? entry.promised), 0),
    trainSeconds: secondsOf(trained),
    predictSeconds: secondsOf(result),
    weightsSha256: trained.weights.sha256,
    predictionsSha256: result.predictions.sha256,
  });
  return { trial: number, seconds: secondsOf(result), done };
}

/** Closes what a training that was cut off had promised; of a run that is no experiment nothing. */
export async function settleTrials(
  { runId, attempt = 1 }: RunInput,
  outcome: string,
  { stores, clock, costs }: Pick<TrialPorts, "stores" | "clock" | "costs">,
): Promise<void> {
  const plan = await findDocument(stores.data, dataKeys.experiment(runId, "plan.json"), experimentPlan);
  if (plan === null) return;
  const { value: request } = await readDocument(stores.data, dataKeys.request(runId), runRequest);
  for (const [number, { id }] of plan.value.trials.entries()) {
    const at = clock.now().toISOString();
    const jobs = await costs.of(id, { attempt, staged: bothKinds });
    const done = { runId: id, attempt, at, ...settledJobs(jobs, `the experiment ended: ${outcome}`) };
    await commitSettlement(stores.registry, request.config.budget, done, `${runId}/end/${number}/${at}`);
  }
}
