// Which frames the gallery shows: where the candidate failed most and where it did best, with the boxes of everybody.

import * as z from "zod";
import type { Box, Part } from "../../contracts/common.ts";
import { type ManifestLine, manifestLine } from "../../contracts/dataset.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { predictionLine } from "../../contracts/job.ts";
import { dataKeys } from "../../contracts/layout.ts";
import { parseRle } from "../dataset/formats/coco/rle.ts";
import { classTable } from "../dataset/manifest-classes.ts";
import { ringsToDraw } from "../dataset/mask.ts";
import { jsonLines } from "../evaluation/json-lines.ts";
import { traceMask } from "../evaluation/trace.ts";
import type { ObjectStore } from "../ports.ts";
import { hasMasks, isOfFrames } from "../tasks.ts";
import { isMosaic } from "./release.ts";
import type { DrawnBox, GalleryFrame, GalleryInput, PagePicture, PicturedPair, Pictures } from "./report-input.ts";
import type { RunDocuments } from "./run-documents.ts";

const framesEach = 6;
const pairsShown = 6;
const mosaicsShown = 6;
const frameSide = 640;
const mosaicSide = 960;
const enoughOverlap = 0.5;
/** Where val had no truth to choose a confidence by. */
const unknownThreshold = 0.25;

/** Of classify: what is said is said of all of the frame. It gets its size when it is drawn. */
const wholeFrame: Box = [0, 0, 1, 1];

/** A box with its mask as the predictions have it: packed, for only few of them are drawn. */
type Predicted = DrawnBox & { readonly mask?: string };

interface Drawn {
  readonly role: GalleryFrame["models"][number]["role"];
  readonly boxes: readonly Predicted[];
}

interface Scored {
  readonly line: ManifestLine;
  readonly labels: readonly DrawnBox[];
  readonly models: readonly Drawn[];
  readonly found: number;
  readonly missed: number;
  readonly wrong: number;
}

/** Reads truths and predictions of the test part (val where there is no test) and shrinks the chosen frames. */
export async function galleryInput(run: RunDocuments, data: ObjectStore, pictures: Pictures): Promise<GalleryInput> {
  const part: Part = run.split.parts.test.frames > 0 ? "test" : "val";
  const predictions = await predictionsOf(run, data, part);
  const scored: Scored[] = [];
  const { task } = run.request.config;
  for await (const line of framesOf(run, data, part)) {
    const frame = score(line, predictions.get(line.name) ?? [], run);
    // A frame of a class that the recipe leaves out was no question.
    if (!isOfFrames(task) || frame.labels.length > 0) scored.push(frame);
  }
  const errors = (frame: Scored) => frame.missed + frame.wrong;
  // Of classify every mistake is one: the surest says most.
  const sureness = ({ models }: Scored) =>
    isOfFrames(task) ? (models.find(({ role }) => role === "candidate")?.boxes[0]?.confidence ?? 0) : 0;
  const byName = (a: Scored, b: Scored) => (a.line.name < b.line.name ? -1 : 1);
  const worst = scored
    .filter((frame) => errors(frame) > 0)
    .sort((a, b) => errors(b) - errors(a) || sureness(b) - sureness(a) || byName(a, b))
    .slice(0, framesEach);
  const best = scored
    .filter((frame) => errors(frame) === 0 && frame.found > 0)
    .sort((a, b) => b.found - a.found || byName(a, b))
    .slice(0, framesEach);
  const draw = async (frames: readonly Scored[]) => {
    const drawn: GalleryFrame[] = [];
    for (const frame of frames) drawn.push(await drawable(frame, data, pictures));
    return drawn;
  };
  const { config } = run.request;
  return {
    model: config.model,
    version: run.reserve.version,
    task,
    part,
    worst: await draw(worst),
    best: await draw(best),
    alike: await alikePairs(run, data, pictures),
    mosaics: await mosaics(run, data, pictures),
  };
}

