// The versions of a key that is replaced: `.versions/<key>/1`, `2`, … each made once and never changed, like a versioned bucket.
// The highest number is the key's content; taking the next number is the compare-and-swap, so there is no lock to go stale.
// The chain has no gaps and is never shortened: a writer that slept for a year still finds its number taken.
import fs from "node:fs";
import path from "node:path";

export interface Current {
  readonly file: string;
  readonly version: number;
}

/** Where the store's own files lie; no key starts with a dot. */
export const versionsFolder = ".versions";
export const temporaryFolder = ".temporary";

export function versionFile(root: string, key: string, version: number): string {
  return mainFile(root, `${versionsFolder}/${key}/${version}`);
}

/** A checked key is a path with nothing to normalise but Windows' slashes; this is asked for every frame. */
export function mainFile(root: string, key: string): string {
  return path.sep === "/" ? `${root}/${key}` : path.join(root, key);
}

function exists(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** The highest number of the chain, by doubling and halving; `from` is known to exist. */
function highest(root: string, key: string, from: number): number {
  let low = from;
  let step = 1;
  while (exists(versionFile(root, key, low + step))) {
    low += step;
    step *= 2;
  }
  let high = low + step;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (exists(versionFile(root, key, middle))) low = middle;
    else high = middle;
  }
  return low;
}

/** The file that holds a key's content now; null where the key does not exist. */
export function currentOf(root: string, key: string): Current | null {
  if (exists(versionFile(root, key, 2))) {
    const version = highest(root, key, 2);
    return { file: versionFile(root, key, version), version };
  }
  const file = mainFile(root, key);
  const found = fs.statSync(file, { throwIfNoEntry: false });
  return found?.isFile() ? { file, version: 1 } : null;
}

export function etagOf(version: number): string {
  return `v${version}`;
}

export function versionOfEtag(etag: string): number | null {
  const match = /^v([1-9][0-9]*)$/.exec(etag);
  return match === null ? null : Number(match[1]);
}
