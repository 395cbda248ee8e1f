// What an image file is, by its bytes: kind, size, turn, and whether it is whole. Nothing is decoded here.
import { Buffer } from "node:buffer";
import type { IssueLine } from "../../../contracts/dataset.ts";
import { issueOf } from "../issue-codes.ts";
import { readBmp } from "./bmp.ts";
import { readJpeg } from "./jpeg.ts";
import { readPng } from "./png.ts";
import { type ImageCode, type ImageFacts, ImageProblem, isOutside } from "./problem.ts";
import { readTiff } from "./tiff.ts";
import { readWebp } from "./webp.ts";

export type ImageExt = "jpg" | "png" | "webp" | "bmp" | "tif";

export interface ProbedImage extends ImageFacts {
  /** Extension by content. */
  readonly ext: ImageExt;
  /** Pixels as stored. */
  readonly width: number;
  readonly height: number;
  /** EXIF orientation, 1 to 8. */
  readonly orientation: number;
  /** Offset behind the end mark: what is stored and hashed is `bytes.subarray(0, end)`. */
  readonly end: number;
}

export interface ImageFault {
  readonly code: ImageCode;
  readonly found: string;
  readonly wanted: string;
}

export type ProbeResult =
  | { readonly image: ProbedImage; readonly fault: null }
  | { readonly image: null; readonly fault: ImageFault };

/** Twice Pillow's warning limit, where Pillow itself refuses. */
const mostPixels = 178_956_970;
const kinds = "JPEG, PNG, WebP, BMP or TIFF";

const readers: readonly (readonly [ImageExt, (head: string) => boolean, (bytes: Buffer) => ImageFacts])[] = [
  ["jpg", (head) => head.startsWith("\xff\xd8\xff"), readJpeg],
  ["png", (head) => head.startsWith("\x89PNG\r\n\x1a\n"), readPng],
  ["webp", (head) => head.startsWith("RIFF") && head.slice(8, 12) === "WEBP", readWebp],
  ["tif", (head) => /^(?:II[*+]\0|MM\0[*+])/.test(head), readTiff],
  ["bmp", (head) => head.startsWith("BM"), readBmp],
];

/** Kinds that are known by name alone: where the sign stands, and the sign. */
const others: readonly (readonly [number, string, string])[] = [
  [0, "GIF8", "GIF"],
  [4, "ftypavi", "AVIF"],
  [4, "ftyphe", "HEIC"],
  [4, "ftypmif1", "HEIC"],
  [4, "ftyp", "a video"],
  [0, "\xff\x0a", "JPEG XL"],
  [4, "JXL ", "JPEG XL"],
  [4, "jP  ", "JPEG 2000"],
  [0, "\xff\x4f\xff\x51", "JPEG 2000"],
  [0, "\0\0\x01\0", "an icon"],
  [0, "8BPS", "Photoshop"],
  [0, "version https://git-lfs", "a Git LFS pointer (fetch the file itself)"],
];

function unknownKind(head: string): ImageFault {
  if (head === "") return { code: "ImageBroken", found: "an empty file", wanted: kinds };
  const name = others.find(([at, sign]) => head.startsWith(sign, at))?.[2];
  return { code: "ImageUnsupported", found: name ?? "bytes of no known image kind", wanted: kinds };
}

function tooLarge({ width, height }: ImageFacts): ImageFault | null {
  if (width * height <= mostPixels) return null;
  return { code: "ImageTooLarge", found: `${width} × ${height} pixels`, wanted: `at most ${mostPixels} pixels` };
}

/** Reads header and structure to the end mark; whole files only. Never throws on bytes, whatever they are. */
export function probeImage(bytes: Uint8Array): ProbeResult {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const head = buffer.toString("latin1", 0, 32);
  const reader = readers.find(([, fits]) => fits(head));
  if (reader === undefined) return { image: null, fault: unknownKind(head) };
  const [ext, , read] = reader;
  try {
    const facts = read(buffer);
    if (facts.width < 1 || facts.height < 1)
      return {
        image: null,
        fault: { code: "ImageBroken", found: `${facts.width} × ${facts.height} pixels`, wanted: "a size" },
      };
    const fault = tooLarge(facts);
    return fault === null ? { image: { ext, ...facts }, fault } : { image: null, fault };
  } catch (error) {
    if (error instanceof ImageProblem)
      return { image: null, fault: { code: error.code, found: error.found, wanted: error.wanted } };
    if (isOutside(error))
      return { image: null, fault: { code: "ImageBroken", found: "a file that ends early", wanted: "a whole image" } };
    throw error;
  }
}

/** Turns 5 to 8 exchange width and height. */
export function turnedSize({ width, height, orientation }: Pick<ImageFacts, "width" | "height" | "orientation">): {
  readonly width: number;
  readonly height: number;
} {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}

/** The lines of issues.jsonl for a probed image. @param labels labels of the frame, which are listed with it where it is refused */
export function imageIssues(
  file: string,
  frame: string,
  bytes: number,
  result: ProbeResult,
  labels: number,
): readonly IssueLine[] {
  if (result.fault !== null)
    return [
      issueOf(result.fault.code, { file, frame, found: result.fault.found, wanted: result.fault.wanted, labels }),
    ];
  const { end, orientation } = result.image;
  const issues: IssueLine[] = [];
  if (end < bytes)
    issues.push(
      issueOf("ImageTrailingBytes", {
        file,
        frame,
        found: `${bytes - end} bytes after the end mark`,
        wanted: "a file that ends with it",
      }),
    );
  if (orientation !== 1)
    issues.push(issueOf("ImageTurned", { file, frame, found: `EXIF orientation ${orientation}`, wanted: "1" }));
  return issues;
}
