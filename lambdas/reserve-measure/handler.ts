// The state Reserve of `measure`: which starting weights are measured, and what that may cost at most.
import { reserveMeasure } from "../../lib/core/steps/reserve-measure.ts";
import type { MeasureInput, MeasureReservation } from "../../lib/core/steps/types.ts";
import { clock, prices, stores } from "../ports.ts";
import { step } from "../step.ts";

export const handler = step<MeasureReservation>(
  "Reserve",
  (input) => reserveMeasure(input as MeasureInput, { stores, clock, prices }),
  { perAttempt: true },
);
