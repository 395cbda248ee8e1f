// What the version before knows: frames by name, for exports that hold labels alone, and what was seen of each image.
import type { ManifestLine } from "../../../contracts/dataset.ts";
import type { DatasetVersion } from "../manifest-version.ts";
import type { DecodedImage } from "./records.ts";

export interface KnownFrames {
  byName(name: string): ManifestLine | undefined;
  /** What an earlier decoding found of an image; null where it was never decoded. */
  imageOf(sha256: string): DecodedImage | null;
}

export function knownFrames(version: DatasetVersion | null): KnownFrames {
  const lines = version?.lines ?? [];
  const names = new Map(lines.map((line) => [line.name, line]));
  const images = new Map<string, DecodedImage>();
  for (const { sha256, phash, thumb } of lines) if (phash !== null) images.set(sha256, { phash, thumb });
  return { byName: (name) => names.get(name), imageOf: (sha256) => images.get(sha256) ?? null };
}
