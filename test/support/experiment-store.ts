// What an experiment leaves in a folder's store, read back for tests.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "@jest/globals";
import { type ExperimentPlan, experimentPlan } from "../../lib/contracts/experiment.ts";
import { type Ledger, ledger } from "../../lib/contracts/ledger.ts";
import { bobbinJson } from "./bobbin.ts";

const json = (file: string) => JSON.parse(readFileSync(file, "utf8"));

/** The ledger of the sample's budget. */
export const bookOf = (folder: string): Ledger => ledger.parse(json(join(folder, "store/registry/ledger/demo.json")));

export const planOf = (folder: string, runId: string): ExperimentPlan =>
  experimentPlan.parse(json(join(folder, `store/data/runs/${runId}/experiment/plan.json`)));

/** Nothing of it is a data set, a model, or a run of its own. */
export async function leavesNothing(folder: string, runId: string): Promise<void> {
  expect(existsSync(join(folder, "store/registry/models"))).toBe(false);
  expect(existsSync(join(folder, "store/data/datasets"))).toBe(false);
  expect(existsSync(join(folder, "store/work", runId))).toBe(false);
  const { value } = await bobbinJson(folder, "runs");
  expect(JSON.stringify(value).match(/"runId"/g)).toHaveLength(1);
}
