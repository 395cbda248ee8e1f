// Truth from a dataset version: the boxes of its labelled frames outside train, or their classes, as the project has them.

import * as z from "zod";
import type { Box, Part, Task } from "../../contracts/common.ts";
import { type Label, type ManifestLine, manifestLine } from "../../contracts/dataset.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { classTable, isCrowd, type LabelConfig } from "../dataset/manifest-classes.ts";
import { outlinesOf } from "../dataset/outlines.ts";
import { hasMasks, isOfFrames } from "../tasks.ts";
import { BoxesBuilder } from "./boxes.ts";
import type { ScoredPart, Truth, TruthFrame } from "./evaluate.ts";
import { jsonLines, type Source } from "./json-lines.ts";
import { shapeRuns } from "./raster.ts";

export interface TruthOptions {
  readonly config: LabelConfig;
  /** The classes that are scored, in the order of the predictions' class numbers: the config's, or the recipe's among them. */
  readonly classes: readonly string[];
  /** Part of a group; undefined: the frame is not scored. */
  readonly partOf: (line: ManifestLine) => Part | undefined;
  readonly attributes: Truth["attributes"];
}

interface TruthBox {
  readonly klass: number;
  readonly box: readonly [number, number, number, number];
  readonly crowd: boolean;
  /** Run lengths, where masks are scored. */
  readonly mask?: readonly number[];
}

/** The boxes of a line that are to be found. @throws ClassUnknown */
function boxesOf(line: ManifestLine, { task, classOf, boxOf }: Reader, wanted: string): TruthBox[] {
  const found = line.labels.flatMap((label) => {
    const box = boxOf(label, line);
    if (box === null) return [];
    const klass = classOf(label.class);
    if (klass === undefined) {
      throw new BobbinError("ClassUnknown", { class: label.class, file: line.name, labels: 1, wanted });
    }
    if (klass === null) return [];
    return [{ klass, box, crowd: isCrowd(label), ...(hasMasks(task) ? { mask: maskOf(label, box, line) } : {}) }];
  });
  // Two names of one class say it once.
  return isOfFrames(task) ? found.slice(0, 1) : found;
}

/** The pixels of a label; of a crowd that nobody outlined those of its box. */
function maskOf(label: Label, [left, top, right, bottom]: Box, { width, height }: ManifestLine): readonly number[] {
  const rectangle = [left, top, right, top, right, bottom, left, bottom];
  return shapeRuns(outlinesOf(label) ?? [rectangle], width, height);
}

interface Reader {
  readonly task: Task;
  /** From a label's class to the number of a scored class; null: left out, undefined: unknown. */
  readonly classOf: (name: string) => number | null | undefined;
  readonly boxOf: (label: Label, line: ManifestLine) => Box | null;
  readonly says: (line: ManifestLine) => boolean;
}

function readerOf({ config, classes }: TruthOptions): Reader {
  const table = classTable(config);
  const task = config.task ?? "detect";
  return {
    task,
    says: (line) => table.says(line),
    classOf(name) {
      const index = table.indexOf(name);
      if (index === undefined || index === null) return index;
      const klass = classes.indexOf(table.names[index] as string);
      return klass === -1 ? null : klass;
    },
    // Nothing is to be found in a crowd, but nothing found there is wrong.
    boxOf(label, { width, height }) {
      if (isOfFrames(task)) return table.serves(label) ? [0, 0, width, height] : null;
      return isCrowd(label) ? (label.box ?? null) : table.boxOf(label);
    },
  };
}

/**
 * Reads manifest.jsonl. Frames that the source says nothing about and frames of train are left out.
 * @throws ObjectCorrupt, ClassUnknown
 */
export async function readTruth(source: Source, options: TruthOptions): Promise<Truth> {
  const reader = readerOf(options);
  const wanted = options.config.classes.map(({ name }) => name).join(", ");
  const found: { frame: TruthFrame; boxes: TruthBox[] }[] = [];
  for await (const { value, line } of jsonLines(source)) {
    const parsed = manifestLine.safeParse(value);
    if (!parsed.success) {
      throw new BobbinError("ObjectCorrupt", {
        key: source.key,
        problem: `line ${line}: ${z.prettifyError(parsed.error)}`,
      });
    }
    const part = options.partOf(parsed.data);
    if (part === undefined || part === "train" || !reader.says(parsed.data)) continue;
    const boxes = boxesOf(parsed.data, reader, wanted);
    // A frame of a class that is not scored is no question of classify.
    if (isOfFrames(reader.task) && boxes.length === 0) continue;
    found.push({ frame: frameOf(parsed.data, part, hasMasks(reader.task)), boxes });
  }
  found.sort((a, b) => (a.frame.name < b.frame.name ? -1 : 1));
  const builder = new BoxesBuilder(found.length, hasMasks(reader.task));
  for (const [i, { boxes }] of found.entries()) {
    builder.begin(i);
    for (const { klass, box, crowd, mask } of boxes) builder.add([klass, 0, ...box], crowd, mask);
  }
  const { classes, attributes } = options;
  return { frames: found.map(({ frame }) => frame), boxes: builder.done(), task: reader.task, classes, attributes };
}

function frameOf(line: ManifestLine, part: ScoredPart, masks: boolean): TruthFrame {
  const { name, sha256, group, width, height } = line;
  return { name, sha256, group, part, ...(masks ? { size: { width, height } } : {}) };
}
