// An experiment: the same training many times, with something varied or something left out. It makes no release.
import * as z from "zod";
import { count, document, isoTime, part, runId, sha256, slug } from "./common.ts";
import { endPoint } from "./config.ts";
import { comparison, modelEvaluation } from "./evaluation.ts";
import { scalar } from "./recipe.ts";

/** What a person asks for. */
export const experimentRequest = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("ablate"),
    /** Each argument with its values; the first value of each is what the others are compared with. */
    vary: z.array(z.strictObject({ argument: z.string().min(1), values: z.array(scalar).min(2) })).min(1),
    seeds: z.int().min(1).max(20),
  }),
  z.strictObject({ kind: z.literal("grouped-cv"), folds: z.int().min(3).max(50) }),
]);
export type ExperimentRequest = z.infer<typeof experimentRequest>;

/** How many trainings that is. */
export function trainingsOf(asked: ExperimentRequest): number {
  if (asked.kind === "grouped-cv") return asked.folds;
  return asked.vary.reduce((product, { values }) => product * values.length, asked.seeds);
}

const args = z.record(z.string(), scalar);
export const trial = z.strictObject({
  /** Its jobs and results lie under this run id, and the ledger knows it by it. */
  id: runId,
  /** Index into `arms`. */
  arm: count,
  seed: count,
  /** The fold that is left out; null in an ablation. */
  fold: count.nullable(),
});
export type Trial = z.infer<typeof trial>;

export const experimentPlan = document(
  "bobbin/experiment-plan/1",
  "runs/<id>/experiment/plan.json: every training of an experiment before the first is started.",
  z.strictObject({
    schema: z.literal("bobbin/experiment-plan/1"),
    runId,
    experiment: experimentRequest,
    base: z.strictObject({ name: z.string(), sha256, official: z.boolean() }),
    framesSha256: sha256,
    /** The split that a run would make; test and deployment are left alone by an ablation. */
    parts: z.record(z.string(), part),
    /** Fold of each group; empty in an ablation. */
    folds: z.record(z.string(), count),
    arms: z.array(z.strictObject({ name: z.string(), args })).min(1),
    trials: z.array(trial).min(1),
  }),
);
export type ExperimentPlan = z.infer<typeof experimentPlan>;

/** Written before a training promises anything: whoever meets its id in the ledger or in the queue finds the run. */
export const trialOwner = document(
  "bobbin/trial-owner/1",
  "runs/<trial's id>/trial.json: which experiment a training belongs to.",
  z.strictObject({ schema: z.literal("bobbin/trial-owner/1"), runId, number: count }),
);

/** Written when a training and its prediction are over and paid. */
export const trialRecord = document(
  "bobbin/trial/1",
  "runs/<id>/experiment/trial-<n>.json: one training of an experiment that is done and settled.",
  z.strictObject({
    schema: z.literal("bobbin/trial/1"),
    trial,
    promised: count,
    settled: count,
    trainSeconds: z.number(),
    predictSeconds: z.number(),
    weightsSha256: sha256,
    predictionsSha256: sha256,
  }),
);
export type TrialRecord = z.infer<typeof trialRecord>;

const limits = z.strictObject({ low: z.number(), high: z.number() });
const score = z.number().min(0).max(1).nullable();
export const armResult = z.strictObject({
  name: z.string(),
  args,
  /** mAP50 and mAP50-95 of each seed, in the order of the plan. */
  mAP50: z.array(score),
  "mAP50-95": z.array(score),
  /** In place of the two, for classify. */
  top1: z.array(score).optional(),
  /** Of the primary metric to the first arm, mean over seeds; null for the first arm. */
  difference: z.number().nullable(),
  /** Over groups; null where they are too few. */
  interval: limits.extend({ level: z.number() }).nullable(),
  /** The lowest and the highest group, and the lowest and the highest seed: no intervals. */
  rangeOfGroups: limits.nullable(),
  rangeOfSeeds: limits.nullable(),
  p: z.number().nullable(),
  /** By Holm, for all arms. */
  corrected: z.number().nullable(),
});
export type ArmResult = z.infer<typeof armResult>;

export const experimentResult = document(
  "bobbin/experiment/1",
  "runs/<id>/experiment/experiment.json: what an ablation or a grouped cross-validation found.",
  z.strictObject({
    schema: z.literal("bobbin/experiment/1"),
    runId,
    createdAt: isoTime,
    model: slug,
    dataset: slug,
    configSha256: sha256,
    recipe: z.strictObject({ name: z.string(), sha256 }),
    framesSha256: sha256,
    primary: endPoint,
    /** Scored frames, objects and groups. */
    frames: count,
    objects: count,
    groups: count,
    seconds: z.number(),
    settled: count,
    found: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("ablate"), smallestP: z.number().nullable(), arms: z.array(armResult) }),
      z.strictObject({
        kind: z.literal("grouped-cv"),
        /** Each fold on the groups that it left out. */
        folds: z.array(
          z.strictObject({
            fold: count,
            groups: count,
            frames: count,
            mAP50: score,
            "mAP50-95": score,
            top1: score.optional(),
            recall: score,
          }),
        ),
        /** Every frame by the model that had not seen its group, against the off-the-shelf model. */
        models: z.array(modelEvaluation),
        comparison: comparison.omit({ verdict: true }),
        /** Of the recipe against the off-the-shelf model. There is no model here to promote or to hold. */
        verdict: z.enum(["better", "not-better", "inconclusive"]),
        predictionsSha256: sha256,
      }),
    ]),
  }),
);
export type ExperimentResult = z.infer<typeof experimentResult>;
