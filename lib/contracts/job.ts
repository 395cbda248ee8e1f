// What the trainer is told and what it answers. Python validates the same documents by the generated JSON Schemas.
import * as z from "zod";
import { count, device, document, fileEntry, isoTime, part, role, runId, sha256, task } from "./common.ts";
import { scalar } from "./recipe.ts";

const base = {
  schema: z.literal("bobbin/job/1"),
  runId,
  device,
  /** What the model answers with; absent: detect. */
  task: task.optional(),
  /** CPU threads for torch. */
  threads: z.int().min(1),
  /** The job ends itself at this moment, whatever happens: seconds since 1970. */
  deadlineEpoch: z.int().optional(),
  /** Folder for results, relative to the job file's folder; nothing is written outside that folder. */
  out: z.string().default("out"),
};
/** Weights are opened only after their digest matched. Path relative to the job file's folder. */
const weights = z.strictObject({ file: z.string(), sha256, name: z.string() });

export const trainJob = z.strictObject({
  ...base,
  kind: z.literal("train"),
  /**
   * Training folder: images/{train,val}/*, labels/{train,val}/*.txt in YOLO form, of boxes or, for segment, of outlines; the
   * trainer writes its own data.yaml. For classify images/{train,val}/<number of the class>/* and no labels.
   */
  data: z.strictObject({ folder: z.string(), classes: z.array(z.string()).min(1), train: count, val: count }),
  weights,
  recipe: z.strictObject({
    name: z.string(),
    sha256,
    args: z.record(z.string(), scalar),
    batchNormMomentum: z.number().optional(),
    smokeBatches: z.int().min(1),
  }),
  /** Folder of the two checkpoint generations; kept between attempts. */
  checkpoints: z.string().default("checkpoints"),
  /** Base name of the released weights, e.g. yolov8n_lbzf_v0. */
  modelName: z.string(),
});

export const predictJob = z.strictObject({
  ...base,
  kind: z.literal("predict"),
  models: z
    .array(
      z.strictObject({
        role,
        file: z.string(),
        sha256,
        /**
         * One entry a project class, in order: the names of this model's classes that mean it. Their scores are folded (max)
         * before NMS; for classify their probabilities are added up.
         */
        classMap: z.array(z.strictObject({ class: z.string(), from: z.array(z.string()) })),
      }),
    )
    .min(1),
  /** JSON lines {name, file, sha256, part, width, height}; file relative to the job file's folder. */
  frames: z.string(),
  imgsz: z.int().min(32),
  /** Low, so that all statistics can be done again without the model. */
  confidence: z.number().min(0).max(1).default(0.001),
  iou: z.number().min(0).max(1).default(0.7),
  /** Of a frame; for classify its most probable classes. */
  maxDetections: z.int().min(1).default(300),
  batch: z.int().min(1).default(4),
});
export const job = document(
  "bobbin/job/1",
  "A job of the trainer: train or predict.",
  z.discriminatedUnion("kind", [trainJob, predictJob]),
);
export type TrainJob = z.infer<typeof trainJob>;
export type PredictJob = z.infer<typeof predictJob>;
export type Job = z.infer<typeof job>;

export const jobFrame = document(
  "bobbin/job-frame/1",
  "One frame of a predict job.",
  z.strictObject({ name: z.string(), file: z.string(), sha256, part, width: z.int().min(1), height: z.int().min(1) }),
);
export type JobFrame = z.infer<typeof jobFrame>;

/** One prediction line: what one model says of one frame. */
export const predictionLine = document(
  "bobbin/prediction-line/1",
  "All boxes of one model on one frame: [class, confidence, xMin, yMin, xMax, yMax], class as index in the project's list, by falling confidence; for segment the mask of each; for classify no box, but the probability of each class.",
  z.strictObject({
    frame: z.string(),
    sha256,
    part,
    model: role,
    boxes: z.array(z.tuple([count, z.number(), z.number(), z.number(), z.number(), z.number()])),
    /** One a box: COCO's run lengths, packed, over the whole frame. */
    masks: z.array(z.string().regex(/^[0-o]*$/)).optional(),
    /** Of classify: [class, probability] of the whole frame, by falling probability; of no class that the model cannot know. */
    probabilities: z.array(z.tuple([count, z.number().min(0).max(1)])).optional(),
  }),
);

const environment = z.strictObject({
  trainer: z.string(),
  python: z.string(),
  torch: z.string(),
  ultralytics: z.string(),
  platform: z.string(),
  processor: z.string(),
  device: z.string(),
  threads: count,
  /** SHA-256 of the lock file the environment was made from. */
  lockSha256: sha256.nullable(),
});

