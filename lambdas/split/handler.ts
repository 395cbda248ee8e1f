// The state Split: the next version of the data set, and which group is in which part.
import { split } from "../../lib/core/steps/split.ts";
import type { SplitOutput } from "../../lib/core/steps/types.ts";
import { clock, requests, stores } from "../ports.ts";
import { step } from "../step.ts";

export const handler = step<SplitOutput>("Split", (input) => split(input, { stores, requests, clock }));
