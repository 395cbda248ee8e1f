// bobbin measure: the off-the-shelf model on labelled frames, before anything is trained.
import { BobbinError } from "../../contracts/errors.ts";
import type { RunRequest } from "../../contracts/run.ts";
import type { Context } from "../context.ts";
import { exportAt } from "../export-path.ts";
import { loadProject } from "../project.ts";
import { runHere } from "../run-here.ts";

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
  const location = exportAt(path);
  return runHere(context, location, await loadProject(context.configFile), { machine: "measure", device, names });
}
