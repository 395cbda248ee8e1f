// The state NeedTraining: whether the off-the-shelf model is enough, with page, figure and tables.
import { needTraining } from "../../lib/core/steps/need-training.ts";
import type { MeasureInput, NeedTrainingOutput } from "../../lib/core/steps/types.ts";
import { drawMeasurement } from "../../lib/report/measurement.ts";
import { stores } from "../ports.ts";
import { step } from "../step.ts";

export const handler = step<NeedTrainingOutput>("NeedTraining", (input) =>
  needTraining(input as MeasureInput, { stores, draw: drawMeasurement }),
);
