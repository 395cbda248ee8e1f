// Writes BMP files, which sharp cannot: 24 and 32 bits from the bottom up, 8 bits grey from the top down.
import type { Sharp } from "sharp";

export async function bmpOf(picture: Sharp, bits: 8 | 24 | 32): Promise<Buffer> {
  const { data, info } = await picture.removeAlpha().toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const stride = Math.ceil((width * bits) / 32) * 4;
  const colours = bits === 8 ? 256 : 0;
  const start = 54 + colours * 4;
  const file = Buffer.alloc(start + stride * height);
  file.write("BM");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(start, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(bits === 8 ? -height : height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(bits, 28);
  for (let level = 0; level < colours; level++) file.fill(level, 54 + level * 4, 57 + level * 4);
  for (let y = 0; y < height; y++) {
    const row = start + (bits === 8 ? y : height - 1 - y) * stride;
    for (let x = 0; x < width; x++) {
      const [red = 0, green = 0, blue = 0] = data.subarray((y * width + x) * 3);
      if (bits === 8) file[row + x] = Math.round((red + 2 * green + blue) / 4);
      else file.set([blue, green, red], row + (x * bits) / 8);
    }
  }
  return file;
}
