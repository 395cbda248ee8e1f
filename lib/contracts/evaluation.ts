// The evaluation: what the one evaluator found, and what the comparison decided.
import * as z from "zod";
import { count, document, isoTime, role, sha256 } from "./common.ts";

/** null where there is nothing to score: no truth of that class, or a class the model cannot know. */
const score = z.number().min(0).max(1).nullable();
export const metrics = z.strictObject({
  /** Labelled frames; in a row of one class those that show it. */
  frames: count,
  /** Boxes to be found, crowd regions not counted; for classify frames of a class. */
  truths: count,
  /** Every box scored for AP, however low its confidence. */
  predictions: count,
  mAP50: score,
  "mAP50-95": score,
  /** Of the masks, where the task is segment: then the two above are the boxes', and all else on this row is by mask. */
  "mAP50.mask": score.optional(),
  "mAP50-95.mask": score.optional(),
  /** Of classify: frames whose class is the most probable, and one of the five most probable. The two mAP are null there. */
  top1: score.optional(),
  top5: score.optional(),
  /** At the frozen operating point; for classify by the most probable class, and over several classes the mean of theirs. */
  precision: score,
  recall: score,
  f1: score,
});
export type Metrics = z.infer<typeof metrics>;

export const breakdown = z.strictObject({
  all: metrics,
  classes: z.record(z.string(), metrics),
  groups: z.record(z.string(), metrics),
  /** attribute → value → metrics, e.g. camera → east → … */
  attributes: z.record(z.string(), z.record(z.string(), metrics)),
});
export type Breakdown = z.infer<typeof breakdown>;

/**
 * Rows: truth class, last row background; columns: predicted class, last column missed. Counts on test at IoU 0.5 and the operating point,
 * for classify of frames by their most probable class.
 * `labels` names the classes the model can know; the matrix has one row and one column more.
 */
export const confusion = z.strictObject({ labels: z.array(z.string()), matrix: z.array(z.array(count)) });

export const modelEvaluation = z.strictObject({
  role,
  name: z.string(),
  sha256,
  unknownClasses: z.array(z.string()),
  /** Confidence threshold, chosen on val for the best F1 and then frozen; null where val has no truth, and for classify, which has none. */
  threshold: z.number().min(0).max(1).nullable(),
  parts: z.strictObject({ val: breakdown.optional(), test: breakdown.optional(), deployment: breakdown.optional() }),
  confusion: confusion.optional(),
});
export type ModelEvaluation = z.infer<typeof modelEvaluation>;

/** One of several questions beside the primary one. */
export const secondaryTest = z.strictObject({
  /** `class`, or the name of an attribute. */
  by: z.string(),
  value: z.string(),
  groups: count,
  candidate: score,
  reference: score,
  difference: z.number().nullable(),
  /** Two-sided; null where the groups are too few to decide anything. */
  p: z.number().min(0).max(1).nullable(),
  /** By Holm, for all that were asked. */
  corrected: z.number().min(0).max(1).nullable(),
});
export type SecondaryTest = z.infer<typeof secondaryTest>;

export const comparison = z.strictObject({
  baseline: role,
  primary: z.string(),
  /** What was asked: is it better, or is it not worse than the margin? Absent: better. */
  test: z.enum(["better", "not-worse"]).optional(),
  margin: z.number(),
  alpha: z.number(),
  groups: count,
  candidate: score,
  reference: score,
  difference: z.number().nullable(),
  /** Of the difference, over groups like these; null where there are too few for an interval that can be trusted. */
  interval: z
    .strictObject({ level: z.number().gt(0).lt(1), low: z.number(), high: z.number() })
    .nullable()
    .optional(),
  /** The difference in the group where it is lowest, and where it is highest: no interval. */
  range: z.strictObject({ low: z.number(), high: z.number() }).nullable().optional(),
  /** What this test can see, by simulation with the spread between these groups; null with fewer than two. */
  power: z
    .strictObject({
      /** Of the primary metric. */
      gain: z.number().positive(),
      /** How often such a gain would give p ≤ alpha with these groups. */
      seen: z.number().min(0).max(1),
      /** The fewest groups with which it would four times in five; null where a thousand are too few. */
      groupsWanted: count.nullable(),
    })
    .nullable()
    .optional(),
  /** Two-sided; null where nothing could be compared. */
  p: z.number().min(0).max(1).nullable(),
  smallestP: z.number().min(0).max(1).nullable(),
  method: z.enum(["exact", "sampled", "none"]),
  permutations: count,
  verdict: z.enum(["promote", "hold", "inconclusive"]),
  /** One sentence for people. */
  reason: z.string(),
  /** Test groups at which the test could reach alpha at all; null where there are enough. */
  groupsWanted: count.nullable(),
  secondary: z.array(secondaryTest).optional(),
});
export type Comparison = z.infer<typeof comparison>;

export const evaluation = document(
  "bobbin/evaluation/1",
  "eval_<version>.json: scores of fixed predictions, per part, class, group and attribute, and the paired comparison.",
  z.strictObject({
    schema: z.literal("bobbin/evaluation/1"),
    createdAt: isoTime,
    model: z.string(),
    version: z.string(),
    /** Version of the data set, e.g. d3; of other frames the export's name. */
    dataset: z.string(),
    testSet: z.string(),
    configSha256: sha256,
    predictionsSha256: sha256,
    protocol: z.strictObject({
      /** COCO: boxes and masks, at the IoUs; accuracy: classes of whole frames, at none. */
      name: z.enum(["COCO", "accuracy"]),
      ious: z.array(z.number()),
      maxDetections: count,
      imgsz: count,
      nmsIou: z.number(),
      confidence: z.number(),
    }),
    classes: z.array(z.string()),
    models: z.array(modelEvaluation),
    /** The models on the test sets before this one, in the order of their numbers: each list as it was frozen, with the labels of today. */
    testSets: z
      .array(
        z.strictObject({
          version: z.string(),
          sha256,
          /** Frames of the list, and how many of them are still here, labelled and with the same image. */
          frames: count,
          scored: count,
          models: z.array(z.strictObject({ role, all: metrics })),
        }),
      )
      .optional(),
    comparison,
  }),
);
export type Evaluation = z.infer<typeof evaluation>;
