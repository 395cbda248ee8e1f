// The machines that this machine runs.

import { experimentMachine } from "../workflow/experiment.ts";
import type { Machine } from "../workflow/machine.ts";
import { measureMachine } from "../workflow/measure.ts";
import { trainMachine } from "../workflow/train.ts";
import type { LocalStep } from "./steps.ts";

export const localMachines = {
  train: trainMachine,
  measure: measureMachine,
  experiment: experimentMachine,
} satisfies Readonly<Record<string, Machine<string, LocalStep>>>;
export type LocalMachine = keyof typeof localMachines;
