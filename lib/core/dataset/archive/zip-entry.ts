// One file of a zip: whole and at once, or as a stream. Size and CRC-32 are checked either way.
import { Buffer } from "node:buffer";
import { pipeline, Readable } from "node:stream";
import { crc32, createInflateRaw, inflateRawSync } from "node:zlib";
import { BobbinError } from "../../../contracts/errors.ts";
import type { ExportEntry } from "../../ports.ts";
import type { ZipRecord } from "./central-directory.ts";
import { limits } from "./limits.ts";
import type { RangeReader } from "./range-reader.ts";

const headerBytes = 30;
/** Room for the extra field of a local header, so that header and data come in one read. */
const slackBytes = 64;
const pieceBytes = 1024 * 1024;

class ZipEntry implements ExportEntry {
  readonly name: string;
  readonly bytes: number;
  readonly #reader: RangeReader;
  readonly #record: ZipRecord;

  constructor(reader: RangeReader, record: ZipRecord) {
    this.name = record.name;
    this.bytes = record.bytes;
    this.#reader = reader;
    this.#record = record;
  }

  async read(): Promise<Uint8Array> {
    if (this.bytes > limits.wholeBytes) this.#refuse(`${this.bytes} bytes`, `at most ${limits.wholeBytes}`);
    if (this.bytes > limits.atOnceBytes) return this.#gather();
    const { offset, packed } = this.#record;
    const guess = headerBytes + this.#record.rawName.length + slackBytes + packed;
    const first = await this.#range(offset, Math.min(offset + guess, this.#reader.bytes));
    const skip = this.#dataStart(first);
    const data =
      first.length >= skip + packed
        ? first.subarray(skip, skip + packed)
        : await this.#range(offset + skip, offset + skip + packed);
    const bytes = this.#record.deflated ? this.#inflate(data) : data;
    this.#checkEnd(bytes.length, crc32(bytes));
    return bytes;
  }

  async *stream(): AsyncIterable<Uint8Array> {
    let size = 0;
    let crc = 0;
    for await (const chunk of this.#record.deflated ? this.#inflated() : this.#packed()) {
      size += chunk.length;
      crc = crc32(chunk, crc);
      if (size > this.bytes) this.#checkEnd(size, crc);
      yield chunk;
    }
    this.#checkEnd(size, crc);
  }

  #refuse(found: string, wanted: string, cause?: unknown): never {
    throw new BobbinError("ArchiveInvalid", { file: this.#reader.name, entry: this.name, found, wanted }, { cause });
  }

  #range(start: number, end: number): Uint8Array | Promise<Uint8Array> {
    if (end > this.#reader.bytes) this.#refuse("data behind the end of the file", "a whole zip archive");
    return this.#reader.read(start, end);
  }

  /** Length of the local header, which must be the central directory's entry again. */
  #dataStart(header: Uint8Array): number {
    const view = Buffer.from(header.buffer, header.byteOffset, header.length);
    const named = this.#record.rawName;
    const fits = view.length >= headerBytes + named.length && view.readUInt32LE(0) === 0x04034b50;
    const sameName =
      fits &&
      view.readUInt16LE(26) === named.length &&
      view.compare(named, 0, named.length, headerBytes, headerBytes + named.length) === 0;
    if (!sameName) this.#refuse("a local header of something else", "the header that the central directory names");
    return headerBytes + named.length + view.readUInt16LE(28);
  }

  #inflate(data: Uint8Array): Uint8Array {
    try {
      // One byte more than declared is enough to know that there are too many.
      const room = Math.max(this.bytes + 1, 64);
      return inflateRawSync(data, { maxOutputLength: room, chunkSize: room });
    } catch (error) {
      return this.#refuse(
        error instanceof Error ? error.message : String(error),
        `${this.bytes} bytes of deflate`,
        error,
      );
    }
  }

  async *#packed(): AsyncGenerator<Uint8Array> {
    const { offset, packed, rawName } = this.#record;
    const head = Math.min(offset + headerBytes + rawName.length, this.#reader.bytes);
    const start = offset + this.#dataStart(await this.#range(offset, head));
    for (let at = start; at < start + packed; at += pieceBytes) {
      yield await this.#range(at, Math.min(at + pieceBytes, start + packed));
    }
  }

  async *#inflated(): AsyncGenerator<Uint8Array> {
    const inflater = createInflateRaw();
    // What goes wrong on the way reaches the loop below through the inflater; the callback only keeps it from being thrown twice.
    pipeline(Readable.from(this.#packed()), inflater, () => undefined);
    try {
      yield* inflater as AsyncIterable<Uint8Array>;
    } catch (error) {
      if (error instanceof BobbinError) throw error;
      this.#refuse(error instanceof Error ? error.message : String(error), `${this.bytes} bytes of deflate`, error);
    } finally {
      inflater.destroy();
    }
  }

  async #gather(): Promise<Uint8Array> {
    const whole = new Uint8Array(this.bytes);
    let at = 0;
    for await (const chunk of this.stream()) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }

  #checkEnd(size: number, crc: number): void {
    if (size !== this.bytes)
      this.#refuse(size > this.bytes ? "more bytes than declared" : `${size} bytes`, `${this.bytes} bytes`);
    if (crc !== this.#record.crc32) this.#refuse(`CRC-32 ${hex(crc)}`, `CRC-32 ${hex(this.#record.crc32)}`);
  }
}

const hex = (value: number) => value.toString(16).padStart(8, "0");

export function zipEntry(reader: RangeReader, record: ZipRecord): ExportEntry {
  return new ZipEntry(reader, record);
}