/** One epoch, under clean names: losses, Ultralytics' own validation figures, learning rates. NaN and infinity are null. */
export const epochMetrics = z.strictObject({
  epoch: z.int().min(1),
  seconds: z.number().nullable(),
  losses: z.strictObject({
    train: z.record(z.string(), z.number().nullable()),
    val: z.record(z.string(), z.number().nullable()),
  }),
  /** Ultralytics' own figures: precision, recall, mAP50, mAP50-95 (suffix `.mask`, `.pose` for other heads). */
  metrics: z.record(z.string(), z.number().nullable()),
  learningRates: z.array(z.number().nullable()),
});
export const trainingMetrics = document(
  "bobbin/training-metrics/1",
  "metrics.json: the training curves of Ultralytics, normalised over all its versions.",
  z.strictObject({ schema: z.literal("bobbin/training-metrics/1"), family: z.string(), epochs: z.array(epochMetrics) }),
);
export type TrainingMetrics = z.infer<typeof trainingMetrics>;

/** A named error, as every program writes it. The names stand in lib/contracts/errors.ts. */
export const errorRecord = z.strictObject({
  name: z.string(),
  message: z.string(),
  data: z.record(z.string(), z.unknown()),
});

const answer = {
  schema: z.literal("bobbin/result/1"),
  runId,
  startedAt: isoTime,
  endedAt: isoTime,
  environment,
};
export const trainResult = z.strictObject({
  ...answer,
  kind: z.literal("train"),
  status: z.literal("succeeded"),
  /** Every file under `out`, sorted by name. */
  files: z.array(fileEntry),
  weights: z.strictObject({ file: z.string(), sha256, bytes: count }),
  onnx: z.strictObject({
    file: z.string(),
    sha256,
    bytes: count,
    opset: count,
    /** Largest difference to the .pt on real frames: pixels of a box side (0 for classify, which has none), and score. */
    parity: z.strictObject({ frames: count, maxBoxPixels: z.number(), maxScore: z.number() }),
  }),
  epochs: count,
  bestEpoch: count,
  /** Starts of the job, this one included. */
  attempts: z.int().min(1),
  /** Images a second, training and validation together; for the next run's estimate. */
  imagesPerSecond: z.number(),
});
export const predictResult = z.strictObject({
  ...answer,
  kind: z.literal("predict"),
  status: z.literal("succeeded"),
  files: z.array(fileEntry),
  predictions: z.strictObject({ file: z.string(), sha256, lines: count }),
  /** By role: project classes that the model cannot know. They are not scored as zero. */
  unknownClasses: z.record(z.string(), z.array(z.string())),
  protocol: z.strictObject({
    imgsz: count,
    rect: z.boolean(),
    confidence: z.number(),
    iou: z.number(),
    maxDetections: count,
  }),
});
export const failedResult = z.strictObject({
  ...answer,
  kind: z.enum(["train", "predict"]),
  status: z.literal("failed"),
  error: errorRecord,
});
export const result = document(
  "bobbin/result/1",
  "The trainer's answer to a job.",
  z.union([trainResult, predictResult, failedResult]),
);
export type TrainResult = z.infer<typeof trainResult>;
export type PredictResult = z.infer<typeof predictResult>;
export type Result = z.infer<typeof result>;

/** Progress, one JSON object a line: states by the machine, laps by Ingest, the rest by the trainer on stdout. */
export const progressEvent = document(
  "bobbin/progress/1",
  "One line of progress.",
  z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("state"),
      at: isoTime,
      state: z.string(),
      status: z.enum(["entered", "succeeded", "failed", "resumed"]),
      seconds: z.number().optional(),
      error: z.string().optional(),
    }),
    z.strictObject({ kind: z.literal("work"), at: isoTime, what: z.string(), done: count, total: count.nullable() }),
    z.strictObject({
      kind: z.literal("train"),
      at: isoTime,
      phase: z.enum(["start", "smoke", "train", "validate", "export", "end"]),
      epoch: count.optional(),
      epochs: count.optional(),
      batch: count.optional(),
      batches: count.optional(),
      /** Clean names with units: boxLoss, classLoss, dflLoss, mAP50, mAP50-95, precision, recall, epochSeconds, imagesPerSecond, memoryMb. */
      metrics: z.record(z.string(), z.number().nullable()).optional(),
      message: z.string().optional(),
    }),
    z.strictObject({ kind: z.literal("predict"), at: isoTime, model: role, done: count, total: count }),
  ]),
);
export type ProgressEvent = z.infer<typeof progressEvent>;
