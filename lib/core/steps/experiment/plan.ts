// The plan of an experiment: which trainings, on which groups, with which arguments. Made once; what follows only works it off.
import { createHash } from "node:crypto";
import type { Part } from "../../../contracts/common.ts";
import type { ManifestLine } from "../../../contracts/dataset.ts";
import { BobbinError } from "../../../contracts/errors.ts";
import {
  type ExperimentPlan,
  type ExperimentRequest,
  experimentPlan,
  type Trial,
  type TrialRecord,
  trialRecord,
} from "../../../contracts/experiment.ts";
import { dataKeys } from "../../../contracts/layout.ts";
import type { Recipe } from "../../../contracts/recipe.ts";
import type { RunRequest } from "../../../contracts/run.ts";
import { digestOf } from "../../config/canonical.ts";
import { ruleText } from "../../dataset/group-rule/rule-text.ts";
import { readStaged } from "../../dataset/ingest/staged.ts";
import { jsonLinesBytes, lineText } from "../../dataset/manifest-lines.ts";
import { planVersion } from "../../dataset/manifest-plan.ts";
import { latestVersion } from "../../dataset/manifest-version.ts";
import { jsonLines, throughHash } from "../../evaluation/json-lines.ts";
import type { Ids, ObjectStore } from "../../ports.ts";
import { createOnce, findDocument, readDocument } from "../../registry/cas.ts";
import { writeOnce } from "../../registry/write-once.ts";
import { foldsOf } from "../../split/folds.ts";
import { baseOf } from "../reserve.ts";

export const experimentOf = ({ experiment, runId }: RunRequest): ExperimentRequest => {
  if (experiment !== undefined) return experiment;
  throw new BobbinError("ObjectCorrupt", { key: dataKeys.request(runId), problem: "it asks for no experiment" });
};

/** Every combination of the values, the first of each argument first. */
export function armsOf(experiment: ExperimentRequest): ExperimentPlan["arms"] {
  if (experiment.kind === "grouped-cv") return [{ name: "as the recipe says", args: {} }];
  const combined = experiment.vary.reduce<Record<string, string | number | boolean | null>[]>(
    (some, { argument, values }) => some.flatMap((args) => values.map((value) => ({ ...args, [argument]: value }))),
    [{}],
  );
  return combined.map((args) => ({
    args,
    name: Object.entries(args)
      .map(([argument, value]) => `${argument} ${value}`)
      .join(", "),
  }));
}

/** The recipe of a trial: the same for every seed and arm but in what is varied. */
export function trialRecipe(recipe: Recipe, plan: Pick<ExperimentPlan, "arms">, { arm, seed }: Trial): Recipe {
  return { ...recipe, args: { ...recipe.args, ...plan.arms[arm]?.args, seed } };
}

/** Its own request: the run's, with the trial's recipe, under the trial's id. */
export function trialRequest(request: RunRequest, plan: ExperimentPlan, trial: Trial): RunRequest {
  const recipe = trialRecipe(request.recipe, plan, trial);
  return { ...request, runId: trial.id, recipe, recipeSha256: digestOf(recipe) };
}

function trialsOf(experiment: ExperimentRequest, arms: number, seed: number, ids: Ids): Trial[] {
  if (experiment.kind === "grouped-cv") {
    return Array.from({ length: experiment.folds }, (_, fold) => ({ id: ids.next(), arm: 0, seed, fold }));
  }
  return Array.from({ length: experiment.seeds }, (_, i) =>
    Array.from({ length: arms }, (__, arm) => ({ id: ids.next(), arm, seed: seed + i, fold: null })),
  ).flat();
}

/**
 * The data a run would train on, split as a run would split it; nothing of it becomes a dataset version.
 * @throws BaseWeightsMissing, TooFewGroups and the other errors of a split
 */
