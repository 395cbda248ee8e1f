import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { imageIssues, probeImage, turnedSize } from "../../../../../lib/core/dataset/image/probe.ts";
import { holds } from "../../../../support/property.ts";
import { sharedData } from "../../../../support/shared.ts";

const fixture = (name: string) => readFileSync(join(import.meta.dirname, "../../../../fixtures/exports/images", name));
const samples = ["hopper.jpg", "hopper_16bit_qtables.jpg", "i_trns.png", "hopper.webp"];

/** A JPEG with an EXIF block of one tag, written here from the EXIF standard. */
function withOrientation(jpeg: Buffer, orientation: number, little: boolean): Buffer {
  const tiff = Buffer.alloc(26);
  const short = (value: number, at: number) => (little ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at));
  const long = (value: number, at: number) => (little ? tiff.writeUInt32LE(value, at) : tiff.writeUInt32BE(value, at));
  tiff.write(little ? "II" : "MM", 0, "latin1");
  short(42, 2);
  long(8, 4);
  short(1, 8);
  short(0x0112, 10);
  short(3, 12);
  long(1, 14);
  short(orientation, 18);
  const head = Buffer.from([0xff, 0xe1, 0, 2 + 6 + tiff.length]);
  return Buffer.concat([jpeg.subarray(0, 2), head, Buffer.from("Exif\0\0"), tiff, jpeg.subarray(2)]);
}

