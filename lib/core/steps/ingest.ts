// Ingest: takes an export into the store in laps. First every frame is read, hashed, checked and stored, then every image is
// decoded; the last lap adds all up and refuses the export where anything in it was refused. Repeated, a lap changes nothing.
import type { ManifestLine } from "../../contracts/dataset.ts";
import { dataKeys } from "../../contracts/layout.ts";
import type { RunRequest } from "../../contracts/run.ts";
import { decodeFrames } from "../dataset/ingest/decode.ts";
import { Findings } from "../dataset/ingest/findings.ts";
import { knownFrames } from "../dataset/ingest/known-frames.ts";
import {
  type Cursor,
  cursorText,
  LapText,
  parseCursor,
  stagedLap,
  stagedLaps,
  stageLap,
} from "../dataset/ingest/laps.ts";
import { openReading, readFrames } from "../dataset/ingest/read-frames.ts";
import type { Lap } from "../dataset/ingest/records.ts";
import { storeFrame } from "../dataset/ingest/store-frame.ts";
import { boxCounts, classTable } from "../dataset/manifest-classes.ts";
import { jsonLinesBytes } from "../dataset/manifest-lines.ts";
import { latestVersion } from "../dataset/manifest-version.ts";
import type { Clock, EventSink, Exports, ImageProbe, ObjectStore, Requests, Stores } from "../ports.ts";
import { writeOnce } from "../registry/write-once.ts";
import type { IngestOutput, RunInput } from "./types.ts";

export interface IngestPorts {
  readonly stores: Stores;
  readonly exports: Exports;
  readonly requests: Requests;
  readonly probe: ImageProbe;
  readonly clock: Clock;
  readonly events: EventSink;
  /** Says that the upload was taken in, so that it may expire; nobody need be there to hear it. */
  readonly taken?: (source: RunRequest["source"]) => Promise<void>;
  /** How long a lap may be. @default 10 minutes, 20,000 frames */
  readonly lap?: { readonly milliseconds: number; readonly frames: number };
}

export interface IngestInput extends RunInput {
  /** What the lap before answered; null for the first. */
  readonly cursor: string | null;
}

const defaultLap = { milliseconds: 600_000, frames: 20_000 };
const framesPerEvent = 500;

/**
 * @throws FormatUnknown, FormatAmbiguous, ArchiveInvalid, LabelFileInvalid, ClassNamesMissing while reading
 * @throws TwoOpinions, DataRefused, FrameUnknown, ClassUnknown, GroupRuleMisses, NoFrames, LabelsLost at the end
 */
export async function ingest(input: IngestInput, ports: IngestPorts): Promise<IngestOutput> {
  const request = await ports.requests.read(input.runId);
  const cursor = parseCursor(input.cursor);
  const work = cursor.phase === "read" ? readLap : decodeLap;
  const lap = (await stagedLap(ports.stores.data, input.runId, cursor)) ?? (await work(request, cursor, ports));
  const { frames, boxes } = lap;
  const next = nextCursor(lap, request.decode);
  if (next !== null) return { done: false, cursor: cursorText(next), frames, boxes };
  await finish(request, ports);
  await ports.taken?.(request.source);
  return { done: true, cursor: null, frames, boxes };
}

function nextCursor({ phase, to, last, frames, boxes }: Lap, decode: boolean): Cursor | null {
  if (!last) return { phase, from: to, frames, boxes };
  return phase === "read" && decode ? { phase: "decode", from: 0, frames, boxes } : null;
}

/** Says when a lap is over, and tells how far the work is. */
function lapLimit(what: string, from: number, { clock, events, lap = defaultLap }: IngestPorts) {
  const end = clock.now().getTime() + lap.milliseconds;
  return {
    /** @param done frames taken in this lap */
    isOver: (done: number) => done >= lap.frames || (done > 0 && clock.now().getTime() >= end),
    tell(done: number, last: boolean) {
      if (done % framesPerEvent !== 0 && !last) return;
      events.emit({ kind: "work", at: clock.now().toISOString(), what, done: from + done, total: null });
    },
  };
}

async function readLap(request: RunRequest, cursor: Cursor, ports: IngestPorts): Promise<Lap> {
  const { data } = ports.stores;
  const limit = lapLimit("frames read", cursor.from, ports);
  const classes = classTable(request.config);
  const known = knownFrames(await latestVersion(data, request.config.dataset));
  const source = await ports.exports.open(request.source);
  const records = new LapText();
  let [taken, frames, boxes, last] = [0, cursor.frames, cursor.boxes, true];
  try {
    const opened = await openReading(source, request.names, request.config);
    const { config, groupTable, annotator } = request;
    const options = { config, groupTable, annotator, classes, known, put: storeFrame(data), skip: cursor.from };
    for await (const each of readFrames(opened.reading, options)) {
      for (const record of each.records) {
        records.add(record);
        if (!("frame" in record)) continue;
        frames += 1;
        boxes += boxCounts(record.frame, classes).reduce((sum, count) => sum + count, 0);
      }
      if (each.end) break;
      taken += 1;
      limit.tell(taken, false);
      last = !limit.isOver(taken);
      if (!last) break;
    }
    limit.tell(taken, true);
    const lap: Lap = { phase: "read", to: cursor.from + taken, last, frames, boxes, format: opened.format };
    return await stageLap(data, request.runId, cursor, records, lap);
  } finally {
    await source.close();
  }
}

async function* stagedFrames(store: ObjectStore, runId: string): AsyncGenerator<ManifestLine> {
  for await (const records of stagedLaps(store, runId)) {
    for (const record of records) if ("frame" in record) yield record.frame;
  }
}

async function decodeLap(request: RunRequest, cursor: Cursor, ports: IngestPorts): Promise<Lap> {
  const { data } = ports.stores;
  const limit = lapLimit("images decoded", cursor.from, ports);
  let [taken, last] = [0, true];
  async function* frames(): AsyncGenerator<ManifestLine> {
    let index = 0;
    for await (const frame of stagedFrames(data, request.runId)) {
      index += 1;
      if (index <= cursor.from) continue;
      if (limit.isOver(taken)) {
        last = false;
        return;
      }
      taken += 1;
      if (frame.phash === null) yield frame;
    }
  }
  const keyOf = ({ sha256, ext }: ManifestLine) => dataKeys.frame(sha256, ext);
  const records = new LapText();
  for await (const record of decodeFrames(frames(), keyOf, ports.probe)) {
    records.add(record);
    limit.tell(records.count, false);
  }
  limit.tell(taken, true);
  const lap: Lap = { ...cursor, phase: "decode", to: cursor.from + taken, last, format: "" };
  return stageLap(data, request.runId, cursor, records, lap);
}

/** Adds up all laps; what was found stays readable in the run's folder whether the export is refused or not. */
async function finish(request: RunRequest, { stores: { data } }: IngestPorts): Promise<void> {
  const findings = new Findings({ keepsFrames: false });
  for await (const records of stagedLaps(data, request.runId)) for (const record of records) findings.add(record);
  findings.noteShapes(request.config);
  const issuesKey = dataKeys.staged(request.runId, "issues.jsonl");
  await writeOnce(data, issuesKey, () => jsonLinesBytes(findings.issues.map((issue) => JSON.stringify(issue))));
  const [error] = findings.errors(request.config, request.source.location, issuesKey);
  if (error !== undefined) throw error;
  findings.labels();
}
