// A folder as an export: every file below it, links refused, sorted by normalised name.
import { createHash } from "node:crypto";
import { createReadStream, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, sep } from "node:path";
import { BobbinError } from "../../contracts/errors.ts";
import { nameProblem, normalName } from "../../core/dataset/archive/entry-name.ts";
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

  async read(): Promise<Uint8Array> {
    return readFileSync(this.#path);
  }

  stream(): AsyncIterable<Uint8Array> {
    return createReadStream(this.#path, { highWaterMark: 1024 * 1024 });
  }
}

function refuse(root: string, entry: string, found: string, wanted: string): never {
  throw new BobbinError("ArchiveInvalid", { file: basename(root), entry, found, wanted });
}

function* walk(root: string, prefix: string): Generator<FolderEntry> {
  for (const item of readdirSync(join(root, prefix), { withFileTypes: true })) {
    const path = prefix === "" ? item.name : `${prefix}/${item.name}`;
    const problem = nameProblem(path);
    if (problem !== null) refuse(root, path, problem.found, problem.wanted);
    if (item.isFile()) yield new FolderEntry(normalName(path), `${root}${sep}${path}`);
    else if (item.isDirectory()) yield* walk(root, path);
    else refuse(root, path, item.isSymbolicLink() ? "a symbolic link" : "a special file", "a file or a folder");
  }
}

/** SHA-256 over one line a file, `<digest> <bytes> <name>`, in the order of the names. */
async function digest(entries: readonly ExportEntry[]): Promise<string> {
  const whole = createHash("sha256");
  for (const entry of entries) {
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of entry.stream()) {
      hash.update(chunk);
      bytes += chunk.length;
    }
    whole.update(`${hash.digest("hex")} ${bytes} ${entry.name}\n`);
  }
  return whole.digest("hex");
}

/** @throws ArchiveInvalid */
export function openFolderSource(root: string): ExportSource {
  const entries = [...walk(root, "")].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  for (const [index, entry] of entries.entries()) {
    if (entry.name === entries[index + 1]?.name) {
      throw new BobbinError("ArchiveInvalid", {
        file: basename(root),
        entry: entry.name,
        found: "the name twice",
        wanted: "each name once",
      });
    }
  }
  return {
    name: basename(root),
    kind: "folder",
    entries: () => entries,
    sha256: () => digest(entries),
    close: async () => undefined,
  };
}