describe("probeImage", () => {
  // Sizes as `file` and Pillow say them.
  it.each([
    ["hopper.jpg", "jpg", 128, 128],
    ["hopper_16bit_qtables.jpg", "jpg", 128, 128],
    ["hopper.webp", "webp", 128, 128],
    ["i_trns.png", "png", 64, 64],
    ["16bit.cropped.tif", "tif", 64, 64],
    ["hopper_rle8_grayscale.bmp", "bmp", 256, 10],
  ])("reads %s", (name, ext, width, height) => {
    const bytes = fixture(name);
    expect(probeImage(bytes)).toEqual({
      image: { ext, width, height, orientation: 1, end: bytes.length },
      fault: null,
    });
  });

  it.each([
    ["truncated_jpeg.jpg", "ImageBroken", "a JPEG that ends within its picture"],
    ["broken.png", "ImageBroken", "a PNG that ends before IEND"],
    ["decompression_bomb.gif", "ImageUnsupported", "GIF"],
    ["LICENSE", "ImageUnsupported", "bytes of no known image kind"],
  ])("refuses %s", (name, code, found) => {
    expect(probeImage(fixture(name)).fault).toMatchObject({ code, found });
  });

  it("refuses a size that only a bomb declares, from its header alone", () => {
    const jpeg = Buffer.from(fixture("hopper.jpg"));
    const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    jpeg.writeUInt16BE(20_000, frame + 5);
    jpeg.writeUInt16BE(20_000, frame + 7);
    expect(probeImage(jpeg).fault).toMatchObject({ code: "ImageTooLarge", found: "20000 × 20000 pixels" });
  });

  it("refuses a PNG with a byte changed in its picture", () => {
    const png = Buffer.from(fixture("i_trns.png"));
    const at = png.indexOf("IDAT") + 20;
    png[at] = png[at]! ^ 1;
    expect(probeImage(png).fault).toMatchObject({ code: "ImageBroken", found: 'a wrong CRC-32 in chunk "IDAT"' });
  });

  it("reads every EXIF orientation in both byte orders, and none from nonsense", () => {
    const jpeg = fixture("hopper.jpg");
    for (const little of [true, false]) {
      for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
        expect(probeImage(withOrientation(jpeg, orientation, little)).image?.orientation).toBe(orientation);
      }
      for (const nonsense of [0, 9, 255])
        expect(probeImage(withOrientation(jpeg, nonsense, little)).image?.orientation).toBe(1);
    }
  });

  it("finds the end mark where bytes follow it, and says so", () => {
    const jpeg = fixture("hopper.jpg");
    const longer = Buffer.concat([jpeg, Buffer.from("trailer")]);
    const probed = probeImage(longer);
    expect(probed.image?.end).toBe(jpeg.length);
    expect(imageIssues("a.jpg", "a.jpg", longer.length, probed, 3)).toEqual([
      expect.objectContaining({
        code: "ImageTrailingBytes",
        action: "repaired",
        found: "7 bytes after the end mark",
        labels: 0,
      }),
    ]);
  });

  it("lists the labels of an image that it refuses", () => {
    const probed = probeImage(fixture("truncated_jpeg.jpg"));
    expect(imageIssues("a.jpg", "a", 1, probed, 3)).toEqual([
      expect.objectContaining({ code: "ImageBroken", action: "refused", labels: 3 }),
    ]);
  });

  it("exchanges the sides for the turns that do", () => {
    expect(
      [1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => turnedSize({ width: 4, height: 3, orientation }).width),
    ).toEqual([4, 4, 4, 4, 3, 3, 3, 3]);
  });

  it("takes no image that was cut off anywhere", () => {
    for (const name of samples) {
      const bytes = fixture(name);
      for (let length = 0; length < bytes.length; length++) {
        if (probeImage(bytes.subarray(0, length)).fault === null)
          throw new Error(`${name} was taken at ${length} of ${bytes.length} bytes`);
      }
    }
  });

  it("never throws, whatever the bytes", () => {
    const starts = [
      "\xff\xd8\xff\xe0",
      "\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
      "RIFF\x10\0\0\0WEBPVP8 ",
      "II*\0\b\0\0\0",
      "MM\0*\0\0\0\b",
      "BM",
    ];
    const headed = fc
      .tuple(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 200 }))
      .map(([start, rest]) => Buffer.concat([Buffer.from(start, "latin1"), rest]));
    holds(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), headed), (bytes) => {
        const { image, fault } = probeImage(bytes);
        expect((image === null) !== (fault === null)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("never throws on a real image with a changed byte, and its end never lies outside", () => {
    const mutated = fc
      .tuple(fc.constantFrom(...samples.map(fixture), fixture("16bit.cropped.tif")), fc.nat(), fc.nat(255))
      .map(([bytes, at, value]) => {
        const copy = Buffer.from(bytes);
        copy[at % copy.length] = value;
        return copy;
      });
    holds(
      fc.property(mutated, (bytes) => {
        const { image } = probeImage(bytes);
        if (image !== null) expect(image.end).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 2000 },
    );
  });

  it("agrees with what is known of the odd images of other projects", () => {
    const folder = sharedData("edge");
    if (folder === null) return;
    const of = (name: string) => probeImage(readFileSync(join(folder, name)));
    expect([1, 3, 6, 8].map((n) => of(`exif/Landscape_${n}.jpg`).image?.orientation)).toEqual([1, 3, 6, 8]);
    expect([1, 3, 6, 8].map((n) => turnedSize(of(`exif/Landscape_${n}.jpg`).image!))).toEqual(
      Array(4).fill({ width: 1800, height: 1200 }),
    );
    expect(of("images/sugarshack.mpo").fault).toMatchObject({
      code: "ImageUnsupported",
      found: expect.stringContaining("MPO"),
    });
    expect(of("images/avif/exif.avif").fault).toMatchObject({ code: "ImageUnsupported", found: "AVIF" });
    expect(of("images/decompression_bomb.ico").fault).toMatchObject({ code: "ImageUnsupported" });
    for (const name of [
      "broken_data_stream.png",
      "truncated_end_chunk.png",
      "truncated_image.png",
      "truncated_app14.jpg",
    ]) {
      expect([name, of(`images/${name}`).fault?.code]).toEqual([name, "ImageBroken"]);
    }
    for (const name of [
      "pil_sample_cmyk.jpg",
      "hopper_bad_exif.jpg",
      "exif_gps_typeerror.jpg",
      "exif-dpi-zerodivision.jpg",
      "itxt_chunks.png",
    ]) {
      expect([name, of(`images/${name}`).fault]).toEqual([name, null]);
    }
  });
});
