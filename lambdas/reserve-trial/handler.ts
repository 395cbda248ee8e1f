// The state Reserve of `experiment`: the first training that is not done, and what it may cost at most.
import { reserveTrial } from "../../lib/core/steps/experiment/trial.ts";
import type { ExperimentInput, TrialReservation } from "../../lib/core/steps/types.ts";
import { clock, costs, ids, prices, stores } from "../ports.ts";
import { step } from "../step.ts";

export const handler = step<TrialReservation>(
  "Reserve",
  (input) => reserveTrial(input as ExperimentInput, { stores, clock, ids, prices, costs }),
  // A lap that is not the last is kept by its training's record.
  { perAttempt: true, isDone: (output) => output.outcome !== "reserved" || output.done },
);
