// A folder as a bucket. What holds, also between processes, and after kill -9 or a power cut at any moment:
// a key is there whole or not at all; `create` never overwrites; of two `replace` with one etag one wins; what was answered stays.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { BobbinError } from "../../contracts/errors.ts";
import type { Body, ObjectHead, ObjectStore, StoredObject } from "../../core/ports.ts";
import { checkKey } from "../../core/registry/store-keys.ts";
import { codeOf } from "../error-code.ts";
import { flushMany, flushNames, linkNew, openNew, sweep, temporaryName, writeAll, writeNew } from "./disk.ts";
import { type Listed, listKeys } from "./listing.ts";
import {
  currentOf,
  etagOf,
  mainFile,
  temporaryFolder,
  versionFile,
  versionOfEtag,
  versionsFolder,
} from "./versions.ts";

export interface FolderStore extends ObjectStore {
  /** The file that holds a key, to be linked or read, never written. Laptop only. @throws ObjectMissing */
  readPath(key: string): string;
  /**
   * Gives files of keys one more name each, outside of the store, as they are when this is asked. Laptop only.
   * What it returns @throws ObjectMissing, and the disk's own error where the name is taken or no link can be made
   */
  linker(): (key: string, file: string) => void;
}

export interface FolderStoreOptions {
  /**
   * Prefixes whose keys name their own content (`frames/`): written without waiting for the disk, flushed together before the
   * next write elsewhere. A key that a power cut tore is mended when it is created again.
   */
  readonly deferred?: readonly string[];
}

/** Opens a folder as a store; it is made where it is absent. @throws StoreUnusable */
export function openFolderStore(folder: string, options: FolderStoreOptions = {}): FolderStore {
  const root = path.resolve(folder);
  try {
    fs.mkdirSync(path.join(root, temporaryFolder), { recursive: true });
    sweep(path.join(root, temporaryFolder), Date.now());
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new BobbinError("StoreUnusable", { store: folder, problem }, { cause: error });
  }
  return new Folder(root, options.deferred ?? []);
}

class Folder implements FolderStore {
  readonly #root: string;
  readonly #temporary: string;
  readonly #deferred: readonly string[];
  #unflushed: string[] = [];
  /** Whether the last deferred key that was created was there already. */
  #known = false;

  constructor(root: string, deferred: readonly string[]) {
    this.#root = root;
    this.#temporary = path.join(root, temporaryFolder);
    this.#deferred = deferred;
  }

  async get(key: string): Promise<StoredObject> {
    const { file, version } = this.#find(key);
    const bytes = fs.statSync(file).size > 4_194_304 ? await fs.promises.readFile(file) : fs.readFileSync(file);
    return { bytes, etag: etagOf(version) };
  }

  async *stream(key: string, start = 0, end = Number.POSITIVE_INFINITY): AsyncIterable<Uint8Array> {
    const { file } = this.#find(key);
    if (end <= start) return;
    yield* fs.createReadStream(file, { start, end: end - 1, highWaterMark: 262_144 });
  }

