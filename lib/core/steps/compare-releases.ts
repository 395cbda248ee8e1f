// Two releases on the test frames of both, from the boxes that were kept when each was made: nothing is predicted again, and nothing
// is spent. The labels are those of the second release's data set, for both.
import { BobbinError } from "../../contracts/errors.ts";
import type { ModelEvaluation } from "../../contracts/evaluation.ts";
import { type ComparedFile, dataKeys } from "../../contracts/layout.ts";
import { releaseFiles } from "../../contracts/names.ts";
import type { Release } from "../../contracts/release.ts";
import {
  type Behaviour,
  type ReleaseComparison,
  releaseComparison as releaseComparisonSchema,
} from "../../contracts/release-comparison.ts";
import { calibrationOf, recallBySize } from "../evaluation/calibration.ts";
import { errorTypes } from "../evaluation/error-types.ts";
import { evaluate, evaluateAndCompare, judge, type ModelPredictions, type Truth } from "../evaluation/evaluate.ts";
import { leadingScores } from "../evaluation/measures.ts";
import type { Stores } from "../ports.ts";
import { createOnce } from "../registry/cas.ts";
import type { Pictures } from "../registry/report-input.ts";
import { boxesOn, readScored, type ScoredRelease, testTruth } from "../registry/scored-release.ts";
import { writeOnce } from "../registry/write-once.ts";
import { type ChangedFrames, changedFrames } from "./compare-releases-frames.ts";

/** What is drawn of a comparison; text of each file. */
export type ComparisonFiles = Readonly<Record<Exclude<ComparedFile, "comparison.json">, string>>;

export interface CompareReleasesInput {
  /** A new id: everything that is kept lies under it. */
  readonly runId: string;
  readonly first: Release;
  readonly second: Release;
  /** Every release of the model, rising: the trend. */
  readonly all: readonly Release[];
}

export interface CompareReleasesPorts {
  readonly stores: Stores;
  readonly pictures: Pictures;
  readonly draw: (document: ReleaseComparison, changed: ChangedFrames) => Promise<ComparisonFiles>;
}

/** @throws EvaluationImpossible where they share no test frame, or no score is of both their tasks; ObjectMissing where the data of one is gone */
export async function compareReleases(
  { runId, first, second, all }: CompareReleasesInput,
  { stores, pictures, draw }: CompareReleasesPorts,
): Promise<ReleaseComparison> {
  if (first.task !== second.task) {
    const problem = `the task of ${first.version} is ${first.task}, that of ${second.version} ${second.task}: no score is of both`;
    throw new BobbinError("EvaluationImpossible", { problem });
  }
  const [one, two] = [await readScored(first, stores), await readScored(second, stores)];
  const shared = sharedFrames(one, two);
  if (shared.truth.frames.length === 0) {
    const problem = `${first.version} and ${second.version} share no test frame`;
    throw new BobbinError("EvaluationImpossible", { problem });
  }
  const { maxDetections } = two.result.protocol;
  const models = modelsOn(shared.truth, one, two);
  const { gates, split } = two.request.config;
  const found = evaluateAndCompare(shared.truth, models, {
    maxDetections,
    gates,
    seed: split.seed,
    against: first.version,
    secondary: ["classes", "attributes"],
  });
  const behaviourOf = (role: "candidate" | "production"): Behaviour => {
    const model = models.find((each) => each.role === role) as ModelPredictions;
    const { scored } = judge(shared.truth, model, maxDetections);
    const calibration = calibrationOf(scored) as Behaviour["calibration"];
    // A whole frame has neither size nor place: what is confused with what, its matrix says.
    if (scored.shape === "frame") return { calibration };
    return {
      errors: errorTypes(shared.truth.boxes, model.boxes, scored),
      calibration,
      sizes: recallBySize(shared.truth.boxes, scored),
    } as Behaviour;
  };
  const document = releaseComparisonSchema.parse({
    schema: "bobbin/release-comparison/1",
    createdAt:
      one.evaluation.createdAt > two.evaluation.createdAt ? one.evaluation.createdAt : two.evaluation.createdAt,
    model: second.model,
    first: sideOf(one),
    second: sideOf(two),
    frames: shared.counts,
    classes: [...shared.truth.classes],
    configSha256: two.request.configSha256,
    ...found,
    behaviour: { first: behaviourOf("production"), second: behaviourOf("candidate") },
    trend: await trendOf(all, two, stores),
  });
  const changed = await changedFrames({ truth: shared.truth, models, two, maxDetections }, stores.data, pictures);
  for (const [file, text] of Object.entries(await draw(document, changed))) {
    await writeOnce(stores.data, dataKeys.compared(runId, file as ComparedFile), () => [Buffer.from(text)]);
  }
  return createOnce(stores.data, dataKeys.compared(runId, "comparison.json"), releaseComparisonSchema, document);
}

