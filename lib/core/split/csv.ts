// split.csv: one line a frame (name, sha256, group, part), sorted by name, RFC 4180, safe to open in a spreadsheet.
// The rule for cells: one that begins with = + - @, a tab, a carriage return or an apostrophe gets an apostrophe in front;
// so whoever reads the file takes one leading apostrophe away, and has the cell as it was.
import type { Part } from "../../contracts/common.ts";
import type { SplitFrame } from "./tally.ts";

const linesPerChunk = 4096;

const unsafe = /^[=+\-@\t\r']/;
const quoted = /[",\r\n]/;

function cell(text: string): string {
  const safe = unsafe.test(text) ? `'${text}` : text;
  return quoted.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @param frames sorted by name */
export function* splitCsv(frames: Iterable<SplitFrame>, partOf: ReadonlyMap<string, Part>): Iterable<Uint8Array> {
  let text = "name,sha256,group,part\r\n";
  let lines = 0;
  // Sorted by name, frames of a group mostly follow each other.
  let [group, ending] = ["", ""];
  for (const frame of frames) {
    if (frame.group !== group || ending === "") {
      group = frame.group;
      ending = `,${cell(group)},${partOf.get(group)}\r\n`;
    }
    text += `${cell(frame.name)},${frame.sha256}${ending}`;
    lines += 1;
    if (lines % linesPerChunk === 0) {
      yield Buffer.from(text);
      text = "";
    }
  }
  yield Buffer.from(text);
}
