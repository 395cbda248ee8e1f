// bobbin ablate and bobbin grouped-cv: many trainings, and no release.
import { BobbinError } from "../../contracts/errors.ts";
import { type ExperimentRequest, experimentRequest } from "../../contracts/experiment.ts";
import type { Recipe } from "../../contracts/recipe.ts";
import type { RunRequest } from "../../contracts/run.ts";
import { armsOf } from "../../core/steps/experiment/plan.ts";
import type { Context } from "../context.ts";
import { exportAt } from "../export-path.ts";
import { checkRecipe, loadProject, type Project } from "../project.ts";
import { runHere } from "../run-here.ts";

interface ExperimentOptions {
  readonly device?: RunRequest["device"];
  readonly recipe?: string;
  readonly names?: string;
}

type Scalar = Recipe["args"][string];

/** As JSON has it, so that 0.5, true and null are no texts; everything else is one. */
function scalarOf(text: string): Scalar {
  if (text === "true" || text === "false") return text === "true";
  if (text === "null") return null;
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

function usage(problem: string, command: string): BobbinError {
  return new BobbinError("UsageWrong", { problem, command });
}

function varied(text: string): { argument: string; values: Scalar[] } {
  const [argument = "", list = ""] = text.split(/=(.*)/s);
  const values = list.split(",").map((value) => scalarOf(value.trim()));
  if (argument === "seed") throw usage("--vary seed: the seeds are what --seeds is for.", "ablate");
  if (argument === "" || values.length < 2 || new Set(values).size < values.length) {
    throw usage(`--vary ${text}: wanted an argument and two values or more, each once, as in fliplr=0,0.5.`, "ablate");
  }
  return { argument, values };
}

function wholeNumber(text: string, option: string, command: string): number {
  if (!/^\d{1,3}$/.test(text)) throw usage(`${option} ${text}: wanted a whole number.`, command);
  return Number(text);
}

/** A named error before anything is started, where an arm has an argument that no training takes. */
async function start(
  context: Context,
  path: string,
  asked: ExperimentRequest,
  { device, recipe, names }: ExperimentOptions,
): Promise<number> {
  const command = asked.kind === "ablate" ? "ablate" : "grouped-cv";
  const parsed = experimentRequest.safeParse(asked);
  if (!parsed.success) throw usage(parsed.error.issues.map(({ message }) => message).join("; "), command);
  if (context.stack !== null) {
    const { startInStack } = await import("../start-in-stack.ts");
    const check = (pushed: Pick<Project, "config" | "recipe">) => checkArms(pushed, asked);
    const wanted = { machine: "experiment", command, experiment: asked, check } as const;
    return startInStack(context, path, wanted, { device, names, recipe });
  }
  const location = exportAt(path);
  const project = await loadProject(context.configFile, recipe);
  checkArms(project, asked);
  const request = { machine: "experiment", experiment: asked, device: device ?? "cpu", names } as const;
  return runHere(context, location, project, request);
}

function checkArms(project: Pick<Project, "config" | "recipe">, asked: ExperimentRequest): void {
  for (const { args } of armsOf(asked)) checkRecipe(project, args);
}

export async function ablate(
  context: Context,
  [path]: readonly [string],
  options: ExperimentOptions & { readonly vary: readonly string[]; readonly seeds: string },
): Promise<number> {
  const vary = options.vary.map(varied);
  if (new Set(vary.map(({ argument }) => argument)).size < vary.length) {
    throw usage("--vary: an argument was named twice.", "ablate");
  }
  const seeds = wholeNumber(options.seeds, "--seeds", "ablate");
  return start(context, path, { kind: "ablate", vary, seeds }, options);
}

export async function groupedCv(
  context: Context,
  [path]: readonly [string],
  options: ExperimentOptions & { readonly folds: string },
): Promise<number> {
  const folds = wholeNumber(options.folds, "--folds", "grouped-cv");
  return start(context, path, { kind: "grouped-cv", folds }, options);
}
