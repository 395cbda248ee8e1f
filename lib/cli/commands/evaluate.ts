// bobbin evaluate: a release on other labelled frames. Frames it may have seen in training are named and scored apart.
import { existsSync } from "node:fs";
import type { RunRequest } from "../../contracts/run.ts";
import type { EvaluateReleaseInput } from "../../core/steps/evaluate-release.ts";
import { evaluateIn, inWorkplace, workInStore } from "../../local/evaluate.ts";
import { classNames } from "../class-names.ts";
import type { Context } from "../context.ts";
import { interruptedExit } from "../define.ts";
import { evaluationAnswer, evaluationLines } from "../evaluate-answer.ts";
import { evaluateInStack, type InStack } from "../evaluate-in-stack.ts";
import { exportAt } from "../export-path.ts";
import { trainerFolder } from "../paths.ts";
import { loadProject } from "../project.ts";
import { findRelease } from "../releases.ts";
import { storePaths } from "../store-paths.ts";

interface EvaluateOptions {
  readonly on: string;
  readonly device: RunRequest["device"];
  readonly names?: string;
  readonly fingerprint?: string;
}

/** @throws ReleaseMissing, ExportMissing, TrainerMissing, EvaluationImpossible and the errors that refuse an export */
export async function evaluate(
  context: Context,
  [version]: readonly [string],
  { on, device, names, fingerprint }: EvaluateOptions,
): Promise<number> {
  const location = exportAt(on);
  const { signal, out, configFile } = context;
  const today = existsSync(configFile) ? await loadProject(configFile) : null;
  const asked = { location, device, today, names: classNames(names) };
  try {
    const { evaluated, places } = await (context.stack === null
      ? evaluateHere(context, version, asked)
      : evaluateInStack(context, version, fingerprint, asked));
    const answer = evaluationAnswer(places, version, evaluated);
    out.answer(answer, () => evaluationLines(answer, evaluated));
    return 0;
  } catch (error) {
    // Told to stop, the store and the trainer each end in a way of their own; there is nothing to resume.
    if (!signal.aborted) throw error;
    out.say("Interrupted; nothing was evaluated. Start it again when you like.");
    return interruptedExit;
  }
}

async function evaluateHere(
  { store, env, signal, out, configFile }: Context,
  version: string,
  asked: Omit<EvaluateReleaseInput, "runId" | "release" | "joinStored">,
): Promise<InStack> {
  const workplace = await workInStore(store, env);
  return inWorkplace(workplace, signal, async () => {
    const release = await findRelease(workplace.stores.registry, version, configFile);
    const options = { env, signal, trainer: trainerFolder(), sink: out.events };
    const evaluated = await evaluateIn(workplace, { ...asked, release, joinStored: true }, options);
    const at = (file: "evaluation.json" | "report.html") => storePaths.extraEvaluation(store, evaluated.runId, file);
    return { evaluated, places: { evaluation: at("evaluation.json"), report: at("report.html") } };
  });
}
