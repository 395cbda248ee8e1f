// The states that close Train and Predict of `train` and `measure`: how the job ended, in the trainer's own words, under the job's name in the journal.
import { collectJob } from "../../lib/core/steps/collect-job.ts";
import { stores } from "../ports.ts";
import { jobStep } from "../step.ts";

export const handler = jobStep(
  "",
  (job, { runId, job: said }) => {
    const { Error: name, Cause = "" } = said ?? {};
    return collectJob(job, runId, name === undefined ? undefined : { Error: name, Cause }, stores.data);
  },
  {
    seconds: ({ seconds }) => seconds,
  },
);
