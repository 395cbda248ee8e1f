// What the command line answers with `--json`, one schema a command. Documents that are kept (run records, releases, evaluations) are answered as they are.
import * as z from "zod";
import { count, document, isoTime, parts, runId, sha256 } from "./common.ts";
import { groupRule } from "./config.ts";
import { alikeFrames, difference, issueLine, labelCounts, split } from "./dataset.ts";
import { experimentResult } from "./experiment.ts";
import { errorRecord } from "./job.ts";
import { endPoint, frameTally, measurement } from "./measurement.ts";
import { runStatus } from "./run.ts";

export const errorAnswer = document(
  "bobbin/answer-error/1",
  "Any command that did not succeed: the named error, what to do, the exit code.",
  z.strictObject({ schema: z.literal("bobbin/answer-error/1"), error: errorRecord, todo: z.string(), exit: z.int() }),
);
export type ErrorAnswer = z.infer<typeof errorAnswer>;

const partTotals = z.strictObject({
  groups: count,
  frames: count,
  boxes: count,
  wantedFrames: z.number(),
  boxesOfClass: z.record(z.string(), count),
});
export const checkAnswer = document(
  "bobbin/answer-check/1",
  "`bobbin check`: counts, the split that a run would make, every issue, and the errors a run would end with.",
  z.strictObject({
    schema: z.literal("bobbin/answer-check/1"),
    export: z.string(),
    format: z.string(),
    why: z.string(),
    frames: count,
    groups: count,
    labels: labelCounts,
    classes: z.record(z.string(), count),
    /** Absent where the frames cannot be split. */
    split: z.record(z.enum(parts), partTotals).optional(),
    testSet: split.shape.testSet.optional(),
    /** Frames that look alike in different parts; null where the images were not decoded. */
    alike: alikeFrames.nullable().optional(),
    difference: difference.optional(),
    issues: z.array(issueLine),
    /** What a run would end with; empty: it would go on. */
    errors: z.array(errorRecord.extend({ todo: z.string() })),
    ok: z.boolean(),
    /** Commands to be typed before a run: what the store still lacks. */
    before: z.array(z.string()),
  }),
);
export type CheckAnswer = z.infer<typeof checkAnswer>;

export const exportAnswer = document(
  "bobbin/answer-export/1",
  "`bobbin export`: what was written, and what the format cannot hold. Labels read = written + listed + lost.",
  z.strictObject({
    schema: z.literal("bobbin/answer-export/1"),
    source: z.string(),
    folder: z.string(),
    format: z.string(),
    frames: count,
    labels: z.strictObject({ read: count, written: count, listed: count, lost: count }),
    /** Labels by the rule that made boxes of them. */
    conversions: z.record(z.string(), count),
    /** `label`: the whole label is left out; else it is there without this. */
    losses: z.array(z.strictObject({ what: z.string(), count, label: z.boolean() })),
    issues: z.array(issueLine),
  }),
);
export type ExportAnswer = z.infer<typeof exportAnswer>;

export const initAnswer = document(
  "bobbin/answer-init/1",
  "`bobbin init`: what was written, and the group rules that fit the names.",
  z.strictObject({
    schema: z.literal("bobbin/answer-init/1"),
    config: z.string(),
    publicKey: z.string(),
    fingerprint: z.string(),
    format: z.string(),
    classes: z.array(z.string()),
    proposals: z.array(
      z.strictObject({ rule: groupRule, text: z.string(), description: z.string(), groups: count, largest: count }),
    ),
    chosen: z.string(),
  }),
);
export type InitAnswer = z.infer<typeof initAnswer>;

export const runAnswer = document(
  "bobbin/answer-run/1",
  "`bobbin run`, `bobbin resume`, `bobbin cancel`: how the run ended, and where its release and report lie.",
  z.strictObject({
    schema: z.literal("bobbin/answer-run/1"),
    runId,
    status: runStatus,
    version: z.string().nullable(),
    release: z.string().nullable(),
    report: z.string().nullable(),
    gallery: z.string().nullable(),
    verdict: z.string().nullable(),
    /** null where the run has not ended. */
    seconds: z.number().nullable(),
  }),
);
export type RunAnswer = z.infer<typeof runAnswer>;

const score = z.number().nullable();
/** The scores that lead: of boxes always, of masks and of whole frames where the task has them. */
const leading = {
  mAP50: score,
  "mAP50-95": score,
  "mAP50.mask": score.optional(),
  "mAP50-95.mask": score.optional(),
  top1: score.optional(),
  top5: score.optional(),
};
export const modelsAnswer = document(
  "bobbin/answer-models/1",
  "`bobbin models`: every release with its numbers on the test frames.",
  z.strictObject({
    schema: z.literal("bobbin/answer-models/1"),
    models: z.array(
      z.strictObject({
        model: z.string(),
        production: z.string(),
        releases: z.array(
          z.strictObject({
            version: z.string(),
            createdAt: isoTime,
            dataset: z.string(),
            testSet: z.string(),
            recipe: z.string(),
            ...leading,
            recall: score,
            decision: z.string(),
          }),
        ),
      }),
    ),
  }),
);
export type ModelsAnswer = z.infer<typeof modelsAnswer>;

