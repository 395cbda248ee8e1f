// One malformed input: what is wrong with it, the export, and where it has to end.
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Malformed {
  /** What is wrong, once for all inputs that have it. */
  readonly cause: string;
  /** Which of them. */
  readonly variant: string;
  /** Files by name, or the bytes of a zip. */
  readonly input: Readonly<Record<string, string | Uint8Array>> | Uint8Array | Promise<Uint8Array>;
  /** A named error, the code of an issue, or `ok` where the input only looks wrong. */
  readonly wanted: string;
}

export const fixture = (name: string): Buffer =>
  readFileSync(join(import.meta.dirname, "../../fixtures/exports/images", name));

/** 128 × 128 pixels. */
export const photo = fixture("hopper.jpg");
