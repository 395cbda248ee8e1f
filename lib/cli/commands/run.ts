// bobbin run: the whole machine on one export.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { BobbinError } from "../../contracts/errors.ts";
import { commitOf } from "../../local/export-source/open.ts";
import { classNames } from "../class-names.ts";
import type { Context } from "../context.ts";
import { openPipeline, openStack } from "../context.ts";
import { interruptedExit } from "../define.ts";
import { follow, runOfUpload } from "../follow.ts";
import { loadProject } from "../project.ts";
import { answerRun } from "../run-answer.ts";

export interface RunOptions {
  readonly mode?: "merge" | "replace";
  readonly device: "cpu" | "cuda" | "mps";
  readonly decode: boolean;
  readonly recipe?: string;
  readonly names?: string;
  readonly override?: string;
}

export async function run(context: Context, [path]: readonly [string], options: RunOptions): Promise<number> {
  if (context.stack !== null) return runInStack(context, path, options);
  const location = resolve(path);
  if (!existsSync(location)) throw new BobbinError("ExportMissing", { path });
  const project = await loadProject(context.configFile, options.recipe);
  const pipeline = await openPipeline(context);
  const record = await pipeline.run(
    {
      ...project,
      source: { location, versionId: null, sha256: null },
      mode: options.mode ?? (await commitOf(location))?.mode ?? "merge",
      retrain: "now",
      device: options.device,
      decode: options.decode,
      names: classNames(options.names) ?? project.config.names ?? null,
      ...(options.override === undefined ? {} : { override: options.override }),
    },
    { signal: context.signal, started: (runId) => context.out.say(`Run ${runId}`) },
  );
  return answerRun(context, pipeline, record);
}

/** Uploads and follows; the stack goes on where this ends. */
async function runInStack(context: Context, path: string, options: RunOptions): Promise<number> {
  const { send } = await import("./upload.ts");
  const key = await send(context, path, options.mode === undefined ? {} : { mode: options.mode });
  context.out.say(`Uploaded as ${key}`);
  const account = await openStack(context);
  const runId = await runOfUpload(key, account, context.signal);
  if (runId === null) return interruptedExit;
  context.out.say(`Run ${runId}`);
  return answerRun(context, account, await follow(runId, account, context));
}
