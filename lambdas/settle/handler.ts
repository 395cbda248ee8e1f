// The state Settle; and, called by the schedule or at the end of an execution, whoever settles for runs that died.
import { ulid } from "ulid";
import { endedExecution, functionCall } from "../../lib/contracts/cloud-run.ts";
import { runOf } from "../../lib/core/steps/cloud-run.ts";
import { lookAfter } from "../../lib/core/steps/look-after.ts";
import { type SettlePorts, settleRun } from "../../lib/core/steps/settle.ts";
import type { SettleOutput } from "../../lib/core/steps/types.ts";
import { clock, executions, requests, stores } from "../ports.ts";
import { step } from "../step.ts";

const ports: SettlePorts = {
  stores,
  requests,
  clock,
  ids: { next: () => ulid() },
  // Nobody has proof yet of what a job cost: the worst case stands.
  costs: { of: async () => null },
  start: async ({ runId, location, versionId }) => {
    if (versionId === null) throw new RangeError(`${location} waits without a version`);
    const upload = { location, versionId };
    await executions.start({ machine: "train", name: `${runId}-1` }, { runId, attempt: 1, upload });
  },
};

const settle = step<SettleOutput>("Settle", (input) => settleRun(input, ports), { perAttempt: true });

export function handler(call: unknown): Promise<SettleOutput | null> {
  if (functionCall.safeParse(call).success) return settle(call);
  return lookAfter(endedRun(call), { ...ports, executions });
}

/** The run whose execution has ended; null where the schedule calls. */
function endedRun(call: unknown): string | null {
  const ended = endedExecution.safeParse(call);
  if (!ended.success) return null;
  const { executionArn, input } = ended.data.detail;
  return runOf(JSON.parse(input ?? "{}"), executionArn).runId;
}
