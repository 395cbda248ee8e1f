// What the next dataset version would be: the export met with the version before it, split, counted. Pure; Split writes it,
// check only looks at it.
import type { Config, GroupTable } from "../../contracts/config.ts";
import type { DatasetStats, Difference, IssueLine, ManifestLine } from "../../contracts/dataset.ts";
import { canonicalJson } from "../config/canonical.ts";
import { harmlessPairs } from "../split/harmless.ts";
import { type Refuse, throwIt } from "../split/proof.ts";
import { type SplitResult, splitFrames } from "../split/split.ts";
import { applyGroupRule } from "./group-rule/apply.ts";
import { ruleText } from "./group-rule/rule-text.ts";
import { findAlike } from "./leaks/alike.ts";
import { refuseLeaks } from "./leaks/refuse.ts";
import { boxCounts, classTable, splitFrame } from "./manifest-classes.ts";
import { lineText } from "./manifest-lines.ts";
import { type DatasetVersion, partsOfImages } from "./manifest-version.ts";
import { mergeLines } from "./merge.ts";
import { refuseTwoOpinions } from "./opinions.ts";
import { datasetStats } from "./stats.ts";

export interface PlanInput {
  readonly config: Config;
  readonly groupTable: GroupTable;
  readonly mode: "merge" | "replace";
  /** Lines of the export. */
  readonly incoming: readonly ManifestLine[];
  readonly previous: DatasetVersion | null;
  /** The number it would get, e.g. d2. */
  readonly version: string;
}

export interface VersionPlan {
  readonly lines: readonly ManifestLine[];
  readonly difference: Difference;
  /** What became of labels that the version before had. */
  readonly issues: readonly IssueLine[];
  readonly split: SplitResult;
  readonly stats: DatasetStats;
  /** Boxes of each class of the project. */
  readonly classes: Readonly<Record<string, number>>;
  /** True: frames, labels, groups and split are those of the version before. */
  readonly unchanged: boolean;
}

/** What the export makes of the version before, before anything is split. */
export function mergePlan({ config, groupTable, mode, incoming, previous }: Omit<PlanInput, "version">) {
  const table = classTable(config);
  return mergeLines({
    mode,
    previous: previous?.lines ?? [],
    incoming,
    regroup: ({ name, task }) => applyGroupRule(config.groupRule, { name, task: task ?? null }, groupTable),
    annotator: config.annotator,
    boxes: (line) => boxCounts(line, table).reduce((sum, count) => sum + count, 0),
  });
}

/**
 * @param refuse takes each error of the split that does not end it; default: the first is thrown
 * @throws TooFewGroups, FrameInTwoGroups, GroupCrossesParts, GroupUnknown, GroupNotReservable, TwoOpinions, GroupRuleLeaks, FrameReencoded
 */
export function planVersion(input: PlanInput, refuse: Refuse = throwIt): VersionPlan {
  const { config, groupTable, previous, version } = input;
  const table = classTable(config);
  const { lines, difference, issues } = mergePlan(input);
  refuseTwoOpinions(lines, config.annotator, refuse);
  const split = splitFrames(
    lines.map((line) => splitFrame(line, table)),
    {
      split: config.split,
      classes: table.names,
      previous: previous === null ? null : { split: previous.split, partOfImage: partsOfImages(previous) },
      version,
      rule: ruleText(config.groupRule),
      harmless: config.harmless,
    },
    refuse,
  );
  const alike = findAlike(lines, split.partOf, groupTable.attributes, harmlessPairs(config.harmless));
  if (alike !== null) refuseLeaks({ alike, lines, rule: config.groupRule }, refuse);
  const stats = datasetStats(lines, split.partOf, table, alike?.document ?? null);
  const { parts } = split.split;
  const classes = table.names.map((name) => [
    name,
    Object.values(parts).reduce((sum, part) => sum + (part.boxesOfClass[name] ?? 0), 0),
  ]);
  return {
    lines,
    difference,
    issues,
    split,
    stats,
    classes: Object.fromEntries(classes),
    unchanged: previous !== null && isSame(previous, lines, split, groupTable),
  };
}

function isSame(
  previous: DatasetVersion,
  lines: readonly ManifestLine[],
  { split }: SplitResult,
  { attributes }: GroupTable,
): boolean {
  return (
    previous.lines.length === lines.length &&
    lines.every((line, index) => {
      const old = previous.lines[index];
      return old !== undefined && lineText(old) === lineText(line);
    }) &&
    canonicalJson(previous.split) === canonicalJson(split) &&
    canonicalJson(previous.manifest.attributes) === canonicalJson(attributes)
  );
}
