// Promote, hold or inconclusive: what the numbers of a comparison mean. Pure arithmetic and one sentence.
import type { Comparison } from "../../contracts/evaluation.ts";
import { groupsForInterval } from "./jackknife.ts";
import { groupsFor, smallestP } from "./permutation.ts";

/** Fewer test groups than this never decide anything: with six the smallest two-sided p is 2/2^6. */
export const leastGroups = 6;

export interface Findings {
  /** "the base model", "production": for the sentence. */
  readonly against: string;
  readonly primary: string;
  /** @default "better" */
  readonly test?: Comparison["test"];
  readonly margin: number;
  readonly alpha: number;
  readonly minRecall: number | undefined;
  readonly groups: number;
  /** Of the primary metric, candidate minus reference; null where nothing can be compared, with `why`. */
  readonly difference: number | null;
  readonly why: string;
  readonly p: number | null;
  /** Of the difference; null where there are too few groups for one. */
  readonly interval?: Comparison["interval"];
  /** The candidate's recall on test at its operating point. */
  readonly recall: number | null;
}

export type Verdict = Pick<Comparison, "verdict" | "reason" | "groupsWanted">;

/** Three decimals; more where they would hide a number that is not zero. */
export function figure(value: number): string {
  return value !== 0 && Math.abs(value) < 0.0005 ? value.toPrecision(2) : value.toFixed(3);
}

function tooFew({ groups, alpha }: Findings): Verdict | null {
  const reachable = smallestP(groups);
  if (groups >= leastGroups && reachable <= alpha) return null;
  const wanted = groupsFor(alpha, leastGroups);
  const here = `${groups} test ${groups === 1 ? "group" : "groups"} can reach p = ${figure(reachable)} at best`;
  const enough =
    wanted === null
      ? `no number of groups reaches alpha ${alpha}`
      : `at least ${wanted} are wanted (${wanted} groups: ${figure(smallestP(wanted))})`;
  return { verdict: "inconclusive", reason: `Inconclusive: ${here}; ${enough}.`, groupsWanted: wanted };
}

function gateOnRecall({ minRecall, recall }: Findings): Verdict | null {
  if (minRecall === undefined) return null;
  if (recall === null) {
    const reason = `Inconclusive: recall cannot be measured, so the gate of ${figure(minRecall)} cannot be passed.`;
    return { verdict: "inconclusive", reason, groupsWanted: null };
  }
  if (recall >= minRecall) return null;
  const reason = `Hold: recall on test is ${figure(recall)}, the gate asks for ${figure(minRecall)}.`;
  return { verdict: "hold", reason, groupsWanted: null };
}

function byDifference(findings: Findings, difference: number, p: number): Verdict {
  const { primary, against, margin, alpha } = findings;
  const size = `${figure(Math.abs(difference))} of ${primary} ${difference < 0 ? "worse" : "better"} than ${against}`;
  const test = `p = ${figure(p)} over ${findings.groups} groups`;
  if (p > alpha) {
    const reason = `Inconclusive: the candidate is ${size}, which chance alone can give (${test}, alpha ${alpha}).`;
    return { verdict: "inconclusive", reason, groupsWanted: null };
  }
  if (difference > margin) {
    return {
      verdict: "promote",
      reason: `Promote: the candidate is ${size} (margin ${margin}; ${test}).`,
      groupsWanted: null,
    };
  }
  const short = difference < 0 ? "" : `, not by more than the margin of ${margin}`;
  return { verdict: "hold", reason: `Hold: the candidate is ${size}${short} (${test}).`, groupsWanted: null };
}

/** Not worse than the margin, or worse: where the whole interval lies on one side of minus the margin. p has no part in it. */
function byInterval({ primary, against, margin, interval, groups }: Findings, difference: number): Verdict {
  if (!interval) {
    const reason = `Inconclusive: whether the candidate is not worse is read off an interval, and with ${groups} test ${groups === 1 ? "group" : "groups"} none can be trusted; at least ${groupsForInterval} are wanted.`;
    return { verdict: "inconclusive", reason, groupsWanted: groupsForInterval };
  }
  const { low, high, level } = interval;
  const found = `the difference of ${primary} to ${against} is ${figure(difference)} (${100 * level} % interval ${figure(low)} to ${figure(high)} over ${groups} groups; margin ${margin})`;
  if (low > -margin) return { verdict: "promote", reason: `Promote: not worse; ${found}.`, groupsWanted: null };
  if (high < -margin) return { verdict: "hold", reason: `Hold: worse than the margin; ${found}.`, groupsWanted: null };
  return { verdict: "inconclusive", reason: `Inconclusive: ${found}.`, groupsWanted: null };
}

/**
 * In this order: too few groups, nothing to compare, the recall gate, the difference.
 * Promote: p ≤ alpha and the difference is above the margin. Hold: p ≤ alpha and it is not, or recall misses its gate.
 * Inconclusive: all else; production stays. Asked whether it is not worse, the interval decides in place of p and the difference.
 */
export function decide(findings: Findings): Verdict {
  const few = tooFew(findings);
  const { difference, p } = findings;
  if (difference === null || p === null) {
    const reason = few === null ? `Inconclusive: ${findings.why}.` : `${few.reason} Besides, ${findings.why}.`;
    return { verdict: "inconclusive", reason, groupsWanted: few?.groupsWanted ?? null };
  }
  if (findings.test === "not-worse") {
    const verdict = byInterval(findings, difference);
    return verdict.verdict === "inconclusive" ? verdict : (gateOnRecall(findings) ?? verdict);
  }
  return few ?? gateOnRecall(findings) ?? byDifference(findings, difference, p);
}
