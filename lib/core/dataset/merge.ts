// An export meets the version before it: `merge` adds frames and corrects labels and removes nothing, `replace` is the whole truth.
import type { Difference, IssueLine, ManifestLine } from "../../contracts/dataset.ts";
import { sortedByName } from "../split/name-order.ts";
import { differenceOf } from "./difference.ts";
import { issueOf } from "./issue-codes.ts";
import { corrected, counting, isDisputed, opinionText } from "./opinions.ts";

export interface Merged {
  /** Sorted by name, each name once. */
  readonly lines: readonly ManifestLine[];
  readonly difference: Difference;
  /** What became of labels that were there before: by frame, in the order of their names. */
  readonly issues: readonly IssueLine[];
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
  /** Whose labels count where a frame has several people's. */
  readonly annotator?: string | undefined;
}

/**
 * Labels of the export win where it says anything about a frame, but for another person's opinion, which is kept beside. An image
 * with other bytes replaces the one of its name, and takes away the labels that were drawn on the old one unless the export brings
 * new ones.
 */
export function mergeLines({ mode, previous, incoming, regroup, boxes, annotator }: MergeInput): Merged {
  const before = new Map(previous.map((line) => [line.name, line]));
  const after = new Map<string, ManifestLine>();
  if (mode === "merge")
    for (const line of previous)
      after.set(line.name, counting({ ...line, group: regroup(line) ?? line.group }, annotator));
  for (const line of incoming) after.set(line.name, merged(before.get(line.name), line, mode, annotator));
  const lines = sortedByName([...after.values()]);
  const issues = lines.flatMap((line) => issuesOf(before.get(line.name), line));
  return { lines, difference: differenceOf(before, after, boxes), issues };
}

function merged(
  old: ManifestLine | undefined,
  line: ManifestLine,
  mode: MergeInput["mode"],
  annotator: string | undefined,
): ManifestLine {
  if (old === undefined || old.sha256 !== line.sha256) return line;
  const seen = line.phash === null ? { ...line, phash: old.phash, ...thumbOf(old) } : line;
  if (mode === "replace") return seen;
  const task = line.task ?? old.task;
  const known = task === undefined ? seen : { ...seen, task };
  if (line.labelled) return old.labelled ? corrected(old, known, annotator) : known;
  const { drawnBy: _, ...silent } = known;
  const { labelled, labels, drawnBy, opinions } = old;
  const people = { ...(drawnBy === undefined ? {} : { drawnBy }), ...(opinions === undefined ? {} : { opinions }) };
  return counting({ ...silent, labelled, labels, ...people }, annotator);
}

const thumbOf = ({ thumb }: ManifestLine) => (thumb === undefined ? {} : { thumb });

/** Labels that went with their image, or that are no more; and opinions, whether new or old. */
function issuesOf(old: ManifestLine | undefined, line: ManifestLine): readonly IssueLine[] {
  const place = { file: "-", frame: line.name };
  if (isDisputed(line))
    return [issueOf("OpinionKept", { ...place, found: opinionText(line), wanted: "one opinion to train on" })];
  if (old !== undefined && old.labels.length > 0 && line.labels.length === 0) {
    const lost = `${old.labels.length} label${old.labels.length === 1 ? "" : "s"} before, none now`;
    if (old.sha256 !== line.sha256) {
      const found = `another image: ${lost}`;
      return [issueOf("LabelsGoneWithImage", { ...place, found, wanted: "the labels of the new image" })];
    }
    return [issueOf("LabelsGone", { ...place, found: lost, wanted: "as the export has it" })];
  }
  return [];
}
