// What a source's class name means to the project, and which labels the task trains on. The one place that decides both.
import type { Box } from "../../contracts/common.ts";
import type { Config, Conversion } from "../../contracts/config.ts";
import type { Label, ManifestLine } from "../../contracts/dataset.ts";
import type { SplitFrame } from "../split/tally.ts";
import { outlinesOf } from "./outlines.ts";

/** What of a config decides which labels are trained on, and as what. */
export type LabelConfig = Pick<Config, "classes" | "ignore" | "conversions"> & Partial<Pick<Config, "task">>;

export interface ClassTable {
  /** The project's classes, in order. */
  readonly names: readonly string[];
  /** Index of a source's class name in `names`; null where it is left out on purpose, undefined where nobody knows it. */
  indexOf(name: string): number | null | undefined;
  /** The box of a label that the task trains on: for segment that of an outline. null for a label that it has no use for. */
  boxOf(label: Label): Box | null;
}

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
  return {
    names: config.classes.map(({ name }) => name),
    indexOf: (name) => indices.get(name),
    boxOf(label) {
      if (label.box === undefined || isCrowd(label)) return null;
      // No box has an outline, and no rule makes one up.
      if (config.task === "segment") return outlinesOf(label) === null ? null : label.box;
      if (label.kind === "box") return label.box;
      const rule = conversionOf[label.kind];
      return rule !== undefined && conversions.has(rule) ? label.box : null;
    },
  };
}

/** Boxes of each of the project's classes in one frame. */
export function boxCounts(line: ManifestLine, table: ClassTable): readonly number[] {
  const counts = table.names.map(() => 0);
  for (const label of line.labels) {
    const index = table.indexOf(label.class);
    if (typeof index === "number" && table.boxOf(label) !== null) counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

export function splitFrame(line: ManifestLine, table: ClassTable): SplitFrame {
  return { name: line.name, sha256: line.sha256, group: line.group, boxes: boxCounts(line, table) };
}
