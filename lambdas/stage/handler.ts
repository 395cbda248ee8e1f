// The states StageTrain and StagePredict: what a job needs, written where its machine will look; nothing is started here.
import { stageJob } from "../../lib/core/steps/cloud-job.ts";
import { clock, patience, stores } from "../ports.ts";
import { jobStep } from "../step.ts";

/** Not kept in the journal: each start of a job has a deadline of its own. */
export const handler = jobStep("Stage", (job, input) => stageJob(job, input, { stores, clock, patience }), {
  isDone: () => false,
});
