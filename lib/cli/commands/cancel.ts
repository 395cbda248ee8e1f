// bobbin cancel: settles a run that stopped and frees what it holds; in a stack it stops the run and its job first.
import type { Context } from "../context.ts";
import { openPipeline, openStack } from "../context.ts";
import { answerRun } from "../run-answer.ts";

export async function cancel(context: Context, [runId]: readonly [string]): Promise<number> {
  if (context.stack !== null) {
    const account = await openStack(context);
    return answerRun(context, account, await account.cancel(runId));
  }
  const pipeline = await openPipeline(context);
  return answerRun(context, pipeline, await pipeline.cancel(runId));
}
