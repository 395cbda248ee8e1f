// A folder of this machine as an export: every file below it, links refused.
import { closeSync, createReadStream, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { basename, join, sep } from "node:path";
import { BobbinError } from "../../contracts/errors.ts";
import { folderEntryName, folderSource } from "../../core/dataset/folder-source.ts";
import type { ExportEntry, ExportSource } from "../../core/ports.ts";

class FolderEntry implements ExportEntry {
  readonly name: string;
  readonly #path: string;

  constructor(name: string, path: string) {
    this.name = name;
    this.#path = path;
  }

  /** Asked of the disk when wanted: most entries are read whole and never asked. */
  get bytes(): number {
    return statSync(this.#path).size;
  }

  async read(scratch?: Uint8Array): Promise<Uint8Array> {
    return (scratch === undefined ? null : readInto(scratch, this.#path)) ?? readFileSync(this.#path);
  }

  stream(): AsyncIterable<Uint8Array> {
    return createReadStream(this.#path, { highWaterMark: 1024 * 1024 });
  }
}

/** New memory for each of many files costs more than reading them. null where the file does not fit. */
function readInto(scratch: Uint8Array, path: string): Uint8Array | null {
  const descriptor = openSync(path, "r");
  try {
    for (let at = 0; at < scratch.length; ) {
      const got = readSync(descriptor, scratch, at, scratch.length - at, null);
      if (got === 0) return scratch.subarray(0, at);
      at += got;
    }
    return null;
  } finally {
    closeSync(descriptor);
  }
}

function refuse(root: string, entry: string, found: string, wanted: string): never {
  throw new BobbinError("ArchiveInvalid", { file: basename(root), entry, found, wanted });
}

function* walk(root: string, prefix: string): Generator<FolderEntry> {
  for (const item of readdirSync(join(root, prefix), { withFileTypes: true })) {
    const path = prefix === "" ? item.name : `${prefix}/${item.name}`;
    const name = folderEntryName(basename(root), path);
    if (item.isFile()) yield new FolderEntry(name, `${root}${sep}${path}`);
    else if (item.isDirectory()) yield* walk(root, path);
    else refuse(root, path, item.isSymbolicLink() ? "a symbolic link" : "a special file", "a file or a folder");
  }
}

/** @throws ArchiveInvalid */
export function openFolderSource(root: string): ExportSource {
  return folderSource(basename(root), walk(root, ""));
}
