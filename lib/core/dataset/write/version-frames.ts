// Frames to be written, from a dataset version of the store: its own split says their parts.
import type { Label, ManifestLine } from "../../../contracts/dataset.ts";
import { dataKeys } from "../../../contracts/layout.ts";
import type { ObjectStore } from "../../ports.ts";
import { type DatasetVersion, partsOfGroups } from "../manifest-version.ts";
import type { WrittenFrame } from "../writer.ts";

/** A deployment test is a test to every other tool. */
const partNames = { train: "train", val: "val", test: "test", deployment: "test" } as const;

/** What one person drew in a frame; null where they did not look at it. */
function labelsBy(annotator: string, { drawnBy, labels, opinions = [] }: ManifestLine): Label[] | null {
  if (drawnBy?.annotator === annotator) return labels;
  const found = opinions.find((each) => each.annotator === annotator);
  return found === undefined ? null : (found.labels ?? labels);
}

/** @param annotator whose labels; default: those that count */
export async function* versionFrames(
  { lines, split }: DatasetVersion,
  data: ObjectStore,
  annotator: string | null = null,
): AsyncGenerator<WrittenFrame> {
  const partOf = partsOfGroups(split);
  for (const line of lines) {
    const { name, width, height, group, sha256, ext } = line;
    const labels = annotator === null ? line.labels : labelsBy(annotator, line);
    const part = partOf.get(group);
    yield {
      name,
      width,
      height,
      labelled: line.labelled && labels !== null,
      labels: labels ?? [],
      part: part === undefined ? null : partNames[part],
      image: async () => (await data.get(dataKeys.frame(sha256, ext))).bytes,
    };
  }
}
