// The releases of a model: which exist, which numbers are used up, which comes next.
import { registryKeys } from "../../contracts/layout.ts";
import {
  compareReleaseVersions,
  formatReleaseVersion,
  nextReleaseVersion,
  parseReleaseVersion,
  type ReleaseVersion,
} from "../../contracts/names.ts";
import { type Release, release as releaseSchema } from "../../contracts/release.ts";
import type { ObjectStore } from "../ports.ts";
import { readDocument } from "./cas.ts";

export interface Releases {
  /** Rising, by number. */
  readonly all: readonly Release[];
  /** Versions under which something lies, also the remains of a run that failed in Publish. */
  readonly used: ReadonlySet<string>;
}

/** @throws ObjectCorrupt */
export async function readReleases(registry: ObjectStore, model: string): Promise<Releases> {
  const prefix = registryKeys.releases(model);
  const used = new Set<string>();
  const complete: ReleaseVersion[] = [];
  for await (const { key } of registry.list(prefix)) {
    const [folder = "", ...file] = key.slice(prefix.length).split("/");
    const version = parseReleaseVersion(folder);
    if (version === null) continue;
    used.add(folder);
    if (file.join("/") === "release.json") complete.push(version);
  }
  const all: Release[] = [];
  for (const version of complete.sort(compareReleaseVersions)) {
    const key = registryKeys.releaseFile(model, formatReleaseVersion(version), "release.json");
    all.push((await readDocument(registry, key, releaseSchema)).value);
  }
  return { all, used };
}

/** What decides whether the major number moves. */
export interface Family extends Pick<Release, "task" | "architecture"> {
  readonly classes: readonly string[];
}

/** The number of the next release: major where classes, task or architecture moved, else minor; used-up numbers are left out. */
export function nextVersion(releases: Releases, family: Family): string {
  const last = releases.all.at(-1);
  const latest = last === undefined ? null : parseReleaseVersion(last.version);
  let next = nextReleaseVersion(latest, last === undefined || sameFamily(last, family) ? "minor" : "major");
  while (releases.used.has(formatReleaseVersion(next))) next = nextReleaseVersion(next, "minor");
  return formatReleaseVersion(next);
}

function sameFamily(a: Family, b: Family): boolean {
  return a.task === b.task && a.architecture === b.architecture && sameList(a.classes, b.classes);
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}
