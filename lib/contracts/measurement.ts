// Stage A: what the off-the-shelf model does on the project's frames before anything is trained, and whether that is enough.
import * as z from "zod";
import { count, document, isoTime, runId, sha256, slug, task } from "./common.ts";

const share = z.number().min(0).max(1);

/** Counts and means over some frames. */
export const frameTally = z.strictObject({
  groups: count,
  frames: count,
  /** Frames that show something to be found. */
  shown: count,
  objects: count,
  found: count,
  /** Mean over the frames that show something of the share of it that was found; null where none does. */
  recall: share.nullable(),
  /** Median over the same frames of the highest confidence in the frame; 0 stands for a frame without any box. */
  medianConfidence: share.nullable(),
  falsePositives: count,
  framesWithFalsePositives: count,
});
export type FrameTally = z.infer<typeof frameTally>;

const limits = z.strictObject({ low: z.number(), high: z.number() });

/** One of the two questions: a share of 1, each group counting the same, held against the threshold of the plan. */
export const endPoint = z.strictObject({
  threshold: share,
  /** Over groups; null where no frame shows anything. */
  value: share.nullable(),
  /** 95 %, over groups like these; it assumes nothing of how groups differ. */
  interval: limits.extend({ level: share }).nullable(),
  /** The lowest and the highest group: no interval. */
  range: limits.nullable(),
  state: z.enum(["reached", "missed", "open"]),
});
export type EndPoint = z.infer<typeof endPoint>;

export const measurement = document(
  "bobbin/measurement/1",
  "measurement.json: the off-the-shelf model on the project's frames, and whether a training is needed at all.",
  z.strictObject({
    schema: z.literal("bobbin/measurement/1"),
    runId,
    createdAt: isoTime,
    project: slug,
    model: slug,
    dataset: slug,
    /** Absent: of boxes or masks. For classify a frame counts as one object, found where its class is the most probable one. */
    task: task.optional(),
    source: z.strictObject({ name: z.string(), format: z.string() }),
    configSha256: sha256,
    framesSha256: sha256,
    predictionsSha256: sha256,
    base: z.strictObject({ name: z.string(), sha256, official: z.boolean() }),
    classes: z.array(z.string()),
    /** Classes that the model cannot know: what is labelled so counts as not found. */
    unknownClasses: z.array(z.string()),
    protocol: z.strictObject({
      /** Overlap at which a box counts as right, and confidence from which one counts at all. */
      iou: z.number(),
      confidence: share,
      /** The plan's, that the median of the highest confidences is held against. */
      medianConfidence: share,
      imgsz: count,
      nmsIou: z.number(),
      maxDetections: count,
    }),
    all: frameTally,
    groups: z.record(z.string(), frameTally),
    /** attribute → value → tally, e.g. operation → picking → … */
    attributes: z.record(z.string(), z.record(z.string(), frameTally)),
    /** Frames by their highest confidence, in twenty steps of 0.05: those that show something, and those that show nothing. */
    topConfidence: z.strictObject({ shown: z.array(count).length(20), empty: z.array(count).length(20) }),
    recall: endPoint,
    confidence: endPoint,
    answer: z.enum(["sufficient", "insufficient", "inconclusive"]),
    /** One sentence for people. */
    reason: z.string(),
    /** Groups more, like these, with which it would be decided four times in five; null where it is decided, or no number was found. */
    moreGroups: count.nullable(),
  }),
);
export type Measurement = z.infer<typeof measurement>;

/** What a later training keeps of it. */
export const measuredBefore = z.strictObject({
  runId,
  answer: measurement.shape.answer,
  reason: z.string(),
  /** Why it was trained all the same, where the answer was `sufficient`. */
  override: z.string().nullable(),
});
export type MeasuredBefore = z.infer<typeof measuredBefore>;
