// What `evaluate` writes down: the evaluation over the unseen frames, and what its page says of the others. Pure.
import { type Comparison, type Evaluation, evaluation as evaluationSchema } from "../../contracts/evaluation.ts";
import type { PredictResult } from "../../contracts/job.ts";
import type { Release } from "../../contracts/release.ts";
import type { RunRequest } from "../../contracts/run.ts";
import { digestOf } from "../config/canonical.ts";
import { type Lot, only, type ScoredFrames, scoresOf } from "../evaluation/elsewhere.ts";
import { evaluateAndCompare } from "../evaluation/evaluate.ts";
import { protocolOf } from "../evaluation/protocol.ts";
import type { EvaluationPageInput } from "../registry/report-input.ts";
import type { ExportFrames } from "./evaluate-release-export.ts";

export interface Evaluated {
  readonly request: RunRequest;
  readonly release: Release;
  readonly source: ExportFrames;
  readonly result: PredictResult;
  readonly all: ScoredFrames;
  /** By name of the frame. */
  readonly lots: ReadonlyMap<string, Lot>;
}

const lotOfFrame = ({ lots }: Evaluated, name: string) => lots.get(name) ?? "unseen";

/** No clock: it is of the moment its predictions were made. */
export function evaluationOf(of: Evaluated): Evaluation {
  const { request, release, source, result, all } = of;
  const { maxDetections } = result.protocol;
  const { gates, split } = request.config;
  const unseen = only(all, ({ name }) => lotOfFrame(of, name) === "unseen");
  const { models, comparison } = evaluateAndCompare(unseen.truth, unseen.models, {
    maxDetections,
    gates,
    seed: split.seed,
  });
  const frames = unseen.truth.frames.map(({ name, sha256, group }) => ({ name, sha256, group }));
  return evaluationSchema.parse({
    schema: "bobbin/evaluation/1",
    createdAt: result.endedAt,
    model: release.model,
    version: release.version,
    dataset: source.name,
    testSet: `unseen frames, SHA-256 ${digestOf(frames)}`,
    configSha256: request.configSha256,
    predictionsSha256: result.predictions.sha256,
    protocol: protocolOf(request.config.task, result.protocol),
    classes: [...all.truth.classes],
    models,
    comparison: inWords(comparison, of, { unseen: frames.length, boxes: models[0]?.parts.test?.all.truths ?? 0 }),
  });
}

/** Where nothing could be compared for want of frames or labels, the sentence says which. */
function inWords(
  comparison: Comparison,
  { all, release }: Evaluated,
  { unseen, boxes }: { readonly unseen: number; readonly boxes: number },
): Comparison {
  if (boxes > 0) return comparison;
  if (unseen === 0) {
    const reason = `Inconclusive: the release ${release.version} may have seen every one of these frames in training, so nothing here tells how good it is on new ones.`;
    return { ...comparison, reason };
  }
  const reason = `Inconclusive: none of the ${unseen} unseen frames shows a labelled ${all.truth.classes.join(" or ")}.`;
  return { ...comparison, reason };
}

const apart = {
  seenByHash: {
    title: "Frames the release was made from",
    reason: (version: string) =>
      `These very images stood in train or val of ${version}: it learnt from them, or chose its weights and its confidence on them. Their scores say how well it remembers, not how good it is, and count nowhere else on this page.`,
  },
  seenByGroup: {
    title: "Frames of groups the release was made from",
    reason: (version: string) =>
      `Other frames of these groups stood in train or val of ${version}. Frames of one recording are alike, so these scores flatter it, and count nowhere else on this page.`,
  },
} as const;

export function pageInput(of: Evaluated, evaluation: Evaluation): EvaluationPageInput {
  const { release, source, all, result, lots } = of;
  const names = all.truth.frames.map(({ name }) => name);
  return {
    model: release.model,
    version: release.version,
    evaluation,
    source: { name: source.name, format: source.format, frames: names.length, boxes: all.truth.boxes.count },
    apart: (["seenByHash", "seenByGroup"] as const).flatMap((lot) => {
      const frames = names.filter((name) => lotOfFrame(of, name) === lot);
      if (frames.length === 0) return [];
      const models = scoresOf(all, lots, [lot], result.protocol).flatMap(({ role, name, parts }) =>
        parts.test === undefined ? [] : [{ role, name, breakdown: parts.test }],
      );
      return [{ title: apart[lot].title, reason: apart[lot].reason(release.version), frames, models }];
    }),
  };
}
