// Decodes one image whole, to the last bit of its stream; hashes what it shows, and keeps it very small.
import sharp from "sharp";
import { bmpPixels, isBmp } from "../../core/dataset/image/bmp-pixels.ts";
import { ImageProblem } from "../../core/dataset/image/problem.ts";
import { type SmallPictures, smallPictures } from "./grey-grid.ts";
import { perceptualHash } from "./phash.ts";

export interface Decoded {
  readonly phash: string | null;
  /** 16 x 16 means of grey as base64. */
  readonly thumb: string | null;
  readonly problem: string | null;
}

/** One thread an image: the workers are the parallelism. Nothing is read twice, so nothing is cached. */
sharp.concurrency(1);
sharp.cache(false);

/** A warning that every camera's firmware may cause and every decoder shrugs off. */
const harmless = /extraneous bytes before marker/;
/** As many pixels as the check of the header lets through. */
const limitInputPixels = 268_435_456;

/**
 * Every pixel is asked for: sharp's own reduction decodes less than the whole and misses what is broken. Its full decode with a
 * resize after it costs more than the grid made here. A colour profile is left unapplied: that would cost three decodes and
 * moves no edge that the hash sees.
 */
async function greyOf(bytes: Uint8Array, failOn: "warning" | "error"): Promise<SmallPictures> {
  const decoded = sharp(bytes, { failOn, limitInputPixels, ignoreIcc: true }).autoOrient().raw();
  const { data, info } = await decoded.toBuffer({ resolveWithObject: true });
  return smallPictures(data, info);
}

/** A broken image gives its problem in one line. */
export async function decodeImage(bytes: Uint8Array): Promise<Decoded> {
  if (isBmp(bytes)) return decodeBmp(bytes);
  for (const failOn of ["warning", "error"] as const) {
    try {
      return decodedOf(await greyOf(bytes, failOn));
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      const lines = problem.split("\n").filter((line) => line.trim() !== "");
      if (failOn === "error" || !lines.every((line) => harmless.test(line))) {
        return { phash: null, thumb: null, problem: lines[0] ?? "unknown" };
      }
    }
  }
  return { phash: null, thumb: null, problem: "unknown" };
}

function decodedOf({ grid, thumb }: SmallPictures): Decoded {
  return { phash: perceptualHash(grid), thumb: Buffer.from(thumb).toString("base64"), problem: null };
}

function decodeBmp(bytes: Uint8Array): Decoded {
  try {
    const { width, height, data } = bmpPixels(bytes, limitInputPixels);
    return decodedOf(smallPictures(data, { width, height, channels: 3 }));
  } catch (error) {
    if (!(error instanceof ImageProblem)) throw error;
    return { phash: null, thumb: null, problem: error.found };
  }
}
