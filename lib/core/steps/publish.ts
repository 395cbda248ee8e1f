// Publish: writes the release once and signs it. Killed in the middle and asked again, it goes on and ends in the same bytes.
import { BobbinError } from "../../contracts/errors.ts";
import { dataKeys } from "../../contracts/layout.ts";
import { envelope, type Release, release as releaseSchema } from "../../contracts/release.ts";
import type { ObjectStore, Signer, Stores } from "../ports.ts";
import { documentBytes } from "../registry/cas.ts";
import { envelopeIsBy, envelopeText, sealEnvelope } from "../registry/dsse.ts";
import { edgeBuildOf } from "../registry/edge-build.ts";
import { galleryInput } from "../registry/gallery.ts";
import { releaseStatement } from "../registry/provenance.ts";
import {
  belongsToRelease,
  dataYaml,
  draftRelease,
  isPlot,
  namesOf,
  previousRelease,
  type ReleaseDraft,
  sortFiles,
} from "../registry/release.ts";
import { checked, ReleaseFolder, releasesOf, sha256Of } from "../registry/release-folder.ts";
import type { PagePicture, Pages, Pictures, ReportInput } from "../registry/report-input.ts";
import { type RunDocuments, readRun, readTrainingMetrics } from "../registry/run-documents.ts";
import type { PublishOutput, TrainInput } from "./types.ts";

export interface PublishPorts {
  readonly stores: Stores;
  readonly signer: Signer;
  readonly pages: Pages;
  readonly pictures: Pictures;
}

/**
 * The release of a run: every file, the signature, and release.json last, the only mark that the version exists.
 * @throws WeightsNotScored where the weights are not the very bytes that Predict scored
 * @throws ObjectExists where another run has written under this version
 */
export async function publish(input: TrainInput, ports: PublishPorts): Promise<PublishOutput> {
  const { data, registry } = ports.stores;
  const run = await readRun(input, data);
  const { model } = run.request.config;
  const { version } = run.reserve;
  const folder = new ReleaseFolder(registry, model, version);
  const done = await publishedBefore(run, folder);
  if (done !== null) return { version, releaseSha256: done };
  const previous = previousRelease(await releasesOf(registry, model), version);
  const draft = draftRelease(run, previous);
  const names = namesOf(run);

  await putWeights(run, names, folder, data);
  await folder.put(names.data, Buffer.from(dataYaml(draft)));
  await folder.put(names.split, await checked(data, run.splitCsvKey, run.split.csvSha256));
  const trained = await putTrainRun(run, names.trainRun, folder, data);
  await folder.put(
    names.evaluation,
    await checked(data, dataKeys.evaluation(input.runId), run.compareStep.evaluationSha256),
  );
  const onnx = { ...folder.file(names.onnx), opset: run.trainResult.onnx.opset };
  const edgeBuild = edgeBuildOf(draft, onnx, run.evaluation.protocol.imgsz, names);
  await folder.put(names.edgeBuild, documentBytes(edgeBuild));
  const report = await reportInput(run, draft, folder, trained, ports);
  await folder.put(names.report, Buffer.from(await ports.pages.report(report)));
  await writeGallery(run, ports);

  const complete: Release = releaseSchema.parse({ ...draft, files: sortFiles(folder.files) });
  const releaseSha256 = await seal(complete, run, folder, ports.signer);
  return { version, releaseSha256 };
}

/**
 * The digest of this run's own release where it stands. Asked again it is not made again: the report tells how long each state
 * took, and a state that was itself asked again since then took another time.
 */
async function publishedBefore(run: RunDocuments, folder: ReleaseFolder): Promise<string | null> {
  const bytes = await folder.read(namesOf(run).release);
  if (bytes === null) return null;
  const parsed = releaseSchema.safeParse(JSON.parse(Buffer.from(bytes).toString("utf8")));
  return parsed.success && parsed.data.runId === run.request.runId ? sha256Of(bytes) : null;
}

