// The state Compare of `experiment`: what the trainings found, with page and tables.
import { compareExperiment } from "../../lib/core/steps/experiment/compare.ts";
import type { ExperimentInput, ExperimentOutput } from "../../lib/core/steps/types.ts";
import { drawExperiment } from "../../lib/report/experiment.ts";
import { stores } from "../ports.ts";
import { step } from "../step.ts";

export const handler = step<ExperimentOutput>("Compare", (input) =>
  compareExperiment(input as ExperimentInput, { stores, draw: async (result) => drawExperiment(result) }),
);
