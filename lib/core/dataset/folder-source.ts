// A folder as an export, wherever it lies: names checked and in their normal form, sorted; one digest for the whole.
import { createHash } from "node:crypto";
import { BobbinError } from "../../contracts/errors.ts";
import type { ExportEntry, ExportSource } from "../ports.ts";
import { nameProblem, normalName } from "./archive/entry-name.ts";

/** The name of a file below the folder in its normal form. @throws ArchiveInvalid */
export function folderEntryName(folder: string, path: string): string {
  const problem = nameProblem(path);
  if (problem === null) return normalName(path);
  throw new BobbinError("ArchiveInvalid", { file: folder, entry: path, found: problem.found, wanted: problem.wanted });
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

/**
 * @param files in any order, their names from `folderEntryName`
 * @throws ArchiveInvalid where two names are one
 */
export function folderSource(name: string, files: Iterable<ExportEntry>): ExportSource {
  const entries = [...files].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  for (const [index, entry] of entries.entries()) {
    if (entry.name === entries[index + 1]?.name) {
      const found = { file: name, entry: entry.name, found: "the name twice", wanted: "each name once" };
      throw new BobbinError("ArchiveInvalid", found);
    }
  }
  return {
    name,
    kind: "folder",
    entries: () => entries,
    sha256: () => digest(entries),
    close: async () => undefined,
  };
}
