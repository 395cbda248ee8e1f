// What a release is made of: its document, the names of its files, and the small files that are written for it alone.
import { stringify } from "yaml";
import type { FileEntry } from "../../contracts/common.ts";
import type { TrainResult } from "../../contracts/job.ts";
import {
  compareReleaseVersions,
  formatReleaseVersion,
  parseReleaseVersion,
  type ReleaseVersion,
  releaseFiles,
} from "../../contracts/names.ts";
import type { Release } from "../../contracts/release.ts";
import type { RunDocuments } from "./run-documents.ts";

/** release.json without its files: known before the report is drawn. */
export type ReleaseDraft = Omit<Release, "files">;

/** The names of a run's release. */
export function namesOf(run: RunDocuments) {
  const { architecture, project, dataset } = run.request.config;
  return releaseFiles({ architecture, project, dataset, version: run.reserve.version });
}

/** Every fact of the release, from documents alone: asked again, the same. */
export function draftRelease(run: RunDocuments, previous: string | null): ReleaseDraft {
  const { request, reserve, manifest, split, evaluation, trainResult } = run;
  const { config, recipe } = request;
  return {
    schema: "bobbin/release/1",
    project: config.project,
    model: config.model,
    version: reserve.version,
    previous,
    createdAt: evaluation.createdAt,
    runId: request.runId,
    task: config.task,
    architecture: config.architecture,
    classes: evaluation.classes,
    dataset: {
      name: manifest.dataset,
      version: manifest.version,
      manifestSha256: run.splitStep.manifestSha256,
      frames: manifest.frames,
      boxes: manifest.boxes,
      groups: manifest.groups,
    },
    testSet: split.testSet,
    ...(split.deploymentTest === undefined ? {} : { deploymentTest: split.deploymentTest }),
    split: { sha256: split.csvSha256, seed: split.seed },
    recipe: { name: recipe.name, number: reserve.recipe, sha256: request.recipeSha256 },
    config: { sha256: request.configSha256 },
    base: reserve.base,
    trainer: trainerOf(trainResult, request.device),
    bobbin: request.bobbin,
    jobs: {
      trainSeconds: run.trainStep.seconds,
      predictSeconds: run.predictStep.seconds,
      attempts: run.trainStep.attempts,
    },
    ...(previous === null ? { measured: reserve.measured ?? null } : {}),
    cost: { promised: reserve.promised, settled: null },
    verdict: { decision: evaluation.comparison.verdict, reason: evaluation.comparison.reason },
  };
}

function trainerOf({ environment }: TrainResult, device: Release["trainer"]["device"]): Release["trainer"] {
  const { trainer, ultralytics, torch, python, lockSha256 } = environment;
  return { version: trainer, ultralytics, torch, python, device, lockSha256 };
}

/** The release before `version`, among those that exist; as numbers, v0.9 < v0.10. */
export function previousRelease(existing: readonly string[], version: string): string | null {
  const own = parseReleaseVersion(version);
  const earlier = existing
    .map(parseReleaseVersion)
    .filter(
      (other): other is ReleaseVersion => other !== null && own !== null && compareReleaseVersions(other, own) < 0,
    )
    .sort(compareReleaseVersions);
  const last = earlier.at(-1);
  return last === undefined ? null : formatReleaseVersion(last);
}

/** The data.yaml of the release, written by us: no path of any machine, no `download:`. */
export function dataYaml(draft: ReleaseDraft): string {
  const note = [
    `# ${draft.model} ${draft.version}: the classes of the model, in order.`,
    `# Trained on ${draft.dataset.name} ${draft.dataset.version}; which frame stood in which part is in dataset_split_${draft.version}.csv.`,
    "# Set `path` to a folder that holds those frames and their labels in YOLO form.",
  ];
  const body = {
    path: ".",
    train: "images/train",
    val: "images/val",
    test: "images/test",
    names: new Map(draft.classes.map((name, id) => [id, name])),
  };
  return `${note.join("\n")}\n${stringify(body, { lineWidth: 0 })}`;
}

/**
 * What of the training job belongs to a release: arguments, numbers, curves, TensorBoard. By name, one by one:
 * mosaics of frames (train_batch*, val_batch*) and whatever else shows people stay with the run.
 */
const kept = [
  /^args\.yaml$/,
  /^(results\.csv|metrics\.json)$/,
  /^results\.png$/,
  /^confusion_matrix(_normalized)?\.png$/,
  /^(Box|Mask|Pose)?(F1|P|R|PR)_curve\.png$/,
  /^labels\.jpg$/,
  /^events\.out\.tfevents\.[\w.-]+$/,
];
const mosaic = /^(train_batch\d+|val_batch\d+_(labels|pred))\.jpg$/;
const baseName = (name: string) => name.slice(name.lastIndexOf("/") + 1);

export const belongsToRelease = (name: string) => kept.some((pattern) => pattern.test(baseName(name)));
export const isMosaic = (name: string) => mosaic.test(baseName(name));
export const isPlot = (name: string) => belongsToRelease(name) && /\.(png|jpg)$/.test(name);

/** As release.json lists files: by code point, each name once. */
export function sortFiles(files: readonly FileEntry[]): FileEntry[] {
  return [...files].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
