// What an experiment found: of an ablation every arm against the first, of a grouped cross-validation every frame by the model that
// had not seen its group. Nothing is published.

import { BobbinError } from "../../../contracts/errors.ts";
import type { Comparison, ModelEvaluation } from "../../../contracts/evaluation.ts";
import type { ExperimentPlan, ExperimentResult, Trial, TrialRecord } from "../../../contracts/experiment.ts";
import { experimentResult } from "../../../contracts/experiment.ts";
import { predictResult } from "../../../contracts/job.ts";
import { dataKeys, type ExperimentFile } from "../../../contracts/layout.ts";
import { type RunRequest, runRequest } from "../../../contracts/run.ts";
import { compareArms } from "../../evaluation/arms.ts";
import { type Boxes, BoxesBuilder } from "../../evaluation/boxes.ts";
import {
  evaluate,
  evaluateAndCompare,
  judge,
  type ModelPredictions,
  partitionsOf,
  type Truth,
} from "../../evaluation/evaluate.ts";
import { jsonLines } from "../../evaluation/json-lines.ts";
import { isIgnoredTruth } from "../../evaluation/match.ts";
import { measureOfEndPoint } from "../../evaluation/measures.ts";
import { smallestP } from "../../evaluation/permutation.ts";
import { readPredictions } from "../../evaluation/read-predictions.ts";
import { readTruth } from "../../evaluation/read-truth.ts";
import type { ObjectStore, Stores } from "../../ports.ts";
import { documentBytes, readDocument } from "../../registry/cas.ts";
import { writeOnce } from "../../registry/write-once.ts";
import { isOfFrames } from "../../tasks.ts";
import { trainedClasses } from "../reserve.ts";
import type { ExperimentInput, ExperimentOutput } from "../types.ts";
import { partsOfTrial, readPlan, readTrials } from "./plan.ts";

/** What is drawn of an experiment; text of each file. */
export type ExperimentFiles = Readonly<
  Record<Extract<ExperimentFile, "report.html" | "table.csv" | "table.tex">, string>
>;

export interface CompareExperimentPorts {
  readonly stores: Stores;
  readonly draw: (result: ExperimentResult) => Promise<ExperimentFiles>;
}

interface Experiment {
  readonly runId: string;
  readonly request: RunRequest;
  readonly plan: ExperimentPlan;
  readonly records: readonly TrialRecord[];
  readonly data: ObjectStore;
}

export async function compareExperiment(
  { runId }: ExperimentInput,
  { stores: { data }, draw }: CompareExperimentPorts,
): Promise<ExperimentOutput> {
  const plan = await readPlan(runId, data);
  const { value: request } = await readDocument(data, dataKeys.request(runId), runRequest);
  const records = (await readTrials(plan, data)).flatMap((record) => (record === null ? [] : [record]));
  const experiment = { runId, request, plan, records, data };
  const result = experimentResult.parse(
    plan.experiment.kind === "ablate" ? await ablation(experiment) : await crossValidation(experiment),
  );
  for (const [name, text] of Object.entries(await draw(result))) {
    await writeOnce(data, dataKeys.experiment(runId, name as ExperimentFile), () => [Buffer.from(text)]);
  }
  const { sha256 } = await writeOnce(data, dataKeys.experiment(runId, "experiment.json"), () => [
    documentBytes(result),
  ]);
  return { summary: summaryOf(result), experimentSha256: sha256 };
}

const figure = (value: number | null) => (value === null ? "none" : value.toFixed(3));

