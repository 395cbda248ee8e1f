// Reads the central directory of a zip through yauzl and refuses what no honest export holds.
import { Buffer } from "node:buffer";
import { type Entry, fromRandomAccessReader, getFileNameLowLevel, RandomAccessReader, type ZipFile } from "yauzl";
import { BobbinError } from "../../../contracts/errors.ts";
import { nameProblem, normalName } from "./entry-name.ts";
import { limits } from "./limits.ts";
import { type RangeReader, windowed } from "./range-reader.ts";

/** Where a file lies in the archive, as the central directory says. */
export interface ZipRecord {
  readonly name: string;
  readonly rawName: Uint8Array;
  readonly offset: number;
  readonly packed: number;
  readonly bytes: number;
  readonly crc32: number;
  readonly deflated: boolean;
}

const windowBytes = 1024 * 1024;

/** yauzl asks for a few bytes at a time; they come from a window, and the answer never within the call (no deep stacks). */
class YauzlReader extends RandomAccessReader {
  readonly #read: RangeReader["read"];
  readonly #bytes: number;

  constructor(reader: RangeReader) {
    super();
    this.#read = windowed(reader, windowBytes);
    this.#bytes = reader.bytes;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    if (position + length > this.#bytes) {
      queueMicrotask(() => callback(new Error("a part that lies behind the end of the file")));
      return;
    }
    Promise.resolve(this.#read(position, position + length)).then(
      (bytes) => {
        buffer.set(bytes, offset);
        callback(null);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  }
}

function refuse(archive: string, entry: string, found: string, wanted: string): never {
  throw new BobbinError("ArchiveInvalid", { file: archive, entry, found, wanted });
}

function openZip(reader: RangeReader): Promise<ZipFile> {
  return new Promise((settle, fail) => {
    const options = { autoClose: false, lazyEntries: true, decodeStrings: false, validateEntrySizes: true };
    fromRandomAccessReader(new YauzlReader(reader), reader.bytes, options, (error, zip) =>
      error === null ? settle(zip) : fail(error),
    );
  });
}

const fileType = (entry: Entry) => (entry.externalFileAttributes >>> 16) & 0o170000;
const plainFile = 0o100000;
const folder = 0o040000;

function checkEntry(archive: string, name: string, entry: Entry): void {
  const problem = nameProblem(name);
  if (problem !== null) refuse(archive, name, problem.found, problem.wanted);
  const type = fileType(entry);
  if (type === 0o120000) refuse(archive, name, "a symbolic link", "a file or a folder");
  if (type !== 0 && type !== plainFile && type !== folder)
    refuse(archive, name, "a special file", "a file or a folder");
  if (entry.isEncrypted()) refuse(archive, name, "an encrypted entry", "an entry without password");
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    refuse(archive, name, `compression method ${entry.compressionMethod}`, "stored (0) or deflate (8)");
  }
  const { compressedSize: packed, uncompressedSize: bytes } = entry;
  if (bytes > limits.ratioFromBytes && bytes > packed * limits.ratio) {
    refuse(archive, name, `${bytes} bytes packed into ${packed}`, `at most ${limits.ratio} to 1`);
  }
}

/** The decoded name; null for a directory, which has to pass the same checks. */
function fileName(archive: string, entry: Entry): string | null {
  const raw = entry.fileName as unknown as Buffer;
  const decoded = getFileNameLowLevel(entry.generalPurposeBitFlag, raw, entry.extraFields, true);
  const isFolder = decoded.endsWith("/");
  checkEntry(archive, isFolder ? decoded.slice(0, -1) : decoded, entry);
  return isFolder ? null : normalName(decoded);
}

/** Two entries over the same bytes are how a small file becomes a huge one. */
function refuseOverlaps(archive: string, records: readonly ZipRecord[]): void {
  const sorted = [...records].sort((a, b) => a.offset - b.offset);
  let end = 0;
  for (const record of sorted) {
    if (record.offset < end) refuse(archive, record.name, "an entry that overlaps another", "entries of their own");
    end = record.offset + 30 + record.rawName.length + record.packed;
  }
}

async function collect(reader: RangeReader): Promise<readonly ZipRecord[]> {
  const zip = await openZip(reader);
  if (zip.entryCount > limits.entries)
    refuse(reader.name, "-", `${zip.entryCount} entries`, `at most ${limits.entries}`);
  const records: ZipRecord[] = [];
  const names = new Set<string>();
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    const name = fileName(reader.name, entry);
    if (name === null) continue;
    if (names.has(name)) refuse(reader.name, name, "the name twice", "each name once");
    names.add(name);
    total += entry.uncompressedSize;
    if (total > limits.totalBytes) refuse(reader.name, name, `${total} bytes unpacked`, `at most ${limits.totalBytes}`);
    records.push({
      name,
      rawName: Buffer.from(entry.fileName as unknown as Buffer),
      offset: entry.relativeOffsetOfLocalHeader,
      packed: entry.compressedSize,
      bytes: entry.uncompressedSize,
      crc32: entry.crc32,
      deflated: entry.compressionMethod === 8,
    });
  }
  refuseOverlaps(reader.name, records);
  return records;
}

/** Every file of the archive, in the order of its central directory. @throws ArchiveInvalid */
export async function readCentralDirectory(reader: RangeReader): Promise<readonly ZipRecord[]> {
  try {
    return await collect(reader);
  } catch (error) {
    if (error instanceof BobbinError) throw error;
    const found = error instanceof Error ? error.message : String(error);
    throw new BobbinError(
      "ArchiveInvalid",
      { file: reader.name, entry: "its central directory", found, wanted: "a whole zip archive" },
      { cause: error },
    );
  }
}
