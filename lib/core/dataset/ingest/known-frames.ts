// What the version before knows: frames by name, for exports that hold labels alone, and perceptual hashes by image.
import type { ManifestLine } from "../../../contracts/dataset.ts";
import type { DatasetVersion } from "../manifest-version.ts";

export interface KnownFrames {
  byName(name: string): ManifestLine | undefined;
  phashOf(sha256: string): string | null;
}

export function knownFrames(version: DatasetVersion | null): KnownFrames {
  const lines = version?.lines ?? [];
  const names = new Map(lines.map((line) => [line.name, line]));
  const phashes = new Map(lines.map(({ sha256, phash }) => [sha256, phash]));
  return { byName: (name) => names.get(name), phashOf: (sha256) => phashes.get(sha256) ?? null };
}
