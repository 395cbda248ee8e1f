// The laps of Ingest as staged objects, one a lap, written once: a lap that is asked again answers with what it wrote before.
// Frames of a lap are stored before the lap that names them, so a lap that exists is true.
import { BobbinError, isBobbinError } from "../../../contracts/errors.ts";
import { dataKeys } from "../../../contracts/layout.ts";
import type { ObjectStore } from "../../ports.ts";
import type { IngestRecord, Lap } from "./records.ts";

/** Where a lap begins, and what the laps before it counted. */
export interface Cursor {
  readonly phase: Lap["phase"];
  readonly from: number;
  readonly frames: number;
  readonly boxes: number;
}

const start: Cursor = { phase: "read", from: 0, frames: 0, boxes: 0 };

export function cursorText({ phase, from, frames, boxes }: Cursor): string {
  return `${phase}-${from}-${frames}-${boxes}`;
}

/** @throws RangeError where it is none of ours */
export function parseCursor(text: string | null): Cursor {
  if (text === null) return start;
  const match = /^(read|decode)-(\d+)-(\d+)-(\d+)$/.exec(text);
  if (match === null) throw new RangeError(`not a cursor of Ingest: ${text}`);
  const [, phase, from, frames, boxes] = match;
  return {
    phase: phase === "read" ? "read" : "decode",
    from: Number(from),
    frames: Number(frames),
    boxes: Number(boxes),
  };
}

/** `read` sorts after `decode`, so phases are numbered; indices are padded to sort as numbers. */
function lapKey(runId: string, { phase, from }: Cursor): string {
  return dataKeys.staged(runId, `ingest/${phase === "read" ? 1 : 2}-${phase}-${String(from).padStart(9, "0")}.jsonl`);
}

/** The lap that stands there already; null where none does. */
export async function stagedLap(store: ObjectStore, runId: string, cursor: Cursor): Promise<Lap | null> {
  const key = lapKey(runId, cursor);
  if ((await store.head(key)) === null) return null;
  for (const record of await recordsOf(store, key)) if ("lap" in record) return record.lap;
  throw new BobbinError("ObjectCorrupt", { key, problem: "its last line is missing" });
}

const pieceCharacters = 262_144;

/** The records of a lap as JSON lines, made into bytes as they come: thousands of texts are more to hold than their bytes. */
export class LapText {
  readonly #pieces: Uint8Array[] = [];
  #text = "";
  #count = 0;

  /** Records added so far. */
  get count(): number {
    return this.#count;
  }

  add(record: IngestRecord): void {
    this.#text += `${JSON.stringify(record)}\n`;
    this.#count += 1;
    if (this.#text.length >= pieceCharacters) this.#close();
  }

  #close(): void {
    this.#pieces.push(Buffer.from(this.#text));
    this.#text = "";
  }

  bytes(): Uint8Array {
    this.#close();
    return Buffer.concat(this.#pieces);
  }
}

/** Writes a lap; where another attempt was faster, its lap counts. */
export async function stageLap(
  store: ObjectStore,
  runId: string,
  cursor: Cursor,
  records: LapText,
  lap: Lap,
): Promise<Lap> {
  records.add({ lap });
  try {
    await store.create(lapKey(runId, cursor), records.bytes());
    return lap;
  } catch (error) {
    if (!isBobbinError(error, "ObjectExists")) throw error;
    return (await stagedLap(store, runId, cursor)) ?? lap;
  }
}

/** The records of a run's laps, lap by lap in order: a promise a record would cost more than the record. */
export async function* stagedLaps(store: ObjectStore, runId: string): AsyncGenerator<Iterable<IngestRecord>> {
  for await (const { key } of store.list(`${dataKeys.staged(runId, "ingest")}/`)) yield await recordsOf(store, key);
}

/** A lap is short enough to be held, and one string is parsed several times faster than a stream of lines. */
async function recordsOf(store: ObjectStore, key: string): Promise<Iterable<IngestRecord>> {
  const { bytes } = await store.get(key);
  return parseRecords(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8"));
}

function* parseRecords(text: string): Generator<IngestRecord> {
  // Written by this module a moment ago and by nobody else, so the lines are taken at their word.
  for (let from = 0, to = text.indexOf("\n"); to >= 0; from = to + 1, to = text.indexOf("\n", from)) {
    yield JSON.parse(text.slice(from, to)) as IngestRecord;
  }
}
