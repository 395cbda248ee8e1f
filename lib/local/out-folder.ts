// A folder of files that is there whole or not at all: written under another name, renamed when the last file is in it.
import { createWriteStream, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setImmediate } from "node:timers/promises";
import { BobbinError } from "../contracts/errors.ts";
import type { OutFile } from "../core/dataset/writer.ts";

/** After so many files a signal is heard, and V8 clears away. */
const filesInARow = 16;

/** Files of one unfinished folder. */
class Unfinished {
  readonly #folder: string;
  readonly #made = new Set<string>();
  #count = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async write({ path, bytes }: OutFile): Promise<void> {
    const file = join(this.#folder, path);
    this.#make(dirname(file));
    // Handing a small file over to another thread takes as long as writing it, three times over.
    if (bytes instanceof Uint8Array) writeFileSync(file, bytes);
    else await pipeline(Readable.from(bytes), createWriteStream(file));
    this.#count += 1;
    if (this.#count % filesInARow === 0) await setImmediate();
  }

  #make(folder: string): void {
    if (this.#made.has(folder)) return;
    mkdirSync(folder, { recursive: true });
    this.#made.add(folder);
  }
}

/**
 * @param settle called when all files are written; what it throws takes them away again
 * @throws OutputExists; what `files` throws, with nothing left of the folder
 */
export async function writeFolder(
  folder: string,
  files: AsyncIterable<OutFile>,
  settle: () => Promise<void>,
): Promise<void> {
  if (existsSync(folder)) throw new BobbinError("OutputExists", { path: folder });
  const unfinished = `${folder}.unfinished-${process.pid}`;
  try {
    await mkdir(unfinished, { recursive: true });
    const open = new Unfinished(unfinished);
    for await (const file of files) await open.write(file);
    await settle();
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}
