// Turns many small reads into few requests. Entries of an archive are mostly read in its order: a read that goes on where the
// last one ended doubles what is fetched with it, one that jumps fetches only what was asked.

const mostBytes = 8 * 1024 * 1024;
/** Read forward over this much is still going on: local headers, files that nobody wants. */
const nearBytes = 256 * 1024;
const leastBytes = 128 * 1024;

type Read = (start: number, end: number) => Promise<Uint8Array>;

interface Window {
  readonly from: number;
  readonly bytes: Uint8Array;
}

/** @param bytes size of the whole; `fetch` is never asked beyond it */
export function readAhead(fetch: Read, bytes: number): Read {
  let window: Window = { from: 0, bytes: new Uint8Array(0) };
  let ahead = 0;
  return async (start, end) => {
    const seen = window;
    const seenEnd = seen.from + seen.bytes.byteLength;
    if (start >= seen.from && end <= seenEnd) return seen.bytes.subarray(start - seen.from, end - seen.from);
    const goesOn = start >= seen.from && start <= seenEnd + nearBytes;
    ahead = goesOn ? Math.min(Math.max(2 * ahead, leastBytes), mostBytes) : 0;
    const fetched = await fetch(start, Math.min(bytes, end + ahead));
    window = { from: start, bytes: fetched };
    return fetched.subarray(0, end - start);
  };
}
