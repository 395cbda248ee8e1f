// The proof that nothing leaks: no image stands in two groups, no frame leaves the part it had. Groups go whole by construction.
import type { Part } from "../../contracts/common.ts";
import { BobbinError } from "../../contracts/errors.ts";
import type { Harmless } from "./harmless.ts";
import type { SplitFrame } from "./tally.ts";

/** Takes a reason why the frames cannot be split: a run throws it, check lists it and goes on. */
export type Refuse = (error: BobbinError) => void;

export const throwIt: Refuse = (error) => {
  throw error;
};

/** Finds frames by image: positions in a flat table, for a Map of a million digests takes four times as long to fill. */
class ImageIndex {
  readonly #frames: readonly SplitFrame[];
  /** Position + 1 of a frame, 0 where nothing is; at most half full. */
  readonly #slots: Int32Array;

  constructor(frames: readonly SplitFrame[]) {
    this.#frames = frames;
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * frames.length + 2)));
  }

  /** The frame that holds this image already; otherwise notes `position` as the one that does. */
  firstOf(sha256: string, position: number): SplitFrame | null {
    const mask = this.#slots.length - 1;
    for (let slot = startOf(sha256) & mask; ; slot = (slot + 1) & mask) {
      const held = this.#slots[slot] ?? 0;
      if (held === 0) {
        this.#slots[slot] = position + 1;
        return null;
      }
      const frame = this.#frames[held - 1];
      if (frame?.sha256 === sha256) return frame;
    }
  }
}

/** A digest is chance already: eight of its digits say where to look. */
function startOf(sha256: string): number {
  let start = 0;
  for (let at = 0; at < 8; at++) {
    const unit = sha256.charCodeAt(at);
    start = (start << 4) ^ ((unit & 15) + (unit >> 6) * 9);
  }
  return start >>> 0;
}

/** Refuses with FrameInTwoGroups naming both places, once for every two groups, but for frames that are known to be harmless. */
export function proveNoImageInTwoGroups(frames: readonly SplitFrame[], harmless: Harmless, refuse: Refuse): void {
  const seen = new ImageIndex(frames);
  const told = new Set<string>();
  for (const [position, frame] of frames.entries()) {
    const other = seen.firstOf(frame.sha256, position);
    if (other !== null && other.group !== frame.group && !harmless.has(other.name, frame.name)) {
      const pair = JSON.stringify([other.group, frame.group]);
      if (told.has(pair)) continue;
      told.add(pair);
      refuse(
        new BobbinError("FrameInTwoGroups", {
          first: other.name,
          firstGroup: other.group,
          second: frame.name,
          secondGroup: frame.group,
          sha256: frame.sha256,
        }),
      );
    }
  }
}

/**
 * A group that is new by name but holds images that were split before keeps their part: a changed group rule moves no frame.
 * @param earlier part by SHA-256 of the version before
 * Refuses with GroupCrossesParts where images of one group stood in different parts.
 */
export function inheritedParts(
  frames: readonly SplitFrame[],
  earlier: ReadonlyMap<string, Part>,
  refuse: Refuse,
): ReadonlyMap<string, Part> {
  const found = new Map<string, { readonly part: Part; readonly frame: string }>();
  const told = new Set<string>();
  if (earlier.size === 0) return new Map();
  for (const { name, sha256, group } of frames) {
    const part = earlier.get(sha256);
    if (part === undefined) continue;
    const first = found.get(group);
    if (first === undefined) found.set(group, { part, frame: name });
    else if (first.part !== part && !told.has(group)) {
      told.add(group);
      const data = { group, first: first.frame, firstPart: first.part, second: name, secondPart: part };
      refuse(new BobbinError("GroupCrossesParts", data));
    }
  }
  return new Map([...found].map(([group, { part }]) => [group, part]));
}
