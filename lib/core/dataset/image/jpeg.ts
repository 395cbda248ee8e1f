// Walks a JPEG from its start mark to its end mark, through the entropy-coded data too: a file that was cut off is found.
import type { Buffer } from "node:buffer";
import { broken, type ImageFacts, ImageProblem } from "./problem.ts";
import { exifOrientation } from "./tiff.ts";

const marker = { soi: 0xd8, eoi: 0xd9, sos: 0xda, app1: 0xe1, app2: 0xe2 } as const;

const startOfImage = Uint8Array.of(0xff, marker.soi, 0xff);

const isRestart = (code: number) => code >= 0xd0 && code <= 0xd7;
/** SOF0 to SOF15 without DHT, JPG and DAC. */
const isFrame = (code: number) => code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;

/** Offset of the marker that ends the entropy-coded data from `at` on; a stuffed 0, a restart or a fill byte does not. */
function endOfScan(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at)) {
    const next = bytes[at + 1];
    if (next === undefined) break;
    if (next === 0 || isRestart(next)) at += 2;
    else if (next === 0xff) at += 1;
    else return at;
  }
  return broken("a JPEG that ends within its picture", "the end mark FFD9");
}

class JpegWalk {
  readonly #bytes: Buffer;
  #width = 0;
  #height = 0;
  #orientation: number | null = null;
  #scans = 0;
  #manyPictures = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  run(): ImageFacts {
    let at = 2;
    for (;;) {
      const code = this.#markerAt(at);
      while (this.#bytes[at + 1] === 0xff) at += 1;
      if (code === marker.eoi) return this.#finish(at + 2);
      if (code === 0x01 || isRestart(code)) {
        at += 2;
        continue;
      }
      const length =
        this.#bytes.length >= at + 4
          ? this.#bytes.readUInt16BE(at + 2)
          : broken("a JPEG that ends within its header", "the end mark FFD9");
      if (length < 2) broken(`a segment of ${length} bytes`, "at least 2");
      this.#segment(code, at + 4, at + 2 + length);
      at = code === marker.sos ? endOfScan(this.#bytes, at + 2 + length) : at + 2 + length;
    }
  }

  /** Fill bytes may stand before a marker. */
  #markerAt(from: number): number {
    let at = from;
    if (this.#bytes[at] !== 0xff)
      broken(
        at >= this.#bytes.length ? "a JPEG that ends within its header" : "bytes between two segments",
        "a marker",
      );
    while (this.#bytes[at] === 0xff) at += 1;
    return this.#bytes[at] ?? broken("a JPEG that ends within its header", "the end mark FFD9");
  }

  #segment(code: number, start: number, end: number): void {
    if (end > this.#bytes.length) broken("a JPEG that ends within its header", "the end mark FFD9");
    if (isFrame(code) && this.#width === 0) {
      this.#height = this.#bytes.readUInt16BE(start + 1);
      this.#width = this.#bytes.readUInt16BE(start + 3);
      if (this.#width === 0 || this.#height === 0) broken(`${this.#width} × ${this.#height} pixels`, "a size");
    } else if (code === marker.sos) this.#scans += 1;
    else if (
      code === marker.app1 &&
      this.#orientation === null &&
      this.#bytes.toString("latin1", start, start + 6) === "Exif\0\0"
    ) {
      this.#orientation = exifOrientation(this.#bytes.subarray(start + 6, end));
    } else if (code === marker.app2 && this.#bytes.toString("latin1", start, start + 4) === "MPF\0")
      this.#manyPictures = true;
  }

  #finish(end: number): ImageFacts {
    if (this.#width === 0 || this.#scans === 0) broken("a JPEG without picture", "a frame and a scan");
    if (this.#manyPictures && this.#bytes.indexOf(startOfImage, end) >= 0) {
      throw new ImageProblem("ImageUnsupported", "MPO (several pictures in one file)", "one picture a file");
    }
    return { width: this.#width, height: this.#height, orientation: this.#orientation ?? 1, end };
  }
}

export function readJpeg(bytes: Buffer): ImageFacts {
  return new JpegWalk(bytes).run();
}
