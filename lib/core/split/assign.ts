// Which group goes into which part. A group keeps its part for ever; new groups go where shares are missing; reserved ones
// into the deployment test. The same groups, seed and past give the same answer in any input order.
import type { Part } from "../../contracts/common.ts";
import type { Config } from "../../contracts/config.ts";
import type { Split } from "../../contracts/dataset.ts";
import { BobbinError } from "../../contracts/errors.ts";
import type { Place, ShareTable } from "./balance.ts";
import { seededIndex, seededOrder } from "./chance.ts";
import type { Refuse } from "./proof.ts";
import { searchPlaces } from "./search.ts";
import type { GroupTally } from "./tally.ts";

export type Assignment = Split["assignments"][number];

export interface AssignOptions {
  readonly split: Config["split"];
  /** The assignments of the version before; empty for the first. */
  readonly previous: readonly Assignment[];
  /** The version that is being made. */
  readonly version: string;
  /** The group rule in words, for errors. */
  readonly rule: string;
}

export const trainingParts: readonly Part[] = ["train", "val", "test"];

/** The ratios as shares that add up to 1. */
export function wantedShares({ ratios }: Config["split"]): readonly [number, number, number] {
  const sum = ratios.train + ratios.val + ratios.test;
  return [ratios.train / sum, ratios.val / sum, ratios.test / sum];
}

/** Deployment groups by name, checked against what they were before. Refuses with GroupUnknown, GroupNotReservable. */
function checkReserved(groups: readonly GroupTally[], options: AssignOptions, refuse: Refuse): ReadonlySet<string> {
  const known = new Set(groups.map(({ group }) => group));
  const before = new Map(options.previous.map((assignment) => [assignment.group, assignment]));
  for (const group of options.split.reserved) {
    const earlier = before.get(group);
    if (earlier === undefined && !known.has(group)) {
      refuse(new BobbinError("GroupUnknown", { group, wanted: shortList([...known]) }));
    }
    if (earlier !== undefined && earlier.part !== "deployment") {
      refuse(new BobbinError("GroupNotReservable", { group, part: earlier.part, since: earlier.since }));
    }
  }
  return new Set(options.split.reserved);
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(", ");
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}

function shareTable(groups: readonly GroupTally[], options: AssignOptions): ShareTable {
  const frames = groups.reduce((sum, group) => sum + group.frames, 0);
  const classes = groups[0]?.boxesOfClass.length ?? 0;
  const totals = Array.from({ length: options.split.stratify ? classes : 0 }, (_, index) =>
    groups.reduce((sum, group) => sum + (group.boxesOfClass[index] ?? 0), 0),
  );
  const present = totals.flatMap((total, index) => (total > 0 ? [{ index, total }] : []));
  const columns = 1 + present.length;
  const shares = new Float64Array(groups.length * columns);
  for (const [row, group] of groups.entries()) {
    shares[row * columns] = group.frames / frames;
    for (const [offset, { index, total }] of present.entries()) {
      shares[row * columns + 1 + offset] = (group.boxesOfClass[index] ?? 0) / total;
    }
  }
  return { rows: groups.length, columns, shares, wanted: wantedShares(options.split) };
}

/**
 * @param groups sorted by name
 * @returns assignments sorted by group; groups of earlier versions that have no frame now keep theirs
 * @throws TooFewGroups
 */
export function assignGroups(
  groups: readonly GroupTally[],
  options: AssignOptions,
  refuse: Refuse,
): readonly Assignment[] {
  const reserved = checkReserved(groups, options, refuse);
  const assignments = new Map(options.previous.map((assignment) => [assignment.group, assignment]));
  for (const { group } of groups) {
    if (reserved.has(group) && !assignments.has(group)) {
      assignments.set(group, { group, part: "deployment", since: options.version });
    }
  }
  const open = groups.filter(({ group }) => assignments.get(group)?.part !== "deployment");
  for (const [group, part] of placeOpen(open, assignments, options)) {
    assignments.set(group, { group, part, since: options.version });
  }
  return [...assignments.values()].sort((a, b) => (a.group < b.group ? -1 : 1));
}

/** The parts of the groups that have none yet. */
function placeOpen(
  open: readonly GroupTally[],
  assignments: ReadonlyMap<string, Assignment>,
  options: AssignOptions,
): ReadonlyMap<string, Part> {
  const fixed = new Map<number, Place>();
  for (const [row, { group }] of open.entries()) {
    const place = trainingParts.indexOf(assignments.get(group)?.part ?? "deployment");
    if (place >= 0) fixed.set(row, place as Place);
  }
  const free = [...open.keys()].filter((row) => !fixed.has(row));
  const missing = 3 - new Set(fixed.values()).size;
  if (free.length < missing) {
    throw new BobbinError("TooFewGroups", {
      found: open.length,
      wanted: open.length + missing - free.length,
      rule: options.rule,
    });
  }
  const { seed } = options.split;
  const ordered = seededOrder(seed, free, (row) => open[row]?.group ?? "");
  const found = searchPlaces({ table: shareTable(open, options), fixed, free: ordered, index: seededIndex(seed) });
  return new Map([...found].map(([row, place]) => [open[row]?.group ?? "", trainingParts[place] ?? "train"]));
}
