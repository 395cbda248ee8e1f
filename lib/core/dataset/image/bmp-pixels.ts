// The pixels of a BMP, for sharp reads none and the one package that does mixes up palettes. Strict: what runs over a row is broken.
import { Buffer } from "node:buffer";
import { broken, ImageProblem, isOutside } from "./problem.ts";

export interface BmpPixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue of each pixel, row by row from the top. */
  readonly data: Buffer;
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  readonly bits: number;
  readonly compression: number;
  readonly dataStart: number;
  /** Offset of the colours, and bytes of each. */
  readonly palette: number;
  readonly colourBytes: number;
  readonly masks: readonly [number, number, number];
}

const [uncompressed, runs8, runs4, bitFields] = [0, 1, 2, 3];

/** True for a file that begins as a BMP. */
export const isBmp = (bytes: Uint8Array): boolean => bytes[0] === 0x42 && bytes[1] === 0x4d;

/** @param most pixels. @throws ImageProblem for a file that ends early, runs over its rows, or is of a kind that nothing reads */
export function bmpPixels(given: Uint8Array, most: number): BmpPixels {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.length);
  try {
    const header = headerOf(bytes);
    const { width, height, compression, bits } = header;
    if (width * height > most) broken(`${width} × ${height} pixels`, `at most ${most}`);
    const data = Buffer.alloc(width * height * 3);
    const isRuns = (compression === runs8 && bits === 8) || (compression === runs4 && bits === 4);
    if (isRuns) readRuns(bytes, header, data);
    else if (compression === uncompressed || compression === bitFields) readRows(bytes, header, data);
    else broken(`a BMP of compression ${compression}`, "pixels as they are, or run lengths");
    return { width, height, data };
  } catch (error) {
    if (isOutside(error)) throw new ImageProblem("ImageBroken", "a BMP that ends within its picture", "a whole BMP");
    throw error;
  }
}

function headerOf(bytes: Buffer): Header {
  const size = bytes.readUInt32LE(14);
  const old = size === 12;
  const signed = old ? bytes.readUInt16LE(20) : bytes.readInt32LE(22);
  const compression = old ? 0 : bytes.readUInt32LE(30);
  const bits = bytes.readUInt16LE(old ? 24 : 28);
  const own = compression === bitFields || size >= 52;
  const standard = bits === 16 ? ([0x7c00, 0x03e0, 0x001f] as const) : ([0xff0000, 0xff00, 0xff] as const);
  const masks =
    compression === bitFields && own
      ? ([54, 58, 62].map((at) => bytes.readUInt32LE(at)) as [number, number, number])
      : standard;
  return {
    width: old ? bytes.readUInt16LE(18) : bytes.readInt32LE(18),
    height: Math.abs(signed),
    topDown: signed < 0,
    bits,
    compression,
    dataStart: bytes.readUInt32LE(10),
    palette: 14 + size + (compression === bitFields && size === 40 ? 12 : 0),
    colourBytes: old ? 3 : 4,
    masks,
  };
}

/** Writes the colour of an index. */
function paletteOf(bytes: Buffer, { palette, colourBytes, dataStart }: Header) {
  return (data: Buffer, to: number, index: number): void => {
    const at = palette + index * colourBytes;
    if (at + 3 > dataStart) broken(`colour ${index} of a palette that has fewer`, "a colour of the palette");
    data[to] = bytes.readUInt8(at + 2);
    data[to + 1] = bytes.readUInt8(at + 1);
    data[to + 2] = bytes.readUInt8(at);
  };
}

/** Where a row of the file stands in the picture. */
const rowAt = ({ topDown, height, width }: Header, row: number) => (topDown ? row : height - 1 - row) * width * 3;

function readRows(bytes: Buffer, header: Header, data: Buffer): void {
  const { width, height, bits, dataStart } = header;
  const stride = Math.ceil((width * bits) / 32) * 4;
  const write = pixelWriter(bytes, header);
  for (let row = 0; row < height; row++) {
    const from = dataStart + row * stride;
    const to = rowAt(header, row);
    for (let x = 0; x < width; x++) write(data, to + x * 3, from, x);
  }
}

