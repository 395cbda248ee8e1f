// The states that close Train and Predict of an experiment: how the job ended; a training that was asked to predict is settled.
import { collectTrial } from "../../lib/core/steps/experiment/trial.ts";
import type { ExperimentInput } from "../../lib/core/steps/types.ts";
import { clock, costs, stores } from "../ports.ts";
import { jobStep } from "../step.ts";

export const handler = jobStep(
  "",
  (job, input) => {
    const { Error: name, Cause = "" } = input.job ?? {};
    const caught = name === undefined ? undefined : { Error: name, Cause };
    return collectTrial(job, input as ExperimentInput, caught, { stores, clock, costs });
  },
  { seconds: ({ seconds }) => seconds, isDone: ({ done }) => done },
);
