// What a source's class name means to the project, and which labels the task trains on. The one place that decides both.

import type { Box, Task } from "../../contracts/common.ts";
import type { Config, Conversion } from "../../contracts/config.ts";
import type { Label, ManifestLine } from "../../contracts/dataset.ts";
import type { SplitFrame } from "../split/tally.ts";
import { isOfFrames } from "../tasks.ts";
import { outlinesOf } from "./outlines.ts";

/** What of a config decides which labels are trained on, and as what. */
export type LabelConfig = Pick<Config, "classes" | "ignore" | "conversions"> & Partial<Pick<Config, "task">>;

export interface ClassTable {
  /** The project's classes, in order. */
  readonly names: readonly string[];
  /** Index of a source's class name in `names`; null where it is left out on purpose, undefined where nobody knows it. */
  indexOf(name: string): number | null | undefined;
  /** Whether the task is trained on such a label. */
  serves(label: Label): boolean;
  /** The box of a label that the task trains on: for segment that of an outline. null for one it has no use for, and for a tag. */
  boxOf(label: Label): Box | null;
  /** Of classify: the class of the frame, by index. null where no label says one, or where they say several. */
  classOf(line: Pick<ManifestLine, "labels">): number | null;
  /** Whether the source says of a frame what the task asks: no label at all is background, but no class. */
  says(line: Pick<ManifestLine, "labelled" | "labels">): boolean;
}

/** The kind of label that a task is trained on without any rule. */
export const ownKind: Readonly<Record<Task, Label["kind"]>> = { detect: "box", segment: "polygon", classify: "tag" };

/** The rule that would make a box of a kind of shape; kinds without one are no boxes to anybody. */
export const conversionOf: Readonly<Partial<Record<Label["kind"], Conversion>>> = {
  polygon: "polygon-to-box",
  rotatedBox: "rotated-box-to-box",
  ellipse: "ellipse-to-box",
  skeleton: "skeleton-to-box",
  cuboid: "cuboid-to-box",
  mask: "mask-to-box",
};

/** A region of many objects, as COCO has them: exporters carry it as an attribute of the label. */
export function isCrowd({ attributes }: Label): boolean {
  const value = (attributes?.is_crowd ?? attributes?.iscrowd ?? "").toLowerCase();
  return value === "true" || value === "1";
}

export function classTable(config: LabelConfig): ClassTable {
  const conversions = new Set(config.conversions ?? []);
  const indices = new Map<string, number | null>(config.ignore.map((name) => [name, null]));
  for (const [index, { name, from }] of config.classes.entries()) {
    for (const each of [name, ...from]) indices.set(each, index);
  }
  const task = config.task ?? "detect";
  const boxOf = (label: Label): Box | null => {
    if (label.box === undefined || isCrowd(label)) return null;
    switch (task) {
      case "detect": {
        if (label.kind === "box") return label.box;
        const rule = conversionOf[label.kind];
        return rule !== undefined && conversions.has(rule) ? label.box : null;
      }
      // No box has an outline, and no rule makes one up.
      case "segment":
        return outlinesOf(label) === null ? null : label.box;
      // What a shape shows is not what its frame is.
      case "classify":
        return null;
    }
  };
  const serves = (label: Label) => (isOfFrames(task) ? label.kind === ownKind[task] : boxOf(label) !== null);
  const classOf = ({ labels }: Pick<ManifestLine, "labels">): number | null => {
    const found = classesOf(labels, serves, (name) => indices.get(name));
    return found.length === 1 ? (found[0] as number) : null;
  };
  return {
    names: config.classes.map(({ name }) => name),
    indexOf: (name) => indices.get(name),
    serves,
    boxOf,
    classOf,
    says: (line) => line.labelled && (!isOfFrames(task) || classOf(line) !== null),
  };
}

/** The project's classes that the labels of a frame name, each once. */
function classesOf(
  labels: readonly Label[],
  serves: (label: Label) => boolean,
  indexOf: ClassTable["indexOf"],
): readonly number[] {
  const found = new Set<number>();
  for (const label of labels) {
    const index = indexOf(label.class);
    if (typeof index === "number" && serves(label)) found.add(index);
  }
  return [...found];
}

/** Labels of each of the project's classes in one frame that the task is trained on: boxes, or of classify the frame itself. */
export function boxCounts(line: ManifestLine, table: ClassTable): readonly number[] {
  const counts = table.names.map(() => 0);
  for (const label of line.labels) {
    const index = table.indexOf(label.class);
    if (typeof index === "number" && table.serves(label)) counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

export function splitFrame(line: ManifestLine, table: ClassTable): SplitFrame {
  return { name: line.name, sha256: line.sha256, group: line.group, boxes: boxCounts(line, table) };
}
