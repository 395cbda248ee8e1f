// Images, each wrong in one way, in an export whose labels are fine.
import { fixture, type Malformed, photo } from "./case.ts";

const labels = { "data.yaml": "names: [cup]\ntrain: images\nval: images\n", "labels/a.txt": "0 0.5 0.5 0.2 0.2\n" };
const png = fixture("i_trns.png");
const webp = fixture("hopper.webp");
const tif = fixture("16bit.cropped.tif");
const bmp = fixture("hopper_rle8_grayscale.bmp");

type Row = readonly [cause: string, bytes: Buffer, wanted: string];

const cut = (bytes: Buffer, share: number) => bytes.subarray(0, Math.floor(bytes.length * share));
function patched(bytes: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
}
const frameAt = photo.indexOf(Buffer.from([0xff, 0xc0]));
const exif = (block: Buffer) =>
  Buffer.concat([
    photo.subarray(0, 2),
    Buffer.from([0xff, 0xe1, 0, 8 + block.length]),
    Buffer.from("Exif\0\0"),
    block,
    photo.subarray(2),
  ]);
const tiffHead = (...bytes: readonly number[]) => Buffer.from([0x49, 0x49, 42, 0, ...bytes]);

const rows: readonly Row[] = [
  ...[0.1, 0.3, 0.5, 0.7, 0.9, 0.99].map((share): Row => ["JPEG: cut off", cut(photo, share), "ImageBroken"]),
  ...[0.1, 0.3, 0.5, 0.7, 0.9, 0.99].map((share): Row => ["PNG: cut off", cut(png, share), "ImageBroken"]),
  ...[0.1, 0.3, 0.5, 0.7, 0.9].map((share): Row => ["WebP: cut off", cut(webp, share), "ImageBroken"]),
  ...[0.1, 0.5, 0.9].map((share): Row => ["TIFF: cut off", cut(tif, share), "ImageBroken"]),
  ...[0.005, 0.1].map((share): Row => ["BMP: cut off", cut(bmp, share), "ImageBroken"]),
  ["image: no byte", Buffer.alloc(0), "ImageBroken"],
  ...[1, 2, 4].map(
    (length): Row => ["image: a few bytes", photo.subarray(0, length), length < 3 ? "ImageUnsupported" : "ImageBroken"],
  ),
  ["image: zeros", Buffer.alloc(4096), "ImageUnsupported"],
  ["image: text", Buffer.from("<html>404</html>"), "ImageUnsupported"],
  ["image: a drawing", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"), "ImageUnsupported"],
  ["image: a document", Buffer.from("%PDF-1.4\n"), "ImageUnsupported"],
  ["image: a program", Buffer.from("\x7fELF\x02\x01\x01"), "ImageUnsupported"],
  ["image: a pointer of Git LFS", Buffer.from("version https://git-lfs.github.com/spec/v1\n"), "ImageUnsupported"],
  ["image: GIF", fixture("decompression_bomb.gif"), "ImageUnsupported"],
  ...["ftypavif", "ftypheic", "ftypmif1", "ftypisom"].map(
    (brand): Row => [
      "image: a box file of another kind",
      Buffer.from(`\0\0\0\x20${brand}\0\0\0\0`),
      "ImageUnsupported",
    ],
  ),
  ["image: JPEG XL", Buffer.from([0xff, 0x0a, 1, 2]), "ImageUnsupported"],
  ["image: another kind than its name says", png, "ok"],
  ...[
    [20_000, 20_000],
    [65_535, 65_535],
    [65_535, 2_731],
  ].map(
    ([width = 0, height = 0]): Row => [
      "JPEG: more pixels than any camera has",
      patched(photo, (copy) => {
        copy.writeUInt16BE(height, frameAt + 5);
        copy.writeUInt16BE(width, frameAt + 7);
      }),
      "ImageTooLarge",
    ],
  ),
  ["JPEG: no pixels", patched(photo, (copy) => copy.writeUInt16BE(0, frameAt + 7)), "ImageBroken"],
  ["JPEG: a segment without length", patched(photo, (copy) => copy.writeUInt16BE(0, 4)), "ImageBroken"],
  ["JPEG: bytes behind the end", Buffer.concat([photo, Buffer.from("more")]), "ImageTrailingBytes"],
  ["JPEG: twice in one file", Buffer.concat([photo, photo]), "ImageTrailingBytes"],
  ["JPEG: no picture", Buffer.from([0xff, 0xd8, 0xff, 0xd9]), "ImageBroken"],
  ...[
    Buffer.from("II"),
    Buffer.from("XX*\0"),
    tiffHead(255, 255, 255, 255),
    tiffHead(8, 0, 0, 0, 255, 255),
    tiffHead(8, 0, 0, 0, 1, 0, 0x12, 1, 9, 9),
  ].map((block): Row => ["JPEG: a damaged EXIF block", exif(block), "ok"]),
  ["PNG: a wrong sum", patched(png, (copy) => copy.writeUInt8(copy.readUInt8(20) ^ 1, 20)), "ImageBroken"],
  ["PNG: a first chunk of another kind", Buffer.concat([png.subarray(0, 8), png.subarray(33)]), "ImageBroken"],
  ["PNG: a chunk of four gigabytes", patched(png, (copy) => copy.writeUInt32BE(0xffffffff, 33)), "ImageBroken"],
  ["WebP: a chunk longer than the file", patched(webp, (copy) => copy.writeUInt32LE(0xffffff, 16)), "ImageBroken"],
  ["TIFF: a directory that is nowhere", tiffHead(255, 255, 255, 127), "ImageBroken"],
  ["TIFF: 65,535 tags in eight bytes", tiffHead(8, 0, 0, 0, 255, 255), "ImageBroken"],
  ["TIFF: of 64 bits", Buffer.from([0x49, 0x49, 43, 0, 8, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0]), "ImageUnsupported"],
  ["BMP: a header of no known length", patched(bmp, (copy) => copy.writeUInt32LE(13, 14)), "ImageBroken"],
  ["BMP: no pixels", patched(bmp, (copy) => copy.writeInt32LE(0, 18)), "ImageBroken"],
  [
    "BMP: more pixels than any camera has",
    patched(bmp, (copy) => {
      copy.writeInt32LE(2_000_000, 18);
      copy.writeInt32LE(2_000_000, 22);
    }),
    "ImageTooLarge",
  ],
];

export const imageCorpus: readonly Malformed[] = rows.map(([cause, bytes, wanted], at) => ({
  cause,
  variant: String(at),
  input: { ...labels, "images/a.jpg": bytes },
  wanted,
}));
