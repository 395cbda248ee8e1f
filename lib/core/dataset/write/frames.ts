// Frames to be written, from an export of any format: each checked against its image as a run would check it.
import type { IssueLine } from "../../../contracts/dataset.ts";
import { checkFrame, type FrameImage } from "../check/frame.ts";
import { imageIssues, probeImage, turnedSize } from "../image/probe.ts";
import { issueOf } from "../issue-codes.ts";
import type { ReadFrame, Reading } from "../reader.ts";
import type { WrittenFrame } from "../writer.ts";

export interface Ledger {
  /** Labels that the reader and the checks took in: written = read - listed - lost. */
  read: number;
  readonly issues: IssueLine[];
}

interface Sized {
  readonly size: FrameImage;
  readonly bytes: Uint8Array | null;
}

/** The size of the image; of the labels' own claim where the image is not here. null where neither is known, which is listed. */
async function sizeOf(frame: ReadFrame, issues: IssueLine[]): Promise<Sized | null> {
  if (frame.image !== null) {
    const bytes = await frame.image.read();
    const probed = probeImage(bytes);
    issues.push(...imageIssues(frame.image.name, frame.name, bytes.length, probed, frame.labels.length));
    if (probed.image === null) return null;
    const { orientation, end } = probed.image;
    return { size: { ...turnedSize(probed.image), orientation }, bytes: bytes.subarray(0, end) };
  }
  if (frame.claimed !== null) return { size: { ...frame.claimed, orientation: 1 }, bytes: null };
  const file = frame.labels[0]?.file ?? frame.name;
  const found = "labels of an image that is not here, and whose size nothing says";
  issues.push(
    issueOf("ImageNeeded", { file, frame: frame.name, found, wanted: "the image", labels: frame.labels.length }),
  );
  return null;
}

export async function* framesToWrite(reading: Reading, ledger: Ledger): AsyncGenerator<WrittenFrame> {
  const takeIssue = (issue: IssueLine) => {
    ledger.issues.push(issue);
    if (issue.action === "refused" || issue.action === "dropped") ledger.read += issue.labels;
  };
  for await (const frame of reading.frames(takeIssue)) {
    ledger.read += frame.labels.length;
    const sized = await sizeOf(frame, ledger.issues);
    if (sized === null) continue;
    const checked = checkFrame(frame, sized.size);
    ledger.issues.push(...checked.issues);
    const { width, height } = sized.size;
    const { bytes } = sized;
    yield {
      name: frame.name,
      width,
      height,
      labelled: frame.labelled,
      labels: checked.labels,
      part: frame.part,
      image: bytes === null ? null : async () => bytes,
    };
  }
}
