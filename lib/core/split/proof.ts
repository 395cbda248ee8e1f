// The proof that nothing leaks: no image stands in two groups, no frame leaves the part it had. Groups go whole by construction.
import type { Part } from "../../contracts/common.ts";
import { BobbinError } from "../../contracts/errors.ts";
import type { SplitFrame } from "./tally.ts";

/** Takes a reason why the frames cannot be split: a run throws it, check lists it and goes on. */
export type Refuse = (error: BobbinError) => void;

/** Refuses with FrameInTwoGroups naming both places, once for every two groups. */
export function proveNoImageInTwoGroups(frames: readonly SplitFrame[], refuse: Refuse): void {
  const seen = new Map<string, SplitFrame>();
  const told = new Set<string>();
  for (const frame of frames) {
    const other = seen.get(frame.sha256);
    if (other === undefined) seen.set(frame.sha256, frame);
    else if (other.group !== frame.group) {
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
