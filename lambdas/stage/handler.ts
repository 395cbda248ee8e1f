// The states StageTrain and StagePredict of every machine: what a job needs, written where its machine will look; nothing is started here.
import { stageJob } from "../../lib/core/steps/cloud-job.ts";
import { clock, patience, stores } from "../ports.ts";
import { jobStep } from "../step.ts";

/** Not kept in the journal: each start of a job has a deadline of its own. */
export const handler = jobStep(
  "Stage",
  (kind, input, { machine }) => stageJob({ machine, kind }, input, { stores, clock, patience }),
  { isDone: () => false },
);
