// Walks the RIFF chunks of a WebP.
import type { Buffer } from "node:buffer";
import { broken, type ImageFacts, ImageProblem } from "./problem.ts";
import { exifOrientation } from "./tiff.ts";

type Size = readonly [number, number];

/** VP8: three bytes of frame tag, the start code, then 14 bits of width and of height. */
function lossySize(bytes: Buffer, at: number): Size {
  if (bytes.readUIntBE(at + 3, 3) !== 0x9d012a) broken("no VP8 start code", "9d012a");
  return [bytes.readUInt16LE(at + 6) & 0x3fff, bytes.readUInt16LE(at + 8) & 0x3fff];
}

/** VP8L: a signature byte, then 14 bits of width - 1 and of height - 1. */
function losslessSize(bytes: Buffer, at: number): Size {
  if (bytes.readUInt8(at) !== 0x2f) broken("no VP8L signature", "2f");
  const bits = bytes.readUInt32LE(at + 1);
  return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
}

export function readWebp(bytes: Buffer): ImageFacts {
  const end = 8 + bytes.readUInt32LE(4);
  if (end > bytes.length) broken("a WebP that ends early", `${end} bytes`);
  let size: Size | null = null;
  let orientation = 1;
  for (let at = 12; at + 8 <= end; ) {
    const type = bytes.toString("latin1", at, at + 4);
    const length = bytes.readUInt32LE(at + 4);
    if (at + 8 + length > end) broken("a chunk that is longer than its file", "whole chunks");
    if (type === "ANIM") throw new ImageProblem("ImageUnsupported", "an animated WebP", "one picture a file");
    if (type === "VP8 ") size = lossySize(bytes, at + 8);
    else if (type === "VP8L") size = losslessSize(bytes, at + 8);
    else if (type === "EXIF") {
      const block = bytes.subarray(at + 8, at + 8 + length);
      orientation = exifOrientation(block.toString("latin1", 0, 6) === "Exif\0\0" ? block.subarray(6) : block);
    }
    at += 8 + length + (length % 2);
  }
  const [width, height] = size ?? broken("a WebP without picture", "VP8 or VP8L");
  return { width, height, orientation, end };
}
