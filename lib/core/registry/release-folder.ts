// A release's folder in the registry: files are written once, hashed as they are written; what is there already must be the same.
import { createHash } from "node:crypto";
import type { FileEntry } from "../../contracts/common.ts";
import { BobbinError, isBobbinError } from "../../contracts/errors.ts";
import { registryKeys } from "../../contracts/layout.ts";
import type { ObjectStore } from "../ports.ts";

/** What has been put is kept as the list of the signed set. */
export class ReleaseFolder {
  readonly files: FileEntry[] = [];
  readonly #store: ObjectStore;
  readonly #key: (name: string) => string;

  constructor(store: ObjectStore, model: string, version: string) {
    this.#store = store;
    this.#key = (name) => registryKeys.releaseFile(model, version, name);
  }

  /** Writes a file of the signed set. @throws ObjectExists where other bytes lie there */
  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.write(name, bytes);
    this.files.push({ name, bytes: bytes.byteLength, sha256: sha256Of(bytes) });
  }

  /** Writes a file that is not listed. @throws ObjectExists where other bytes lie there */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    const key = this.#key(name);
    try {
      await this.#store.create(key, bytes);
    } catch (error) {
      if (!isBobbinError(error, "ObjectExists")) throw error;
      const there = await this.#store.get(key);
      if (Buffer.compare(there.bytes, bytes) !== 0) throw error;
    }
  }

  async read(name: string): Promise<Uint8Array | null> {
    const key = this.#key(name);
    return (await this.#store.head(key)) === null ? null : (await this.#store.get(key)).bytes;
  }

  file(name: string): FileEntry {
    const found = this.files.find((file) => file.name === name);
    if (found === undefined) throw new RangeError(`not written yet: ${name}`);
    return found;
  }
}

export const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** An object whose digest a document names. @throws ObjectCorrupt */
export async function checked(store: ObjectStore, key: string, sha256: string): Promise<Uint8Array> {
  const { bytes } = await store.get(key);
  const found = sha256Of(bytes);
  if (found !== sha256) throw new BobbinError("ObjectCorrupt", { key, problem: `SHA-256 ${found}, wanted ${sha256}` });
  return bytes;
}

/** Versions of a model that exist: those with a release.json. */
export async function releasesOf(registry: ObjectStore, model: string): Promise<string[]> {
  const prefix = registryKeys.releases(model);
  const versions: string[] = [];
  for await (const { key } of registry.list(prefix)) {
    const [version, file, ...more] = key.slice(prefix.length).split("/");
    if (version !== undefined && file === "release.json" && more.length === 0) versions.push(version);
  }
  return versions;
}
