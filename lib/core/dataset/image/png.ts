// Walks the chunks of a PNG to IEND, each with its CRC-32.
import type { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import { broken, type ImageFacts, ImageProblem } from "./problem.ts";
import { exifOrientation } from "./tiff.ts";

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
  readonly end: number;
}

function chunkAt(bytes: Buffer, at: number): Chunk {
  const end = at + 12 + (at + 12 > bytes.length ? 0 : bytes.readUInt32BE(at));
  if (end > bytes.length) broken("a PNG that ends before IEND", "IEND");
  const type = bytes.toString("latin1", at + 4, at + 8);
  const sum = crc32(bytes.subarray(at + 4, end - 4));
  if (sum !== bytes.readUInt32BE(end - 4))
    broken(`a wrong CRC-32 in chunk ${JSON.stringify(type)}`, "an unharmed file");
  return { type, data: bytes.subarray(at + 8, end - 4), end };
}

export function readPng(bytes: Buffer): ImageFacts {
  const head = chunkAt(bytes, 8);
  if (head.type !== "IHDR" || head.data.length !== 13) broken(`the first chunk ${JSON.stringify(head.type)}`, "IHDR");
  const size = { width: head.data.readUInt32BE(0), height: head.data.readUInt32BE(4) };
  let orientation = 1;
  let hasPicture = false;
  for (let chunk = chunkAt(bytes, head.end); ; chunk = chunkAt(bytes, chunk.end)) {
    if (chunk.type === "acTL") throw new ImageProblem("ImageUnsupported", "an animated PNG", "one picture a file");
    if (chunk.type === "eXIf") orientation = exifOrientation(chunk.data);
    hasPicture ||= chunk.type === "IDAT" && chunk.data.length > 0;
    if (chunk.type !== "IEND") continue;
    if (!hasPicture) broken("a PNG without picture", "IDAT");
    return { ...size, orientation, end: chunk.end };
  }
}