export function summaryOf({ found, groups }: ExperimentResult): string {
  if (found.kind === "grouped-cv") {
    // A verdict would be about a model, and there is none here.
    const { candidate, reference, difference, interval, p } = found.comparison;
    // The comparison's own is about the classes that both models know.
    const own = found.models.find(({ role }) => role === "candidate")?.parts.test?.all;
    const measure = measureOfEndPoint(found.comparison.primary);
    const scored = measure === undefined ? null : (own?.[measure] ?? null);
    const sure = interval ? `, 95 % interval ${figure(interval.low)} to ${figure(interval.high)}` : "";
    const against =
      difference === null
        ? "there is nothing to compare it with"
        : `${candidate === scored ? "" : `on the classes that the off-the-shelf model knows, ${figure(candidate)}; there `}the off-the-shelf model has ${figure(reference)}: a difference of ${figure(difference)}${sure}${p === null ? "" : `, p = ${p < 0.001 ? p.toPrecision(2) : figure(p)}`}`;
    return `${found.folds.length} folds over ${groups} groups: ${found.comparison.primary} ${figure(scored)} on groups that were left out; ${against}.`;
  }
  const decided = found.arms.filter(({ corrected }) => corrected !== null && corrected <= 0.05);
  const names = decided.map(({ name, difference }) => `${name} (${figure(difference)})`).join("; ");
  return decided.length === 0
    ? `None of ${found.arms.length - 1} arms differs from ${found.arms[0]?.name} beyond chance, over ${groups} groups of val.`
    : `Against ${found.arms[0]?.name}, over ${groups} groups of val: ${names}.`;
}

async function truthOf(
  { plan, request, data, runId }: Experiment,
  isScored: (group: string) => boolean,
): Promise<Truth> {
  const key = dataKeys.experiment(runId, "frames.jsonl");
  return readTruth(
    { key, bytes: data.stream(key) },
    {
      config: request.config,
      classes: trainedClasses(request),
      partOf: ({ group }) => (isScored(group) && group in { ...plan.parts } ? "test" : undefined),
      attributes: request.groupTable.attributes,
    },
  );
}

function totals({ runId, request, plan, records }: Experiment, truth: Truth, createdAt: string) {
  let objects = 0;
  for (let row = 0; row < truth.boxes.count; row++) if (!isIgnoredTruth(truth.boxes, row)) objects++;
  const sum = (of: (record: TrialRecord) => number) => records.reduce((all, record) => all + of(record), 0);
  return {
    schema: "bobbin/experiment/1" as const,
    runId,
    createdAt,
    model: request.config.model,
    dataset: request.config.dataset,
    configSha256: request.configSha256,
    recipe: { name: request.recipe.name, sha256: request.recipeSha256 },
    framesSha256: plan.framesSha256,
    primary: request.config.gates.primary,
    frames: truth.frames.length,
    objects,
    groups: new Set(truth.frames.map(({ group }) => group)).size,
    seconds: sum(({ trainSeconds, predictSeconds }) => trainSeconds + predictSeconds),
    settled: sum(({ settled }) => settled),
  };
}

/** No clock: it is of the moment its last prediction was made. */
async function lastPrediction({ plan, data }: Experiment): Promise<{ endedAt: string; maxDetections: number }> {
  let endedAt = "";
  let maxDetections = 0;
  for (const { id } of plan.trials) {
    const { value } = await readDocument(data, dataKeys.result(id, "predict"), predictResult);
    if (value.endedAt > endedAt) endedAt = value.endedAt;
    maxDetections = value.protocol.maxDetections;
  }
  return { endedAt, maxDetections };
}

/** The same frames under other parts, as a trial's own predictions know them. */
function underParts(truth: Truth, part: "val" | "test"): Truth {
  return { ...truth, frames: truth.frames.map((frame) => ({ ...frame, part })) };
}

async function boxesOf(trial: Trial, truth: Truth, roles: readonly ("candidate" | "base")[], data: ObjectStore) {
  const key = dataKeys.predictions(trial.id);
  return readPredictions({ key, bytes: data.stream(key) }, truth, roles);
}

const boxesNamed = (boxes: ReadonlyMap<string, Boxes>, role: string, trial: Trial): Boxes => {
  const found = boxes.get(role);
  if (found !== undefined) return found;
  throw new BobbinError("ObjectCorrupt", { key: dataKeys.predictions(trial.id), problem: `nothing of ${role}` });
};

