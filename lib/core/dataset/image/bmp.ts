// Reads the header of a BMP and whether its pixels are all there.
import type { Buffer } from "node:buffer";
import { broken, type ImageFacts } from "./problem.ts";

export function readBmp(bytes: Buffer): ImageFacts {
  const dataStart = bytes.readUInt32LE(10);
  const header = bytes.readUInt32LE(14);
  if (header !== 12 && header < 40) broken(`a header of ${header} bytes`, "12, or 40 and more");
  const old = header === 12;
  const width = old ? bytes.readUInt16LE(18) : bytes.readInt32LE(18);
  const height = Math.abs(old ? bytes.readUInt16LE(20) : bytes.readInt32LE(22));
  const bits = bytes.readUInt16LE(old ? 24 : 28);
  const compression = old ? 0 : bytes.readUInt32LE(30);
  if (width < 1 || height < 1) broken(`${width} × ${height} pixels`, "a size");
  if (![1, 2, 4, 8, 16, 24, 32].includes(bits)) broken(`${bits} bits a pixel`, "1 to 32");
  // Rows are padded to four bytes. Run-length data (1, 2) only decoding can judge.
  const wanted =
    compression === 0 || compression === 3 ? dataStart + Math.ceil((width * bits) / 32) * 4 * height : dataStart + 1;
  if (wanted > bytes.length) broken("a BMP that ends within its picture", `${wanted} bytes`);
  return { width, height, orientation: 1, end: bytes.length };
}
