// JSON lines as a stream: one piece of the file is held at a time, however long the file is.
import { Buffer, isUtf8 } from "node:buffer";
import { BobbinError } from "../../contracts/errors.ts";

/** Where something is read from: the key is for errors. */
export interface Source {
  readonly key: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

export interface JsonLine {
  readonly value: unknown;
  /** 1-based. */
  readonly line: number;
}

const lineFeed = 10;

/** The bytes in pieces of whole lines; only the last may lack its line feed. */
async function* wholeLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array[] = [];
  for await (const chunk of bytes) {
    const cut = chunk.lastIndexOf(lineFeed) + 1;
    if (cut > 0) {
      const end = chunk.subarray(0, cut);
      yield rest.length === 0 ? end : Buffer.concat([...rest, end]);
      rest = [];
    }
    if (cut < chunk.length) rest.push(chunk.subarray(cut));
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

/** The values of a JSON lines file; empty lines are passed over. @throws ObjectCorrupt */
export async function* jsonLines(source: Source): AsyncGenerator<JsonLine> {
  for await (const block of jsonLineBlocks(source)) yield* block;
}

/** The same, as many at a time as come with one piece of the file: a promise a line costs more than the line. @throws ObjectCorrupt */
export async function* jsonLineBlocks({ key, bytes }: Source): AsyncGenerator<readonly JsonLine[]> {
  let line = 0;
  for await (const piece of wholeLines(bytes)) {
    const block: JsonLine[] = [];
    const texts = textsOf(piece);
    for (const [index, text] of texts.entries()) {
      if (text !== "") block.push({ value: parse(key, line + index + 1, text), line: line + index + 1 });
    }
    // Nothing stands behind a line feed at the end; a piece without one is the last.
    line += texts.length - 1;
    yield block;
  }
}

/** The lines of a piece; null for one that is no UTF-8. */
function textsOf(piece: Uint8Array): readonly (string | null)[] {
  if (isUtf8(piece)) return Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString("utf8").split("\n");
  const texts: (string | null)[] = [];
  for (let from = 0, to = 0; to !== -1; from = to + 1) {
    to = piece.indexOf(lineFeed, from);
    const line = Buffer.from(piece.subarray(from, to === -1 ? piece.length : to));
    texts.push(isUtf8(line) ? line.toString("utf8") : null);
  }
  return texts;
}

function parse(key: string, line: number, text: string | null): unknown {
  try {
    if (text === null) throw new TypeError("bytes that are no UTF-8");
    return JSON.parse(text);
  } catch (cause) {
    throw new BobbinError("ObjectCorrupt", { key, problem: `line ${line} is not JSON` }, { cause });
  }
}

/** A stream that is hashed while it is read; the digest is asked for at its end. */
export function throughHash(bytes: AsyncIterable<Uint8Array>, hash: { update(chunk: Uint8Array): unknown }) {
  return (async function* () {
    for await (const chunk of bytes) {
      hash.update(chunk);
      yield chunk;
    }
  })();
}
