// A comparison of two releases as a team might have it, with names that are as hostile as names can be.
import { type ReleaseComparison, releaseComparison } from "../../lib/contracts/release-comparison.ts";
import type { ChangedFrames } from "../../lib/core/steps/compare-releases-frames.ts";
import { evaluationExample, galleryExample } from "./report-example.ts";

export async function comparisonExample(
  hostile: string,
): Promise<{ readonly document: ReleaseComparison; readonly changed: ChangedFrames }> {
  const { evaluation } = evaluationExample();
  const text = JSON.stringify(evaluation.models).replaceAll("wheel loader", JSON.stringify(hostile).slice(1, -1));
  const models = JSON.parse(text) as typeof evaluation.models;
  const [candidate] = models.filter(({ role }) => role === "candidate");
  const digest = "d".repeat(64);
  const side = {
    version: "v0.9",
    runId: "01ARZ3NDEKTSV4RRFFQ69G5FA0",
    name: "yolov8n_hall_v0.9",
    dataset: "d3",
    testSet: "t1",
    recipe: "r2 (plan)",
    predictionsSha256: digest,
  };
  const kinds = { missed: 31, background: 12, confused: 4, badBox: 9, double: 3, both: 1 };
  const behaviour = {
    errors: {
      counts: kinds,
      gains: { missed: 0.08, background: 0.02, confused: 0.01, badBox: 0.03, double: 0, both: 0 },
    },
    calibration: {
      bins: Array.from({ length: 10 }, (_, i) => ({
        from: i / 10,
        to: (i + 1) / 10,
        boxes: 200 - 10 * i,
        confidence: i / 10 + 0.05,
        right: Math.min(1, (i / 9) ** 1.5),
      })),
      error: 0.071,
    },
    sizes: [
      { size: "small" as const, objects: 0, recall: null },
      { size: "medium" as const, objects: 210, recall: 0.61 },
      { size: "large" as const, objects: 400, recall: 0.93 },
    ],
  };
  const secondary = Object.keys(candidate?.parts.test?.classes ?? {}).map((value, i) => ({
    by: "class",
    value,
    groups: 9,
    candidate: 0.8,
    reference: 0.7,
    difference: 0.1,
    p: 0.01 * (i + 1),
    corrected: 0.04 * (i + 1),
  }));
  const document = releaseComparison.parse({
    schema: "bobbin/release-comparison/1",
    createdAt: evaluation.createdAt,
    model: "hall",
    first: side,
    second: { ...side, version: "v0.10", name: "yolov8n_hall_v0.10", dataset: "d4" },
    frames: { both: 218, onlyFirst: 0, onlySecond: 12 },
    classes: evaluation.classes,
    configSha256: digest,
    models: [...models, ...(candidate === undefined ? [] : [{ ...candidate, role: "production" as const }])],
    comparison: { ...evaluation.comparison, baseline: "production", secondary },
    behaviour: { first: behaviour, second: behaviour },
    trend: {
      testSet: "t1",
      frames: 190,
      releases: ["v0", "v0.1", "v0.9", "v0.10"].map((version, i) => ({
        version,
        mAP50: i === 1 ? null : 0.6 + 0.08 * i,
        "mAP50-95": i === 1 ? null : 0.4 + 0.05 * i,
      })),
    },
  } satisfies ReleaseComparison);
  const frames = [...(await galleryExample()).worst].map(({ models: of, ...frame }) => ({
    ...frame,
    name: hostile,
    first: of.find(({ role }) => role === "base")?.boxes ?? [],
    second: of.find(({ role }) => role === "candidate")?.boxes ?? [],
    errors: { first: 3, second: 1 },
  }));
  return { document, changed: { better: frames, worse: [] } };
}
