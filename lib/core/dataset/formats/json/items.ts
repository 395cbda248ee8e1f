// Cuts a JSON file of any size into the items of its top-level lists, so that no more than one item is ever parsed at a time:
// a file over 512 MB is no string in V8, and a tree of a million labels no small thing either. Each item goes to JSON.parse.
import { Buffer, isUtf8 } from "node:buffer";
import { BobbinError } from "../../../../contracts/errors.ts";
import type { ExportEntry } from "../../../ports.ts";

export interface JsonHandler {
  /**
   * An item of a list under a key of the top-level object (key "" where the file itself is a list), or a whole other value
   * under a key (ordinal 0). `bytes` are valid during the call only.
   */
  item(key: string, bytes: Buffer, ordinal: number, line: number): void;
}

/** A label with the run lengths of a mask of 100 megapixels fits; nothing honest is larger. */
const longestItem = 16 * 1024 * 1024;
/** Lists and objects in one another. JSON.parse would take millions of them, and the memory for it. */
const deepest = 64;

export function jsonProblem(file: string, line: number, found: string, wanted: string): BobbinError {
  return new BobbinError("LabelFileInvalid", { file, line: Math.max(1, line), found, wanted });
}

const code = {
  tab: 0x09,
  feed: 0x0a,
  back: 0x0d,
  space: 0x20,
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  listOpen: 0x5b,
  escape: 0x5c,
  listClose: 0x5d,
  open: 0x7b,
  close: 0x7d,
} as const;

/** What may come next, outside of items. */
type Expected =
  | "start"
  | "keyOrEnd"
  | "key"
  | "colon"
  | "value"
  | "afterValue"
  | "itemOrEnd"
  | "item"
  | "afterItem"
  | "end";

const wantedText: Readonly<Record<Expected, string>> = {
  start: "an object or a list",
  keyOrEnd: "a key or }",
  key: "a key",
  colon: "a colon",
  value: "a value",
  afterValue: "a comma or }",
  itemOrEnd: "an item or ]",
  item: "an item",
  afterItem: "a comma or ]",
  end: "the end of the file",
};

/** What follows a byte of the file's own structure. */
const transitions: Readonly<Partial<Record<Expected, Readonly<Record<string, Expected | "endList">>>>> = {
  keyOrEnd: { "}": "end" },
  colon: { ":": "value" },
  afterValue: { ",": "key", "}": "end" },
  itemOrEnd: { "]": "endList" },
  afterItem: { ",": "item", "]": "endList" },
};
const startsValue: ReadonlySet<Expected> = new Set(["value", "item", "itemOrEnd"]);

class ItemCutter {
  line = 1;
  readonly #file: string;
  readonly #handler: JsonHandler;
  #expected: Expected = "start";
  /** True while the top-level object's list is open, or the file's own. */
  #inList = false;
  #listIsFile = false;
  #key = "";
  #isKey = false;
  #ordinal = 0;
  readonly #keys = new Set<string>();
  /** The open item: depth of its brackets, or a string, or a bare word. */
  #open = false;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #startLine = 1;
  #parts: Buffer[] = [];
  #partBytes = 0;
  /** Bytes between two items that say nothing. */
  #blanks = 0;

  constructor(file: string, handler: JsonHandler) {
    this.#file = file;
    this.#handler = handler;
  }