  async head(key: string): Promise<ObjectHead | null> {
    checkKey(key);
    const current = currentOf(this.#root, key);
    return current === null ? null : { bytes: fs.statSync(current.file).size, etag: etagOf(current.version) };
  }

  async create(key: string, body: Body): Promise<string> {
    checkKey(key);
    const later = this.#deferred.some((prefix) => key.startsWith(prefix));
    if (later && body instanceof Uint8Array) return this.#createLater(key, body);
    await this.#flush();
    const temporary = temporaryName(this.#temporary);
    try {
      if (body instanceof Uint8Array) writeNew(temporary, body, true);
      else await writeStream(temporary, body);
      const file = mainFile(this.#root, key);
      flushNames(file, this.#root, this.#link(temporary, file, key));
    } finally {
      discard(temporary);
    }
    return etagOf(1);
  }

  async replace(key: string, body: Uint8Array, etag: string): Promise<string> {
    const current = this.#find(key);
    if (versionOfEtag(etag) !== current.version) throw new BobbinError("ObjectChanged", { key });
    await this.#flush();
    const temporary = temporaryName(this.#temporary);
    try {
      writeNew(temporary, body, true);
      this.#append(temporary, key, current.version);
    } finally {
      discard(temporary);
    }
    return etagOf(current.version + 1);
  }

  async *list(prefix: string): AsyncIterable<Listed> {
    yield* listKeys(this.#root, prefix);
  }

  readPath(key: string): string {
    return this.#find(key).file;
  }

  /** Keys of a prefix under which nothing was ever replaced lie under their own names: the link itself finds out whether they do. */
  linker(): (key: string, file: string) => void {
    const isFixed = (prefix: string) =>
      prefix.endsWith("/") && !fs.existsSync(mainFile(this.#root, `${versionsFolder}/${prefix}`));
    const fixed = this.#deferred.filter(isFixed);
    return (key, file) => {
      if (!fixed.some((prefix) => key.startsWith(prefix))) return fs.linkSync(this.readPath(key), file);
      checkKey(key);
      try {
        fs.linkSync(mainFile(this.#root, key), file);
      } catch (error) {
        // Absent, or a folder of keys: then `readPath` says so.
        if (["ENOENT", "EPERM"].includes(codeOf(error))) this.readPath(key);
        throw error;
      }
    };
  }

  #find(key: string) {
    checkKey(key);
    const current = currentOf(this.#root, key);
    if (current === null) throw new BobbinError("ObjectMissing", { key });
    return current;
  }

  /** What was written without waiting is on the disk before anything that may speak of it. */
  async #flush(): Promise<void> {
    if (this.#unflushed.length === 0) return;
    const files = this.#unflushed;
    this.#unflushed = [];
    await flushMany(files, this.#root);
  }

  /** Looks first only where the last key was there already: an export is mostly all new, or all known. */
  #createLater(key: string, body: Uint8Array): string {
    const file = mainFile(this.#root, key);
    this.#unflushed.push(file);
    const there = this.#known && fs.existsSync(file);
    this.#known = there || !this.#writeLater(key, file, body);
    if (!this.#known) return etagOf(1);
    this.#mend(key, file, body);
    throw new BobbinError("ObjectExists", { key });
  }

  /** False where the key exists. */
  #writeLater(key: string, file: string, body: Uint8Array): boolean {
    const temporary = temporaryName(this.#temporary);
    try {
      writeNew(temporary, body, false);
      return this.#linkNew(temporary, file, key) !== null;
    } finally {
      discard(temporary);
    }
  }

  /** Bytes other than those the key's name stands for were torn by a power cut. */
  #mend(key: string, file: string, body: Uint8Array): void {
    if (fs.readFileSync(file).equals(body) || !isNamedBy(key, body)) return;
    const temporary = temporaryName(this.#temporary);
    try {
      writeNew(temporary, body, false);
      fs.renameSync(temporary, file);
    } finally {
      discard(temporary);
    }
  }

  /** @throws ObjectExists */
  #link(temporary: string, file: string, key: string): number {
    const made = this.#linkNew(temporary, file, key);
    if (made === null) throw new BobbinError("ObjectExists", { key });
    return made;
  }

  #linkNew(temporary: string, file: string, key: string): number | null {
    try {
      return linkNew(temporary, file, this.#root);
    } catch (error) {
      if (!["ENOTDIR", "EEXIST"].includes(codeOf(error))) throw error;
      throw new BobbinError(
        "KeyInvalid",
        { key, problem: "a shorter key stands where its folder should be" },
        { cause: error },
      );
    }
  }

  #append(temporary: string, key: string, version: number): void {
    const file = mainFile(this.#root, key);
    const next = versionFile(this.#root, key, version + 1);
    // The first content becomes number 1 of the chain; whoever else does the same links the same file.
    if (version === 1) linkNew(file, versionFile(this.#root, key, 1), this.#root);
    const made = linkNew(temporary, next, this.#root);
    if (made === null) throw new BobbinError("ObjectChanged", { key });
    flushNames(next, this.#root, version === 1 ? key.split("/").length + 1 : 0);
    this.#show(key, file);
  }

  /** Lays the newest version under the key's own name, for people who look into the folder; the chain is what counts. */
  #show(key: string, file: string): void {
    for (let shown = 0; ; ) {
      const newest = currentOf(this.#root, key);
      if (newest === null || newest.version === shown) return;
      const temporary = temporaryName(this.#temporary);
      try {
        fs.linkSync(newest.file, temporary);
        fs.renameSync(temporary, file);
      } catch {
        // The new version counts already; a file held open on Windows only shows people the older one.
        return;
      } finally {
        discard(temporary);
      }
      shown = newest.version;
    }
  }
}

/** Removes a temporary file that may have been renamed away; fs.rmSync asks the disk once more for the same. */
function discard(temporary: string): void {
  try {
    fs.unlinkSync(temporary);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

/** True where the key holds the SHA-256 of these very bytes. */
function isNamedBy(key: string, body: Uint8Array): boolean {
  return key.includes(createHash("sha256").update(body).digest("hex"));
}

async function writeStream(file: string, body: AsyncIterable<Uint8Array>): Promise<void> {
  const descriptor = openNew(file);
  try {
    for await (const chunk of body) writeAll(descriptor, chunk);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
