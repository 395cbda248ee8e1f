// The state Settle: the one way out of the machine. Whoever died before it is settled for by the guard.
import { settleRun } from "../../lib/core/steps/settle.ts";
import type { SettleOutput } from "../../lib/core/steps/types.ts";
import { settling } from "../ports.ts";
import { step } from "../step.ts";

export const handler = step<SettleOutput>("Settle", (input) => settleRun(input, settling), { perAttempt: true });
