// Bytes of an archive by position: a file on the laptop, range requests in the cloud. Both sides of the archive reader use it.

export interface RangeReader {
  /** What it is called in errors. */
  readonly name: string;
  readonly bytes: number;
  /** Bytes [start, end), exactly; `end` is at most `bytes`. Synchronous where it can be: promises cost more than the read. */
  read(start: number, end: number): Uint8Array | Promise<Uint8Array>;
  close(): void;
}

/** Keeps one window of the archive, for runs of small reads that move forward. */
export function windowed(reader: RangeReader, windowBytes: number): RangeReader["read"] {
  let from = 0;
  let window: Uint8Array = new Uint8Array(0);
  return async (start, end) => {
    if (start < from || end > from + window.length) {
      from = start;
      window = await reader.read(start, Math.min(reader.bytes, Math.max(end, start + windowBytes)));
    }
    return window.subarray(start - from, end - from);
  };
}
