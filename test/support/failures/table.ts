// What is left where each state of a machine fails in each way, and what must be.
import type { CloudMachine } from "../../../lib/contracts/cloud-run.ts";
import { type Failure, failIn, failures, type Left, type StateName, states } from "./stack.ts";

export interface Row extends Left {
  readonly state: StateName;
  readonly failure: Failure;
}

export function allFailures(machine: CloudMachine): Promise<readonly Row[]> {
  const each = states[machine].flatMap((state) => failures.map((failure) => ({ state, failure })));
  return Promise.all(each.map(async (one) => ({ ...one, ...(await failIn(machine, one.state, one.failure)) })));
}

const isJob = ({ state }: Row) => state === "Train" || state === "Predict";
/** Batch was asked to end it and has not yet, or the asking itself failed. */
const mayWait = (row: Row) =>
  isJob(row) && ["throws", "times out", "is stopped", "machine times out"].includes(row.failure);
/** Nobody knows whether Batch took a job whose submission failed: where it shows none, nothing is proven, ever. */
const isNeverProven = (row: Row) => isJob(row) && row.failure === "throws";

/** What is wrong in a row; null where nothing is. */
export function problemOf(row: Row): string | null {
  const { holder, open, waiting, committed, spent, told } = row;
  if (holder !== null) return "the pipeline is held";
  if (waiting.some((item) => item.endsWith("not over"))) return `${waiting} is promised by a run that is over`;
  if (waiting.length > 0 && !mayWait(row)) return `${waiting} waits for no job`;
  if (open.length > 0 && !isNeverProven(row)) return `${open} is not settled though all is proven`;
  if (spent > committed) return `${spent} was spent and ${committed} is committed`;
  if (told.length !== 1) return `people were told ${told.length} times`;
  return null;
}

/** In few words: how it ended, who settled, and what waits. */
export function cellOf({ outcome, settledBy, waiting, open }: Row): string {
  const how = `${outcome}, by ${settledBy}`;
  if (open.length > 0) return `${how}; its jobs stay promised`;
  return waiting.length > 0 ? `${how}; its jobs when Batch has ended them` : how;
}
