// What a source's class name means to the project, and which labels the task trains on. The one place that decides both.
import type { Box } from "../../contracts/common.ts";
import type { Config } from "../../contracts/config.ts";
import type { Label, ManifestLine } from "../../contracts/dataset.ts";
import type { SplitFrame } from "../split/tally.ts";

export interface ClassTable {
  /** The project's classes, in order. */
  readonly names: readonly string[];
  /** Index of a source's class name in `names`; null where it is left out on purpose, undefined where nobody knows it. */
  indexOf(name: string): number | null | undefined;
}

export function classTable(config: Pick<Config, "classes" | "ignore">): ClassTable {
  const indices = new Map<string, number | null>(config.ignore.map((name) => [name, null]));
  for (const [index, { name, from }] of config.classes.entries()) {
    for (const each of [name, ...from]) indices.set(each, index);
  }
  return { names: config.classes.map(({ name }) => name), indexOf: (name) => indices.get(name) };
}

/** The box that `detect` trains on; null for every other kind of label. */
export function trainingBox(label: Label): Box | null {
  return label.kind === "box" && label.box !== undefined ? label.box : null;
}

/** Boxes of each of the project's classes in one frame. */
export function boxCounts(line: ManifestLine, table: ClassTable): readonly number[] {
  const counts = table.names.map(() => 0);
  for (const label of line.labels) {
    const index = table.indexOf(label.class);
    if (typeof index === "number" && trainingBox(label) !== null) counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

export function splitFrame(line: ManifestLine, table: ClassTable): SplitFrame {
  return { name: line.name, sha256: line.sha256, group: line.group, boxes: boxCounts(line, table) };
}
