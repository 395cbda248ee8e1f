// The state Compare: the same frames scored for every model, and what their difference means.
import { compare } from "../../lib/core/steps/compare.ts";
import type { CompareOutput } from "../../lib/core/steps/types.ts";
import { stores } from "../ports.ts";
import { step } from "../step.ts";

export const handler = step<CompareOutput>("Compare", (input) => compare(input, { stores }));
