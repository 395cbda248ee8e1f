// An export meets the version before it: `merge` adds frames and corrects labels and removes nothing, `replace` is the whole truth.
import type { Difference, ManifestLine } from "../../contracts/dataset.ts";
import { sortedByName } from "../split/name-order.ts";
import { differenceOf } from "./difference.ts";

export interface Merged {
  /** Sorted by name, each name once. */
  readonly lines: readonly ManifestLine[];
  readonly difference: Difference;
}

export interface MergeInput {
  readonly mode: "merge" | "replace";
  /** Lines of the version before, sorted by name; empty for the first. */
  readonly previous: readonly ManifestLine[];
  /** Lines of the export, each name once, in any order. */
  readonly incoming: readonly ManifestLine[];
  /** The group that today's rule gives to an old line; null where the rule says nothing about it. */
  readonly regroup: (line: ManifestLine) => string | null;
  /** Boxes that count of a line. */
  readonly boxes: (line: ManifestLine) => number;
}

/**
 * Labels of the export win where it says anything about a frame. An image with other bytes replaces the one of its name, and
 * takes away the labels that were drawn on the old one unless the export brings new ones.
 */
export function mergeLines({ mode, previous, incoming, regroup, boxes }: MergeInput): Merged {
  const before = new Map(previous.map((line) => [line.name, line]));
  const after = new Map<string, ManifestLine>();
  if (mode === "merge")
    for (const line of previous) after.set(line.name, { ...line, group: regroup(line) ?? line.group });
  for (const line of incoming) after.set(line.name, corrected(before.get(line.name), line, mode));
  const lines = sortedByName([...after.values()]);
  return { lines, difference: differenceOf(before, after, boxes) };
}

function corrected(old: ManifestLine | undefined, line: ManifestLine, mode: MergeInput["mode"]): ManifestLine {
  if (old === undefined || old.sha256 !== line.sha256) return line;
  const seen = line.phash === null ? { ...line, phash: old.phash, ...thumbOf(old) } : line;
  if (mode === "replace") return seen;
  const task = line.task ?? old.task;
  const known = task === undefined ? seen : { ...seen, task };
  return line.labelled ? known : { ...known, labelled: old.labelled, labels: old.labels };
}

const thumbOf = ({ thumb }: ManifestLine) => (thumb === undefined ? {} : { thumb });
