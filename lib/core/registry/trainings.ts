// How far an experiment is, read from its plan and from the records of its trainings.
import { experimentPlan, type Trial, trialRecord } from "../../contracts/experiment.ts";
import { dataKeys } from "../../contracts/layout.ts";
import type { ObjectStore } from "../ports.ts";
import { findDocument } from "./cas.ts";

export interface SeenTrainings {
  readonly done: number;
  readonly planned: number;
  /** What those that are done took, trained and asked to predict. */
  readonly seconds: number;
  /** The id of the one that is next or on, and the state it is in; null where all are done. */
  readonly current: { readonly id: string; readonly state: "Train" | "Predict" } | null;
}

const findPlan = (runId: string, data: ObjectStore) =>
  findDocument(data, dataKeys.experiment(runId, "plan.json"), experimentPlan);

/** The trainings of an experiment, in their order; none of any other run, and none before there is a plan. */
export async function findTrials(runId: string, data: ObjectStore): Promise<readonly Trial[]> {
  return (await findPlan(runId, data))?.value.trials ?? [];
}

/** null where there is no plan yet. They are worked off in their order. */
export async function seeTrainings(runId: string, data: ObjectStore): Promise<SeenTrainings | null> {
  const plan = (await findPlan(runId, data))?.value;
  if (plan === undefined) return null;
  const planned = plan.trials.length;
  let seconds = 0;
  for (const [done, { id }] of plan.trials.entries()) {
    const record = (await findDocument(data, dataKeys.trial(runId, done), trialRecord))?.value;
    if (record === undefined) {
      const isTrained = (await data.head(dataKeys.result(id, "train"))) !== null;
      return { done, planned, seconds, current: { id, state: isTrained ? "Predict" : "Train" } };
    }
    seconds += record.trainSeconds + record.predictSeconds;
  }
  return { done: planned, planned, seconds, current: null };
}