type WritePixel = (data: Buffer, to: number, row: number, x: number) => void;

function pixelWriter(bytes: Buffer, header: Header): WritePixel {
  const { bits, masks } = header;
  if (bits <= 8) {
    const colour = paletteOf(bytes, header);
    const perByte = 8 / bits;
    const mask = 2 ** bits - 1;
    return (data, to, row, x) => {
      const byte = bytes.readUInt8(row + Math.floor(x / perByte));
      colour(data, to, (byte >> (8 - bits - (x % perByte) * bits)) & mask);
    };
  }
  if (bits === 24) {
    return (data, to, row, x) => {
      const at = row + x * 3;
      data[to] = bytes.readUInt8(at + 2);
      data[to + 1] = bytes.readUInt8(at + 1);
      data[to + 2] = bytes.readUInt8(at);
    };
  }
  const parts = masks.map(channelOf);
  return (data, to, row, x) => {
    const value = bits === 16 ? bytes.readUInt16LE(row + x * 2) : bytes.readUInt32LE(row + x * 4);
    for (const [channel, read] of parts.entries()) data[to + channel] = read(value);
  };
}

/** Reads the bits of a mask as a level from 0 to 255. */
function channelOf(mask: number): (value: number) => number {
  if (mask === 0) return () => 0;
  const lowest = 2 ** Math.floor(Math.log2((mask & -mask) >>> 0));
  const most = mask / lowest;
  return (value) => Math.round((((value & mask) >>> 0) / lowest / most) * 255);
}

/** Pairs of count and value; a count of 0 ends the row (0) or the picture (1), moves on (2), or gives so many values as they are. */
function readRuns(bytes: Buffer, header: Header, data: Buffer): void {
  const pen = new Pen(bytes, header, data);
  let at = header.dataStart;
  for (;;) {
    const [count, value] = [bytes.readUInt8(at), bytes.readUInt8(at + 1)];
    at += 2;
    if (count > 0) for (let place = 0; place < count; place++) pen.put(value, place);
    else if (value === 0) pen.endRow();
    else if (value === 1) return;
    else if (value === 2) {
      pen.move(bytes.readUInt8(at), bytes.readUInt8(at + 1));
      at += 2;
    } else at += pen.putAll(at, value);
  }
}

/** Where run lengths are written to. */
class Pen {
  readonly #bytes: Buffer;
  readonly #header: Header;
  readonly #data: Buffer;
  readonly #colour: ReturnType<typeof paletteOf>;
  #x = 0;
  #row = 0;

  constructor(bytes: Buffer, header: Header, data: Buffer) {
    this.#bytes = bytes;
    this.#header = header;
    this.#data = data;
    this.#colour = paletteOf(bytes, header);
  }

  /** @param place among the values of a run: of four bits, a byte holds two */
  put(byte: number, place: number): void {
    const { width, height, bits } = this.#header;
    if (this.#x >= width || this.#row >= height) {
      broken("run lengths that leave the picture", "rows as long as the picture is wide");
    }
    const half = place % 2 === 0 ? byte >> 4 : byte & 15;
    this.#colour(this.#data, rowAt(this.#header, this.#row) + this.#x * 3, bits === 8 ? byte : half);
    this.#x += 1;
  }

  /** Values as they are. @returns the bytes they take, an even number */
  putAll(at: number, count: number): number {
    const perByte = this.#header.bits === 8 ? 1 : 2;
    for (let place = 0; place < count; place++)
      this.put(this.#bytes.readUInt8(at + Math.floor(place / perByte)), place);
    return Math.ceil(count / perByte / 2) * 2;
  }

  endRow(): void {
    this.#x = 0;
    this.#row += 1;
  }

  move(right: number, down: number): void {
    this.#x += right;
    this.#row += down;
  }
}
