// Why the guard is called, from the event that calls it.
import { cancelledError, endedExecution, topicMessage } from "../../lib/contracts/cloud-run.ts";
import type { Call } from "../../lib/core/guard/guard.ts";
import type { ExecutionId } from "../../lib/core/ports.ts";
import { runOf } from "../../lib/core/steps/cloud-run.ts";
import { executions } from "../ports.ts";
import { cutOffTopic } from "./ports.ts";

/** Nothing to say where the schedule calls, or a job has changed: then all is looked at. */
export async function callOf(event: unknown): Promise<Call> {
  const message = topicMessage.safeParse(event);
  if (message.success) return { alarm: message.data.Records.some(({ Sns }) => Sns.TopicArn === cutOffTopic) };
  const ended = endedExecution.safeParse(event);
  if (!ended.success) return {};
  const { executionArn, input } = ended.data.detail;
  const { runId, attempt, machine, upload } = runOf(JSON.parse(input ?? "{}"), executionArn);
  const cancelled = await wasCancelled({ machine, name: executionArn.split(":").at(-1) ?? "" });
  return { ended: { runId, attempt, cancelled, ...(upload === null ? {} : { upload }) } };
}

/** The event says that an execution was stopped, its history by whom. */
async function wasCancelled(id: ExecutionId): Promise<boolean> {
  let last: string | undefined;
  for await (const { error } of executions.history(id)) last = error?.name;
  return last === cancelledError;
}
