// Turns many small reads into few requests. Entries of an archive are mostly read in its order, pictures and labels in turns, each
// from a place of its own: a read that goes on where an earlier one ended doubles what is fetched with it, one that jumps fetches only
// what was asked.

const mostBytes = 8 * 1024 * 1024;
/** Read forward over this much is still going on: local headers, files that nobody wants. */
const nearBytes = 256 * 1024;
const leastBytes = 128 * 1024;
/** Places that are read in turns: pictures, labels, and one more. What was fetched for each is held in memory. */
const places = 3;

type Read = (start: number, end: number) => Promise<Uint8Array>;

interface Window {
  readonly from: number;
  readonly bytes: Uint8Array;
  readonly ahead: number;
}

const endOf = ({ from, bytes }: Window) => from + bytes.byteLength;

/** @param bytes size of the whole; `fetch` is never asked beyond it */
export function readAhead(fetch: Read, bytes: number): Read {
  /** The one that was of use last stands last. */
  let windows: readonly Window[] = [];
  const use = (window: Window, instead: Window | undefined) => {
    windows = [...windows.filter((one) => one !== instead && one !== window), window].slice(-places);
  };
  return async (start, end) => {
    const holds = windows.findLast((one) => start >= one.from && end <= endOf(one));
    if (holds !== undefined) {
      use(holds, undefined);
      return holds.bytes.subarray(start - holds.from, end - holds.from);
    }
    const before = windows.findLast((one) => start >= one.from && start <= endOf(one) + nearBytes);
    const ahead = before === undefined ? 0 : Math.min(Math.max(2 * before.ahead, leastBytes), mostBytes);
    const fetched = await fetch(start, Math.min(bytes, end + ahead));
    use({ from: start, bytes: fetched, ahead }, before);
    return fetched.subarray(0, end - start);
  };
}
