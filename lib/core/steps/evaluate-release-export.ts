// The export of `evaluate`: read, checked and stored as a run would, under the classes of the release, without becoming a data set.
import type { Config, GroupTable } from "../../contracts/config.ts";
import type { ManifestLine } from "../../contracts/dataset.ts";
import { dataKeys } from "../../contracts/layout.ts";
import { decodeFrames } from "../dataset/ingest/decode.ts";
import { Findings } from "../dataset/ingest/findings.ts";
import { knownFrames } from "../dataset/ingest/known-frames.ts";
import { openReading, readFrames } from "../dataset/ingest/read-frames.ts";
import { storeFrame } from "../dataset/ingest/store-frame.ts";
import { classTable } from "../dataset/manifest-classes.ts";
import { jsonLinesBytes, lineText } from "../dataset/manifest-lines.ts";
import { latestVersion } from "../dataset/manifest-version.ts";
import type { Clock, EventSink, Exports, ImageProbe, Stores } from "../ports.ts";
import { writeOnce } from "../registry/write-once.ts";

export interface ExportPorts {
  readonly stores: Stores;
  readonly exports: Exports;
  readonly probe: ImageProbe;
  readonly clock: Clock;
  readonly events: EventSink;
}

export interface ExportInput {
  readonly runId: string;
  readonly location: string;
  readonly config: Config;
  readonly groupTable: GroupTable;
  readonly names: readonly string[] | null;
  /** Whether labels without an image may mean a frame of the data set: its image must then lie in the store. */
  readonly joinStored: boolean;
}

export interface ExportFrames {
  readonly name: string;
  readonly format: string;
  /** Sorted by name. */
  readonly lines: readonly ManifestLine[];
}

const framesPerEvent = 100;

/**
 * What label names mean: the release's classes, with the names that today's config gives them. A class of today that the
 * release does not have is left out, for the release cannot find it.
 */
export function meaningFor(release: Config, today: Config | null): Config {
  if (today === null) return release;
  const own = new Map(today.classes.map(({ name, from }) => [name, from]));
  const known = new Set([...today.ignore, ...today.classes.flatMap(({ name, from }) => [name, ...from])]);
  const classes = release.classes.map((one) => ({
    ...one,
    from: own.get(one.name) ?? one.from.filter((name) => !known.has(name)),
  }));
  const kept = new Set(classes.flatMap(({ name, from }) => [name, ...from]));
  const others = [...release.ignore, ...known].filter((name) => !kept.has(name));
  const { groupRule, annotator } = today;
  const named = annotator === undefined ? {} : { annotator };
  return { ...release, classes, ignore: [...new Set(others)], groupRule, ...named };
}

/**
 * Frames that are refused end it with the error a run would end with; issues.jsonl beside the evaluation tells all of them.
 * @throws FormatUnknown, FormatAmbiguous, ArchiveInvalid, LabelFileInvalid, ClassNamesMissing
 * @throws DataRefused, FrameUnknown, ClassUnknown, GroupRuleMisses, NoFrames, LabelsLost
 */
export async function readExport(input: ExportInput, ports: ExportPorts): Promise<ExportFrames> {
  const { data } = ports.stores;
  const source = await ports.exports.open({ location: input.location, versionId: null, sha256: null });
  try {
    const opened = await openReading(source, input.names, input.config);
    const findings = await take(opened, input, ports);
    findings.noteShapes(input.config);
    const key = dataKeys.extraEvaluation(input.runId, "issues.jsonl");
    await writeOnce(data, key, () => jsonLinesBytes(findings.issues.map((issue) => JSON.stringify(issue))));
    const [error] = findings.errors(input.config, source.name, key);
    if (error !== undefined) throw error;
    findings.labels();
    const lines = [...findings.decodedFrames()].sort((a, b) => (a.name < b.name ? -1 : 1));
    await writeOnce(data, dataKeys.extraEvaluation(input.runId, "frames.jsonl"), () =>
      jsonLinesBytes(lines.map(lineText)),
    );
    return { name: source.name, format: opened.format, lines };
  } finally {
    await source.close();
  }
}

async function take(
  { reading }: Awaited<ReturnType<typeof openReading>>,
  { config, groupTable, joinStored }: ExportInput,
  { stores: { data }, probe, clock, events }: ExportPorts,
): Promise<Findings> {
  const findings = new Findings();
  const tell = (what: string, done: number) => {
    if (done > 0 && done % framesPerEvent === 0)
      events.emit({ kind: "work", at: clock.now().toISOString(), what, done, total: null });
  };
  const known = knownFrames(joinStored ? await latestVersion(data, config.dataset) : null);
  const reader = { config, groupTable, annotator: undefined, classes: classTable(config) };
  const options = { ...reader, known, put: storeFrame(data), skip: 0 };
  for await (const { records } of readFrames(reading, options)) {
    for (const record of records) findings.add(record);
    tell("frames read", findings.frames.length);
  }
  const undecoded = findings.frames.filter(({ phash }) => phash === null);
  let decoded = 0;
  for await (const record of decodeFrames(undecoded, ({ sha256, ext }) => dataKeys.frame(sha256, ext), probe)) {
    findings.add(record);
    decoded += 1;
    tell("images decoded", decoded);
  }
  return findings;
}