export const evaluateAnswer = document(
  "bobbin/answer-evaluate/1",
  "`bobbin evaluate`: a release on other labelled frames, apart for frames it was trained on.",
  z.strictObject({
    schema: z.literal("bobbin/answer-evaluate/1"),
    runId,
    version: z.string(),
    frames: count,
    /** Frames that the release may have seen in training: the image itself, or its group. */
    seen: z.strictObject({
      byHash: count,
      byGroup: count,
      frames: z.array(z.strictObject({ name: z.string(), group: z.string(), by: z.enum(["hash", "group"]) })),
    }),
    unseen: z.strictObject({ frames: count, ...leading, precision: score, recall: score }),
    seenScores: z.strictObject({ frames: count, ...leading, precision: score, recall: score }),
    evaluation: z.string(),
    report: z.string(),
  }),
);
export type EvaluateAnswer = z.infer<typeof evaluateAnswer>;

export const measureAnswer = document(
  "bobbin/answer-measure/1",
  "`bobbin measure`: whether the off-the-shelf model is enough, and where measurement, page, figure and tables lie.",
  z.strictObject({
    schema: z.literal("bobbin/answer-measure/1"),
    runId,
    answer: measurement.shape.answer,
    reason: z.string(),
    moreGroups: count.nullable(),
    all: frameTally,
    recall: endPoint,
    confidence: endPoint,
    files: z.strictObject({
      measurement: z.string(),
      report: z.string(),
      figure: z.string(),
      csv: z.string(),
      latex: z.string(),
    }),
  }),
);
export type MeasureAnswer = z.infer<typeof measureAnswer>;

export const compareAnswer = document(
  "bobbin/answer-compare/1",
  "`bobbin compare`: two releases on the test frames of both, and where page, figure and tables lie.",
  z.strictObject({
    schema: z.literal("bobbin/answer-compare/1"),
    runId,
    first: z.string(),
    second: z.string(),
    frames: count,
    groups: count,
    primary: z.string(),
    difference: z.number().nullable(),
    p: z.number().nullable(),
    verdict: z.string(),
    reason: z.string(),
    comparison: z.string(),
    report: z.string(),
  }),
);
export type CompareAnswer = z.infer<typeof compareAnswer>;

export const experimentAnswer = document(
  "bobbin/answer-experiment/1",
  "`bobbin ablate`, `bobbin grouped-cv`: what the experiment found, and where page and tables lie.",
  z.strictObject({
    schema: z.literal("bobbin/answer-experiment/1"),
    runId,
    summary: z.string(),
    trainings: count,
    groups: count,
    frames: count,
    found: experimentResult.shape.found,
    files: z.strictObject({ experiment: z.string(), report: z.string(), csv: z.string(), latex: z.string() }),
  }),
);
export type ExperimentAnswer = z.infer<typeof experimentAnswer>;

export const verifyAnswer = document(
  "bobbin/answer-verify/1",
  "`bobbin verify`: a release folder that verifies.",
  z.strictObject({
    schema: z.literal("bobbin/answer-verify/1"),
    folder: z.string(),
    model: z.string(),
    version: z.string(),
    fingerprint: z.string(),
    files: count,
    releaseSha256: sha256,
  }),
);
export type VerifyAnswer = z.infer<typeof verifyAnswer>;

export const baseAnswer = document(
  "bobbin/answer-base/1",
  "`bobbin base add`: starting weights in the store.",
  z.strictObject({
    schema: z.literal("bobbin/answer-base/1"),
    name: z.string(),
    sha256,
    bytes: count,
    official: z.boolean(),
  }),
);
export type BaseAnswer = z.infer<typeof baseAnswer>;

export const configPushAnswer = document(
  "bobbin/answer-config-push/1",
  "`bobbin config push`: what the uploads of a data set are run by from now on.",
  z.strictObject({
    schema: z.literal("bobbin/answer-config-push/1"),
    /** Key in the data bucket. */
    key: z.string(),
    dataset: z.string(),
    configSha256: sha256,
    recipe: z.string(),
    recipeSha256: sha256,
  }),
);
export type ConfigPushAnswer = z.infer<typeof configPushAnswer>;

export const uploadAnswer = document(
  "bobbin/answer-upload/1",
  "`bobbin upload`: the object whose writing started a run.",
  z.strictObject({ schema: z.literal("bobbin/answer-upload/1"), key: z.string() }),
);
export type UploadAnswer = z.infer<typeof uploadAnswer>;

export const deployAnswer = document(
  "bobbin/answer-deploy/1",
  "`bobbin deploy`: the commands, in order, and whether they were run.",
  z.strictObject({
    schema: z.literal("bobbin/answer-deploy/1"),
    account: z.string(),
    region: z.string(),
    /** Each as a shell takes it. */
    commands: z.array(z.string()),
    /** False: only shown. */
    ran: z.boolean(),
  }),
);
export type DeployAnswer = z.infer<typeof deployAnswer>;

export const doctorAnswer = document(
  "bobbin/answer-doctor/1",
  "`bobbin doctor`: what is here, or with --aws in the account, what is missing, how to mend it.",
  z.strictObject({
    schema: z.literal("bobbin/answer-doctor/1"),
    checks: z.array(
      z.strictObject({
        name: z.string(),
        state: z.enum(["ok", "warning", "missing"]),
        found: z.string(),
        todo: z.string().nullable(),
      }),
    ),
    ok: z.boolean(),
  }),
);
export type DoctorAnswer = z.infer<typeof doctorAnswer>;
