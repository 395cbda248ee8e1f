// The pixels of a BMP: those that Pillow reads, of every depth, and nothing but a named problem for anything else.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { bmpPixels } from "../../../../../lib/core/dataset/image/bmp-pixels.ts";
import { ImageProblem } from "../../../../../lib/core/dataset/image/problem.ts";
import { holds } from "../../../../support/property.ts";
import { sharedData } from "../../../../support/shared.ts";

/** A BMP of 4 x 2 pixels. @param data rows as they stand in the file */
function small(
  bits: number,
  data: readonly number[],
  { compression = 0, palette = [] as readonly number[], height = 2 } = {},
): Buffer {
  const start = 54 + palette.length * 4;
  const file = Buffer.alloc(start + data.length);
  file.write("BM");
  file.writeUInt32LE(start, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(4, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(bits, 28);
  file.writeUInt32LE(compression, 30);
  for (const [index, colour] of palette.entries()) file.writeUInt32LE(colour, 54 + index * 4);
  file.set(data, start);
  return file;
}

const [black, red, green, blue] = [0, 0xff0000, 0x00ff00, 0x0000ff];
const palette = [black, red, green, blue];
const colours = (pixels: { readonly data: Buffer }) =>
  Array.from({ length: pixels.data.length / 3 }, (_, at) => pixels.data.readUIntBE(at * 3, 3));
const wanted = [black, red, green, blue, blue, green, red, black];
const read = (file: Buffer) => colours(bmpPixels(file, 100));

describe("bmpPixels", () => {
  it("reads indices of one, four and eight bits, from the bottom up or the top down", () => {
    expect(read(small(8, [3, 2, 1, 0, 0, 1, 2, 3], { palette }))).toEqual(wanted);
    expect(read(small(8, [0, 1, 2, 3, 3, 2, 1, 0], { palette, height: -2 }))).toEqual(wanted);
    expect(read(small(4, [0x32, 0x10, 0, 0, 0x01, 0x23, 0, 0], { palette }))).toEqual(wanted);
    expect(read(small(1, [0b01010000, 0, 0, 0, 0b10100000, 0, 0, 0], { palette: [black, red] }))).toEqual([
      red,
      black,
      red,
      black,
      black,
      red,
      black,
      red,
    ]);
  });

  it("reads run lengths of eight and four bits, with moves and values as they are", () => {
    const runs = [0, 4, 3, 2, 1, 0, 0, 0, 1, 0, 1, 1, 1, 2, 1, 3, 0, 1];
    expect(read(small(8, runs, { palette, compression: 1 }))).toEqual(wanted);
    // A move leaves what it passes in the first colour.
    expect(read(small(8, [0, 2, 2, 1, 1, 1, 0, 1], { palette, compression: 1 }))).toEqual([
      black,
      black,
      red,
      black,
      0,
      0,
      0,
      0,
    ]);
    expect(read(small(4, [0, 4, 0x32, 0x10, 0, 0, 4, 0x01, 0, 1], { palette, compression: 2 }))).toEqual([
      black,
      red,
      black,
      red,
      blue,
      green,
      red,
      black,
    ]);
  });

  it("reads 16 bits by five each", () => {
    const five = [0, 0x7c00, 0x03e0, 0x001f].map((value) => [value & 255, value >> 8]);
    expect(read(small(16, [...five.toReversed().flat(), ...five.flat()]))).toEqual(wanted);
  });

  it("names what leaves its row, its palette or its file", () => {
    const found = (file: Buffer) => {
      try {
        return read(file).length;
      } catch (error) {
        return error instanceof ImageProblem ? error.found : error;
      }
    };
    expect(found(small(8, [5, 1, 0, 1], { palette, compression: 1 }))).toBe("run lengths that leave the picture");
    expect(found(small(8, [9, 1, 1, 1, 0, 0, 0, 0], { palette }))).toBe("colour 9 of a palette that has fewer");
    expect(found(small(24, [1, 2, 3]))).toBe("a BMP that ends within its picture");
    expect(found(small(8, [0], { compression: 4 }))).toBe("a BMP of compression 4");
    expect(() => bmpPixels(small(24, [0]), 7)).toThrow(ImageProblem);
  });

  it("ends every file, whatever was done to it, in pixels or a named problem", () => {
    const files = [
      small(8, [0, 4, 3, 2, 1, 0, 0, 1], { palette, compression: 1 }),
      small(24, new Array(24).fill(7)),
      small(4, new Array(8).fill(1), { palette }),
    ];
    const change = fc.tuple(fc.nat(80), fc.nat(255));
    holds(
      fc.property(fc.constantFrom(...files), fc.array(change, { maxLength: 6 }), fc.nat(80), (file, changes, cut) => {
        const changed = Buffer.from(file);
        for (const [at, value] of changes) if (at < changed.length) changed[at] = value;
        try {
          const { data, width, height } = bmpPixels(changed.subarray(0, changed.length - Math.min(cut, 20)), 1000);
          expect(data).toHaveLength(width * height * 3);
        } catch (error) {
          expect(error).toBeInstanceOf(ImageProblem);
        }
      }),
      { numRuns: 2000 },
    );
  });

  /** SHA-256 of `Image.open(FILE).convert("RGB").tobytes()`, Pillow 13.0.0. */
  const byPillow = {
    "hopper.bmp": "87ce2dc3eea0549d83beb8013872498a3ce5267acaa22fbd26335ccb680700d5",
    "hopper_rle8.bmp": "e68561e4428b083c0ae2362f687fc3ea96c47e7439a056e7dd21cd9228140f1e",
    "hopper_rle8_grayscale.bmp": "2d3b2ee92b1bd9c5ae078a9c277bb0066763fa6740bb813b795a2b44b4cef83d",
  };
  const edge = sharedData("edge/images");
  (edge === null ? it.skip : it)("reads the pixels that Pillow reads", () => {
    for (const [name, digest] of Object.entries(byPillow)) {
      const { data } = bmpPixels(readFileSync(join(edge ?? "", name)), 1_000_000);
      expect([name, createHash("sha256").update(data).digest("hex")]).toEqual([name, digest]);
    }
  });
});
