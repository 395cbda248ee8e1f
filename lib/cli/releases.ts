// Reads releases from the registry of a store, for the commands that show them.
import { readFile } from "node:fs/promises";
import { BobbinError } from "../contracts/errors.ts";
import { type Evaluation, evaluation } from "../contracts/evaluation.ts";
import { registryKeys } from "../contracts/layout.ts";
import { compareReleaseVersions, parseReleaseVersion, releaseFiles } from "../contracts/names.ts";
import { type Release, release } from "../contracts/release.ts";
import type { ObjectStore } from "../core/ports.ts";
import { readDocument } from "../core/registry/cas.ts";

export interface ReleaseKey {
  readonly model: string;
  readonly version: string;
}

/** Every release that is complete, by model, in the order of their versions. */
export async function listReleases(registry: ObjectStore): Promise<ReleaseKey[]> {
  const found: { model: string; version: string }[] = [];
  for await (const { key } of registry.list(registryKeys.models())) {
    const match = /^models\/([^/]+)\/([^/]+)\/release\.json$/.exec(key);
    if (match?.[1] !== undefined && match[2] !== undefined && parseReleaseVersion(match[2]) !== null)
      found.push({ model: match[1], version: match[2] });
  }
  return found.sort((a, b) => (a.model === b.model ? order(a.version, b.version) : a.model < b.model ? -1 : 1));
}

function order(a: string, b: string): number {
  const [left, right] = [parseReleaseVersion(a), parseReleaseVersion(b)];
  return left === null || right === null ? 0 : compareReleaseVersions(left, right);
}

export async function readRelease(registry: ObjectStore, { model, version }: ReleaseKey): Promise<Release> {
  const key = registryKeys.releaseFile(model, version, "release.json");
  return (await readDocument(registry, key, release)).value;
}

/** Names of the files of a release. */
export function filesOf(of: Release) {
  return releaseFiles({
    architecture: of.architecture,
    project: of.project,
    dataset: of.dataset.name,
    version: of.version,
  });
}

export async function readEvaluation(registry: ObjectStore, of: Release): Promise<Evaluation> {
  const key = registryKeys.releaseFile(of.model, of.version, filesOf(of).evaluation);
  return (await readDocument(registry, key, evaluation)).value;
}

/** Finds `v0.1`; where several models have it, `model` (the config's) decides. @throws ReleaseMissing */
export async function findRelease(registry: ObjectStore, version: string, configFile: string): Promise<Release> {
  const all = await listReleases(registry);
  const matches = all.filter((entry) => entry.version === version);
  const own = matches.length > 1 ? await modelOfConfig(configFile) : null;
  const found = own === null ? matches[0] : matches.find(({ model }) => model === own);
  if (found === undefined)
    throw new BobbinError("ReleaseMissing", {
      version,
      wanted: all.map((entry) => `${entry.model} ${entry.version}`).join(", ") || "none yet",
    });
  return readRelease(registry, found);
}

async function modelOfConfig(file: string): Promise<string | null> {
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    return typeof value === "object" && value !== null && "model" in value && typeof value.model === "string"
      ? value.model
      : null;
  } catch {
    // No readable config here: the first model of that version is meant.
    return null;
  }
}