async function* framesOf(run: RunDocuments, data: ObjectStore, part: Part): AsyncGenerator<ManifestLine> {
  const table = classTable(run.request.config);
  const groups = new Set(run.split.assignments.filter((given) => given.part === part).map(({ group }) => group));
  const key = run.manifestLinesKey;
  for await (const { value } of jsonLines({ key, bytes: data.stream(key) })) {
    const line = parsed(manifestLine, value, key);
    if (table.says(line) && groups.has(line.group)) yield line;
  }
}

/** Boxes at the frozen confidence alone: predictions go down to 0.001, and a large test set has millions of them. */
async function predictionsOf(run: RunDocuments, data: ObjectStore, part: Part): Promise<Map<string, Drawn[]>> {
  const key = dataKeys.predictions(run.request.runId);
  const { classes, models } = run.evaluation;
  const thresholds = new Map(models.map(({ role, threshold }) => [role, threshold ?? unknownThreshold]));
  const byFrame = new Map<string, Drawn[]>();
  for await (const { value } of jsonLines({ key, bytes: data.stream(key) })) {
    const line = parsed(predictionLine, value, key);
    if (line.part !== part || line.model === "production") continue;
    const least = thresholds.get(line.model) ?? unknownThreshold;
    const answer = line.probabilities?.slice(0, 1).map(([id, confidence]) => ({
      box: wholeFrame,
      class: classes[id] ?? `class ${id}`,
      confidence,
    }));
    const boxes = line.boxes.flatMap(([id, confidence, ...box], i): Predicted[] => {
      if (confidence < least) return [];
      const mask = line.masks?.[i];
      return [{ box, class: classes[id] ?? `class ${id}`, confidence, ...(mask === undefined ? {} : { mask }) }];
    });
    byFrame.set(line.frame, [...(byFrame.get(line.frame) ?? []), { role: line.model, boxes: answer ?? boxes }]);
  }
  return byFrame;
}

function parsed<T extends z.ZodType>(schema: T, value: unknown, key: string): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new BobbinError("ObjectCorrupt", { key, problem: z.prettifyError(result.error) });
}

function score(line: ManifestLine, models: readonly Drawn[], run: RunDocuments): Scored {
  const labels = labelsOf(line, run);
  const candidate = models.find(({ role }) => role === "candidate")?.boxes ?? [];
  const found = matches(labels, candidate);
  return { line, labels, models, found, missed: labels.length - found, wrong: candidate.length - found };
}

/** The labels that the evaluator scored. */
function labelsOf(line: ManifestLine, run: RunDocuments): DrawnBox[] {
  const table = classTable(run.request.config);
  if (isOfFrames(run.request.config.task)) {
    const name = table.names[table.classOf(line) ?? -1];
    return name === undefined || !run.evaluation.classes.includes(name) ? [] : [{ box: wholeFrame, class: name }];
  }
  return line.labels.flatMap((label) => {
    const box = table.boxOf(label);
    const index = table.indexOf(label.class);
    const name = typeof index === "number" ? table.names[index] : undefined;
    if (box === null || name === undefined || !run.evaluation.classes.includes(name)) return [];
    const { width, height } = line;
    const outlines = hasMasks(run.request.config.task)
      ? ringsToDraw(label, width, height, stepOf(width, height))
      : null;
    return [{ box, class: name, ...(outlines === null ? {} : { outlines }) }];
  });
}

/** Greedy, by falling confidence: each box takes the free label of its class that it overlaps most. For choosing pictures only. */
function matches(labels: readonly DrawnBox[], boxes: readonly DrawnBox[]): number {
  const free = new Set(labels);
  let found = 0;
  for (const drawn of [...boxes].sort((a, b) => (b.confidence ?? 0) - (a.confidence ?? 0))) {
    const [nearest] = [...free]
      .filter((label) => label.class === drawn.class && overlap(label.box, drawn.box) >= enoughOverlap)
      .sort((a, b) => overlap(b.box, drawn.box) - overlap(a.box, drawn.box));
    if (nearest !== undefined && free.delete(nearest)) found += 1;
  }
  return found;
}

