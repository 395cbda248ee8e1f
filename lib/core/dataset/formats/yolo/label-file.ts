// A whole Ultralytics label file: its lines, each either a label or an issue.
import { Buffer } from "node:buffer";
import type { IssueLine } from "../../../../contracts/dataset.ts";
import { issueOf } from "../../issue-codes.ts";
import type { ReadLabel } from "../../reader.ts";
import { parseDecimal, parseWhole } from "../numbers.ts";
import { type LineRules, parseLabelLine } from "./label-line.ts";

/** Largest label file that is read; 100,000 polygons fit. */
export const largestLabelFile = 64 * 1024 * 1024;

const byteOrderMark = "\u00ef\u00bb\u00bf";

/** Label files are ASCII; bytes above it stay visible, and make their line unreadable, in Latin-1. */
const asText = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");

/** Lines that hold something, with their 1-based number. */
function* linesOf(text: string): Generator<readonly [number, string]> {
  let number = 0;
  for (const line of text.split("\n")) {
    number += 1;
    if (line.trim() !== "") yield [number, line];
  }
}

/** How many labels a file holds, readable or not. */
export function countLines(bytes: Uint8Array): number {
  const text = asText(bytes);
  return [...linesOf(text.startsWith(byteOrderMark) ? text.slice(3) : text)].length;
}

/** Every line that is not blank is returned as a label or reported with `labels: 1`. */
export function parseLabelFile(
  file: string,
  frame: string,
  bytes: Uint8Array,
  rules: LineRules,
  report: (issue: IssueLine) => void,
): readonly ReadLabel[] {
  const raw = asText(bytes);
  const marked = raw.startsWith(byteOrderMark);
  if (marked)
    report(issueOf("ByteOrderMark", { file, line: 1, frame, found: "a byte order mark", wanted: "plain text" }));
  const labels: ReadLabel[] = [];
  let line = 0;
  for (const text of (marked ? raw.slice(3) : raw).split("\n")) {
    line += 1;
    if (text.trim() === "") continue;
    const read = parseLabelLine(text, rules);
    if ("code" in read)
      report(issueOf(read.code, { file, line, frame, found: read.found, wanted: read.wanted, labels: 1 }));
    else labels.push({ label: read, relative: true, file, line });
  }
  return labels;
}

/** Lines of a class and four numbers or more: enough to know a label file when one is seen. */
export function looksLikeLabels(bytes: Uint8Array): boolean {
  const lines = [...linesOf(asText(bytes))].slice(0, 20);
  return lines.length > 0 && lines.every(([, line]) => isLabelLike(line));
}

/** True where any line looks like a label: enough to miss its image. */
export function holdsLabelLine(bytes: Uint8Array): boolean {
  return [...linesOf(asText(bytes))].some(([, line]) => isLabelLike(line));
}

function isLabelLike(line: string): boolean {
  const [first = "", ...rest] = line.trim().split(/[ \t]+/);
  return parseWhole(first) !== null && rest.length >= 4 && rest.every((token) => parseDecimal(token) !== null);
}
