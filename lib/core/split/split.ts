// The split of a dataset version: groups to parts, the test set's number, how well ratios and class shares were met. Pure.
import { createHash } from "node:crypto";
import type { Part } from "../../contracts/common.ts";
import { parts } from "../../contracts/common.ts";
import type { Config } from "../../contracts/config.ts";
import type { Split } from "../../contracts/dataset.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { formatCounter, parseCounter } from "../../contracts/names.ts";
import { type Assignment, assignGroups, trainingParts, wantedShares } from "./assign.ts";
import { splitCsv } from "./csv.ts";
import { harmlessPairs } from "./harmless.ts";
import { sortedByName } from "./name-order.ts";
import { inheritedParts, proveNoImageInTwoGroups, type Refuse, throwIt } from "./proof.ts";
import { type GroupTally, type SplitFrame, tallyGroups } from "./tally.ts";

export interface SplitOptions {
  readonly split: Config["split"];
  /** Names of the project's classes, in the order of `SplitFrame.boxes`. */
  readonly classes: readonly string[];
  /** The split of the version before, and the part of its images by SHA-256. */
  readonly previous: { readonly split: Split; readonly partOfImage: ReadonlyMap<string, Part> } | null;
  /** The version that is being made, e.g. d2. */
  readonly version: string;
  /** The group rule in words, for errors. */
  readonly rule: string;
  readonly harmless?: Config["harmless"];
}

export interface SplitResult {
  readonly split: Split;
  readonly partOf: ReadonlyMap<string, Part>;
  /** The frames, sorted by name: the lines of split.csv. */
  readonly frames: readonly SplitFrame[];
}

/**
 * @param refuse takes each error; default: the first is thrown
 * @throws TooFewGroups, FrameInTwoGroups, GroupCrossesParts, GroupUnknown, GroupNotReservable
 */
export function splitFrames(unordered: readonly SplitFrame[], options: SplitOptions, refuse = throwIt): SplitResult {
  const frames = inOrder(unordered);
  const harmless = harmlessPairs(options.harmless);
  proveNoImageInTwoGroups(frames, harmless, refuse);
  const groups = tallyGroups(frames, options.classes.length);
  // A picture that stands in several parts says of no group where it belongs.
  const shared = new Set(frames.filter(({ name }) => harmless.names(name)).map(({ sha256 }) => sha256));
  const telling = shared.size === 0 ? frames : frames.filter(({ sha256 }) => !shared.has(sha256));
  const previous = keptAssignments(telling, options, refuse);
  const assignments = assignGroups(groups, { ...options, previous }, refuse);
  const partOf = new Map(assignments.map(({ group, part }) => [group, part]));
  const csv = createHash("sha256");
  for (const chunk of splitCsv(frames, partOf)) csv.update(chunk);
  const split: Split = {
    schema: "bobbin/split/1",
    seed: options.split.seed,
    ratios: options.split.ratios,
    assignments: [...assignments],
    testSet: testSetOf(frames, partOf, options.previous?.split ?? null),
    ...deploymentOf(frames, partOf),
    ...quality(groups, partOf, options),
    csvSha256: csv.digest("hex"),
  };
  return { split, partOf, frames };
}

function inOrder(frames: readonly SplitFrame[]): readonly SplitFrame[] {
  const sorted = frames.every((frame, index) => index === 0 || (frames[index - 1]?.name ?? "") <= frame.name);
  return sorted ? frames : sortedByName(frames);
}

/** What was assigned before, by the group's name or by the images it holds. Refuses with GroupCrossesParts. */
function keptAssignments(
  frames: readonly SplitFrame[],
  { previous, version }: SplitOptions,
  refuse: Refuse,
): readonly Assignment[] {
  if (previous === null) return [];
  const kept = new Map(previous.split.assignments.map((assignment) => [assignment.group, assignment]));
  for (const [group, part] of inheritedParts(frames, previous.partOfImage, refuse)) {
    const named = kept.get(group);
    if (named === undefined) kept.set(group, { group, part, since: version });
    else if (named.part !== part) {
      const frame = frames.find((each) => each.group === group && previous.partOfImage.get(each.sha256) === part);
      const first = `the group's earlier frames`;
      const second = frame?.name ?? group;
      refuse(new BobbinError("GroupCrossesParts", { group, first, firstPart: named.part, second, secondPart: part }));
    }
  }
  return [...kept.values()];
}

/** Hashing a line at a time costs several times the hash itself. */
const linesPerUpdate = 1024;

/** The frozen list of test frames: the same frames keep its number, others get the next one. */
function testSetOf(
  frames: readonly SplitFrame[],
  partOf: ReadonlyMap<string, Part>,
  previous: Split | null,
): Split["testSet"] {
  const { frames: count, sha256 } = listOf("test", frames, partOf);
  if (previous?.testSet.sha256 === sha256) return previous.testSet;
  const number = previous === null ? 0 : (parseCounter("t", previous.testSet.version) ?? 0);
  return { version: formatCounter("t", number + 1), frames: count, sha256 };
}

/** The deployment test has no number, for it is reserved by name; its list has a digest all the same. */
function deploymentOf(frames: readonly SplitFrame[], partOf: ReadonlyMap<string, Part>): Pick<Split, "deploymentTest"> {
  const list = listOf("deployment", frames, partOf);
  return list.frames === 0 ? {} : { deploymentTest: list };
}

/** How many frames a part has, and the digest of their names and images. */
function listOf(part: Part, frames: readonly SplitFrame[], partOf: ReadonlyMap<string, Part>) {
  const list = createHash("sha256");
  let [count, text] = [0, ""];
  for (const { name, sha256, group } of frames) {
    if (partOf.get(group) !== part) continue;
    text += `${JSON.stringify(name)} ${sha256}\n`;
    count += 1;
    if (count % linesPerUpdate !== 0) continue;
    list.update(text);
    text = "";
  }
  list.update(text);
  return { frames: count, sha256: list.digest("hex") };
}

type Quality = Pick<Split, "parts" | "classDeviation">;

function quality(groups: readonly GroupTally[], partOf: ReadonlyMap<string, Part>, options: SplitOptions): Quality {
  const shares = wantedShares(options.split);
  const open = groups.filter(({ group }) => partOf.get(group) !== "deployment");
  const frames = open.reduce((sum, group) => sum + group.frames, 0);
  const entries = parts.map((part) => {
    const inside = groups.filter(({ group }) => partOf.get(group) === part);
    const held = inside.reduce((sum, group) => sum + group.frames, 0);
    const place = trainingParts.indexOf(part);
    const boxesOfClass = Object.fromEntries(options.classes.map((name, index) => [name, boxesIn(inside, index)]));
    return [
      part,
      {
        groups: inside.length,
        frames: held,
        boxes: inside.reduce((sum, group) => sum + group.boxes, 0),
        wantedFrames: place < 0 ? held : frames * (shares[place] ?? 0),
        boxesOfClass,
      },
    ] as const;
  });
  const byPart = Object.fromEntries(entries) as Split["parts"];
  const deviations = options.classes.flatMap((name, index) => {
    const total = boxesIn(open, index);
    if (total === 0) return [];
    const gaps = trainingParts.map((part, place) =>
      Math.abs((byPart[part].boxesOfClass[name] ?? 0) / total - (shares[place] ?? 0)),
    );
    return [[name, Math.max(...gaps)] as const];
  });
  return { parts: byPart, classDeviation: Object.fromEntries(deviations) };
}

function boxesIn(groups: readonly GroupTally[], index: number): number {
  return groups.reduce((sum, group) => sum + (group.boxesOfClass[index] ?? 0), 0);
}
