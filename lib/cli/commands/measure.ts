// bobbin measure: the off-the-shelf model on labelled frames, before anything is trained.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { BobbinError } from "../../contracts/errors.ts";
import type { RunRequest } from "../../contracts/run.ts";
import { classNames } from "../class-names.ts";
import type { Context } from "../context.ts";
import { openPipeline } from "../context.ts";
import { loadProject } from "../project.ts";
import { answerRun } from "../run-answer.ts";

interface MeasureOptions {
  readonly device: RunRequest["device"];
  readonly names?: string;
}

export async function measure(
  context: Context,
  [path]: readonly [string],
  { device, names }: MeasureOptions,
): Promise<number> {
  if (context.stack !== null) {
    const problem = `It measures with the trainer of this machine, and ${context.options.store} is a stack.`;
    throw new BobbinError("UsageWrong", { problem, command: "measure" });
  }
  const location = resolve(path);
  if (!existsSync(location)) throw new BobbinError("ExportMissing", { path });
  const project = await loadProject(context.configFile);
  const pipeline = await openPipeline(context);
  const record = await pipeline.run(
    {
      ...project,
      machine: "measure",
      source: { location, versionId: null, sha256: null },
      mode: "merge",
      retrain: "now",
      device,
      decode: true,
      names: classNames(names) ?? project.config.names ?? null,
    },
    { signal: context.signal, started: (runId) => context.out.say(`Run ${runId}`) },
  );
  return answerRun(context, pipeline, record);
}
