// The project config, `bobbin.json`: what a person writes by hand, once per model. Cross-field rules live in lib/core.
import * as z from "zod";
import { count, document, isoTime, slug, task } from "./common.ts";

/** One class of the model; its place in the list is its id. */
export const modelClass = z.strictObject({
  name: z.string().min(1).max(100),
  /** Other names the labels use for this class. The name itself always counts. */
  from: z.array(z.string()).default([]),
  /** Names of the base model's classes that mean this class (COCO `person`). Empty: the same name, if it has one. */
  base: z.array(z.string()).default([]),
});

/** How a frame's group is found. There is no default: a wrong group leaks test frames into training. */
export const groupRule = z.discriminatedUnion("kind", [
  /** A regular expression with named groups over the frame's name (its path in the export, `/` between folders); the captures, joined by `_`, are the group. */
  z.strictObject({ kind: z.literal("pattern"), pattern: z.string().min(1) }),
  /** The first `depth` folders of the frame's name. */
  z.strictObject({ kind: z.literal("folder"), depth: z.int().min(1).max(8).default(1) }),
  /** The CVAT task the frame came from. */
  z.strictObject({ kind: z.literal("task") }),
  /** A CSV file beside the config with the columns `frame` and `group`. */
  z.strictObject({ kind: z.literal("csv"), file: z.string().min(1) }),
  /** Every frame on its own: only right where no two frames come from one recording. */
  z.strictObject({ kind: z.literal("frame") }),
]);
export type GroupRule = z.infer<typeof groupRule>;

/** Rules that make a box of another shape: its bounding box. None holds unless it is named: a box that nobody drew is a decision. */
export const conversion = z.enum([
  "polygon-to-box",
  "rotated-box-to-box",
  "ellipse-to-box",
  "skeleton-to-box",
  "cuboid-to-box",
  "mask-to-box",
]);
export type Conversion = z.infer<typeof conversion>;

export const splitConfig = z.strictObject({
  ratios: z
    .strictObject({ train: z.number().min(0).max(1), val: z.number().min(0).max(1), test: z.number().min(0).max(1) })
    .default({ train: 0.7, val: 0.15, test: 0.15 }),
  seed: z.int().min(0).max(4294967295).default(0),
  /** Keep the share of each class alike in every part, as well as whole groups allow. */
  stratify: z.boolean().default(true),
  /** Groups for the deployment test, by name: never trained on, never picked. */
  reserved: z.array(z.string()).default([]),
});

/** Frames that are one picture in several groups, such as a camera's test card, and why that leaks nothing from train into test. */
const harmless = z.strictObject({
  frames: z.array(z.string().min(1)).min(2).max(1000),
  reason: z.string().trim().min(10).max(500),
});

/** What models are compared by: `top1` of classify, the others of boxes and masks. */
export const endPoint = z.enum(["mAP50", "mAP50-95", "top1"]);
export type EndPoint = z.infer<typeof endPoint>;

export const gates = z.strictObject({
  /** The one end point, fixed before looking. For the task classify it is always top1, whether or not it is named. */
  primary: endPoint.default("mAP50"),
  /**
   * `better`: it must be better than the model in use by more than the margin. `not-worse`, for a smaller or faster model: it
   * must be shown to be worse by less than the margin.
   */
  test: z.enum(["better", "not-worse"]).optional(),
  /** Questions beside the primary one, corrected for being many. */
  secondary: z.array(z.enum(["classes", "attributes"])).optional(),
  /** Of the primary end point. */
  margin: z.number().min(0).max(1).default(0),
  alpha: z.number().gt(0).lt(1).default(0.05),
  /** At the operating point chosen on val, for classify the mean over classes; absent: no such gate. */
  minRecall: z.number().min(0).max(1).optional(),
});

/** Stage A: the thresholds of the plan, fixed before the frames are looked at. */
export const measureConfig = z.strictObject({
  /** Mean over groups of a frame's recall at IoU 0.5. */
  recall: z.number().min(0).max(1).default(0.95),
  /** Half of the frames must have a box at least so sure. */
  medianConfidence: z.number().min(0).max(1).default(0.55),
  /** From which a box counts: what Ultralytics takes where nobody says. */
  confidence: z.number().min(0).max(1).default(0.25),
});

export const budgetConfig = z.strictObject({
  name: slug.default("phase-1"),
  /** The sum for the budget's whole life, in US dollars. */
  capUsd: z.number().min(0).default(200),
  monthlyUsd: z.number().min(0).optional(),
  perRunUsd: z.number().min(0).optional(),
  runsPerDay: z.int().min(1).optional(),
  minMinutesBetweenRuns: count.optional(),
  /** Nothing starts after this moment. */
  ends: isoTime,
});

export const config = document(
  "bobbin/config/1",
  "The project config, bobbin.json: one model, its data set, classes, group rule, split, gates, recipe and budget.",
  z.strictObject({
    $schema: z.string().optional(),
    schema: z.literal("bobbin/config/1"),
    project: slug,
    /** Folder of the model's releases in the registry. */
    model: slug,
    dataset: slug,
    task: task.default("detect"),
    /** The Ultralytics architecture, as in its weights' name. */
    architecture: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]*$/)
      .default("yolov8n"),
    classes: z.array(modelClass).min(1),
    /** Label names that are known and left out on purpose. */
    ignore: z.array(z.string()).default([]),
    /** Shapes that are trained on and scored as their bounding boxes. */
    conversions: z.array(conversion).optional(),
    /** Whose annotations count where an export holds several people's of one image: an id or an e-mail address, as the export has it. */
    annotator: z.string().min(1).optional(),
    /** Class names by id, for exports that carry ids alone (YOLO without data.yaml); `--names` goes before it. */
    names: z.array(z.string().min(1)).min(1).optional(),
    groupRule,
    /** CSV file beside the config: column `group`, then one column an attribute (operation, camera, operator, staged). */
    groupAttributes: z.string().optional(),
    split: splitConfig.prefault({}),
    /** Look-alikes over parts that end no run. They stand in the report with their reasons. */
    harmless: z.array(harmless).max(1000).optional(),
    gates: gates.prefault({}),
    measure: measureConfig.optional(),
    /** `plan`, `demo`, or the path of a recipe file beside the config. */
    recipe: z.string().min(1).default("plan"),
    budget: budgetConfig,
    /** `local`, or the AWS region that holds everything. */
    region: z
      .string()
      .regex(/^(local|[a-z]{2}(-[a-z]+)+-\d)$/)
      .default("local"),
    /** SHA-256 of the signing key's public half (DER, SPKI); `bobbin init` writes it. */
    signingKey: z.strictObject({ fingerprint: z.string().regex(/^SHA256:[0-9a-f]{64}$/) }).optional(),
  }),
  "input",
);
export type Config = z.infer<typeof config>;
export type ConfigInput = z.input<typeof config>;

/** What `groups.csv` files said, carried with the frozen config so that a run never reads them again. */
export const groupTable = z.strictObject({
  groupOfFrame: z.record(z.string(), z.string()),
  attributes: z.record(z.string(), z.record(z.string(), z.string())),
});
export type GroupTable = z.infer<typeof groupTable>;