export async function makePlan(request: RunRequest, data: ObjectStore, ids: Ids): Promise<ExperimentPlan> {
  const { runId, config, groupTable, mode, recipe } = request;
  const key = dataKeys.experiment(runId, "plan.json");
  const there = await findDocument(data, key, experimentPlan);
  if (there !== null) return there.value;
  const base = await baseOf(config.architecture, data);
  const previous = await latestVersion(data, config.dataset);
  const { findings } = await readStaged(data, runId);
  const incoming = findings.decodedFrames();
  const { lines, split } = planVersion({ config, groupTable, mode, incoming, previous, version: "d1" });
  const experiment = experimentOf(request);
  const sharing = { seed: config.split.seed, rule: ruleText(config.groupRule) };
  const folds =
    experiment.kind === "grouped-cv" ? sharedOut(lines, split.partOf, { folds: experiment.folds, ...sharing }) : {};
  const bytes = () => jsonLinesBytes(lines.map(lineText));
  const { sha256 } = await writeOnce(data, dataKeys.experiment(runId, "frames.jsonl"), bytes);
  const arms = armsOf(experiment);
  const seed = typeof recipe.args.seed === "number" ? recipe.args.seed : 0;
  return createOnce(data, key, experimentPlan, {
    schema: "bobbin/experiment-plan/1",
    runId,
    experiment,
    base: { name: base.name, sha256: base.sha256, official: base.official },
    framesSha256: sha256,
    parts: Object.fromEntries(split.partOf),
    folds,
    arms,
    trials: trialsOf(experiment, arms.length, seed, ids),
  });
}

/** All groups but those that are reserved by name. @throws TooFewGroups */
function sharedOut(
  lines: readonly ManifestLine[],
  partOf: ReadonlyMap<string, Part>,
  { folds, seed, rule }: { readonly folds: number; readonly seed: number; readonly rule: string },
): Record<string, number> {
  const frames = new Map<string, number>();
  for (const { group, labelled } of lines) {
    if (labelled && partOf.get(group) !== "deployment") frames.set(group, (frames.get(group) ?? 0) + 1);
  }
  if (frames.size < folds) throw new BobbinError("TooFewGroups", { found: frames.size, wanted: folds, rule });
  return Object.fromEntries(foldsOf(frames, folds, seed));
}

export async function readPlan(runId: string, data: ObjectStore): Promise<ExperimentPlan> {
  return (await readDocument(data, dataKeys.experiment(runId, "plan.json"), experimentPlan)).value;
}

/** What was written down of each trial; null where it is not done. */
export async function readTrials(plan: ExperimentPlan, data: ObjectStore): Promise<readonly (TrialRecord | null)[]> {
  const records: (TrialRecord | null)[] = [];
  for (const number of plan.trials.keys()) {
    records.push((await findDocument(data, dataKeys.trial(plan.runId, number), trialRecord))?.value ?? null);
  }
  return records;
}

/** The frames, checked against the plan's digest. */
export async function readLines(plan: ExperimentPlan, data: ObjectStore): Promise<readonly ManifestLine[]> {
  const key = dataKeys.experiment(plan.runId, "frames.jsonl");
  const hash = createHash("sha256");
  const lines: ManifestLine[] = [];
  for await (const { value } of jsonLines({ key, bytes: throughHash(data.stream(key), hash) }))
    lines.push(value as ManifestLine);
  const found = hash.digest("hex");
  if (found === plan.framesSha256) return lines;
  throw new BobbinError("ObjectCorrupt", {
    key,
    problem: `its SHA-256 is ${found}, the plan says ${plan.framesSha256}`,
  });
}

/**
 * The part of each group in one trial. Of an ablation as in a run, with test and deployment left out: val decides. Of a fold: the
 * fold itself is `test`, the next one `val`, all others train.
 */
export function partsOfTrial(plan: ExperimentPlan, { fold }: Trial): ReadonlyMap<string, Part> {
  if (fold === null) {
    const used = Object.entries(plan.parts).filter(([, part]) => part === "train" || part === "val");
    return new Map(used);
  }
  const folds = Math.max(...Object.values(plan.folds)) + 1;
  const partOf = (own: number): Part => (own === fold ? "test" : own === (fold + 1) % folds ? "val" : "train");
  return new Map(Object.entries(plan.folds).map(([group, own]) => [group, partOf(own)]));
}
