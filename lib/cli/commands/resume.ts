// bobbin resume: goes on with an interrupted or failed run, under the same run id.
import type { Context } from "../context.ts";
import { openPipeline, openStack } from "../context.ts";
import { follow } from "../follow.ts";
import { answerRun } from "../run-answer.ts";

export async function resume(context: Context, [runId]: readonly [string]): Promise<number> {
  if (context.stack !== null) {
    const account = await openStack(context);
    await account.resume(runId);
    return answerRun(context, account, await follow(runId, account, context));
  }
  const pipeline = await openPipeline(context);
  return answerRun(context, pipeline, await pipeline.resume(runId, { signal: context.signal }));
}
