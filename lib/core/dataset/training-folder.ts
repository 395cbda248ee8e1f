// What the trainer gets to see of a dataset version: pictures and YOLO label files for `train`, pictures and their list for
// `predict`. Pure: it says which file lies where; whoever runs the job brings the bytes there.

import type { Part } from "../../contracts/common.ts";
import type { ManifestLine } from "../../contracts/dataset.ts";
import type { JobFrame } from "../../contracts/job.ts";
import { dataKeys } from "../../contracts/layout.ts";
import type { JobInput } from "../ports.ts";
import { isOfFrames } from "../tasks.ts";
import { type ClassTable, classTable, type LabelConfig } from "./manifest-classes.ts";
import { outlinesOf, singleRing } from "./outlines.ts";

export interface FolderOptions {
  readonly config: LabelConfig;
  /** The recipe's classes, by name; absent: all of the config's. */
  readonly recipeClasses?: readonly string[];
  /** Part of every group, from split.json. */
  readonly partOf: ReadonlyMap<string, Part>;
  /** Where it lies in the job's folder, e.g. `data`. */
  readonly folder: string;
}

export interface TrainingFolder {
  /** Names by class id. */
  readonly classes: readonly string[];
  readonly counts: {
    readonly train: number;
    readonly val: number;
    /** Frames of train and val that the source says nothing about; they are left out. */
    readonly unlabelled: number;
    /** Boxes by part and class. */
    readonly boxes: { readonly train: Record<string, number>; readonly val: Record<string, number> };
  };
  /** Every file, picture and label file in turn. */
  files(): Generator<JobInput>;
}

/** Digits of a relative coordinate: a hundredth of a pixel is kept up to pictures a million pixels wide. */
const digits = 8;

/** `lines` are sorted by name; the numbers in the file names follow them. */
export function trainingFolder(lines: readonly ManifestLine[], options: FolderOptions): TrainingFolder {
  const classes = options.recipeClasses ?? options.config.classes.map(({ name }) => name);
  const table = classTable(options.config);
  const idOf = classIds(table, classes);
  const held = partsHeld(lines, options, table, ["train", "val"]);
  const boxes = { train: zeroes(classes), val: zeroes(classes) };
  for (const { line, part } of held.frames) {
    const counts = boxes[part === "train" ? "train" : "val"];
    for (const label of line.labels) {
      const name = classes[idOf(label.class) ?? -1];
      if (name !== undefined && table.serves(label)) counts[name] = (counts[name] ?? 0) + 1;
    }
  }
  const inPart = (wanted: Part) => held.frames.filter(({ part }) => part === wanted).length;
  return {
    classes,
    counts: { train: inPart("train"), val: inPart("val"), unlabelled: held.unlabelled, boxes },
    *files() {
      for (const [index, { line, part }] of held.frames.entries()) {
        const stem = fileStem(line, index);
        const image = `${stem}.${line.ext}`;
        const labels = `${options.folder}/labels/${part}/${stem}.txt`;
        const task = options.config.task ?? "detect";
        switch (task) {
          case "detect":
            yield imageFile(`${options.folder}/images/${part}/${image}`, line);
            yield { path: labels, text: labelText(line, table, idOf) };
            break;
          case "segment":
            yield imageFile(`${options.folder}/images/${part}/${image}`, line);
            yield { path: labels, text: outlineText(line, table, idOf) };
            break;
          case "classify": {
            const id = classes.indexOf(table.names[table.classOf(line) ?? -1] ?? "");
            yield imageFile(`${options.folder}/images/${part}/${classFolder(id)}/${image}`, line);
            break;
          }
        }
      }
    },
  };
}

export interface PredictFolder {
  readonly counts: {
    readonly val: number;
    readonly test: number;
    readonly deployment: number;
    readonly unlabelled: number;
  };
  /** The list of frames (`<folder>/frames.jsonl`), then every picture. */
  files(): Generator<JobInput>;
}

/** Folders of classes sort as their numbers do: so Ultralytics finds them in the order of the job. */
const classFolder = (id: number) => String(id).padStart(5, "0");

/** Frames to be scored: only labelled ones of val, test and deployment, for on others nothing can be right or wrong. */
export function predictFolder(
  lines: readonly ManifestLine[],
  options: Pick<FolderOptions, "config" | "partOf" | "folder" | "recipeClasses">,
): PredictFolder {
  const held = partsHeld(lines, options, classTable(options.config), ["val", "test", "deployment"]);
  const inPart = (wanted: Part) => held.frames.filter(({ part }) => part === wanted).length;
  const fileOf = (frame: Held, index: number) =>
    `${options.folder}/${frame.part}/${fileStem(frame.line, index)}.${frame.line.ext}`;
  return {
    counts: { val: inPart("val"), test: inPart("test"), deployment: inPart("deployment"), unlabelled: held.unlabelled },
    *files() {
      const listed = held.frames.map((frame, index) => jobFrame(frame, fileOf(frame, index)));
      yield {
        path: `${options.folder}/frames.jsonl`,
        text: listed.map((each) => `${JSON.stringify(each)}\n`).join(""),
      };
      for (const [index, frame] of held.frames.entries()) yield imageFile(fileOf(frame, index), frame.line);
    },
  };
}

