// bobbin measure: the off-the-shelf model on labelled frames, before anything is trained.
import type { RunRequest } from "../../contracts/run.ts";
import type { Context } from "../context.ts";
import { exportAt } from "../export-path.ts";
import { loadProject } from "../project.ts";
import { runHere } from "../run-here.ts";

interface MeasureOptions {
  readonly device?: RunRequest["device"];
  readonly names?: string;
}

export async function measure(
  context: Context,
  [path]: readonly [string],
  { device, names }: MeasureOptions,
): Promise<number> {
  if (context.stack !== null) {
    const { startInStack } = await import("../start-in-stack.ts");
    return startInStack(context, path, { machine: "measure", command: "measure" }, { device, names });
  }
  const location = exportAt(path);
  const asked = { machine: "measure", device: device ?? "cpu", names } as const;
  return runHere(context, location, await loadProject(context.configFile), asked);
}
