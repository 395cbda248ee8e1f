// Holds the labels of a frame against its image. Every label comes out, or stands in an issue.
import type { IssueLine, Label } from "../../../contracts/dataset.ts";
import { issueOf } from "../issue-codes.ts";
import type { ReadFrame, ReadLabel } from "../reader.ts";
import { placeLabel } from "./place.ts";
import { turnLabel } from "./turn.ts";

/** The image of a frame; width and height after the EXIF turn. */
export interface FrameImage {
  readonly width: number;
  readonly height: number;
  readonly orientation: number;
}

export interface CheckedFrame {
  /** Absolute pixels of the turned image, inside it. */
  readonly labels: readonly Label[];
  /** Labels of the frame = labels here + labels that the issues account for. */
  readonly issues: readonly IssueLine[];
}

/** Pixels are kept to 1/10,000: finer than any label file, and free of the noise of scaling. */
const rounded = (value: number) => Math.round(value * 10_000) / 10_000;

function toPixels(label: Label, { width, height }: FrameImage): Label {
  const { box, points, parts, ...rest } = label;
  const scaled = (values: readonly number[]) =>
    values.map((value, at) => rounded(value * (at % 2 === 0 ? width : height)));
  const result: Label = { ...rest };
  if (box !== undefined)
    result.box = [rounded(box[0] * width), rounded(box[1] * height), rounded(box[2] * width), rounded(box[3] * height)];
  if (points !== undefined) result.points = scaled(points);
  if (parts !== undefined) result.parts = parts.map(scaled);
  return result;
}

/** Whether the claim is the image's, its size before the turn, or another altogether. */
function claimOf(
  claimed: ReadFrame["claimed"],
  { width, height, orientation }: FrameImage,
): "same" | "unturned" | "other" {
  if (claimed === null || (claimed.width === width && claimed.height === height)) return "same";
  return orientation >= 5 && claimed.width === height && claimed.height === width ? "unturned" : "other";
}

/** Up to this many labels are compared one by one, which costs less than a key for each. */
const fewLabels = 32;

const identity = ({ class: name, kind, box, points, parts, rotation }: Label) =>
  JSON.stringify([name, kind, box, points, parts, rotation]);

/** The same shape of the same class, whatever else is said of it: as `identity` says. */
function isSame(a: Label, b: Label): boolean {
  return (
    a.class === b.class &&
    a.kind === b.kind &&
    a.rotation === b.rotation &&
    sameNumbers(a.box, b.box) &&
    sameNumbers(a.points, b.points) &&
    sameParts(a.parts, b.parts)
  );
}

function sameNumbers(a: readonly number[] | undefined, b: readonly number[] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

function sameParts(a: Label["parts"], b: Label["parts"]): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((part, index) => sameNumbers(part, b[index]));
}

class FrameCheck {
  readonly labels: Label[] = [];
  readonly issues: IssueLine[] = [];
  #identities: Set<string> | null = null;
  readonly #frame: string;
  readonly #image: FrameImage;
  readonly #turn: boolean;

  constructor(frame: string, image: FrameImage, turn: boolean) {
    this.#frame = frame;
    this.#image = image;
    this.#turn = turn;
  }

  take({ label: raw, relative, file, line }: ReadLabel): void {
    const scaled = relative ? toPixels(raw, this.#image) : raw;
    const turned = this.#turn && !relative ? turnLabel(scaled, this.#image.orientation, this.#image) : scaled;
    const { label, finding } = placeLabel(turned, this.#image);
    const place = { file, line, frame: this.#frame };
    if (finding !== null) {
      const { code, found, wanted } = finding;
      this.issues.push(
        issueOf(code, { ...place, found: `${raw.class}: ${found}`, wanted, labels: label === null ? 1 : 0 }),
      );
    }
    if (label === null) return;
    if (this.#isSeen(label)) {
      this.issues.push(
        issueOf("LabelDuplicate", {
          ...place,
          found: `${raw.class}: the same ${raw.kind} again`,
          wanted: "each label once",
          labels: 1,
        }),
      );
    } else this.labels.push(label);
  }

  #isSeen(label: Label): boolean {
    if (this.labels.length < fewLabels) return this.labels.some((other) => isSame(other, label));
    this.#identities ??= new Set(this.labels.map(identity));
    const before = this.#identities.size;
    return this.#identities.add(identity(label)).size === before;
  }
}

export function checkFrame(frame: ReadFrame, image: FrameImage): CheckedFrame {
  const claim = claimOf(frame.claimed, image);
  const file = frame.labels[0]?.file ?? frame.image?.name ?? frame.name;
  const claimed = `${frame.claimed?.width} × ${frame.claimed?.height} pixels`;
  const wanted = `${image.width} × ${image.height} pixels`;
  if (claim === "other") {
    const labels = frame.labels.length;
    return {
      labels: [],
      issues: [issueOf("SizeMismatch", { file, frame: frame.name, found: claimed, wanted, labels })],
    };
  }
  const check = new FrameCheck(frame.name, image, claim === "unturned");
  if (claim === "unturned")
    check.issues.push(issueOf("SizeUnturned", { file, frame: frame.name, found: claimed, wanted }));
  for (const label of frame.labels) check.take(label);
  return check;
}
