// Group rules that fit the names of an export, each with what it would give. People choose; nothing is taken silently.
import type { GroupRule } from "../../../contracts/config.ts";
import { applyGroupRule, type GroupedFrame } from "./apply.ts";

export interface Proposal {
  readonly rule: GroupRule;
  /** For people. */
  readonly description: string;
  readonly groups: number;
  readonly largest: { readonly group: string; readonly frames: number };
  /** Up to three groups, by name. */
  readonly examples: readonly string[];
}

interface Candidate {
  readonly rule: GroupRule;
  readonly description: string;
}

const camera = "(?<camera>(?:[Cc]am(?:era)?|CAM(?:ERA)?|ch|CH)[-_]?\\d+)";
const dashedDay = "(?<day>(?:19|20)\\d{2}-\\d{2}-\\d{2})";
const lowDay = "(?<day>(?:19|20)\\d{2}_\\d{2}_\\d{2})";
const plainDay = "(?<!\\d)(?<day>20\\d{2}[01]\\d[0-3]\\d)";

/** Of rules that divide alike the first is shown, so the plainest stands first. */
const patterns: readonly (readonly [string, string])[] = [
  [`${camera}.*?${dashedDay}`, "camera and day in the name"],
  [`${camera}.*?${plainDay}`, "camera and day in the name"],
  [`${dashedDay}.*?${camera}`, "day and camera in the name"],
  [`${plainDay}.*?${camera}`, "day and camera in the name"],
  [dashedDay, "the day in the name"],
  [lowDay, "the day in the name"],
  [plainDay, "the day in the name"],
  ["^(?<video>.+?)(?:_(?:mp4|avi|mov|MOV|mkv|MP4))?-\\d+_(?:jpg|jpeg|png)\\.rf\\.", "the video in a Roboflow name"],
  ["^(?<video>.+?)[-_.](?:frame|Frame|frm|f|img)?[-_]?\\d+\\.\\w+$", "what stands before the running number"],
  ["^(?<video>.+?)[-_.](?:frame|Frame|frm|f|img)?[-_]?\\d+$", "what stands before the running number"],
  [camera, "the camera in the name"],
];

/** These are parts, not recordings. */
const partNames = /^(?:train|training|val|valid|validation|test|testing|default)$/i;

function candidates(frames: readonly GroupedFrame[]): readonly Candidate[] {
  const folders = [1, 2, 3].map(
    (depth): Candidate => ({
      rule: { kind: "folder", depth },
      description: depth === 1 ? "the first folder" : `the first ${depth} folders`,
    }),
  );
  const isParted = frames.every(({ name }) => partNames.test(name.split("/")[0] ?? ""));
  return [
    { rule: { kind: "task" }, description: "the CVAT task" },
    ...patterns.map(([pattern, description]): Candidate => ({ rule: { kind: "pattern", pattern }, description })),
    ...(isParted ? folders.slice(1) : folders),
  ];
}

interface Grouping {
  readonly counts: ReadonlyMap<string, number>;
  /** The group of each frame, numbered by first use: equal for rules that divide alike. */
  readonly division: Int32Array;
}

function divide(rule: GroupRule, frames: readonly GroupedFrame[]): Grouping | null {
  const numbers = new Map<string, number>();
  const counts = new Map<string, number>();
  const division = new Int32Array(frames.length);
  for (const [at, frame] of frames.entries()) {
    const group = applyGroupRule(rule, frame, { groupOfFrame: {}, attributes: {} });
    if (group === null) return null;
    const number = numbers.get(group) ?? numbers.size;
    numbers.set(group, number);
    counts.set(group, (counts.get(group) ?? 0) + 1);
    division[at] = number;
  }
  return { counts, division };
}

function proposalOf({ rule, description }: Candidate, { counts }: Grouping): Proposal {
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const [group, frames] = sorted.reduce((best, next) => (next[1] > best[1] ? next : best), ["", 0]);
  return {
    rule,
    description,
    groups: counts.size,
    largest: { group, frames },
    examples: sorted.slice(0, 3).map(([name]) => name),
  };
}

const alike = (a: Int32Array, b: Int32Array) => a.every((number, at) => number === b[at]);

/**
 * Rules that find a group for every frame and put some together; of rules that divide alike, the first.
 * The last one, each frame its own group, always fits, and is right only where no two frames come from one recording.
 */
export function proposeGroupRules(frames: readonly GroupedFrame[]): readonly Proposal[] {
  const seen: Int32Array[] = [];
  const proposals: Proposal[] = [];
  for (const candidate of candidates(frames)) {
    const grouping = divide(candidate.rule, frames);
    if (grouping === null || grouping.counts.size < 2 || grouping.counts.size === frames.length) continue;
    if (seen.some((division) => alike(division, grouping.division))) continue;
    seen.push(grouping.division);
    proposals.push(proposalOf(candidate, grouping));
  }
  const own: Candidate = {
    rule: { kind: "frame" },
    description: "every frame on its own: only where no two frames come from one recording",
  };
  const alone = divide(own.rule, frames);
  return alone === null || frames.length === 0 ? proposals : [...proposals, proposalOf(own, alone)];
}
