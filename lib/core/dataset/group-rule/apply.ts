// Which group a frame belongs to, as the project's rule says. No rule, no group: nothing is guessed.
import type { GroupRule, GroupTable } from "../../../contracts/config.ts";
import { groupPattern } from "./pattern.ts";

export interface GroupedFrame {
  /** As in the manifest. */
  readonly name: string;
  readonly task: string | null;
}

function byPattern(pattern: string, name: string): string | null {
  const groups = groupPattern(pattern).exec(name)?.groups;
  if (groups === undefined) return null;
  const captures = Object.values(groups).filter((capture) => capture !== undefined && capture !== "");
  return captures.length === 0 ? null : captures.join("_");
}

function byFolder(depth: number, name: string): string | null {
  const folders = name.split("/").slice(0, -1);
  return folders.length < depth ? null : folders.slice(0, depth).join("/");
}

/** The group's name; null where the rule finds none. @throws ConfigInvalid for a pattern that cannot be used */
export function applyGroupRule(rule: GroupRule, frame: GroupedFrame, table: GroupTable): string | null {
  switch (rule.kind) {
    case "pattern":
      return byPattern(rule.pattern, frame.name);
    case "folder":
      return byFolder(rule.depth, frame.name);
    case "task":
      return frame.task === null || frame.task === "" ? null : frame.task;
    case "csv":
      return Object.hasOwn(table.groupOfFrame, frame.name) ? (table.groupOfFrame[frame.name] ?? null) : null;
    case "frame":
      return frame.name;
  }
}
