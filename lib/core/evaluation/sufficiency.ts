// Is the off-the-shelf model good enough? Two questions, each a mean over groups held against a threshold, and three answers.
import type { EndPoint, Measurement } from "../../contracts/measurement.ts";
import { meanInterval, Weights } from "./bounded-mean.ts";
import { Chance } from "./chance.ts";
import { intervalLevel } from "./jackknife.ts";

/** Of one group, each from 0 to 1. */
export interface GroupShares {
  /** Mean recall of its frames that show something. */
  readonly recall: number;
  /** Share of those frames whose highest confidence is at least the threshold. */
  readonly confident: number;
}

export interface Thresholds {
  readonly recall: number;
  readonly medianConfidence: number;
}

/** A median is at least c where half of the frames are. */
const half = 0.5;

export function endPointOf(values: readonly number[], threshold: number, seed: number): EndPoint {
  if (values.length === 0) return { threshold, value: null, interval: null, range: null, state: "open" };
  const limits = meanInterval(values, intervalLevel, seed);
  return {
    threshold,
    value: values.reduce((sum, value) => sum + value, 0) / values.length,
    interval: { level: intervalLevel, ...limits },
    range: { low: Math.min(...values), high: Math.max(...values) },
    state: stateOf(limits, threshold),
  };
}

function stateOf({ low, high }: { readonly low: number; readonly high: number }, threshold: number): EndPoint["state"] {
  if (low >= threshold) return "reached";
  return high < threshold ? "missed" : "open";
}

export type Sufficiency = Pick<Measurement, "recall" | "confidence" | "answer" | "reason" | "moreGroups">;

export interface SufficiencyQuestion {
  readonly groups: readonly GroupShares[];
  readonly thresholds: Thresholds;
  /** Labelled classes that the model cannot know. */
  readonly unknown: readonly string[];
  readonly seed: number;
}

/**
 * Sufficient: both limits below are above their thresholds. Insufficient: a limit above is below its threshold, or a labelled class
 * cannot be known. All else is inconclusive.
 */
export function sufficiencyOf(question: SufficiencyQuestion): Sufficiency {
  const { groups, thresholds, unknown, seed } = question;
  const recall = endPointOf(
    groups.map((group) => group.recall),
    thresholds.recall,
    seed,
  );
  const confidence = endPointOf(
    groups.map(({ confident }) => confident),
    half,
    seed,
  );
  const answer = answerOf(recall.state, confidence.state, unknown);
  const moreGroups = answer === "inconclusive" && groups.length > 0 ? moreGroupsFor(question) : null;
  return { recall, confidence, answer, moreGroups, reason: reasonOf(question, { recall, confidence, moreGroups }) };
}

function answerOf(
  recall: EndPoint["state"],
  confidence: EndPoint["state"],
  unknown: readonly string[],
): Measurement["answer"] {
  if (unknown.length > 0 || recall === "missed" || confidence === "missed") return "insufficient";
  return recall === "reached" && confidence === "reached" ? "sufficient" : "inconclusive";
}

const often = 0.8;
const simulations = 200;
/** Of a simulation: it decides about 80 % of 200, so its own limits need no more. */
const simulationDraws = 400;
const mostGroups = 400;

/**
 * The fewest groups more with which four of five simulations are decided, one way or the other: new groups are drawn from those
 * that were seen. null where `mostGroups` in all are too few.
 */
function moreGroupsFor({ groups, thresholds, seed }: SufficiencyQuestion): number | null {
  const decided = (all: number) => {
    const chance = new Chance(seed);
    const weights = new Weights(all, seed, simulationDraws);
    const [recall, confident] = [new Float64Array(all), new Float64Array(all)];
    let count = 0;
    for (let i = 0; i < simulations; i++) {
      for (let group = 0; group < all; group++) {
        const place = group < groups.length ? group : Math.floor(chance.uniform() * groups.length);
        recall[group] = groups[place]?.recall ?? 0;
        confident[group] = groups[place]?.confident ?? 0;
      }
      const states = [
        stateOf(weights.interval(recall, intervalLevel), thresholds.recall),
        stateOf(weights.interval(confident, intervalLevel), half),
      ] as const;
      if (answerOf(...states, []) !== "inconclusive") count++;
    }
    return count / simulations >= often;
  };
  let low = groups.length;
  let high = Math.max(2 * low, 6);
  while (!decided(high)) {
    if (high >= mostGroups) return null;
    low = high;
    high = Math.min(2 * high, mostGroups);
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (decided(middle)) high = middle;
    else low = middle;
  }
  return high - groups.length;
}

/** The fewest groups with which anything could be shown sufficient: all of them perfect. */
export function fewestForSufficient(threshold: number): number {
  return threshold >= 1 ? Number.POSITIVE_INFINITY : Math.ceil(Math.log((1 - intervalLevel) / 2) / Math.log(threshold));
}

const spoken = (value: number) => value.toFixed(3);

function reasonOf(
  { groups, thresholds, unknown }: SufficiencyQuestion,
  { recall, confidence, moreGroups }: Pick<Sufficiency, "recall" | "confidence" | "moreGroups">,
): string {
  if (groups.length === 0) return "Inconclusive: no frame shows anything that is to be found.";
  const found = (of: EndPoint) =>
    of.interval === null ? "" : `${spoken(of.interval.low)} to ${spoken(of.interval.high)}`;
  const over = `over ${groups.length} ${groups.length === 1 ? "group" : "groups"}`;
  if (unknown.length > 0) {
    return `Insufficient: the model has no class for ${unknown.join(", ")}, so it cannot find what is labelled so.`;
  }
  const recallWords = `recall is ${spoken(recall.value ?? 0)} (95 % interval ${found(recall)} ${over}; wanted ${thresholds.recall})`;
  const confidenceWords = `the highest confidence is ${thresholds.medianConfidence} or more in ${spoken(confidence.value ?? 0)} of the frames (${found(confidence)}; wanted ${half})`;
  if (recall.state === "missed") return `Insufficient: ${recallWords}.`;
  if (confidence.state === "missed") return `Insufficient: ${confidenceWords}.`;
  if (recall.state === "reached" && confidence.state === "reached") {
    return `Sufficient: ${recallWords}, and ${confidenceWords}.`;
  }
  const open = [
    ...(recall.state === "open" ? [recallWords] : []),
    ...(confidence.state === "open" ? [confidenceWords] : []),
  ];
  const more =
    moreGroups === null
      ? `and ${mostGroups} groups like these would not decide it four times in five`
      : `and ${moreGroups} more ${moreGroups === 1 ? "group" : "groups"} like these would decide it four times in five`;
  return `Inconclusive: ${open.join("; ")}; ${more}.`;
}
