// Two releases on the test frames of both: where the second is better, where it is worse, and what it does otherwise.
import * as z from "zod";
import { count, document, isoTime, runId, sha256, slug } from "./common.ts";
import { comparison, modelEvaluation } from "./evaluation.ts";

const share = z.number().min(0).max(1).nullable();
const kinds = <T extends z.ZodType>(of: T) =>
  z.strictObject({ missed: of, background: of, confused: of, badBox: of, double: of, both: of });

/** What a model does, beyond its scores. */
export const behaviour = z.strictObject({
  /** By TIDE's taxonomy, of boxes and masks alone: counts at the operating point, and what mAP50 would gain were they mended. */
  errors: z.strictObject({ counts: kinds(count).nullable(), gains: kinds(z.number()).nullable() }).optional(),
  calibration: z.strictObject({
    bins: z.array(z.strictObject({ from: z.number(), to: z.number(), boxes: count, confidence: share, right: share })),
    error: share,
  }),
  /** Of boxes and masks alone. */
  sizes: z
    .array(z.strictObject({ size: z.enum(["small", "medium", "large"]), objects: count, recall: share }))
    .optional(),
});
export type Behaviour = z.infer<typeof behaviour>;

const side = z.strictObject({
  version: z.string(),
  runId,
  name: z.string(),
  dataset: z.string(),
  testSet: z.string(),
  recipe: z.string(),
  predictionsSha256: sha256,
});

export const releaseComparison = document(
  "bobbin/release-comparison/1",
  "comparison.json of `bobbin compare`: two releases on the test frames of both, by class, group and attribute, with the kinds of their mistakes.",
  z.strictObject({
    schema: z.literal("bobbin/release-comparison/1"),
    /** When the later of the two was evaluated. */
    createdAt: isoTime,
    model: slug,
    first: side,
    second: side,
    /** Test frames of both, and those that only one was scored on. */
    frames: z.strictObject({ both: count, onlyFirst: count, onlySecond: count }),
    classes: z.array(z.string()),
    /** Of the second release's config, which names the end point, the margin and alpha. */
    configSha256: sha256,
    /** candidate: the second release; production: the first; base: the off-the-shelf model. */
    models: z.array(modelEvaluation),
    comparison,
    behaviour: z.strictObject({ first: behaviour, second: behaviour }),
    /** Every release on the first frozen test set, with the labels of the newest; null where one lacks some of the frames. */
    trend: z.strictObject({
      testSet: z.string(),
      frames: count,
      releases: z.array(
        z.strictObject({
          version: z.string(),
          mAP50: share,
          "mAP50-95": share,
          "mAP50.mask": share.optional(),
          "mAP50-95.mask": share.optional(),
          top1: share.optional(),
          top5: share.optional(),
        }),
      ),
    }),
  }),
);
export type ReleaseComparison = z.infer<typeof releaseComparison>;
