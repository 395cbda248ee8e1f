// Writes Ultralytics YOLO: data.yaml, lists of images by part, a text file of labels for each image. One task a folder, since
// Ultralytics drops every image whose file holds boxes and polygons both.
import { stringify } from "yaml";
import type { Label } from "../../../contracts/dataset.ts";
import { stemOf } from "../formats/files.ts";
import { isCrowd } from "../manifest-classes.ts";
import { outlinesOf } from "../outlines.ts";
import type { OutFile, WriteOptions, Writer, WrittenFrame } from "../writer.ts";

/** Digits of a fraction: a hundredth of a pixel is kept up to images a million pixels wide. */
const digits = 8;

type Task = "detect" | "segment";

/** The values behind the class; null where the task has no line for the label. */
function valuesOf(label: Label, task: Task, { width, height }: WrittenFrame): readonly number[] | null {
  if (isCrowd(label)) return null;
  if (task === "segment") {
    if (outlinesOf(label) === null || label.parts !== undefined) return null;
    return label.points?.map((value, at) => value / (at % 2 === 0 ? width : height)) ?? null;
  }
  if (label.kind !== "box" || label.box === undefined) return null;
  const [left, top, right, bottom] = label.box;
  return [(left + right) / 2 / width, (top + bottom) / 2 / height, (right - left) / width, (bottom - top) / height];
}

function lossOf(label: Label): string {
  if (isCrowd(label)) return "crowd region";
  return label.parts === undefined ? label.kind : `${label.kind} of several parts`;
}

function linesOf(frame: WrittenFrame, task: Task, { classes, losses }: WriteOptions): string {
  let text = "";
  for (const label of frame.labels) {
    const values = valuesOf(label, task, frame);
    if (values === null) {
      losses.add(lossOf(label), true);
      continue;
    }
    if (label.occluded === true) losses.add("occluded", false);
    for (const name of Object.keys(label.attributes ?? {})) losses.add(`attribute ${name}`, false);
    text += `${classes.idOf(label.class)} ${values.map((value) => value.toFixed(digits)).join(" ")}\n`;
  }
  return text;
}

const partNames: Readonly<Record<string, "train" | "val" | "test">> = {
  train: "train",
  val: "val",
  valid: "val",
  validation: "val",
  test: "test",
};

function dataYaml(classNames: readonly string[], parts: ReadonlyMap<string, readonly string[]>): string {
  const lists = Object.fromEntries([...parts.keys()].map((part) => [part, `${part}.txt`]));
  const names = new Map(classNames.map((name, id) => [id, name]));
  return stringify({ ...lists, names });
}

function writerOf(task: Task, id: string, title: string): Writer {
  return {
    id,
    title,
    async *write(frames, options): AsyncGenerator<OutFile> {
      const stems = new Set<string>();
      const parts = new Map<string, string[]>([
        ["train", []],
        ["val", []],
      ]);
      for await (const frame of frames) {
        const stem = stemOf(frame.name);
        if (stems.has(stem)) {
          // Both would have one label file.
          for (const _ of frame.labels) options.losses.add("label of a second image of one stem", true);
          continue;
        }
        stems.add(stem);
        const part = partNames[frame.part?.toLowerCase() ?? ""] ?? "train";
        const path = `images/${frame.name}`;
        const list = parts.get(part);
        if (list === undefined) parts.set(part, [path]);
        else list.push(path);
        if (frame.image !== null) yield { path, bytes: await frame.image() };
        // No file says that nobody looked; an empty one, that there is nothing.
        if (frame.labelled) {
          const text = linesOf(frame, task, options);
          yield { path: `labels/${stem}.txt`, bytes: Buffer.from(text) };
        }
      }
      for (const [part, paths] of parts) {
        yield { path: `${part}.txt`, bytes: Buffer.from(paths.map((path) => `./${path}\n`).join("")) };
      }
      yield { path: "data.yaml", bytes: Buffer.from(dataYaml(options.classes.names, parts)) };
    },
  };
}

export const ultralyticsWriter = writerOf("detect", "ultralytics", "Ultralytics YOLO, detect");
export const ultralyticsSegmentWriter = writerOf("segment", "ultralytics-segment", "Ultralytics YOLO, segment");
