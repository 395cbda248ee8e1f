// Keeps what packing gave for as long as what it was made of stays the same: a deploy that changes settings alone packs nothing.
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** Each is some forty megabytes. */
const mostKept = 3;

/** Of our source and of the packages as they are installed, which npm writes down beside them. null where it did not. */
export function digestOfSource(root: string): string | null {
  const installed = join(root, "node_modules/.package-lock.json");
  if (!existsSync(installed)) return null;
  const hash = createHash("sha256").update(readFileSync(installed));
  for (const folder of ["lambdas", "lib"]) {
    const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .sort();
    for (const file of files) hash.update(`\0${file.slice(root.length)}\0`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

/** Fills the folder `target` by `make`, or with what `make` gave under the same key before. */
export function keepOnce(kept: string, target: string, make: (folder: string) => void): void {
  const store = dirname(kept);
  if (existsSync(kept)) utimesSync(kept, new Date(), new Date());
  else {
    mkdirSync(store, { recursive: true });
    const fresh = mkdtempSync(join(store, "unfinished-"));
    try {
      make(fresh);
      renameSync(fresh, kept);
    } catch (error) {
      rmSync(fresh, { recursive: true, force: true });
      // Another process may have been first.
      if (!existsSync(kept)) throw error;
    }
    forgetOld(store);
  }
  cpSync(kept, target, { recursive: true });
}

function forgetOld(store: string): void {
  const byAge = readdirSync(store)
    .flatMap((name) => {
      const stat = statSync(join(store, name), { throwIfNoEntry: false });
      return stat === undefined ? [] : [{ name, time: stat.mtimeMs }];
    })
    .sort((a, b) => b.time - a.time);
  for (const { name } of byAge.slice(mostKept)) rmSync(join(store, name), { recursive: true, force: true });
}
