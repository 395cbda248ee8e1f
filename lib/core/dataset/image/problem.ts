// What is wrong with an image file, thrown by the readers of single kinds and caught by the probe.
import type { IssueCode } from "../issue-codes.ts";

export type ImageCode = Extract<IssueCode, "ImageBroken" | "ImageUnsupported" | "ImageTooLarge">;

export class ImageProblem extends Error {
  readonly code: ImageCode;
  readonly found: string;
  readonly wanted: string;

  constructor(code: ImageCode, found: string, wanted: string) {
    super(`found ${found}, wanted ${wanted}`);
    this.code = code;
    this.found = found;
    this.wanted = wanted;
  }
}

export function broken(found: string, wanted: string): never {
  throw new ImageProblem("ImageBroken", found, wanted);
}

/** Header facts of one image: raw pixels, before any turn; `end` is the offset behind its end mark. */
export interface ImageFacts {
  readonly width: number;
  readonly height: number;
  readonly orientation: number;
  readonly end: number;
}

/** True for what a Buffer throws where it is read behind its end. */
export function isOutside(error: unknown): boolean {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : null;
  return code === "ERR_OUT_OF_RANGE" || code === "ERR_BUFFER_OUT_OF_BOUNDS";
}
