// bobbin cancel: settles a run that stopped and frees what it holds.
import type { Context } from "../context.ts";
import { openPipeline } from "../context.ts";
import { answerRun } from "../run-answer.ts";

export async function cancel(context: Context, [runId]: readonly [string]): Promise<number> {
  const pipeline = await openPipeline(context);
  return answerRun(context, pipeline, await pipeline.cancel(runId));
}
