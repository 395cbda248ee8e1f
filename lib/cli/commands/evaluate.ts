// bobbin evaluate: a release on other labelled frames. Frames it may have seen in training are named and scored apart.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { BobbinError } from "../../contracts/errors.ts";
import type { RunRequest } from "../../contracts/run.ts";
import { openEvaluator } from "../../local/evaluate.ts";
import { classNames } from "../class-names.ts";
import type { Context } from "../context.ts";
import { evaluationAnswer, evaluationLines } from "../evaluate-answer.ts";
import { trainerFolder } from "../paths.ts";
import { loadProject } from "../project.ts";
import { findRelease } from "../releases.ts";

interface EvaluateOptions {
  readonly on: string;
  readonly device: RunRequest["device"];
  readonly names?: string;
}

const interruptedExit = 130;

/** @throws ReleaseMissing, ExportMissing, TrainerMissing, EvaluationImpossible and the errors that refuse an export */
export async function evaluate(
  context: Context,
  [version]: readonly [string],
  { on, device, names }: EvaluateOptions,
): Promise<number> {
  const location = resolve(on);
  if (!existsSync(location)) throw new BobbinError("ExportMissing", { path: on });
  const { store, env, signal, out, configFile } = context;
  const evaluator = openEvaluator({ store, env, trainer: trainerFolder(), sink: out.events, signal });
  const release = await findRelease(evaluator.stores.registry, version, configFile);
  const today = existsSync(configFile) ? await loadProject(configFile) : null;
  try {
    const evaluated = await evaluator.evaluate({ release, location, device, today, names: classNames(names) });
    const answer = evaluationAnswer(store, version, evaluated);
    out.answer(answer, () => evaluationLines(answer, evaluated));
    return 0;
  } catch (error) {
    // Told to stop, the store and the trainer each end in a way of their own; there is nothing to resume.
    if (!signal.aborted) throw error;
    out.say("Interrupted; nothing was evaluated. Start it again when you like.");
    return interruptedExit;
  }
}
