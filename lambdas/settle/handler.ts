// The state Settle; and, called by the schedule or at the end of an execution, whoever settles for runs that died.
import { ulid } from "ulid";
import { cancelledError, endedExecution, functionCall } from "../../lib/contracts/cloud-run.ts";
import { runOf } from "../../lib/core/steps/cloud-run.ts";
import { type EndedRun, lookAfter } from "../../lib/core/steps/look-after.ts";
import { type SettlePorts, settleRun } from "../../lib/core/steps/settle.ts";
import type { SettleOutput } from "../../lib/core/steps/types.ts";
import { clock, costs, executions, notifier, requests, stores } from "../ports.ts";
import { step } from "../step.ts";

const ports: SettlePorts = {
  stores,
  requests,
  clock,
  ids: { next: () => ulid() },
  costs,
  notifier,
  start: async ({ runId, location, versionId }) => {
    if (versionId === null) throw new RangeError(`${location} waits without a version`);
    const upload = { location, versionId };
    await executions.start({ machine: "train", name: `${runId}-1` }, { runId, attempt: 1, upload });
  },
};

const settle = step<SettleOutput>("Settle", (input) => settleRun(input, ports), { perAttempt: true });

export async function handler(call: unknown): Promise<SettleOutput | null> {
  if (functionCall.safeParse(call).success) return settle(call);
  return lookAfter(await endedRun(call), { ...ports, executions });
}

/** The run whose execution has ended; null where the schedule calls. */
async function endedRun(call: unknown): Promise<EndedRun | null> {
  const ended = endedExecution.safeParse(call);
  if (!ended.success) return null;
  const { executionArn, input } = ended.data.detail;
  const { runId, attempt, upload } = runOf(JSON.parse(input ?? "{}"), executionArn);
  const cancelled = await wasCancelled(executionArn.split(":").at(-1) ?? "");
  return { runId, attempt, cancelled, ...(upload === null ? {} : { upload }) };
}

/** The event says that an execution was stopped, its history by whom. */
async function wasCancelled(name: string): Promise<boolean> {
  let last: string | undefined;
  for await (const { error } of executions.history({ machine: "train", name })) last = error?.name;
  return last === cancelledError;
}
