// A folder of files that is there whole or not at all: written under another name, renamed when the last file is in it.
import { createWriteStream, existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { BobbinError } from "../contracts/errors.ts";
import type { OutFile } from "../core/dataset/writer.ts";

async function writeOut(folder: string, { path, bytes }: OutFile): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  if (bytes instanceof Uint8Array) await writeFile(file, bytes);
  else await pipeline(Readable.from(bytes), createWriteStream(file));
}

/**
 * @param settle called when all files are written; what it throws takes them away again
 * @throws OutputExists
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
    for await (const file of files) await writeOut(unfinished, file);
    await settle();
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}