function candidate(boxes: Boxes, sha256: string, threshold: number | null): ModelPredictions {
  return { role: "candidate", name: "candidate", sha256, unknownClasses: [], boxes, threshold };
}

async function ablation(experiment: Experiment): Promise<ExperimentResult> {
  const { plan, request, records, data } = experiment;
  const truth = underParts(await truthOf(experiment, (group) => plan.parts[group] === "val"), "test");
  const { endedAt, maxDetections } = await lastPrediction(experiment);
  const scored = await Promise.all(
    records.map(async ({ trial, weightsSha256 }) => {
      const boxes = boxesNamed(await boxesOf(trial, truth, ["candidate"], data), "candidate", trial);
      const model = candidate(boxes, weightsSha256, null);
      const [report] = evaluate(truth, [model], { maxDetections });
      return {
        trial,
        all: report?.parts.test?.all,
        compared: { role: "candidate" as const, ...judge(truth, model, maxDetections) },
      };
    }),
  );
  const ofArm = (arm: number) => scored.filter(({ trial }) => trial.arm === arm);
  const { primary } = request.config.gates;
  const groups = partitionsOf(truth, "test").groups;
  const classes = labelledClasses(truth);
  const findings = compareArms({
    truth,
    groups,
    arms: plan.arms.map((_, arm) => ofArm(arm).map(({ compared }) => compared)),
    classes,
    primary,
    seed: request.config.split.seed,
  });
  const arms = plan.arms.map((arm, i) => ({
    ...arm,
    mAP50: ofArm(i).map(({ all }) => all?.mAP50 ?? null),
    "mAP50-95": ofArm(i).map(({ all }) => all?.["mAP50-95"] ?? null),
    ...(isOfFrames(request.config.task) ? { top1: ofArm(i).map(({ all }) => all?.top1 ?? null) } : {}),
    ...(findings[i] as (typeof findings)[number]),
  }));
  const least = groups.names.length === 0 ? null : smallestP(groups.names.length);
  return { ...totals(experiment, truth, endedAt), found: { kind: "ablate", smallestP: least, arms } };
}

function labelledClasses({ boxes, classes }: Truth): readonly number[] {
  const there = new Set<number>();
  for (let row = 0; row < boxes.count; row++) if (!isIgnoredTruth(boxes, row)) there.add(boxes.classes[row] as number);
  return classes.flatMap((_, klass) => (there.has(klass) ? [klass] : []));
}

interface Fold {
  readonly trial: Trial;
  /** Of val and the fold that was left out. */
  readonly truth: Truth;
  readonly own: ModelPredictions;
  readonly base: Boxes;
  readonly unknown: readonly string[];
  readonly report: ModelEvaluation;
}

async function foldOf(
  experiment: Experiment,
  { trial, weightsSha256 }: TrialRecord,
  maxDetections: number,
): Promise<Fold> {
  const { plan, data } = experiment;
  const parts = partsOfTrial(plan, trial);
  const whole = await truthOf(experiment, (group) => parts.get(group) === "test" || parts.get(group) === "val");
  const frames = whole.frames.map((frame) => ({
    ...frame,
    part: parts.get(frame.group) === "val" ? ("val" as const) : ("test" as const),
  }));
  const truth = { ...whole, frames };
  const boxes = await boxesOf(trial, truth, ["candidate", "base"], data);
  const { value: result } = await readDocument(data, dataKeys.result(trial.id, "predict"), predictResult);
  const { threshold: _, ...own } = candidate(boxesNamed(boxes, "candidate", trial), weightsSha256, null);
  const [report] = evaluate(truth, [own], { maxDetections }) as readonly [ModelEvaluation];
  const unknown = result.unknownClasses.base ?? [];
  return { trial, truth, own, base: boxesNamed(boxes, "base", trial), unknown, report };
}

