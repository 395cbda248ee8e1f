// Lists the keys of a folder in code point order, one folder in memory at a time. The store's own files are not seen.
import fs from "node:fs";
import path from "node:path";
import { codeOf } from "../error-code.ts";
import { currentOf, versionsFolder } from "./versions.ts";

export interface Listed {
  readonly key: string;
  readonly bytes: number;
}

interface Entry {
  readonly name: string;
  readonly folder: boolean;
}

/** UTF-8 bytes sort as code points do; a folder sorts as its keys will, with the slash. */
function byCodePoint(a: Entry, b: Entry): number {
  return Buffer.compare(Buffer.from(a.folder ? `${a.name}/` : a.name), Buffer.from(b.folder ? `${b.name}/` : b.name));
}

function entriesOf(folder: string): Entry[] {
  try {
    return fs
      .readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.name.startsWith(".") && (entry.isDirectory() || entry.isFile()))
      .map((entry) => ({ name: entry.name, folder: entry.isDirectory() }))
      .sort(byCodePoint);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return [];
    throw error;
  }
}

/** Only folders whose keys may start with the prefix are opened. */
function mayHold(key: string, prefix: string): boolean {
  return key.startsWith(prefix) || prefix.startsWith(key);
}

/** @param folder the key of a folder, ending in a slash, or empty for the root */
export function* listKeys(root: string, prefix: string, folder = startOf(prefix)): Generator<Listed> {
  const replaced = fs.existsSync(path.join(root, versionsFolder, folder));
  for (const entry of entriesOf(path.join(root, folder))) {
    const key = `${folder}${entry.name}`;
    if (entry.folder) {
      if (mayHold(`${key}/`, prefix)) yield* listKeys(root, prefix, `${key}/`);
    } else if (key.startsWith(prefix)) {
      const file = replaced ? currentOf(root, key)?.file : path.join(root, key);
      const found = file === undefined ? undefined : fs.statSync(file, { throwIfNoEntry: false });
      if (found !== undefined) yield { key, bytes: found.size };
    }
  }
}

/** The deepest folder that holds every key of the prefix. */
function startOf(prefix: string): string {
  return prefix.slice(0, prefix.lastIndexOf("/") + 1);
}
