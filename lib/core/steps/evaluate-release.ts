// A release on other labelled frames: frames it may have seen in training are scored apart, so that no number flatters it.
// It is no run: it takes no lock, no number and no money, and touches no release.
import type { Config, GroupTable } from "../../contracts/config.ts";
import type { ManifestLine } from "../../contracts/dataset.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { type Evaluation, evaluation as evaluationSchema, type ModelEvaluation } from "../../contracts/evaluation.ts";
import type { PredictResult } from "../../contracts/job.ts";
import { dataKeys, registryKeys } from "../../contracts/layout.ts";
import { releaseFiles } from "../../contracts/names.ts";
import type { Release } from "../../contracts/release.ts";
import { type RunRequest, runRequest } from "../../contracts/run.ts";
import { digestOf } from "../config/canonical.ts";
import { applyGroupRule } from "../dataset/group-rule/apply.ts";
import { classTable } from "../dataset/manifest-classes.ts";
import { readVersion } from "../dataset/manifest-version.ts";
import { predictFolder } from "../dataset/training-folder.ts";
import { type Lot, lotOf, type ScoredFrames, scoresOf, seenBefore } from "../evaluation/elsewhere.ts";
import { readPredictions } from "../evaluation/read-predictions.ts";
import { readTruth } from "../evaluation/read-truth.ts";
import type { Jobs, Stores } from "../ports.ts";
import { createOnce, readDocument } from "../registry/cas.ts";
import type { EvaluationPageInput } from "../registry/report-input.ts";
import { evaluationOf, pageInput } from "./evaluate-release-document.ts";
import { type ExportFrames, type ExportPorts, meaningFor, readExport } from "./evaluate-release-export.ts";
import { baseModel, planOf, releaseModel, runPredict } from "./predict.ts";
import { trainedClasses } from "./reserve.ts";

export interface EvaluateReleasePorts extends ExportPorts {
  readonly jobs: Jobs;
  /** Draws the page. */
  readonly page: (input: EvaluationPageInput) => Promise<string>;
}

export interface EvaluateReleaseInput {
  /** A new id: everything that is kept lies under it. */
  readonly runId: string;
  readonly release: Release;
  /** Where the export lies. */
  readonly location: string;
  readonly device: RunRequest["device"];
  /** The project's config of today, for the group rule and what label names mean; null: as the release was made. */
  readonly today: { readonly config: Config; readonly groupTable: GroupTable } | null;
  /** Class names by id; null where the export or a config names them. */
  readonly names: readonly string[] | null;
  /** Whether an export without images may be joined to frames that the store holds. */
  readonly joinStored: boolean;
}

