// Frames to be written, from an export of any format: each checked against its image as a run would check it.
import type { IssueLine } from "../../../contracts/dataset.ts";
import type { ExportEntry } from "../../ports.ts";
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

const [leastScratch, mostScratch] = [256 * 1024, 16 * 1024 * 1024];

/**
 * One image at a time: new memory for each lies about by the dozen until V8 collects it. Who asks for a picture when others have been
 * read since gets it read again, so that frames can be kept and their pictures are not.
 */
class Desk {
  #scratch = Buffer.allocUnsafeSlow(leastScratch);
  #on: { readonly entry: ExportEntry; readonly bytes: Uint8Array } | null = null;

  async read(entry: ExportEntry): Promise<Uint8Array> {
    if (this.#on?.entry === entry) return this.#on.bytes;
    this.#on = null;
    const bytes = await entry.read(this.#scratch);
    this.#on = { entry, bytes };
    // It did not fit: the next of its size will.
    if (bytes.length > this.#scratch.length && bytes.length <= mostScratch)
      this.#scratch = Buffer.allocUnsafeSlow(Math.min(2 * bytes.length, mostScratch));
    return bytes;
  }
}

interface Sized {
  readonly size: FrameImage;
  /** The picture ends here, whatever follows it in the file. null: it is not here. */
  readonly end: number | null;
}

/** The size of the image; of the labels' own claim where the image is not here. null where neither is known, which is listed. */
async function sizeOf(frame: ReadFrame, issues: IssueLine[], desk: Desk): Promise<Sized | null> {
  if (frame.image !== null) {
    const bytes = await desk.read(frame.image);
    const probed = probeImage(bytes);
    issues.push(...imageIssues(frame.image.name, frame.name, bytes.length, probed, frame.labels.length));
    if (probed.image === null) return null;
    const { orientation, end } = probed.image;
    return { size: { ...turnedSize(probed.image), orientation }, end };
  }
  if (frame.claimed !== null) return { size: { ...frame.claimed, orientation: 1 }, end: null };
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
  const desk = new Desk();
  for await (const frame of reading.frames(takeIssue)) {
    ledger.read += frame.labels.length;
    const sized = await sizeOf(frame, ledger.issues, desk);
    if (sized === null) continue;
    const checked = checkFrame(frame, sized.size);
    ledger.issues.push(...checked.issues);
    const { width, height } = sized.size;
    const { image } = frame;
    const { end } = sized;
    yield {
      name: frame.name,
      width,
      height,
      labelled: frame.labelled,
      labels: checked.labels,
      part: frame.part,
      image: image === null || end === null ? null : async () => (await desk.read(image)).subarray(0, end),
    };
  }
}
