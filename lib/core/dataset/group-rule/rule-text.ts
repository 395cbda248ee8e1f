// A group rule as one word of the command line: `pattern:REGEX`, `folder:1`, `task`, `csv:FILE`, `frame`.
import type { GroupRule } from "../../../contracts/config.ts";
import { BobbinError } from "../../../contracts/errors.ts";
import { groupPattern } from "./pattern.ts";

const deepest = 8;

function fail(problem: string): never {
  throw new BobbinError("UsageWrong", {
    problem: `${problem} Group rules are pattern:REGEX, folder:1, task, csv:FILE, frame.`,
    command: "init",
  });
}

/** How a rule is written in messages; `parseGroupRule` reads it back. */
export function ruleText(rule: GroupRule): string {
  switch (rule.kind) {
    case "pattern":
      return `pattern:${rule.pattern}`;
    case "folder":
      return `folder:${rule.depth}`;
    case "csv":
      return `csv:${rule.file}`;
    default:
      return rule.kind;
  }
}

function parsePattern(pattern: string): GroupRule {
  if (pattern === "") fail("The pattern is empty.");
  groupPattern(pattern);
  return { kind: "pattern", pattern };
}

function parseFolder(depth: string): GroupRule {
  if (!/^[1-9]$/.test(depth) || Number(depth) > deepest) fail(`"folder:${depth}" has no depth from 1 to ${deepest}.`);
  return { kind: "folder", depth: Number(depth) };
}

/** @throws UsageWrong, ConfigInvalid for a pattern that cannot be used */
export function parseGroupRule(text: string): GroupRule {
  const colon = text.indexOf(":");
  const kind = colon < 0 ? text : text.slice(0, colon);
  const rest = colon < 0 ? null : text.slice(colon + 1);
  if (kind === "pattern" && rest !== null) return parsePattern(rest);
  if (kind === "folder") return parseFolder(rest ?? "1");
  if (kind === "csv" && rest !== null && rest !== "") return { kind: "csv", file: rest };
  if ((kind === "task" || kind === "frame") && rest === null) return { kind };
  return fail(`"${text.slice(0, 80)}" is no group rule.`);
}
