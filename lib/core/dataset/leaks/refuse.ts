// When look-alikes end a run: one picture saved again in two parts, or groups that are none, with the rule that would mend it.

import type { GroupRule } from "../../../contracts/config.ts";
import type { AlikePair, ManifestLine } from "../../../contracts/dataset.ts";
import { BobbinError } from "../../../contracts/errors.ts";
import type { Refuse } from "../../split/proof.ts";
import { applyGroupRule } from "../group-rule/apply.ts";
import { proposeGroupRules } from "../group-rule/propose.ts";
import { ruleText } from "../group-rule/rule-text.ts";
import type { Alike } from "./alike.ts";

/** Many: five frames at least, and a fifth of the group (or of all frames outside train). */
const many = 5;
const largeShare = 0.2;
/** train, val and test need a group each. */
const fewestGroups = 3;

export interface LeakInput {
  readonly alike: Alike;
  readonly lines: readonly ManifestLine[];
  readonly rule: GroupRule;
}

/** Refuses with GroupRuleLeaks and FrameReencoded. */
export function refuseLeaks({ alike, lines, rule }: LeakInput, refuse: Refuse): void {
  const { document, pairs, groups } = alike;
  const [first] = pairs;
  if (first === undefined) return;
  const pair = groups.find((each) => each.alike >= many && each.alike / each.frames >= largeShare);
  const overall = pairs.length >= many && pairs.length / document.outside >= largeShare;
  if (pair !== undefined || overall) {
    const shown = pair === undefined ? first : (pairs.find(isOf(pair)) ?? first);
    const what =
      pair === undefined
        ? `${pairs.length} of ${document.outside} frames outside train resemble frames of another part`
        : `${pair.alike} of ${pair.frames} frames of the group ${pair.group} (${pair.part}) resemble frames of ${pair.other} (${pair.otherPart})`;
    const mend = mendingRule(lines, pairs);
    refuse(
      new BobbinError("GroupRuleLeaks", { rule: ruleText(rule), what, frame: shown.frame, other: shown.other, mend }),
    );
  }
  if (document.reencoded > 0) {
    const { frame, part, other, otherPart } = first;
    refuse(new BobbinError("FrameReencoded", { frames: document.reencoded, frame, part, other, otherPart }));
  }
}

const isOf =
  ({ group, other }: Alike["groups"][number]) =>
  (pair: AlikePair): boolean =>
    (pair.group === group && pair.otherGroup === other) || (pair.group === other && pair.otherGroup === group);

/** Of the rules that fit the names, the one that puts most of the pairs together, and of those the finest. */
function mendingRule(lines: readonly ManifestLine[], pairs: readonly AlikePair[]): string {
  const byName = new Map(lines.map((line) => [line.name, { name: line.name, task: line.task ?? null }]));
  const table = { groupOfFrame: {}, attributes: {} };
  const groupOf = (rule: GroupRule, name: string) => {
    const frame = byName.get(name);
    return frame === undefined ? null : applyGroupRule(rule, frame, table);
  };
  const joined = proposeGroupRules([...byName.values()])
    .filter(({ groups }) => groups >= fewestGroups)
    .map(({ rule, groups }) => ({
      rule,
      groups,
      joins: pairs.filter(({ frame, other }) => groupOf(rule, frame) === groupOf(rule, other)).length,
    }))
    .sort((a, b) => b.joins - a.joins || b.groups - a.groups);
  const [best] = joined;
  if (best === undefined || best.joins < pairs.length / 2) {
    return "no rule over the names puts them together: list frames and groups in groups.csv (csv:groups.csv), one group a recording";
  }
  return `${ruleText(best.rule)} makes ${best.groups} groups and puts ${best.joins} of ${pairs.length} such pairs together`;
}
