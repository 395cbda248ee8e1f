// Runs a machine on an export with the trainer of this computer: `run`, `measure`, `ablate` and `grouped-cv`.
import type { NewRun } from "../local/pipeline.ts";
import { classNames } from "./class-names.ts";
import { type Context, openPipeline } from "./context.ts";
import type { Project } from "./project.ts";
import { answerRun } from "./run-answer.ts";

type Asked = Pick<NewRun, "device"> &
  Partial<Omit<NewRun, "names" | "source">> & { readonly names?: string | undefined };

/** @param asked what a person said; the rest is as for a first upload */
export async function runHere(
  context: Context,
  location: string,
  project: Project,
  { names, ...asked }: Asked,
): Promise<number> {
  const pipeline = await openPipeline(context);
  const request: NewRun = {
    ...project,
    source: { location, versionId: null, sha256: null },
    mode: "merge",
    retrain: "now",
    decode: true,
    ...asked,
    names: classNames(names) ?? project.config.names ?? null,
  };
  const started = (runId: string) => context.out.say(`Run ${runId}`);
  return answerRun(context, pipeline, await pipeline.run(request, { signal: context.signal, started }));
}
