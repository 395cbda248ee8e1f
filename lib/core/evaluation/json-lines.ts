// JSON lines as a stream: one line is held at a time, however long the file is.
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

/** The bytes of each line, without its line feed. */
async function* lines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array[] = [];
  for await (const chunk of bytes) {
    let from = 0;
    for (let to = chunk.indexOf(lineFeed); to !== -1; to = chunk.indexOf(lineFeed, from)) {
      const end = chunk.subarray(from, to);
      yield rest.length === 0 ? end : Buffer.concat([...rest, end]);
      rest = [];
      from = to + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

/** The values of a JSON lines file; empty lines are passed over. @throws ObjectCorrupt */
export async function* jsonLines({ key, bytes }: Source): AsyncGenerator<JsonLine> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 0;
  for await (const each of lines(bytes)) {
    line++;
    if (each.length === 0) continue;
    yield { value: parse(key, line, decoder, each), line };
  }
}

function parse(key: string, line: number, decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
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
