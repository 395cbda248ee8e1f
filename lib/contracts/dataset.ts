// The documents of a data set: what was handed in, every frame, every issue, the split.
import * as z from "zod";
import { box, count, document, fileEntry, isoTime, part, runId, sha256, slug } from "./common.ts";

export const mode = z.enum(["merge", "replace"]);
/** Who drew labels: a name that the export or whoever hands it in says. */
export const annotator = z.string().min(1).max(200);
/** Whether an upload is trained on at once, or only taken in, for the monthly round. */
export const retrain = z.enum(["now", "later"]);
/** Why a first training is wanted though the off-the-shelf model was measured to be enough. */
export const override = z.string().min(1).max(500);

export const uploadCommit = document(
  "bobbin/upload-commit/1",
  "_COMMIT.json: closes an upload that is a folder.",
  z.strictObject({
    schema: z.literal("bobbin/upload-commit/1"),
    mode: mode.default("merge"),
    retrain: retrain.default("now"),
    /** Whose labels these are, where that matters: another person's of the same images are then another opinion, and no correction. */
    annotator: annotator.optional(),
    override: override.optional(),
    files: z.array(fileEntry),
  }),
  "input",
);

export type UploadCommit = z.infer<typeof uploadCommit>;

/** One label of a frame, as the source had it; the class is the source's own name. */
export const label = z.strictObject({
  class: z.string(),
  /** What the source drew. Only boxes are trained on by `detect`; others are kept, and counted where a rule converts them. */
  kind: z.enum(["box", "polygon", "polyline", "points", "ellipse", "cuboid", "mask", "tag", "skeleton", "rotatedBox"]),
  /** The box, or the bounding box of the shape; absent for a tag. Clipped to the image by at most the repair rule's slack. */
  box: box.optional(),
  /** Vertices x1,y1,x2,y2,… of a polygon or polyline, in pixels. */
  points: z.array(z.number()).optional(),
  /** The further parts of a polygon that has several, each as `points`. */
  parts: z.array(z.array(z.number())).optional(),
  /** Degrees clockwise, for a rotated box. */
  rotation: z.number().optional(),
  occluded: z.boolean().optional(),
  attributes: z.record(z.string(), z.string()).optional(),
});
export type Label = z.infer<typeof label>;

/** Whose labels these are. */
const drawnBy = z.strictObject({
  annotator,
  /** The task's id in the program they were drawn with: handed on to somebody else, it is the same task. */
  task: z.string().optional(),
});
export type DrawnBy = z.infer<typeof drawnBy>;

/** What somebody else drew in a frame; without labels where they drew the same as those that count. */
const opinion = z.strictObject({ ...drawnBy.shape, labels: z.array(label).optional() });
export type Opinion = z.infer<typeof opinion>;

export const manifestLine = document(
  "bobbin/manifest-line/1",
  "One frame of a dataset version with all labels of its source.",
  z.strictObject({
    /** Name in the export, `/` between folders, NFC: with the data set the frame's key. */
    name: z.string().min(1),
    sha256,
    bytes: count,
    /** Extension of the stored object, by content: jpg, png, webp, bmp, tif. */
    ext: z.string().regex(/^[a-z]{3,4}$/),
    /** Pixels, after the EXIF turn. */
    width: z.int().min(1),
    height: z.int().min(1),
    /** EXIF orientation of the file, 1 to 8. */
    orientation: z.int().min(1).max(8),
    /** 64-bit perceptual hash, 16 hexadecimal digits; null where decoding was skipped. */
    phash: z
      .string()
      .regex(/^[0-9a-f]{16}$/)
      .nullable(),
    /** The picture as 16 x 16 means of grey, row by row, as base64; absent where decoding was skipped. */
    thumb: z
      .string()
      .regex(/^[A-Za-z0-9+/]{342}==$/)
      .optional(),
    group: z.string().min(1),
    /** CVAT task, where the export names it. */
    task: z.string().optional(),
    /** False: the source says nothing about this frame, so it is no background either. */
    labelled: z.boolean(),
    labels: z.array(label),
    /** Absent where nobody is named. */
    drawnBy: drawnBy.optional(),
    /** Other people's, sorted by name: kept, and neither trained on nor scored. */
    opinions: z.array(opinion).min(1).optional(),
  }),
);
export type ManifestLine = z.infer<typeof manifestLine>;

/** What was done about it: `refused` ends the run, `dropped` left it out, `repaired` changed it, `noted` kept it. */
export const issueAction = z.enum(["refused", "dropped", "repaired", "noted"]);
export const issueLine = document(
  "bobbin/issue-line/1",
  "One thing found in an export: where, what was found, what was wanted, what was done.",
  z.strictObject({
    /** PascalCase noun, e.g. BoxOutsideImage; all codes stand in lib/core/dataset/issue-codes.ts. */
    code: z.string().regex(/^[A-Z][A-Za-z0-9]+$/),
    action: issueAction,
    file: z.string(),
    /** 1-based line of a text file or ordinal of the element; absent for a whole file. */
    line: z.int().min(1).optional(),
    frame: z.string().optional(),
    found: z.string(),
    wanted: z.string(),
    /** Labels that this line accounts for: boxes in = boxes kept + boxes listed. */
    labels: count,
  }),
);
export type IssueLine = z.infer<typeof issueLine>;

/** The ledger of labels: `read` = `kept` + `listed` (dropped or refused, each in issues.jsonl). */
export const labelCounts = z.strictObject({ read: count, kept: count, listed: count });

