// An ablation and a cross-validation as a team might have them, with a hostile name in each.
import { type ExperimentResult, experimentResult } from "../../lib/contracts/experiment.ts";
import { evaluationExample } from "./report-example.ts";

const digest = "e".repeat(64);
const common = {
  schema: "bobbin/experiment/1" as const,
  runId: "01ARZ3NDEKTSV4RRFFQ69G5FA0",
  createdAt: "2026-01-02T03:04:05.000Z",
  model: "hall",
  dataset: "hall",
  configSha256: digest,
  framesSha256: digest,
  primary: "mAP50" as const,
  frames: 240,
  objects: 610,
  groups: 22,
  seconds: 12_345,
  settled: 3_210_000,
};

export function ablationExample(hostile: string): ExperimentResult {
  const range = { low: -0.21, high: 0.34 };
  const arm = (name: string, i: number) => ({
    name,
    args: { fliplr: i },
    mAP50: [0.71, 0.702, null],
    "mAP50-95": [0.51, 0.5, null],
    difference: i === 0 ? null : -0.03 * i,
    interval: i === 0 ? null : { level: 0.95, low: -0.08, high: 0.02 },
    rangeOfGroups: i === 0 ? null : range,
    rangeOfSeeds: i === 0 ? null : range,
    p: i === 0 ? null : 0.0002 * i,
    corrected: i === 0 ? null : 0.0006 * i,
  });
  const names = [
    "fliplr 0, mosaic 0",
    hostile,
    "fliplr 0.5, mosaic 1, a_name_of_an_argument_that_is_rather_long 0.0001",
  ];
  return experimentResult.parse({
    ...common,
    recipe: { name: "plan", sha256: digest },
    found: { kind: "ablate", smallestP: 0.0001, arms: names.map(arm) },
  });
}

export function foldsExample(hostile: string): ExperimentResult {
  const { evaluation } = evaluationExample();
  const { verdict: _, ...comparison } = evaluation.comparison;
  const text = JSON.stringify(evaluation.models).replaceAll("wheel loader", JSON.stringify(hostile).slice(1, -1));
  return experimentResult.parse({
    ...common,
    recipe: { name: "plan", sha256: digest },
    found: {
      kind: "grouped-cv",
      folds: Array.from({ length: 5 }, (_, fold) => ({
        fold,
        groups: 4,
        frames: 48,
        mAP50: fold === 2 ? null : 0.7,
        "mAP50-95": 0.5,
        recall: 0.8,
      })),
      models: JSON.parse(text),
      comparison,
      verdict: "inconclusive",
      predictionsSha256: digest,
    },
  });
}
