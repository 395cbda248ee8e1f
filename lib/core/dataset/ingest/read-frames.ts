// Reads an export frame by frame: image hashed, probed and stored, labels checked, group found. Ingest and check both run this;
// they differ in where images go and what becomes of the records.
import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import type { Config, GroupTable } from "../../../contracts/config.ts";
import type { IssueLine, ManifestLine } from "../../../contracts/dataset.ts";
import type { ExportEntry, ExportSource } from "../../ports.ts";
import { checkFrame } from "../check/frame.ts";
import { detectFormat } from "../formats/table.ts";
import { applyGroupRule } from "../group-rule/apply.ts";
import { imageIssues, probeImage, turnedSize } from "../image/probe.ts";
import type { ClassTable } from "../manifest-classes.ts";
import type { Detection, ReadFrame, Reading } from "../reader.ts";
import type { KnownFrames } from "./known-frames.ts";
import type { IngestRecord } from "./records.ts";
import type { PutFrame } from "./store-frame.ts";

export interface OpenedReading {
  readonly reading: Reading;
  readonly detection: Detection;
  /** The format's id. */
  readonly format: string;
}

/** @throws FormatUnknown, FormatAmbiguous, ClassNamesMissing, LabelFileInvalid */
export async function openReading(
  source: ExportSource,
  names: readonly string[] | null,
  { annotator }: Pick<Config, "annotator">,
): Promise<OpenedReading> {
  const { format, detection } = await detectFormat(source);
  const reading = await format.open(source, {
    ...(names === null ? {} : { names }),
    ...(annotator === undefined ? {} : { annotator }),
  });
  return { reading, detection, format: format.id };
}

export interface ReadOptions {
  readonly config: Config;
  readonly groupTable: GroupTable;
  readonly classes: ClassTable;
  readonly known: KnownFrames;
  /** Whose labels they are; undefined: as the export says. */
  readonly annotator: string | undefined;
  readonly put: PutFrame;
  /** Frames that earlier laps took. */
  readonly skip: number;
}

/** What one frame left behind; after the last frame comes one with `end`, and what the format had to say then. */
export interface ReadStep {
  readonly records: readonly IngestRecord[];
  /** The image of the frame, for whoever decodes it without a store. */
  readonly image: ExportEntry | null;
  readonly end: boolean;
}

/** Room for one image at a time; memory that no image reaches is never touched, so it costs nothing. */
const scratchBytes = 16 * 1024 * 1024;

/** @throws ArchiveInvalid, LabelFileInvalid */
export async function* readFrames(reading: Reading, options: ReadOptions): AsyncGenerator<ReadStep> {
  const scratch = Buffer.allocUnsafeSlow(scratchBytes);
  let reported: IssueLine[] = [];
  let index = 0;
  for await (const frame of reading.frames((issue) => reported.push(issue))) {
    index += 1;
    const before = reported;
    reported = [];
    // What the format said on the way to a frame belongs to the lap that took that frame.
    if (index <= options.skip) continue;
    const records = [...before.flatMap(ofReader), ...(await takeFrame(frame, options, scratch))];
    yield { records, image: frame.image, end: false };
  }
  yield { records: reported.flatMap(ofReader), image: null, end: true };
}

/** An issue of the format, with the labels that it keeps back. */
function ofReader(issue: IssueLine): IngestRecord[] {
  const lists = issue.labels > 0 && (issue.action === "refused" || issue.action === "dropped");
  return lists ? [{ issue }, { read: issue.labels }] : [{ issue }];
}

type Image = Pick<ManifestLine, "sha256" | "bytes" | "ext" | "width" | "height" | "orientation" | "phash" | "thumb">;

async function takeFrame(frame: ReadFrame, options: ReadOptions, scratch: Uint8Array): Promise<IngestRecord[]> {
  const records: IngestRecord[] = [];
  if (frame.labels.length > 0) records.push({ read: frame.labels.length });
  const image =
    frame.image === null
      ? (options.known.byName(frame.name) ?? null)
      : await takeImage(frame, frame.image, options, { records, scratch });
  if (image === null) {
    if (frame.image === null) records.push(unknownFrame(frame));
    return records;
  }
  const group = applyGroupRule(options.config.groupRule, frame, options.groupTable);
  if (group === null) {
    records.push({ ungrouped: { frame: frame.name, labels: frame.labels.length } });
    return records;
  }
  const checked = checkFrame(frame, image);
  for (const issue of checked.issues) records.push({ issue });
  const { sha256, bytes, ext, width, height, orientation, phash, thumb } = image;
  const line: ManifestLine = {
    name: frame.name,
    sha256,
    bytes,
    ext,
    width,
    height,
    orientation,
    phash,
    ...(thumb === undefined ? {} : { thumb }),
    group,
    labelled: frame.labelled,
    labels: [...checked.labels],
    ...drawnByOf(frame, options.annotator),
  };
  records.push({ frame: frame.task === null ? line : { ...line, task: frame.task } });
  records.push(...unknownClasses(frame, line, options.classes));
  return records;
}

function drawnByOf(frame: ReadFrame, annotator: string | undefined): Pick<ManifestLine, "drawnBy"> {
  if (!frame.labelled) return {};
  const drawnBy = annotator === undefined ? frame.drawnBy : { annotator };
  return drawnBy === undefined ? {} : { drawnBy };
}

/** null where the image is refused; then its issue lists the frame's labels. */
async function takeImage(
  frame: ReadFrame,
  entry: ExportEntry,
  options: ReadOptions,
  { records, scratch }: { readonly records: IngestRecord[]; readonly scratch: Uint8Array },
): Promise<Image | null> {
  // Whoever takes the bytes is done with them before the next image is read.
  const read = await entry.read(scratch);
  const probed = probeImage(read);
  for (const issue of imageIssues(entry.name, frame.name, read.length, probed, frame.labels.length))
    records.push({ issue });
  if (probed.image === null) return null;
  const { ext, orientation, end } = probed.image;
  const bytes = end === read.length ? read : read.subarray(0, end);
  const sha256 = hash("sha256", bytes);
  await options.put(sha256, ext, bytes);
  const known = options.known.imageOf(sha256) ?? { phash: null };
  return { sha256, bytes: bytes.length, ext, ...turnedSize(probed.image), orientation, ...known };
}

function unknownFrame({ name, labels }: ReadFrame): IngestRecord {
  return { unknownFrame: { frame: name, file: labels[0]?.file ?? name, labels: labels.length } };
}

function unknownClasses(frame: ReadFrame, line: ManifestLine, classes: ClassTable): IngestRecord[] {
  const found = new Map<string, number>();
  for (const label of line.labels) {
    if (classes.indexOf(label.class) === undefined) found.set(label.class, (found.get(label.class) ?? 0) + 1);
  }
  return [...found].map(([name, labels]) => {
    const file = frame.labels.find(({ label }) => label.class === name)?.file ?? frame.name;
    return { unknownClass: { class: name, file, labels } };
  });
}