/** How a version differs from its parent, printed before it counts. */
export const difference = z.strictObject({
  framesAdded: count,
  framesRemoved: count,
  framesChanged: count,
  framesUnchanged: count,
  boxesBefore: count,
  boxesAfter: count,
  /** Frames that several people labelled differently, once it counts; absent where there is none. */
  opinions: count.optional(),
});
export type Difference = z.infer<typeof difference>;

export const manifest = document(
  "bobbin/manifest/1",
  "A dataset version: written last, the only mark that the version exists.",
  z.strictObject({
    schema: z.literal("bobbin/manifest/1"),
    dataset: slug,
    version: z.string().regex(/^d[1-9][0-9]*$/),
    parent: z.string().nullable(),
    runId,
    createdAt: isoTime,
    frames: count,
    boxes: count,
    groups: count,
    classes: z.record(z.string(), count),
    labels: labelCounts,
    issues: z.record(z.string(), count),
    difference,
    attributes: z.record(z.string(), z.record(z.string(), z.string())),
    /** SHA-256 of manifest.jsonl, split.csv, split.json, issues.jsonl and stats.json. */
    files: z.array(fileEntry),
    source: z.strictObject({ name: z.string(), sha256: sha256.nullable(), format: z.string(), mode }),
  }),
);
export type Manifest = z.infer<typeof manifest>;

export const split = document(
  "bobbin/split/1",
  "Which group stands in which part, since when, and how well the ratios were met.",
  z.strictObject({
    schema: z.literal("bobbin/split/1"),
    seed: count,
    ratios: z.strictObject({ train: z.number(), val: z.number(), test: z.number() }),
    /** Sorted by group. `since` is the dataset version that assigned it; a group keeps its part for ever. */
    assignments: z.array(z.strictObject({ group: z.string(), part, since: z.string() })),
    testSet: z.strictObject({ version: z.string().regex(/^t[1-9][0-9]*$/), frames: count, sha256 }),
    /** Frames of the groups that are reserved by name, and the digest of their list; absent where there are none. */
    deploymentTest: z.strictObject({ frames: count, sha256 }).optional(),
    /** By part: what it got, and what the ratios asked for (frames). */
    parts: z.record(
      part,
      z.strictObject({
        groups: count,
        frames: count,
        boxes: count,
        wantedFrames: z.number(),
        boxesOfClass: z.record(z.string(), count),
      }),
    ),
    /** Largest distance between a class's share in a part and the part's wanted share, 0 to 1; by class. */
    classDeviation: z.record(z.string(), z.number()),
    /** SHA-256 of split.csv. */
    csvSha256: sha256,
  }),
);
export type Split = z.infer<typeof split>;

/** A frame outside train and the frame of another part that it resembles most. */
export const alikePair = z.strictObject({
  frame: z.string(),
  group: z.string(),
  part,
  other: z.string(),
  otherGroup: z.string(),
  otherPart: part,
  /** `reencoded`: one picture, saved again; `near`: closer than frames of this camera usually are to one another. */
  kind: z.enum(["reencoded", "near"]),
  /** Root mean square difference of the two pictures at 16 x 16, in levels of grey (0 to 255), brightness set equal. */
  difference: z.number(),
});
export type AlikePair = z.infer<typeof alikePair>;

export const alikeFrames = z.strictObject({
  /** Frames that could be compared, those outside train that were (fewer in very large sets), and those of them that are alike. */
  compared: count,
  outside: count,
  frames: count,
  /** Of these, one picture saved again. A run is refused where there are any. */
  reencoded: count,
  /** Pairs that the config calls harmless, by name and with a reason: they count nowhere else here. Absent where there is none. */
  harmless: count.optional(),
  /** The likest first. */
  pairs: z.array(alikePair),
  /** Two groups of different parts: frames of `group` that resemble one of `other`, the most first. */
  groups: z.array(
    z.strictObject({ group: z.string(), part, other: z.string(), otherPart: part, alike: count, frames: count }),
  ),
  /** Groups that show one scene, and how far apart two of its frames usually are; null for too few frames to say. */
  cameras: z.array(z.strictObject({ camera: z.string(), groups: count, frames: count, usual: z.number().nullable() })),
});
export type AlikeFrames = z.infer<typeof alikeFrames>;

const byPart = z.record(part, count);
export const datasetStats = document(
  "bobbin/dataset-stats/1",
  "stats.json: what a dataset version holds, by class, part, group and image size.",
  z.strictObject({
    schema: z.literal("bobbin/dataset-stats/1"),
    /** By part: frames with boxes, frames without (background), frames that the source says nothing about. */
    frames: z.record(part, z.strictObject({ withBoxes: count, background: count, unlabelled: count })),
    /** By class of the project and part: boxes, and frames that show at least one. */
    boxes: z.record(z.string(), byPart),
    framesWith: z.record(z.string(), byPart),
    /** By class: boxes under 32 x 32 pixels, under 96 x 96, larger (COCO's sizes), and quartiles of a box's share of its image: least, first, median, third, most. */
    areas: z.record(
      z.string(),
      z.strictObject({ small: count, medium: count, large: count, shares: z.array(z.number()).length(5) }),
    ),
    /** Image sizes after the EXIF turn, most frequent first. */
    sizes: z.array(z.strictObject({ width: count, height: count, frames: count })),
    /** Sorted by group. */
    groups: z.array(z.strictObject({ group: z.string(), part, frames: count, boxes: count })),
    /** Frames that look alike and stand in different parts. null where images were not decoded. */
    alike: alikeFrames.nullable(),
  }),
);
export type DatasetStats = z.infer<typeof datasetStats>;