/** The verdict of a comparison is about a model; here it is about the recipe that made them all. */
function ofRecipe({ verdict, reason, ...comparison }: Comparison) {
  const verdicts = { promote: "better", hold: "not-better", inconclusive: "inconclusive" } as const;
  // What comes after the word for the verdict.
  const why = reason.slice(reason.indexOf(": ") + 2);
  return { comparison: { ...comparison, reason: why }, verdict: verdicts[verdict] };
}

/** Each frame as the fold that left it out saw it. */
function outOfFold(truth: Truth, folds: readonly Fold[], of: (fold: Fold) => Boxes): Boxes {
  const placed = new Map<string, readonly [Boxes, number]>();
  for (const fold of folds) {
    for (const [place, { name, part }] of fold.truth.frames.entries()) {
      if (part === "test") placed.set(name, [of(fold), place]);
    }
  }
  const builder = new BoxesBuilder(truth.frames.length);
  for (const [frame, { name }] of truth.frames.entries()) {
    builder.begin(frame);
    const [boxes, place] = placed.get(name) ?? [null, 0];
    if (boxes === null) continue;
    for (let row = boxes.starts[place] as number; row < (boxes.ends[place] as number); row++) {
      const [x, y, width, height] = [0, 1, 2, 3].map((i) => boxes.sides[4 * row + i] as number) as [
        number,
        number,
        number,
        number,
      ];
      builder.add([boxes.classes[row] as number, boxes.scores[row] as number, x, y, x + width, y + height]);
    }
  }
  return builder.done();
}

/** The lines of the folds, each frame once: what a reader needs to do it all again. */
async function keepPredictions({ runId, data }: Experiment, folds: readonly Fold[]): Promise<string> {
  const texts: string[] = [];
  for (const { trial } of folds) {
    const key = dataKeys.predictions(trial.id);
    for await (const { value } of jsonLines({ key, bytes: data.stream(key) })) {
      if ((value as { part?: unknown }).part === "test") texts.push(`${JSON.stringify(value)}\n`);
    }
  }
  const key = dataKeys.experiment(runId, "predictions.jsonl");
  return (await writeOnce(data, key, () => texts.map((text) => Buffer.from(text)))).sha256;
}

async function crossValidation(experiment: Experiment): Promise<ExperimentResult> {
  const { plan, request, records } = experiment;
  const { endedAt, maxDetections } = await lastPrediction(experiment);
  const folds: Fold[] = [];
  for (const record of records) folds.push(await foldOf(experiment, record, maxDetections));
  const truth = underParts(await truthOf(experiment, (group) => plan.folds[group] !== undefined), "test");
  const predictionsSha256 = await keepPredictions(experiment, folds);
  const { gates, split } = request.config;
  // Each fold has a confidence of its own; over all folds there is none, so precision and recall stand by fold alone.
  const models: ModelPredictions[] = [
    {
      ...candidate(
        outOfFold(truth, folds, ({ own }) => own.boxes),
        predictionsSha256,
        null,
      ),
      name: "out of fold",
    },
    {
      role: "base",
      name: plan.base.name,
      sha256: plan.base.sha256,
      unknownClasses: folds[0]?.unknown ?? [],
      boxes: outOfFold(truth, folds, ({ base }) => base),
      threshold: null,
    },
  ];
  const { minRecall: _, ...asked } = gates;
  const found = evaluateAndCompare(truth, models, { maxDetections, gates: asked, seed: split.seed });
  return {
    ...totals(experiment, truth, endedAt),
    found: {
      kind: "grouped-cv",
      folds: folds.map(({ trial, report }) => {
        const { test } = report.parts;
        return {
          fold: trial.fold ?? 0,
          groups: Object.keys(test?.groups ?? {}).length,
          frames: test?.all.frames ?? 0,
          mAP50: test?.all.mAP50 ?? null,
          "mAP50-95": test?.all["mAP50-95"] ?? null,
          ...(test?.all.top1 === undefined ? {} : { top1: test.all.top1 }),
          recall: test?.all.recall ?? null,
        };
      }),
      models: [...found.models],
      ...ofRecipe(found.comparison),
      predictionsSha256,
    },
  };
}
