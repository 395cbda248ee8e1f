// TIFF directories: the whole of a TIFF file, and the EXIF block of the other kinds, which is a small TIFF.
import type { Buffer } from "node:buffer";
import { broken, type ImageFacts, ImageProblem, isOutside } from "./problem.ts";

const tags = {
  width: 256,
  height: 257,
  stripOffsets: 273,
  orientation: 274,
  stripBytes: 279,
  tileOffsets: 324,
  tileBytes: 325,
} as const;
/** Bytes of a value by TIFF type: BYTE, SHORT, LONG are all that is asked for. */
const sizes: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4 };
/** Strips of one image; more would be a strip a row of the tallest image allowed. */
const mostValues = 1_000_000;

type Directory = ReadonlyMap<number, readonly number[]>;

class TiffReader {
  readonly #bytes: Buffer;
  readonly #little: boolean;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    const order = bytes.toString("latin1", 0, 2);
    if (order !== "II" && order !== "MM") broken("no byte order", "II or MM");
    this.#little = order === "II";
    const version = this.#short(2);
    if (version === 43) throw new ImageProblem("ImageUnsupported", "BigTIFF", "JPEG, PNG, WebP, BMP or TIFF");
    if (version !== 42) broken(`TIFF version ${version}`, "42");
  }

  #short(at: number): number {
    return this.#little ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt16BE(at);
  }

  #long(at: number): number {
    return this.#little ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at);
  }

  #values(at: number): readonly number[] {
    const type = this.#short(at + 2);
    const count = this.#long(at + 4);
    const size = sizes[type];
    if (size === undefined || count > mostValues) return [];
    const start = size * count <= 4 ? at + 8 : this.#long(at + 8);
    return Array.from({ length: count }, (_, index) => {
      const place = start + index * size;
      return size === 1 ? this.#bytes.readUInt8(place) : size === 2 ? this.#short(place) : this.#long(place);
    });
  }

  /** The first directory, only with the tags that are wanted. */
  directory(wanted: readonly number[]): Directory {
    const start = this.#long(4);
    const found = new Map<number, readonly number[]>();
    for (let entry = 0; entry < this.#short(start); entry++) {
      const at = start + 2 + entry * 12;
      const tag = this.#short(at);
      if (wanted.includes(tag)) found.set(tag, this.#values(at));
    }
    return found;
  }
}

const asOrientation = (value: number | undefined) => (value !== undefined && value >= 1 && value <= 8 ? value : 1);

/** Orientation of an EXIF block that begins with its byte order; 1 where it says none, or is damaged: then nobody turns. */
export function exifOrientation(block: Buffer): number {
  try {
    return asOrientation(new TiffReader(block).directory([tags.orientation]).get(tags.orientation)?.[0]);
  } catch (error) {
    if (error instanceof ImageProblem || isOutside(error)) return 1;
    throw error;
  }
}

export function readTiff(bytes: Buffer): ImageFacts {
  const directory = new TiffReader(bytes).directory(Object.values(tags));
  const one = (tag: number) => directory.get(tag)?.[0] ?? broken(`no tag ${tag}`, "width and height");
  const offsets = directory.get(tags.stripOffsets) ?? directory.get(tags.tileOffsets) ?? [];
  const lengths = directory.get(tags.stripBytes) ?? directory.get(tags.tileBytes) ?? [];
  if (offsets.length === 0 || offsets.length !== lengths.length) broken("no strips or tiles", "image data");
  for (const [index, offset] of offsets.entries()) {
    if (offset + (lengths[index] ?? 0) > bytes.length)
      broken("a file that ends before its data", `${offset + (lengths[index] ?? 0)} bytes`);
  }
  const orientation = asOrientation(directory.get(tags.orientation)?.[0]);
  // A TIFF has no end mark: what lies behind its data may belong to it.
  return { width: one(tags.width), height: one(tags.height), orientation, end: bytes.length };
}