  write(chunk: Buffer): void {
    let at = 0;
    let start = 0;
    while (at < chunk.length) {
      if (this.#open) {
        at = this.#insideItem(chunk, at);
        if (!this.#open) this.#endItem(chunk.subarray(start, at));
        else if (at - start + this.#partBytes > longestItem) this.#tooLong();
      } else if (this.#between(chunk[at] ?? 0)) at += 1;
      else start = at;
    }
    if (this.#open) this.#keep(chunk.subarray(start));
  }

  /** Takes a byte outside of items; false where an item begins with it. */
  #between(byte: number): boolean {
    if (byte === code.feed) this.line += 1;
    if (byte === code.feed || byte === code.space || byte === code.tab || byte === code.back) return this.#blank();
    this.#blanks = 0;
    if (this.#structure(byte)) return true;
    this.#open = true;
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
    this.#startLine = this.line;
    return false;
  }

  #blank(): true {
    this.#blanks += 1;
    if (this.#blanks > longestItem)
      throw jsonProblem(
        this.#file,
        this.line,
        `more than ${longestItem} bytes of nothing`,
        "labels of one object each",
      );
    return true;
  }

  end(): void {
    if (this.#expected !== "end") {
      throw jsonProblem(this.#file, this.line, "the end of the file", wantedText[this.#expected]);
    }
  }

  #keep(part: Buffer): void {
    this.#partBytes += part.length;
    if (this.#partBytes > longestItem) this.#tooLong();
    this.#parts.push(Buffer.from(part));
  }

  #tooLong(): never {
    const found = `an item of more than ${longestItem} bytes`;
    throw jsonProblem(this.#file, this.#startLine, found, "labels of one object each");
  }

  /** Takes a byte of the file's own structure; false where an item or a key begins with it. */
  #structure(byte: number): boolean {
    const expected = this.#expected;
    if (expected === "start") return this.#begin(byte);
    if (expected === "value" && byte === code.listOpen) {
      this.#beginList(false);
      return true;
    }
    if (isValueStart(byte) && startsValue.has(expected)) {
      this.#isKey = false;
      return false;
    }
    if (byte === code.quote && (expected === "key" || expected === "keyOrEnd")) {
      this.#isKey = true;
      return false;
    }
    const next = transitions[expected]?.[String.fromCharCode(byte)];
    if (next === undefined) this.#unexpected(byte);
    else if (next === "endList") this.#endList();
    else this.#expected = next;
    return true;
  }

  #begin(byte: number): true {
    if (byte === code.open) this.#expected = "keyOrEnd";
    else if (byte === code.listOpen) this.#beginList(true);
    else this.#unexpected(byte);
    return true;
  }

  #unexpected(byte: number): never {
    const shown = byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `byte ${byte}`;
    throw jsonProblem(this.#file, this.line, shown, wantedText[this.#expected]);
  }

  #beginList(isFile: boolean): void {
    this.#inList = true;
    this.#listIsFile = isFile;
    this.#ordinal = 0;
    this.#expected = "itemOrEnd";
  }

  #endList(): void {
    this.#inList = false;
    this.#expected = this.#listIsFile ? "end" : "afterValue";
  }

  /** Runs to the end of the open item or of the chunk. @returns the offset behind what was taken */
  #insideItem(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length) {
      if (this.#inString) at = this.#skipString(chunk, at);
      else at = this.#skipPlain(chunk, at);
      if (!this.#open) break;
    }
    return at;
  }

  /** To behind the closing quote. Most bytes of a file come past here or in `#skipPlain`. */
  #skipString(chunk: Buffer, from: number): number {
    let escaped = this.#escaped;
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at];
      if (escaped) escaped = false;
      else if (byte === code.escape) escaped = true;
      else if (byte === code.quote) {
        this.#escaped = false;
        this.#inString = false;
        if (this.#depth === 0) this.#open = false;
        return at + 1;
      }
    }
    this.#escaped = escaped;
    return chunk.length;
  }

  /** To behind the next quote or bracket, or to the end of a bare word. */
  #skipPlain(chunk: Buffer, from: number): number {
    const isWord = this.#depth === 0;
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (byte === code.quote) {
        this.#inString = true;
        return at + 1;
      }
      if (byte === code.open || byte === code.listOpen) return this.#deeper(at);
      if (byte === code.close || byte === code.listClose) return this.#shallower(at);
      if (isWord && isWordEnd(byte)) return this.#closed(at);
      if (byte === code.feed) this.line += 1;
    }
    return chunk.length;
  }

  #deeper(at: number): number {
    this.#depth += 1;
    if (this.#depth > deepest) throw jsonProblem(this.#file, this.line, `brackets ${deepest} deep`, "labels");
    return at + 1;
  }

  #shallower(at: number): number {
    // Behind a bare word the bracket is not its own.
    if (this.#depth === 0) return this.#closed(at);
    this.#depth -= 1;
    return this.#depth === 0 ? this.#closed(at + 1) : at + 1;
  }

  #closed(at: number): number {
    this.#open = false;
    return at;
  }

  #endItem(last: Buffer): void {
    const bytes = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#partBytes = 0;
    if (bytes.length > longestItem) this.#tooLong();
    if (this.#isKey) this.#takeKey(bytes);
    else if (this.#inList) {
      this.#ordinal += 1;
      this.#handler.item(this.#key, bytes, this.#ordinal, this.#startLine);
      this.#expected = "afterItem";
    } else {
      this.#handler.item(this.#key, bytes, 0, this.#startLine);
      this.#expected = "afterValue";
    }
  }

  #takeKey(bytes: Buffer): void {
    const key = parseJson(bytes);
    if (typeof key !== "string") throw jsonProblem(this.#file, this.#startLine, "a key that is no text", "a key");
    if (this.#keys.has(key)) {
      throw jsonProblem(
        this.#file,
        this.#startLine,
        `the key ${JSON.stringify(key.slice(0, 80))} twice`,
        "each key once",
      );
    }
    this.#keys.add(key);
    this.#key = key;
    this.#expected = "colon";
  }
}

const isWordEnd = (byte: number) =>
  byte === code.comma || byte === code.space || byte === code.tab || byte === code.feed || byte === code.back;

/** `{ [ " -`, a digit, or the first letter of a word; which words there are, JSON.parse knows. */
const isValueStart = (byte: number) =>
  byte === code.open ||
  byte === code.listOpen ||
  byte === code.quote ||
  byte === 0x2d ||
  (byte >= 0x30 && byte <= 0x39) ||
  (byte >= 0x41 && byte <= 0x5a) ||
  (byte >= 0x61 && byte <= 0x7a);

/** The value of an item; undefined where it is no JSON in UTF-8 (`NaN`, as Python writes it, is none). */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) return undefined;
  try {
    return JSON.parse(bytes.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** Feeds the file's items to the handler; yields after every chunk, so that what was found so far can go on. @throws LabelFileInvalid */
export async function* streamJson(entry: ExportEntry, handler: JsonHandler): AsyncGenerator<void> {
  const cutter = new ItemCutter(entry.name, handler);
  let first = true;
  for await (const chunk of entry.stream()) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    cutter.write(first && bytes.subarray(0, 3).equals(byteOrderMark) ? bytes.subarray(3) : bytes);
    first = false;
    yield;
  }
  cutter.end();
}
