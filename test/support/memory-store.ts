// A bucket in memory: the ObjectStore port without a disk, for tests of steps.
import { createHash } from "node:crypto";
import { BobbinError } from "../../lib/contracts/errors.ts";
import type { Body, ObjectHead, ObjectStore, StoredObject, Stores } from "../../lib/core/ports.ts";

async function gather(body: Body): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return Uint8Array.from(body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}

function checkKey(key: string): void {
  if (key === "" || key.split("/").some((segment) => segment === "" || segment === "." || segment === "..")) {
    throw new BobbinError("KeyInvalid", { key, problem: "an empty or relative segment" });
  }
}

export class MemoryStore implements ObjectStore {
  readonly #objects = new Map<string, StoredObject>();
  #writes = 0;

  #find(key: string): StoredObject {
    checkKey(key);
    const found = this.#objects.get(key);
    if (found === undefined) throw new BobbinError("ObjectMissing", { key });
    return found;
  }

  #put(key: string, bytes: Uint8Array): string {
    this.#writes += 1;
    const etag = createHash("sha256").update(`${this.#writes} `).update(bytes).digest("hex");
    this.#objects.set(key, { bytes, etag });
    return etag;
  }

  async get(key: string): Promise<StoredObject> {
    const { bytes, etag } = this.#find(key);
    return { bytes: Uint8Array.from(bytes), etag };
  }

  async *stream(key: string, start = 0, end = Number.POSITIVE_INFINITY): AsyncIterable<Uint8Array> {
    const { bytes } = this.#find(key);
    if (end > start && start < bytes.length) yield bytes.slice(start, end);
  }

  async head(key: string): Promise<ObjectHead | null> {
    checkKey(key);
    const found = this.#objects.get(key);
    return found === undefined ? null : { bytes: found.bytes.length, etag: found.etag };
  }

  async create(key: string, body: Body): Promise<string> {
    checkKey(key);
    const bytes = await gather(body);
    if (this.#objects.has(key)) throw new BobbinError("ObjectExists", { key });
    return this.#put(key, bytes);
  }

  async replace(key: string, body: Uint8Array, etag: string): Promise<string> {
    if (this.#find(key).etag !== etag) throw new BobbinError("ObjectChanged", { key });
    return this.#put(key, Uint8Array.from(body));
  }

  async *list(prefix: string): AsyncIterable<{ readonly key: string; readonly bytes: number }> {
    const points = (text: string) => Buffer.from(text, "utf8");
    const keys = [...this.#objects.keys()].filter((key) => key.startsWith(prefix));
    for (const key of keys.sort((a, b) => Buffer.compare(points(a), points(b)))) {
      yield { key, bytes: this.#find(key).bytes.length };
    }
  }
}

export const memoryStores = (): Stores & { readonly data: MemoryStore; readonly registry: MemoryStore } => ({
  data: new MemoryStore(),
  registry: new MemoryStore(),
});
