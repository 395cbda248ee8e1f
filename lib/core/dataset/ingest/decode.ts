// The decode pass: every image decoded whole, its perceptual hash noted; one that cannot be decoded is refused.
import type { ManifestLine } from "../../../contracts/dataset.ts";
import type { ImageProbe } from "../../ports.ts";
import { issueOf } from "../issue-codes.ts";
import type { IngestRecord } from "./records.ts";

/**
 * @param frames those that have no perceptual hash yet
 * @param keyOf what the probe knows an image by
 */
export async function* decodeFrames(
  frames: Iterable<ManifestLine> | AsyncIterable<ManifestLine>,
  keyOf: (frame: ManifestLine) => string,
  probe: ImageProbe,
): AsyncGenerator<IngestRecord> {
  const pending: ManifestLine[] = [];
  async function* images(): AsyncGenerator<{ readonly key: string }> {
    for await (const frame of frames) {
      pending.push(frame);
      yield { key: keyOf(frame) };
    }
  }
  for await (const { phash, thumb, problem } of probe.decode(images())) {
    const frame = pending.shift();
    if (frame === undefined) throw new RangeError("the probe answered more often than it was asked");
    if (phash !== null) yield { decoded: { sha256: frame.sha256, phash, ...(thumb === null ? {} : { thumb }) } };
    else yield { issue: brokenImage(frame, problem ?? "an image that cannot be decoded") };
  }
}

function brokenImage({ name }: ManifestLine, found: string) {
  return issueOf("ImageBroken", { file: name, frame: name, found, wanted: "an image that decodes whole" });
}
