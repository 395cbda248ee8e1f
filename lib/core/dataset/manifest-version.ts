// Dataset versions in the store: which exist, which number is free, what one holds.
import { createHash } from "node:crypto";
import type { Part } from "../../contracts/common.ts";
import { type Manifest, type ManifestLine, manifest, type Split, split } from "../../contracts/dataset.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { type DatasetFile, dataKeys } from "../../contracts/layout.ts";
import { formatCounter, parseCounter } from "../../contracts/names.ts";
import { jsonLineBlocks, throughHash } from "../evaluation/json-lines.ts";
import type { ObjectStore } from "../ports.ts";
import { readDocument } from "../registry/cas.ts";

export interface DatasetVersion {
  readonly manifest: Manifest;
  readonly split: Split;
  /** Sorted by name. */
  readonly lines: readonly ManifestLine[];
}

interface Numbers {
  /** Versions that exist, rising. */
  readonly complete: readonly number[];
  /** The first number under which nothing lies, not even the remains of a run that died. */
  readonly free: number;
}

/** The numbers of a data set's versions. */
export async function versionNumbers(store: ObjectStore, dataset: string): Promise<Numbers> {
  const prefix = dataKeys.datasets(dataset);
  const complete: number[] = [];
  let highest = 0;
  for await (const { key } of store.list(prefix)) {
    const [folder = "", file = ""] = key.slice(prefix.length).split("/");
    const number = parseCounter("d", folder);
    if (number === null) continue;
    highest = Math.max(highest, number);
    if (file === ("manifest.json" satisfies DatasetFile)) complete.push(number);
  }
  return { complete: complete.sort((a, b) => a - b), free: highest + 1 };
}

/** The splits of the versions below one, in their order. */
export async function* splitsBefore(
  store: ObjectStore,
  dataset: string,
  below: number,
): AsyncGenerator<{ readonly version: string; readonly split: Split }> {
  const { complete } = await versionNumbers(store, dataset);
  for (const number of complete.filter((each) => each < below)) {
    const version = formatCounter("d", number);
    const key = dataKeys.datasetFile(dataset, version, "split.json");
    yield { version, split: (await readDocument(store, key, split)).value };
  }
}

/** The newest version below a number; null where there is none. */
export async function latestVersion(
  store: ObjectStore,
  dataset: string,
  below = Number.POSITIVE_INFINITY,
): Promise<DatasetVersion | null> {
  const { complete } = await versionNumbers(store, dataset);
  const latest = complete.filter((number) => number < below).at(-1);
  return latest === undefined ? null : readVersion(store, dataset, formatCounter("d", latest));
}

/** @throws ObjectMissing, ObjectCorrupt */
export async function readVersion(store: ObjectStore, dataset: string, version: string): Promise<DatasetVersion> {
  const keyOf = (file: DatasetFile) => dataKeys.datasetFile(dataset, version, file);
  const { value: document } = await readDocument(store, keyOf("manifest.json"), manifest);
  return {
    manifest: document,
    split: (await readDocument(store, keyOf("split.json"), split)).value,
    lines: await readLines(store, keyOf("manifest.jsonl"), document),
  };
}

/**
 * The lines are Split's own, byte by byte: that is what manifest.json's digest says of them, and looking at each field of each
 * line once more would say less.
 */
async function readLines(store: ObjectStore, key: string, { files }: Manifest): Promise<readonly ManifestLine[]> {
  const hash = createHash("sha256");
  const lines: ManifestLine[] = [];
  for await (const block of jsonLineBlocks({ key, bytes: throughHash(store.stream(key), hash) })) {
    for (const { value } of block) lines.push(value as ManifestLine);
  }
  const name: DatasetFile = "manifest.jsonl";
  const [found, wanted] = [hash.digest("hex"), files.find((file) => file.name === name)?.sha256];
  if (found === wanted) return lines;
  throw new BobbinError("ObjectCorrupt", { key, problem: `its SHA-256 is ${found}, manifest.json says ${wanted}` });
}

/** Part of every group. */
export function partsOfGroups({ assignments }: Pick<Split, "assignments">): ReadonlyMap<string, Part> {
  return new Map(assignments.map(({ group, part }) => [group, part]));
}

/** Part of every image, by SHA-256. */
export function partsOfImages({ lines, split: { assignments } }: DatasetVersion): ReadonlyMap<string, Part> {
  const partOf = partsOfGroups({ assignments });
  return new Map(lines.flatMap(({ sha256, group }) => mapped(sha256, partOf.get(group))));
}

function mapped(sha256: string, part: Part | undefined): [string, Part][] {
  return part === undefined ? [] : [[sha256, part]];
}
