// What reading an export leaves behind, one record at a time: frames, issues, and what no frame came of. Ingest stages them as
// JSON lines, check keeps them in memory; both count them by the same rules.
import type { IssueLine, ManifestLine } from "../../../contracts/dataset.ts";

export type IngestRecord =
  | { readonly frame: ManifestLine }
  | { readonly issue: IssueLine }
  /** Labels that the format or the check took in, kept and listed alike. */
  | { readonly read: number }
  /** Labels of a class that the config does not know; they stay in the frame. */
  | { readonly unknownClass: { readonly class: string; readonly file: string; readonly labels: number } }
  /** A labelled frame without image here or in the store. */
  | { readonly unknownFrame: { readonly frame: string; readonly file: string; readonly labels: number } }
  /** A frame for which the group rule finds no group. */
  | { readonly ungrouped: { readonly frame: string; readonly labels: number } }
  /** What decoding said of an image. */
  | { readonly decoded: { readonly sha256: string } & DecodedImage }
  /** Closes a lap: where the next one begins, and whether its phase is over. */
  | { readonly lap: Lap };

/** The small pictures of an image that near-duplicates are found by. */
export interface DecodedImage {
  readonly phash: string;
  readonly thumb?: string | undefined;
}

export interface Lap {
  readonly phase: "read" | "decode";
  /** Frames of the phase that are taken when this lap is over. */
  readonly to: number;
  /** True: the phase is over. */
  readonly last: boolean;
  /** Frames and boxes kept so far, over all laps. */
  readonly frames: number;
  readonly boxes: number;
  readonly format: string;
}
