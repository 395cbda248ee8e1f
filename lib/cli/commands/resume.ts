// bobbin resume: goes on with an interrupted or failed run, under the same run id.
import type { Context } from "../context.ts";
import { openPipeline } from "../context.ts";
import { answerRun } from "../run-answer.ts";

export async function resume(context: Context, [runId]: readonly [string]): Promise<number> {
  const pipeline = await openPipeline(context);
  return answerRun(context, pipeline, await pipeline.resume(runId, { signal: context.signal }));
}
