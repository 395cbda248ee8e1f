// Which scores speak for a model: every task has its own, and tables, pages and answers show them in one order.
import type { Task } from "../../contracts/common.ts";
import type { EndPoint } from "../../contracts/config.ts";
import type { Metrics } from "../../contracts/evaluation.ts";

export interface LeadingScores extends Pick<Metrics, "mAP50.mask" | "mAP50-95.mask" | "top1" | "top5"> {
  mAP50: number | null;
  "mAP50-95": number | null;
}

export type Measure = Exclude<keyof Metrics, "frames" | "truths" | "predictions">;
type Leading = keyof LeadingScores;

const measures: Readonly<Record<Task, readonly (readonly [Measure, string])[]>> = {
  detect: [
    ["mAP50", "mAP50"],
    ["mAP50-95", "mAP50-95"],
    ["precision", "Precision"],
    ["recall", "Recall"],
    ["f1", "F1"],
  ],
  segment: [
    ["mAP50.mask", "Mask mAP50"],
    ["mAP50-95.mask", "Mask mAP50-95"],
    ["mAP50", "Box mAP50"],
    ["mAP50-95", "Box mAP50-95"],
    ["precision", "Precision, by mask"],
    ["recall", "Recall, by mask"],
    ["f1", "F1, by mask"],
  ],
  classify: [
    ["top1", "Top-1"],
    ["top5", "Top-5"],
    ["precision", "Precision, mean of classes"],
    ["recall", "Recall, mean of classes"],
    ["f1", "F1, mean of classes"],
  ],
};

/** The task whose scores these are: a score of it stands there, were it null. */
export function taskOfScores(all: readonly (Pick<Metrics, "mAP50.mask" | "top1"> | undefined)[]): Task {
  if (all.some((one) => one?.["mAP50.mask"] !== undefined)) return "segment";
  return all.some((one) => one?.top1 !== undefined) ? "classify" : "detect";
}

/** What is shown of scores, and what each is called. */
export function measuresOf(all: readonly (Metrics | undefined)[]): readonly (readonly [Measure, string])[] {
  return measures[taskOfScores(all)];
}

/** Those by which a task's models are told apart, without precision, recall and F1. */
export function leadingMeasures(task: Task): readonly (readonly [Leading, string])[] {
  return measures[task].flatMap(([measure, title]) =>
    measure === "precision" || measure === "recall" || measure === "f1" ? [] : [[measure, title] as const],
  );
}

/** The end points of a task, given one of them: what is shown where there is room for few. */
export const endPointsBeside: Readonly<Record<EndPoint, readonly [EndPoint, ...EndPoint[]]>> = {
  mAP50: ["mAP50", "mAP50-95"],
  "mAP50-95": ["mAP50", "mAP50-95"],
  top1: ["top1"],
};

/** The leading scores of an answer: those of the task besides the boxes'. */
export function leadingScores(all: Metrics | undefined): LeadingScores {
  const own = leadingMeasures(taskOfScores([all])).map(([measure]) => [measure, all?.[measure] ?? null] as const);
  return { mAP50: null, "mAP50-95": null, ...Object.fromEntries(own) };
}

/** Of a comparison's primary end point; undefined for one that no score is called by. */
export function measureOfEndPoint(primary: string): Measure | undefined {
  return Object.values(measures)
    .flat()
    .map(([measure]) => measure)
    .find((measure) => measure === primary);
}