/** The very bytes that Predict scored, or none: the digest of Train, of Predict's job, of the evaluation and of the file are one. */
async function putWeights(
  run: RunDocuments,
  names: { weights: string; onnx: string },
  folder: ReleaseFolder,
  data: ObjectStore,
) {
  const { weights, onnx } = run.trainResult;
  const key = (file: string) => dataKeys.jobFile(run.request.runId, "train", file);
  const { bytes } = await data.get(key(weights.file));
  const found = sha256Of(bytes);
  const scored = run.predictJob.models.find(({ role }) => role === "candidate")?.sha256 ?? "no candidate";
  const evaluated = run.evaluation.models.find(({ role }) => role === "candidate")?.sha256 ?? "no candidate";
  for (const wanted of [scored, evaluated, weights.sha256]) {
    if (wanted !== found) throw new BobbinError("WeightsNotScored", { file: weights.file, found, wanted });
  }
  const predicted = run.predictResult.predictions.sha256;
  if (predicted !== run.evaluation.predictionsSha256) {
    throw new BobbinError("WeightsNotScored", {
      file: run.predictResult.predictions.file,
      found: predicted,
      wanted: run.evaluation.predictionsSha256,
    });
  }
  await folder.put(names.weights, bytes);
  await folder.put(names.onnx, await checked(data, key(onnx.file), onnx.sha256));
}

/** Arguments, numbers, curves and TensorBoard of the training job; returns the plots, for the report. */
async function putTrainRun(run: RunDocuments, into: string, folder: ReleaseFolder, data: ObjectStore) {
  const plots: PagePicture[] = [];
  let metricsKey: string | null = null;
  for (const file of run.trainResult.files.filter(({ name }) => belongsToRelease(name))) {
    const key = dataKeys.jobFile(run.request.runId, "train", file.name);
    const bytes = await checked(data, key, file.sha256);
    const name = file.name.slice(file.name.lastIndexOf("/") + 1);
    await folder.put(`${into}/${name}`, bytes);
    if (name === "metrics.json") metricsKey = key;
    if (isPlot(name)) plots.push({ name, mime: name.endsWith(".png") ? "image/png" : "image/jpeg", bytes });
  }
  if (metricsKey === null) {
    throw new BobbinError("ObjectMissing", { key: dataKeys.jobFile(run.request.runId, "train", "metrics.json") });
  }
  return { metricsKey, plots };
}

async function reportInput(
  run: RunDocuments,
  draft: ReleaseDraft,
  folder: ReleaseFolder,
  trained: { readonly metricsKey: string; readonly plots: readonly PagePicture[] },
  ports: PublishPorts,
): Promise<ReportInput> {
  const { environment, epochs, bestEpoch, imagesPerSecond, onnx } = run.trainResult;
  return {
    release: draft,
    files: sortFiles(folder.files),
    evaluation: run.evaluation,
    gates: run.request.config.gates,
    harmless: run.request.config.harmless,
    recipe: run.request.recipe,
    training: await readTrainingMetrics(ports.stores.data, trained.metricsKey),
    train: { environment, epochs, bestEpoch, imagesPerSecond, onnx },
    manifest: run.manifest,
    split: run.split,
    issues: run.issues,
    alike: run.alike,
    states: run.states,
    plots: trained.plots,
    fingerprint: await ports.signer.fingerprint(),
  };
}

/** Signs release.json in memory, writes the signature, then release.json. An earlier attempt's signature is kept where it holds. */
async function seal(complete: Release, run: RunDocuments, folder: ReleaseFolder, signer: Signer): Promise<string> {
  const bytes = documentBytes(complete);
  const releaseSha256 = sha256Of(bytes);
  const { config, requestedAt } = run.request;
  const statement = releaseStatement(complete, releaseSha256, { startedOn: requestedAt, region: config.region });
  const payload = Buffer.from(JSON.stringify(statement));
  const { signature, release } = namesOf(run);
  if (!(await isSealed(await folder.read(signature), payload, signer))) {
    const sealed = await sealEnvelope(payload, signer);
    await folder.write(signature, Buffer.from(envelopeText(sealed)));
  }
  await folder.write(release, bytes);
  return releaseSha256;
}

async function isSealed(text: Uint8Array | null, payload: Buffer, signer: Signer): Promise<boolean> {
  if (text === null) return false;
  const parsed = envelope.safeParse(JSON.parse(Buffer.from(text).toString("utf8")));
  return (
    parsed.success &&
    parsed.data.payload === payload.toString("base64") &&
    envelopeIsBy(parsed.data, await signer.publicKey())
  );
}

/** Pictures of frames, beside the run and erasable: written once, the first attempt's stays. */
async function writeGallery(run: RunDocuments, ports: PublishPorts): Promise<void> {
  const { data } = ports.stores;
  const key = dataKeys.gallery(run.request.runId);
  if ((await data.head(key)) !== null) return;
  const page = await ports.pages.gallery(await galleryInput(run, data, ports.pictures));
  await data.create(key, Buffer.from(page));
}
