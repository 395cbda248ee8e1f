// Writes an object that a killed attempt may have written already: the same bytes are welcome, others are not.
import { createHash } from "node:crypto";
import type { FileEntry } from "../../contracts/common.ts";
import { isBobbinError } from "../../contracts/errors.ts";
import type { ObjectStore } from "../ports.ts";

type Digest = Pick<FileEntry, "bytes" | "sha256">;

async function digestOf(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Digest> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}

/**
 * @param chunks makes the content, anew each time it is asked
 * @throws ObjectExists where other bytes lie there
 */
export async function writeOnce(store: ObjectStore, key: string, chunks: () => Iterable<Uint8Array>): Promise<Digest> {
  const hash = createHash("sha256");
  let bytes = 0;
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks()) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  }
  try {
    await store.create(key, hashed());
    return { bytes, sha256: hash.digest("hex") };
  } catch (error) {
    if (!isBobbinError(error, "ObjectExists")) throw error;
    const ours = await digestOf(chunks());
    const there = await digestOf(store.stream(key));
    if (ours.sha256 !== there.sha256) throw error;
    return ours;
  }
}
