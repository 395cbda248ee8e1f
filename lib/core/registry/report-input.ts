// What a page needs to know, as data. Core gathers it, lib/report draws it: equal input gives equal bytes.
import type { FileEntry, Role, Task } from "../../contracts/common.ts";
import type { Config } from "../../contracts/config.ts";
import type { AlikeFrames, AlikePair, IssueLine, Manifest, Split } from "../../contracts/dataset.ts";
import type { Breakdown, Evaluation } from "../../contracts/evaluation.ts";
import type { TrainingMetrics, TrainResult } from "../../contracts/job.ts";
import type { Recipe } from "../../contracts/recipe.ts";
import type { Release } from "../../contracts/release.ts";

/** A picture as the page embeds it. */
export interface PagePicture {
  /** File name, for the caption. */
  readonly name: string;
  readonly mime: "image/png" | "image/jpeg";
  readonly bytes: Uint8Array;
}

export interface ReportInput {
  /** release.json as it will be, without the files. */
  readonly release: Omit<Release, "files">;
  /** Files of the release that exist before the report, sorted by name. */
  readonly files: readonly FileEntry[];
  readonly evaluation: Evaluation;
  readonly gates: Config["gates"];
  readonly recipe: Recipe;
  readonly training: TrainingMetrics;
  readonly train: Pick<TrainResult, "environment" | "epochs" | "bestEpoch" | "imagesPerSecond" | "onnx">;
  readonly manifest: Manifest;
  readonly split: Split;
  /** The first issues of the data set, in the order of issues.jsonl; all counts stand in the manifest. */
  readonly issues: readonly IssueLine[];
  /** Frames that look alike in different parts; null where images were not decoded. */
  readonly alike: AlikeFrames | null;
  /** Of these, what the config lets pass, with its reasons. */
  readonly harmless?: Config["harmless"];
  /** States of the run that are done, in order. */
  readonly states: readonly { readonly state: string; readonly seconds: number }[];
  /** Ultralytics' own plots, without frames in them. */
  readonly plots: readonly PagePicture[];
  /** Fingerprint of the key that signs. */
  readonly fingerprint: string;
}

/** One box to draw: absolute pixels of the EXIF-turned image. Of classify the class of the frame, around all of it. */
export interface DrawnBox {
  readonly box: readonly [number, number, number, number];
  readonly class: string;
  /** Absent for a label. */
  readonly confidence?: number;
  /** Of the task segment: the rings of its shape, x1, y1, x2, y2, …, filled by the even-odd rule. */
  readonly outlines?: readonly (readonly number[])[];
}

export interface GalleryFrame {
  readonly name: string;
  readonly group: string;
  /** Pixels that the boxes refer to. */
  readonly width: number;
  readonly height: number;
  readonly picture: PagePicture;
  readonly labels: readonly DrawnBox[];
  readonly models: readonly { readonly role: Role; readonly boxes: readonly DrawnBox[] }[];
  /** What the candidate got right and wrong at IoU 0.5 and its operating point. */
  readonly found: number;
  readonly missed: number;
  readonly wrong: number;
}

/** Two frames of different parts that look alike. */
export interface PicturedPair {
  readonly pair: AlikePair;
  readonly first: PagePicture;
  readonly second: PagePicture;
}

/** Pictures of frames: erasable, never signed. */
export interface GalleryInput {
  readonly model: string;
  readonly version: string;
  readonly task: Task;
  readonly part: string;
  readonly worst: readonly GalleryFrame[];
  readonly best: readonly GalleryFrame[];
  /** Frames of different parts that look alike, the likest first. */
  readonly alike: readonly PicturedPair[];
  /** Ultralytics' mosaics of training and validation batches. */
  readonly mosaics: readonly PagePicture[];
}

/** A release on other labelled frames (`bobbin evaluate`). */
export interface EvaluationPageInput {
  readonly model: string;
  readonly version: string;
  readonly evaluation: Evaluation;
  /** The export it was scored on. */
  readonly source: { readonly name: string; readonly format: string; readonly frames: number; readonly boxes: number };
  /** Frames scored apart because the release may have seen them: its hash or its group was in training. */
  readonly apart: readonly {
    readonly title: string;
    readonly reason: string;
    readonly frames: readonly string[];
    readonly models: readonly { readonly role: Role; readonly name: string; readonly breakdown: Breakdown }[];
  }[];
}

/** Draws pages. */
export interface Pages {
  report(input: ReportInput): Promise<string>;
  gallery(input: GalleryInput): Promise<string>;
}

/** Makes pictures small enough for a page. */
export interface Pictures {
  /** A JPEG of at most `maxSide` pixels, turned as its EXIF says and without any metadata. */
  shrink(image: Uint8Array, maxSide: number): Promise<PagePicture["bytes"]>;
}
