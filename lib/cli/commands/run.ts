// bobbin run: the whole machine on one export.

import { optionalTerms } from "../../core/steps/cloud-run.ts";
import { commitOf } from "../../local/export-source/open.ts";
import type { Context } from "../context.ts";
import { openStack } from "../context.ts";
import { interruptedExit } from "../define.ts";
import { exportAt } from "../export-path.ts";
import { follow, runOfUpload } from "../follow.ts";
import { loadProject } from "../project.ts";
import { answerRun } from "../run-answer.ts";
import { runHere } from "../run-here.ts";

export interface RunOptions {
  readonly mode?: "merge" | "replace";
  readonly annotator?: string;
  readonly device: "cpu" | "cuda" | "mps";
  readonly decode: boolean;
  readonly recipe?: string;
  readonly names?: string;
  readonly override?: string;
}

export async function run(context: Context, [path]: readonly [string], options: RunOptions): Promise<number> {
  if (context.stack !== null) return runInStack(context, path, options);
  const location = exportAt(path);
  const project = await loadProject(context.configFile, options.recipe);
  const { device, decode, names } = options;
  const commit = await commitOf(location);
  const mode = options.mode ?? commit?.mode ?? "merge";
  const said = { annotator: commit?.annotator, override: commit?.override, ...optionalTerms(options) };
  return runHere(context, location, project, {
    mode,
    device,
    decode,
    names,
    ...optionalTerms(said),
  });
}

/** Uploads and follows; the stack goes on where this ends. */
async function runInStack(context: Context, path: string, options: RunOptions): Promise<number> {
  const { send } = await import("./upload.ts");
  const { mode } = options;
  const key = await send(context, path, { ...(mode === undefined ? {} : { mode }), ...optionalTerms(options) });
  context.out.say(`Uploaded as ${key}`);
  const account = await openStack(context);
  const runId = await runOfUpload(key, account, context.signal);
  if (runId === null) return interruptedExit;
  context.out.say(`Run ${runId}`);
  return answerRun(context, account, await follow(runId, account, context));
}
