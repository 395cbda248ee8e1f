// Frames to be written, from a dataset version of the store: its own split says their parts.
import { dataKeys } from "../../../contracts/layout.ts";
import type { ObjectStore } from "../../ports.ts";
import { type DatasetVersion, partsOfGroups } from "../manifest-version.ts";
import type { WrittenFrame } from "../writer.ts";

/** A deployment test is a test to every other tool. */
const partNames = { train: "train", val: "val", test: "test", deployment: "test" } as const;

export async function* versionFrames(
  { lines, split }: DatasetVersion,
  data: ObjectStore,
): AsyncGenerator<WrittenFrame> {
  const partOf = partsOfGroups(split);
  for (const { name, width, height, labelled, labels, group, sha256, ext } of lines) {
    const part = partOf.get(group);
    yield {
      name,
      width,
      height,
      labelled,
      labels,
      part: part === undefined ? null : partNames[part],
      image: async () => (await data.get(dataKeys.frame(sha256, ext))).bytes,
    };
  }
}
