// The small pictures of many frames in flat memory, and how far two of them are apart, brightness set equal.
import { Buffer } from "node:buffer";

/** Pixels of a picture, 16 x 16, and of the one that a first look compares, 4 x 4. */
const pixels = 256;
const blocks = 16;
const [side, blockSide] = [16, 4];

export class Thumbs {
  readonly #levels: Uint8Array;
  readonly #blocks: Float32Array;
  readonly #contrast: Float32Array;

  /** @param base64 one picture a frame, as the manifest has it */
  constructor(base64: readonly string[]) {
    this.#levels = new Uint8Array(base64.length * pixels);
    this.#blocks = new Float32Array(base64.length * blocks);
    this.#contrast = new Float32Array(base64.length);
    for (const [at, text] of base64.entries()) {
      const picture = Buffer.from(text, "base64").subarray(0, pixels);
      this.#levels.set(picture, at * pixels);
      const mean = picture.reduce((sum, level) => sum + level, 0) / pixels;
      this.#contrast[at] = Math.sqrt(picture.reduce((sum, level) => sum + (level - mean) ** 2, 0) / pixels);
      this.#blocks.set(blocksOf(picture, mean), at * blocks);
    }
  }

  /** Standard deviation of a picture's levels: a flat picture has none, and nothing to be recognised by. */
  contrast(at: number): number {
    return this.#contrast[at] ?? 0;
  }

  /** A first look: false where they are surely further apart than `limit`, since means differ by no more than what they are means of. */
  mayBeWithin(a: number, b: number, limit: number): boolean {
    const most = limit * limit * blocks;
    const values = this.#blocks;
    const [first, second] = [a * blocks, b * blocks];
    let sum = 0;
    for (let at = 0; at < blocks; at++) {
      const difference = (values[first + at] ?? 0) - (values[second + at] ?? 0);
      sum += difference * difference;
      if (sum > most) return false;
    }
    return true;
  }

  /** Root mean square difference, the means of both set equal; and the widest difference of one pixel as it stands. */
  apart(a: number, b: number): { readonly rms: number; readonly widest: number } {
    const levels = this.#levels;
    const [first, second] = [a * pixels, b * pixels];
    let [sum, squares, widest] = [0, 0, 0];
    for (let at = 0; at < pixels; at++) {
      const difference = (levels[first + at] ?? 0) - (levels[second + at] ?? 0);
      sum += difference;
      squares += difference * difference;
      const size = Math.abs(difference);
      if (size > widest) widest = size;
    }
    return { rms: Math.sqrt(Math.max(0, squares / pixels - (sum / pixels) ** 2)), widest };
  }

  /** The mean of some pictures as one picture. */
  meanOf(frames: readonly number[]): string {
    const sums = new Float64Array(pixels);
    for (const frame of frames) {
      for (let at = 0; at < pixels; at++) sums[at] = (sums[at] ?? 0) + (this.#levels[frame * pixels + at] ?? 0);
    }
    return Buffer.from(sums.map((sum) => Math.round(sum / frames.length))).toString("base64");
  }
}

function blocksOf(picture: Uint8Array, mean: number): Float32Array {
  const means = new Float32Array(blocks);
  const share = pixels / blocks;
  for (const [at, level] of picture.entries()) {
    const [x, y] = [(at % side) >> 2, Math.floor(at / side) >> 2];
    const block = y * blockSide + x;
    means[block] = (means[block] ?? 0) + (level - mean) / share;
  }
  return means;
}
