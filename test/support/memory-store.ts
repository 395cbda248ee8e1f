// An ObjectStore in memory: the same behaviour suite runs on it and on the folder (test/ports/object-store.test.ts).
import { BobbinError } from "../../lib/contracts/errors.ts";
import type { Body, ObjectHead, ObjectStore, StoredObject, Stores } from "../../lib/core/ports.ts";
import { checkKey } from "../../lib/core/registry/store-keys.ts";

interface Held {
  readonly bytes: Uint8Array;
  readonly version: number;
}

const byCodePoint = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

export class MemoryStore implements ObjectStore {
  readonly #objects = new Map<string, Held>();

  async get(key: string): Promise<StoredObject> {
    const { bytes, version } = this.#find(key);
    return { bytes: new Uint8Array(bytes), etag: `v${version}` };
  }

  async *stream(key: string, start = 0, end = Number.POSITIVE_INFINITY): AsyncIterable<Uint8Array> {
    const { bytes } = this.#find(key);
    if (end > start && start < bytes.byteLength) yield bytes.slice(start, Math.min(end, bytes.byteLength));
  }

  async head(key: string): Promise<ObjectHead | null> {
    checkKey(key);
    const held = this.#objects.get(key);
    return held === undefined ? null : { bytes: held.bytes.byteLength, etag: `v${held.version}` };
  }

  async create(key: string, body: Body): Promise<string> {
    checkKey(key);
    const bytes = body instanceof Uint8Array ? new Uint8Array(body) : await gather(body);
    if (this.#objects.has(key)) throw new BobbinError("ObjectExists", { key });
    this.#objects.set(key, { bytes, version: 1 });
    return "v1";
  }

  async replace(key: string, body: Uint8Array, etag: string): Promise<string> {
    const held = this.#find(key);
    if (etag !== `v${held.version}`) throw new BobbinError("ObjectChanged", { key });
    this.#objects.set(key, { bytes: new Uint8Array(body), version: held.version + 1 });
    return `v${held.version + 1}`;
  }

  async *list(prefix: string): AsyncIterable<{ readonly key: string; readonly bytes: number }> {
    for (const key of [...this.#objects.keys()].filter((one) => one.startsWith(prefix)).sort(byCodePoint)) {
      const held = this.#objects.get(key);
      if (held !== undefined) yield { key, bytes: held.bytes.byteLength };
    }
  }

  #find(key: string): Held {
    checkKey(key);
    const held = this.#objects.get(key);
    if (held === undefined) throw new BobbinError("ObjectMissing", { key });
    return held;
  }
}

export interface MemoryStores extends Stores {
  readonly data: MemoryStore;
  readonly registry: MemoryStore;
}

export const memoryStores = (): MemoryStores => ({ data: new MemoryStore(), registry: new MemoryStore() });

async function gather(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