export interface EvaluatedRelease {
  /** Over the unseen frames alone. */
  readonly evaluation: Evaluation;
  /** Every frame that was scored, sorted by name. */
  readonly frames: readonly { readonly name: string; readonly group: string; readonly lot: Lot }[];
  /** Over the seen frames, however they were seen. */
  readonly seen: readonly ModelEvaluation[];
  /** Labels of classes that the release does not have, by class. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/**
 * @throws the errors that refuse an export; ClassUnknown, EvaluationImpossible; the trainer's named errors, JobFailed, JobKilled
 * @throws ObjectMissing where the data bucket no longer holds what the release was made from
 */
export async function evaluateRelease(
  input: EvaluateReleaseInput,
  ports: EvaluateReleasePorts,
): Promise<EvaluatedRelease> {
  const { data } = ports.stores;
  const { value: made } = await readDocument(data, dataKeys.request(input.release.runId), runRequest);
  const request = requestFor(input, made);
  const names = input.names ?? (input.today?.config ?? made.config).names ?? null;
  const { location, joinStored } = input;
  const read = await readExport({ ...request, location, names, joinStored }, ports);
  const lots = await lotsOf(read.lines, request, made, input.release, ports.stores);
  const labelled = read.lines.filter((line) => classTable(request.config).says(line));
  const { all, result } = await predictAll(labelled, request, input.release, ports);
  const frames = all.truth.frames.map(({ name, group }) => ({
    name,
    group,
    lot: lots.get(name) ?? ("unseen" as const),
  }));
  const about = { request, release: input.release, source: read, result, all, lots };
  const evaluation = await createOnce(
    data,
    dataKeys.extraEvaluation(input.runId, "evaluation.json"),
    evaluationSchema,
    evaluationOf(about),
  );
  const page = Buffer.from(await ports.page(pageInput(about, evaluation)));
  await data.create(dataKeys.extraEvaluation(input.runId, "report.html"), page);
  const seen = scoresOf(all, lots, ["seenByHash", "seenByGroup"], result.protocol);
  return { evaluation, frames, seen, leftOut: leftOut(labelled, request) };
}

/** The request that made the release, under a new id, with what label names and groups mean today. */
function requestFor({ runId, device, today }: EvaluateReleaseInput, made: RunRequest): RunRequest {
  const config = meaningFor(made.config, today?.config ?? null);
  const groupTable = today?.groupTable ?? made.groupTable;
  return { ...made, runId, device, config, configSha256: digestOf(config), groupTable };
}

/** A changed group rule must not hide what was seen, so the rule the release was made with counts as well. */
async function lotsOf(
  lines: ExportFrames["lines"],
  { config }: RunRequest,
  made: RunRequest,
  release: Release,
  { data }: Stores,
): Promise<ReadonlyMap<string, Lot>> {
  const seen = seenBefore(await readVersion(data, release.dataset.name, release.dataset.version));
  const sameRule = digestOf(config.groupRule) === digestOf(made.config.groupRule);
  return new Map(
    lines.map((line) => {
      const frame = { name: line.name, task: line.task ?? null };
      const then = sameRule ? null : applyGroupRule(made.config.groupRule, frame, made.groupTable);
      return [line.name, lotOf(line, then === null ? [line.group] : [line.group, then], seen)];
    }),
  );
}

/** One pass of release and base over every labelled frame, all of them as `test`. */
async function predictAll(
  labelled: readonly ManifestLine[],
  request: RunRequest,
  release: Release,
  ports: EvaluateReleasePorts,
): Promise<{ readonly all: ScoredFrames; readonly result: PredictResult }> {
  const { data } = ports.stores;
  const { runId, config, groupTable } = request;
  const classes = trainedClasses(request);
  const frames = dataKeys.extraEvaluation(runId, "frames.jsonl");
  const truth = await readTruth(
    { key: frames, bytes: data.stream(frames) },
    { config, classes, partOf: () => "test", attributes: groupTable.attributes },
  );
  if (truth.boxes.count === 0) {
    const problem = `none of the ${truth.frames.length} labelled frames shows ${classes.join(", ")}`;
    throw new BobbinError("EvaluationImpossible", { problem });
  }
  const models = [releaseModel("candidate", release, classes), baseModel(release.base.sha256, classes, config)];
  const partOf = new Map(labelled.map(({ group }) => [group, "test" as const]));
  const result = await runPredict(
    planOf(request, models, predictFolder(labelled, { config, recipeClasses: classes, partOf, folder: "frames" })),
    ports,
  );
  const key = dataKeys.predictions(runId);
  const boxes = await readPredictions({ key, bytes: data.stream(key) }, truth, ["candidate", "base"]);
  const thresholds = await frozenThresholds(release, ports.stores);
  const named = {
    candidate: releaseFiles({ ...release, dataset: release.dataset.name }).model,
    base: release.base.name,
  };
  const predictions = models.flatMap(({ model: { role, sha256 } }) => {
    const rows = boxes.get(role);
    if (rows === undefined || role === "production") return [];
    const unknownClasses = result.unknownClasses[role] ?? [];
    const threshold = thresholds.get(role) ?? null;
    return [{ role, name: named[role], sha256, unknownClasses, boxes: rows, threshold }];
  });
  return { all: { truth, models: predictions }, result };
}

/** By role: the confidence that the release's own evaluation froze. */
async function frozenThresholds(release: Release, { registry }: Stores) {
  const { evaluation } = releaseFiles({ ...release, dataset: release.dataset.name });
  const key = registryKeys.releaseFile(release.model, release.version, evaluation);
  const { value } = await readDocument(registry, key, evaluationSchema);
  return new Map(value.models.map(({ role, threshold }) => [role, threshold]));
}

function leftOut(lines: readonly ManifestLine[], request: RunRequest): Record<string, number> {
  const table = classTable(request.config);
  const trained = new Set(trainedClasses(request));
  const counts = new Map<string, number>();
  for (const label of lines.flatMap(({ labels }) => labels)) {
    const index = table.indexOf(label.class);
    const name = typeof index === "number" ? table.names[index] : undefined;
    if (name === undefined || !trained.has(name)) counts.set(label.class, (counts.get(label.class) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