interface Held {
  readonly line: ManifestLine;
  readonly part: Part;
}

function partsHeld(
  lines: readonly ManifestLine[],
  { config, partOf, recipeClasses }: Pick<FolderOptions, "config" | "partOf" | "recipeClasses">,
  table: ClassTable,
  wanted: readonly Part[],
): { readonly frames: readonly Held[]; readonly unlabelled: number } {
  const frames: Held[] = [];
  // A frame of a class that the recipe leaves out has no place in any other.
  const isWanted = (line: ManifestLine) =>
    !isOfFrames(config.task ?? "detect") ||
    recipeClasses?.includes(table.names[table.classOf(line) ?? -1] ?? "") !== false;
  let unlabelled = 0;
  for (const line of lines) {
    const part = partOf.get(line.group);
    if (part === undefined || !wanted.includes(part)) continue;
    if (table.says(line) && isWanted(line)) frames.push({ line, part });
    else unlabelled += 1;
  }
  return { frames, unlabelled };
}

/** From a source's class name to the trained id; null for what the recipe leaves out. */
function classIds(table: ClassTable, classes: readonly string[]): (name: string) => number | null {
  const idOfIndex = table.names.map((name) => classes.indexOf(name));
  return (name) => {
    const id = idOfIndex[table.indexOf(name) ?? -1] ?? -1;
    return id < 0 ? null : id;
  };
}

function zeroes(classes: readonly string[]): Record<string, number> {
  return Object.fromEntries(classes.map((name) => [name, 0]));
}

function fileStem(line: ManifestLine, index: number): string {
  return `${String(index).padStart(6, "0")}_${line.sha256.slice(0, 8)}`;
}

function imageFile(path: string, line: ManifestLine): JobInput {
  return { path, bucket: "data", key: dataKeys.frame(line.sha256, line.ext), sha256: line.sha256 };
}

function jobFrame({ line, part }: Held, file: string): JobFrame {
  return { name: line.name, file, sha256: line.sha256, part, width: line.width, height: line.height };
}

/** `class xCentre yCentre width height`, relative to the EXIF-turned picture, one line a box. */
function labelText(
  { labels, width, height }: ManifestLine,
  table: ClassTable,
  idOf: (name: string) => number | null,
): string {
  let text = "";
  for (const label of labels) {
    const id = idOf(label.class);
    const box = table.boxOf(label);
    if (id === null || box === null) continue;
    const [left, top, right, bottom] = box;
    const values = [
      (left + right) / 2 / width,
      (top + bottom) / 2 / height,
      (right - left) / width,
      (bottom - top) / height,
    ];
    text += `${id} ${values.map((value) => value.toFixed(digits)).join(" ")}\n`;
  }
  return text;
}

/** Far below a pixel, and above what single precision resolves. */
const apart = 1e-6;

/**
 * `class x1 y1 x2 y2 …`, relative to the EXIF-turned picture, one line an object: several rings become one, and what
 * lies outside of the picture is cut off.
 */
function outlineText(
  { labels, width, height }: ManifestLine,
  table: ClassTable,
  idOf: (name: string) => number | null,
): string {
  let text = "";
  const boxes = new Map<string, number>();
  for (const label of labels) {
    const id = idOf(label.class);
    const outlines = outlinesOf(label);
    if (id === null || outlines === null || table.boxOf(label) === null) continue;
    const ring = singleRing(outlines, width, height);
    if (ring === null) continue;
    // Ultralytics takes two objects of one class and one bounding box for one: the second is made narrower by a hair.
    const sides = [0, 1].flatMap((axis) => {
      const values = ring.filter((_, at) => at % 2 === axis);
      return [Math.min(...values), Math.max(...values)];
    });
    const key = [id, ...sides.map((value) => value.toFixed(2))].join(" ");
    const twins = boxes.get(key) ?? 0;
    boxes.set(key, twins + 1);
    const values = ring.map((value, at) => (at % 2 === 0 ? (value / width) * (1 - twins * apart) : value / height));
    text += `${id} ${values.map((value) => value.toFixed(digits)).join(" ")}\n`;
  }
  return text;
}
