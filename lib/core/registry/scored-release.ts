// A release with everything it was scored by, read back from the run that made it: the frames, their labels, every box.
import { createHash } from "node:crypto";
import type { Role } from "../../contracts/common.ts";
import { split as splitSchema } from "../../contracts/dataset.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { type Evaluation, evaluation as evaluationSchema } from "../../contracts/evaluation.ts";
import { job, type PredictResult, predictResult } from "../../contracts/job.ts";
import { dataKeys, registryKeys } from "../../contracts/layout.ts";
import { releaseFiles } from "../../contracts/names.ts";
import type { Release } from "../../contracts/release.ts";
import { type RunRequest, runRequest } from "../../contracts/run.ts";
import { partsOfGroups } from "../dataset/manifest-version.ts";
import { type Boxes, BoxesBuilder, type BoxRow } from "../evaluation/boxes.ts";
import type { Truth } from "../evaluation/evaluate.ts";
import { throughHash } from "../evaluation/json-lines.ts";
import { runsOf } from "../evaluation/masks.ts";
import { readPredictions } from "../evaluation/read-predictions.ts";
import { readTruth } from "../evaluation/read-truth.ts";
import type { Stores } from "../ports.ts";
import { readDocument } from "./cas.ts";

export interface ScoredRelease {
  readonly release: Release;
  readonly request: RunRequest;
  readonly evaluation: Evaluation;
  readonly result: PredictResult;
  readonly truth: Truth;
  readonly boxes: ReadonlyMap<Role, Boxes>;
}

/** @throws ObjectMissing where the data bucket no longer holds what the release was made from; ObjectCorrupt */
export async function readScored(release: Release, { data, registry }: Stores): Promise<ScoredRelease> {
  const { runId, dataset, classes } = release;
  const { value: request } = await readDocument(data, dataKeys.request(runId), runRequest);
  const names = releaseFiles({ ...release, dataset: dataset.name });
  const evaluationKey = registryKeys.releaseFile(release.model, release.version, names.evaluation);
  const { value: evaluation } = await readDocument(registry, evaluationKey, evaluationSchema);
  const { value: result } = await readDocument(data, dataKeys.result(runId, "predict"), predictResult);
  const splitKey = dataKeys.datasetFile(dataset.name, dataset.version, "split.json");
  const parts = partsOfGroups((await readDocument(data, splitKey, splitSchema)).value);
  const manifest = dataKeys.datasetFile(dataset.name, dataset.version, "manifest.jsonl");
  const truth = await readTruth(
    { key: manifest, bytes: data.stream(manifest) },
    {
      config: request.config,
      classes,
      partOf: ({ group }) => parts.get(group),
      attributes: request.groupTable.attributes,
    },
  );
  const boxes = await readBoxes(runId, truth, evaluation.predictionsSha256, data);
  return { release, request, evaluation, result, truth, boxes };
}

async function readBoxes(runId: string, truth: Truth, wanted: string, data: Stores["data"]) {
  const { value: asked } = await readDocument(data, dataKeys.job(runId, "predict"), job);
  const key = dataKeys.predictions(runId);
  const hash = createHash("sha256");
  const roles = asked.kind === "predict" ? asked.models.map(({ role }) => role) : [];
  const boxes = await readPredictions({ key, bytes: throughHash(data.stream(key), hash) }, truth, roles);
  const found = hash.digest("hex");
  if (found === wanted) return boxes;
  throw new BobbinError("ObjectCorrupt", { key, problem: `SHA-256 ${found}, wanted ${wanted}` });
}

/** The test frames of a release that are wanted, with their labels. */
export function testTruth({ truth }: ScoredRelease, wanted: (name: string, sha256: string) => boolean): Truth {
  const places = truth.frames.flatMap(({ name, sha256, part }, i) =>
    part === "test" && wanted(name, sha256) ? [i] : [],
  );
  return {
    ...truth,
    frames: places.map((place) => truth.frames[place] as Truth["frames"][number]),
    boxes: {
      ...truth.boxes,
      frames: places.length,
      starts: Int32Array.from(places, (place) => truth.boxes.starts[place] as number),
      ends: Int32Array.from(places, (place) => truth.boxes.ends[place] as number),
    },
  };
}

/**
 * What a model of a release gave on these frames, its classes numbered as in `truth`; null where it did not see one of them, or gave
 * no masks where masks are the truth.
 */
export function boxesOn(truth: Truth, of: ScoredRelease, role: Role): Boxes | null {
  const boxes = of.boxes.get(role);
  if (boxes === undefined || (truth.boxes.masks !== undefined && boxes.masks === undefined)) return null;
  const places = new Map(of.truth.frames.map(({ name, sha256 }, i) => [`${sha256} ${name}`, i]));
  const classes = of.truth.classes.map((name) => truth.classes.indexOf(name));
  const builder = new BoxesBuilder(truth.frames.length, boxes.masks !== undefined);
  for (const [frame, { name, sha256 }] of truth.frames.entries()) {
    const place = places.get(`${sha256} ${name}`);
    if (place === undefined) return null;
    builder.begin(frame);
    for (let row = boxes.starts[place] as number; row < (boxes.ends[place] as number); row++) {
      const klass = classes[boxes.classes[row] as number] ?? -1;
      if (klass !== -1) builder.add(rowOf(boxes, row, klass), false, boxes.masks && runsOf(boxes.masks, row));
    }
  }
  return builder.done();
}

function rowOf({ scores, sides }: Boxes, row: number, klass: number): BoxRow {
  const [x, y, width, height] = [0, 1, 2, 3].map((i) => sides[4 * row + i] as number) as [
    number,
    number,
    number,
    number,
  ];
  return [klass, scores[row] as number, x, y, x + width, y + height];
}
