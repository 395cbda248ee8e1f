// The state Reserve: what will be trained, under which number, and what it may cost at most.
import type { RunRequest } from "../../lib/contracts/run.ts";
import { measuredFor } from "../../lib/core/registry/measurements.ts";
import { reserve } from "../../lib/core/steps/reserve.ts";
import type { ReserveOutput } from "../../lib/core/steps/types.ts";
import { clock, prices, stores, trainer } from "../ports.ts";
import { step } from "../step.ts";

const measured = (request: RunRequest, base: string) => measuredFor(request, base, stores.data);

export const handler = step<ReserveOutput>(
  "Reserve",
  (input) => reserve(input, { stores, clock, prices, trainer, measured }),
  { perAttempt: true },
);
