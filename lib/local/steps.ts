// The laptop's wiring: every step of the machine with the ports it takes here.
import fs from "node:fs";
import path from "node:path";
import { BobbinError } from "../contracts/errors.ts";
import { dataKeys } from "../contracts/layout.ts";
import { type RunRequest, runRequest } from "../contracts/run.ts";
import { freePrices } from "../core/budget/prices.ts";
import type { Clock, EventSink, Ids, Requests, Signer } from "../core/ports.ts";
import { readDocument } from "../core/registry/cas.ts";
import { measuredFor } from "../core/registry/measurements.ts";
import { admit } from "../core/steps/admit.ts";
import { compare } from "../core/steps/compare.ts";
import { type CompareExperimentPorts, compareExperiment } from "../core/steps/experiment/compare.ts";
import { predictTrial, reserveTrial, type TrialPorts, trainTrial } from "../core/steps/experiment/trial.ts";
import { ingest } from "../core/steps/ingest.ts";
import { type NeedTrainingPorts, needTraining } from "../core/steps/need-training.ts";
import { predict } from "../core/steps/predict.ts";
import { predictMeasure } from "../core/steps/predict-measure.ts";
import { publish } from "../core/steps/publish.ts";
import { reserve } from "../core/steps/reserve.ts";
import { reserveMeasure } from "../core/steps/reserve-measure.ts";
import { type SettleInput, settleRun } from "../core/steps/settle.ts";
import { split } from "../core/steps/split.ts";
import { train } from "../core/steps/train.ts";
import type { ExperimentInput, MeasureInput, TrainInput } from "../core/steps/types.ts";
import type { ExperimentStep } from "../workflow/experiment.ts";
import type { MeasureStep } from "../workflow/measure.ts";
import type { TrainStep } from "../workflow/train.ts";
import { imageProbe } from "./decode/image-probe.ts";
import { openExport } from "./export-source/open.ts";
import { createLocalJobs } from "./jobs/local-jobs.ts";
import { abortableStores } from "./store/abortable.ts";
import type { LocalStores } from "./store/open.ts";

export interface StepOptions {
  readonly stores: LocalStores;
  readonly workOf: (runId: string) => string;
  /** Folder of the Python environment, and of the package that runs in it. */
  readonly env: string;
  readonly trainer: string;
  readonly sink: EventSink;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly ids: Ids;
}

export type LocalStep = TrainStep | MeasureStep | ExperimentStep;

/** Each machine gathers fields of its own; a step reads those of its machine. */
type Steps = Readonly<Record<LocalStep, (input: TrainInput) => Promise<object>>>;

/** The pages load Vega, which takes longer than all small steps together; only Publish waits for it. */
const loadPages = () => import("../report/pages.ts");
const drawExperiment: CompareExperimentPorts["draw"] = async (result) =>
  (await import("../report/experiment.ts")).drawExperiment(result);
const drawMeasurement: NeedTrainingPorts["draw"] = async (measurement) =>
  (await import("../report/measurement.ts")).drawMeasurement(measurement);

/** @param signal aborted, every step stops at its next look into the store, and children are stopped */
export function localSteps(options: StepOptions, signal: AbortSignal): Steps {
  const { clock, sink, signer } = options;
  const stores = abortableStores(options.stores, signal);
  const requests = requestsOf(stores);
  const trainer = { version: async () => trainerVersion(options.trainer) };
  const measured = (request: RunRequest, base: string) => measuredFor(request, base, stores.data);
  const jobPorts = { stores, clock, jobs: createLocalJobs({ ...options, signal }) };
  const trialPorts = (runId: string): TrialPorts => ({
    stores,
    clock,
    costs: free,
    // Below the run's own folder, so that what holds for it holds for its trainings: nobody else clears it away.
    jobsOf: (trial) =>
      createLocalJobs({
        ...options,
        stores,
        signal,
        workOf: () => path.join(options.workOf(runId), trialsFolder, trial),
      }),
  });
  const ingestPorts = {
    stores,
    requests,
    clock,
    events: sink,
    exports: { open: ({ location }: { readonly location: string }) => openExport(location) },
    probe: imageProbe({ locate: (key) => stores.data.readPath(key) }),
  };
  return {
    admit: (input) => admit(input, { stores, requests, clock, prices: freePrices, whenBusy: "refuse" }),
    ingest: (input) => ingest({ ...input, cursor: input.ingest?.cursor ?? null }, ingestPorts),
    split: (input) => split(input, { stores, requests, clock }),
    reserve: (input) => reserve(input, { stores, clock, prices: freePrices, trainer, measured }),
    reserveMeasure: (input) => reserveMeasure(input as MeasureInput, { stores, clock, prices: freePrices }),
    predictMeasure: (input) => predictMeasure(input as MeasureInput, jobPorts),
    needTraining: (input) => needTraining(input as MeasureInput, { stores, draw: drawMeasurement }),
    reserveTrial: (input) =>
      reserveTrial(input as ExperimentInput, { stores, clock, ids: options.ids, prices: freePrices, costs: free }),
    trainTrial: (input) => trainTrial(input as ExperimentInput, trialPorts(input.runId)),
    predictTrial: (input) => predictTrial(input as ExperimentInput, trialPorts(input.runId)),
    compareExperiment: (input) => compareExperiment(input as ExperimentInput, { stores, draw: drawExperiment }),
    train: (input) => train(input, jobPorts),
    predict: (input) => predict(input, jobPorts),
    compare: (input) => compare(input, { stores }),
    publish: async (input) => publish(input, { stores, signer, ...(await loadPages()) }),
    settle: (input) => settleLocally(input, options),
  };
}

const free = { of: async () => 0 };
/** Below the folder of an experiment: one folder a training. */
export const trialsFolder = "trials";

/** A run on this machine costs nothing, and nobody waits in a list: a second one is refused while a first holds the pipeline. */
export async function settleLocally(input: SettleInput, { stores, clock, ids }: StepOptions) {
  return settleRun(input, {
    stores,
    requests: requestsOf(stores),
    clock,
    ids,
    costs: free,
    // The person sits before it.
    notifier: { tell: async () => undefined },
    start: async ({ location }) => {
      throw new RangeError(`${location} waits, and nothing ever waits on a laptop`);
    },
  });
}

function requestsOf({ data }: LocalStores): Requests {
  return { read: async (runId) => (await readDocument(data, dataKeys.request(runId), runRequest)).value };
}

/** As the trainer itself reads it. @throws TrainerMissing */
function trainerVersion(trainer: string): string {
  const file = path.join(trainer, "pyproject.toml");
  const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  const version = /^\[project\][^[]*?^version = "([^"]+)"$/ms.exec(text)?.[1];
  if (version === undefined) throw new BobbinError("TrainerMissing", { env: file, command: "bobbin setup" });
  return version;
}
