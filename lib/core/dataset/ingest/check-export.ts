// `check`: what a run would make of an export, without writing anything. The same reading, checking, grouping and splitting as
// a run, with nowhere for the images to go; every error is named, not only the first.
import type { Config, GroupTable } from "../../../contracts/config.ts";
import type { DatasetStats, Difference, IssueLine, ManifestLine, Split } from "../../../contracts/dataset.ts";
import { BobbinError, isBobbinError } from "../../../contracts/errors.ts";
import { formatCounter } from "../../../contracts/names.ts";
import type { Clock, EventSink, ExportEntry, ExportSource, ImageProbe, ObjectStore } from "../../ports.ts";
import { classTable } from "../manifest-classes.ts";
import { mergePlan, planVersion } from "../manifest-plan.ts";
import { type DatasetVersion, latestVersion, versionNumbers } from "../manifest-version.ts";
import type { Detection } from "../reader.ts";
import { decodeFrames } from "./decode.ts";
import { Findings } from "./findings.ts";
import { knownFrames } from "./known-frames.ts";
import { openReading, readFrames } from "./read-frames.ts";

export interface CheckInput {
  readonly source: ExportSource;
  readonly config: Config;
  readonly groupTable: GroupTable;
  readonly mode: "merge" | "replace";
  /** Class names by id, for an export that carries ids alone; null where it names them itself. */
  readonly names: readonly string[] | null;
  /** Whose labels they are, where whoever hands them in says so. */
  readonly annotator?: string | undefined;
  /** Where the issues can be read, for the error that counts them. */
  readonly issuesAt: string;
}

export interface CheckPorts {
  /** The store whose versions count as the past; null where there is none. Nothing is written to it. */
  readonly store: ObjectStore | null;
  /** Knows images by the names of their entries; null: no decoding. */
  readonly probe: ImageProbe | null;
  readonly clock: Clock;
  readonly events: EventSink;
}

export interface CheckReport {
  readonly format: string;
  readonly detection: Detection;
  /** Frames that a run would keep of the export. */
  readonly frames: readonly ManifestLine[];
  readonly labels: { readonly read: number; readonly kept: number; readonly listed: number };
  readonly issues: readonly IssueLine[];
  readonly difference: Difference;
  /** The images of the export by the names of their frames. */
  readonly images: ReadonlyMap<string, ExportEntry>;
  /** Split, counts and classes of the version a run would make; null where it cannot be split. */
  readonly version: {
    readonly lines: readonly ManifestLine[];
    readonly split: Split;
    readonly stats: DatasetStats;
    readonly classes: Readonly<Record<string, number>>;
    readonly unchanged: boolean;
  } | null;
  /** Why a run would be refused, all of it; empty: it would go on. */
  readonly errors: readonly BobbinError[];
}

const framesPerEvent = 500;

/** @throws FormatUnknown, FormatAmbiguous, ArchiveInvalid, LabelFileInvalid, ClassNamesMissing: then there is nothing to look at */
export async function checkExport(input: CheckInput, ports: CheckPorts): Promise<CheckReport> {
  const { config, source } = input;
  const previous = ports.store === null ? null : await latestVersion(ports.store, config.dataset);
  const opened = await openReading(source, input.names, config);
  const findings = new Findings();
  const images = new Map<string, ExportEntry>();
  const { groupTable } = input;
  const put = async () => undefined;
  const options = {
    config,
    groupTable,
    annotator: input.annotator,
    classes: classTable(config),
    known: knownFrames(previous),
    put,
    skip: 0,
  };
  for await (const { records, image } of readFrames(opened.reading, options)) {
    for (const record of records) {
      findings.add(record);
      if ("frame" in record && image !== null) images.set(record.frame.name, image);
    }
    tell("frames read", findings.frames.length, ports);
  }
  if (ports.probe !== null) await decode(findings, images, ports.probe, ports);
  findings.noteShapes(config);
  const incoming = findings.decodedFrames();
  const errors = [...findings.errors(config, source.name, input.issuesAt)];
  const labels = ledger(findings, errors);
  const before = { ...input, incoming, previous };
  const version = incoming.length === 0 ? null : await plan(before, ports.store, errors);
  const { difference, issues } = version ?? mergePlan(before);
  return {
    format: opened.format,
    detection: opened.detection,
    frames: incoming,
    images,
    labels,
    issues: [...findings.issues, ...issues],
    difference,
    version: version === null ? null : { ...version, split: version.split.split },
    errors,
  };
}

function tell(what: string, done: number, { events, clock }: CheckPorts): void {
  if (done % framesPerEvent === 0) {
    events.emit({ kind: "work", at: clock.now().toISOString(), what, done, total: null });
  }
}

async function decode(
  findings: Findings,
  images: ReadonlyMap<string, ExportEntry>,
  probe: ImageProbe,
  ports: CheckPorts,
): Promise<void> {
  const wanted = findings.frames.filter(({ name, phash }) => phash === null && images.has(name));
  let done = 0;
  for await (const record of decodeFrames(wanted, ({ name }) => images.get(name)?.name ?? name, probe)) {
    findings.add(record);
    done += 1;
    tell("images decoded", done, ports);
  }
}

/** The ledger of labels; where it does not add up, that is one more error. */
function ledger(findings: Findings, errors: BobbinError[]): CheckReport["labels"] {
  try {
    return findings.labels();
  } catch (error) {
    if (!isBobbinError(error, "LabelsLost")) throw error;
    errors.push(error);
    return error.data;
  }
}

async function plan(
  input: CheckInput & { readonly incoming: readonly ManifestLine[]; readonly previous: DatasetVersion | null },
  store: ObjectStore | null,
  errors: BobbinError[],
) {
  const free = store === null ? 1 : (await versionNumbers(store, input.config.dataset)).free;
  try {
    return planVersion({ ...input, version: formatCounter("d", free) }, (error) => errors.push(error));
  } catch (error) {
    if (!(error instanceof BobbinError)) throw error;
    errors.push(error);
    return null;
  }
}