function sharedFrames(one: ScoredRelease, two: ScoredRelease) {
  const test = ({ truth }: ScoredRelease) =>
    new Set(truth.frames.flatMap(({ part, sha256, name }) => (part === "test" ? [`${sha256} ${name}`] : [])));
  const [first, second] = [test(one), test(two)];
  const truth = testTruth(two, (name, sha256) => first.has(`${sha256} ${name}`));
  const both = truth.frames.length;
  return { truth, counts: { both, onlyFirst: first.size - both, onlySecond: second.size - both } };
}

const namesOf = (release: Release) => releaseFiles({ ...release, dataset: release.dataset.name });

/** The second release as the candidate, the first in the place of what is in use, and the off-the-shelf model beside them. */
function modelsOn(truth: Truth, one: ScoredRelease, two: ScoredRelease): readonly ModelPredictions[] {
  const model = (of: ScoredRelease, own: "candidate" | "base", role: ModelPredictions["role"]) => {
    const boxes = boxesOn(truth, of, own);
    const found = of.evaluation.models.find((each) => each.role === own);
    if (boxes === null || found === undefined) return [];
    const unknownClasses = truth.classes.filter(
      (name) => !of.truth.classes.includes(name) || found.unknownClasses.includes(name),
    );
    const name = own === "base" ? found.name : namesOf(of.release).model;
    return [{ role, name, sha256: found.sha256, unknownClasses, boxes, threshold: found.threshold }];
  };
  return [
    ...model(two, "candidate", "candidate"),
    ...model(one, "candidate", "production"),
    ...model(two, "base", "base"),
  ];
}

function sideOf({ release, evaluation }: ScoredRelease): ReleaseComparison["first"] {
  return {
    version: release.version,
    runId: release.runId,
    name: namesOf(release).model,
    dataset: release.dataset.version,
    testSet: release.testSet.version,
    recipe: `${release.recipe.number} (${release.recipe.name})`,
    predictionsSha256: evaluation.predictionsSha256,
  };
}

/** The frozen first test set: its frames in the first release that had it, its labels as the newest release has them. */
async function trendOf(
  all: readonly Release[],
  labels: ScoredRelease,
  stores: Stores,
): Promise<ReleaseComparison["trend"]> {
  const [oldest] = all;
  if (oldest === undefined) return { testSet: "none", frames: 0, releases: [] };
  const start = await readScored(oldest, stores);
  const frozen = new Set(
    start.truth.frames.flatMap(({ part, sha256, name }) => (part === "test" ? [`${sha256} ${name}`] : [])),
  );
  const truth = testTruth(labels, (name, sha256) => frozen.has(`${sha256} ${name}`));
  const releases: ReleaseComparison["trend"]["releases"] = [];
  for (const release of all) {
    if (release.task !== labels.release.task) {
      releases.push({ version: release.version, ...leadingScores(undefined) });
      continue;
    }
    const own = release.runId === start.release.runId ? start : await readScored(release, stores);
    releases.push({ version: release.version, ...scoresOn(truth, own) });
  }
  return { testSet: oldest.testSet.version, frames: truth.frames.length, releases };
}

function scoresOn(truth: Truth, own: ScoredRelease) {
  const boxes = boxesOn(truth, own, "candidate");
  if (boxes === null || truth.frames.length === 0) return leadingScores(undefined);
  const unknownClasses = truth.classes.filter((name) => !own.truth.classes.includes(name));
  const model = { role: "candidate", name: "", sha256: "", unknownClasses, boxes, threshold: null } as const;
  const [scored] = evaluate(truth, [model], own.result.protocol) as readonly [ModelEvaluation];
  return leadingScores(scored.parts.test?.all);
}