/** Intersection over union. */
function overlap(a: Readonly<Box>, b: Readonly<Box>): number {
  const area = ([x1, y1, x2, y2]: Readonly<Box>) => Math.max(0, x2 - x1) * Math.max(0, y2 - y1);
  const shared = area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
  const union = area(a) + area(b) - shared;
  return union === 0 ? 0 : shared / union;
}

async function drawable(frame: Scored, data: ObjectStore, pictures: Pictures): Promise<GalleryFrame> {
  const { name, group, width, height, sha256, ext } = frame.line;
  const { bytes } = await data.get(dataKeys.frame(sha256, ext));
  const picture: PagePicture = { name, mime: "image/jpeg", bytes: await pictures.shrink(bytes, frameSide) };
  const { found, missed, wrong } = frame;
  const placed = <T extends DrawnBox>(drawn: T): T =>
    drawn.box === wholeFrame ? { ...drawn, box: [0, 0, width, height] } : drawn;
  const models = frame.models.map(({ role, boxes }) => ({
    role,
    boxes: boxes.map((box) => traced(placed(box), width, height)),
  }));
  const labels = frame.labels.map(placed);
  return { name, group, width, height, picture, labels, models, found, missed, wrong };
}

/** The likest pairs, where decoding found any; their frames are looked up in one pass over the version. */
async function alikePairs(run: RunDocuments, data: ObjectStore, pictures: Pictures): Promise<PicturedPair[]> {
  const pairs = run.alike?.pairs.slice(0, pairsShown) ?? [];
  const wanted = new Set(pairs.flatMap(({ frame, other }) => [frame, other]));
  const lines = new Map<string, ManifestLine>();
  const key = run.manifestLinesKey;
  if (pairs.length === 0) return [];
  for await (const { value } of jsonLines({ key, bytes: data.stream(key) })) {
    const line = parsed(manifestLine, value, key);
    if (wanted.has(line.name)) lines.set(line.name, line);
  }
  const pictureOf = async (name: string): Promise<PagePicture> => {
    const line = lines.get(name);
    if (line === undefined) throw new BobbinError("ObjectCorrupt", { key, problem: `it has no frame ${name}` });
    const { bytes } = await data.get(dataKeys.frame(line.sha256, line.ext));
    return { name, mime: "image/jpeg", bytes: await pictures.shrink(bytes, frameSide) };
  };
  const found: PicturedPair[] = [];
  for (const pair of pairs) {
    found.push({ pair, first: await pictureOf(pair.frame), second: await pictureOf(pair.other) });
  }
  return found;
}

/** The mask as rings, as fine as the picture that they are drawn on. */
function traced({ mask, ...box }: Predicted, width: number, height: number): DrawnBox {
  if (mask === undefined) return box;
  const runs = parseRle({ counts: mask, size: [height, width] })?.runs ?? [];
  return { ...box, outlines: traceMask(runs, width, height, stepOf(width, height)) };
}

/** Pixels of a frame that are one of its picture on the page. */
const stepOf = (width: number, height: number) => Math.max(1, Math.ceil(Math.max(width, height) / frameSide));

async function mosaics(run: RunDocuments, data: ObjectStore, pictures: Pictures): Promise<PagePicture[]> {
  const chosen = run.trainResult.files.filter(({ name }) => isMosaic(name)).slice(0, mosaicsShown);
  const shrunk: PagePicture[] = [];
  for (const { name } of chosen) {
    const { bytes } = await data.get(dataKeys.jobFile(run.request.runId, "train", name));
    shrunk.push({
      name: name.slice(name.lastIndexOf("/") + 1),
      mime: "image/jpeg",
      bytes: await pictures.shrink(bytes, mosaicSide),
    });
  }
  return shrunk;
}
