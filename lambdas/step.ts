// A step of the machine as a Lambda function: finds out which run asks, keeps the run's journal, writes a log without data.
import { Logger } from "@aws-lambda-powertools/logger";
import { functionCall } from "../lib/contracts/cloud-run.ts";
import type { Job } from "../lib/contracts/job.ts";
import { type CloudRun, runOf } from "../lib/core/steps/cloud-run.ts";
import type { TrainInput } from "../lib/core/steps/types.ts";
import { runStep, type WrappedStep } from "../lib/core/steps/wrapper.ts";
import { clock, stores } from "./ports.ts";

const logger = new Logger({ serviceName: "bobbin" });

type Options<O extends object> = Partial<Omit<WrappedStep<TrainInput, O>, "state" | "run">>;

/** Called by Step Functions with a `functionCall`; an error goes back by its name. */
type Handler<O> = (call: unknown) => Promise<O>;

/** @param state as the machine calls it */
export function step<O extends object>(
  state: string,
  work: (input: TrainInput, run: CloudRun) => Promise<O>,
  options: Options<O> = {},
): Handler<O> {
  return async (call) => {
    const { input, execution } = functionCall.parse(call);
    const run = runOf(input, execution);
    const { runId, attempt } = run;
    logger.appendKeys({ runId, attempt, state });
    const sink = { emit: (event: { readonly kind: string }) => logger.info(event.kind, { event }) };
    const wrapped = { perAttempt: false, ...options, state, run: (given: TrainInput) => work(given, run) };
    return runStep<TrainInput, O>(wrapped, { ...input, runId, attempt }, { clock, data: stores.data, sink });
  };
}

const states = { train: "Train", predict: "Predict" } as const;

/** A step that serves both jobs: the call says which. @param prefix of the state, e.g. `Stage` for StageTrain */
export function jobStep<O extends object>(
  prefix: string,
  work: (job: Job["kind"], input: TrainInput, run: CloudRun) => Promise<O>,
  options: Options<O> = {},
): Handler<O> {
  return (call) => {
    const { job } = functionCall.required({ job: true }).parse(call);
    return step<O>(`${prefix}${states[job]}`, (input, run) => work(job, input, run), options)(call);
  };
}
