// Writes small files for a test.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** @param files by their path below the folder */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}
