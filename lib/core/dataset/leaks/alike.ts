// Frames that look alike and stand in different parts: pictures saved again, and frames nearer than their camera's usually are.
import { type Part, parts } from "../../../contracts/common.ts";
import type { AlikeFrames, AlikePair, ManifestLine } from "../../../contracts/dataset.ts";
import { type Harmless, harmlessPairs } from "../../split/harmless.ts";
import { type Cameras, camerasOf } from "./cameras.ts";
import { GroupPairs } from "./group-pairs.ts";
import { Thumbs } from "./thumbs.ts";

/** A picture saved again differs by this at most: JPEG of quality 50 by 0.6, half its size by 1.3; and nowhere by more than a little. */
const savedAgain = 1.35;
const savedAgainWidest = 9;
/** ... and by a tenth of its own contrast: two dark pictures are alike without being one. */
const shareOfContrast = 0.1;
/** Near: this share of what is usual for the camera, and never more than this. Neighbours in a video of 10 Hz are at 0.15. */
const shareOfUsual = 0.35;
const nearAtMost = 6;
/** Where no camera says what is usual. */
const nearAlone = 3;
/** A frame that is the same picture as so many of its own group shows the scene at rest: that it is found elsewhere says nothing. */
const atRest = 3;
/** Comparisons in all, a close look counting as sixteen: what is left out is said. 20,000 frames take a tenth of it. */
const effort = 1.5e9;
const closeLook = 16;
const pairsShown = 40;
const groupsShown = 20;
const camerasShown = 20;

export interface Alike {
  readonly document: AlikeFrames;
  /** Every frame that was found, each with the one it resembles most. */
  readonly pairs: readonly AlikePair[];
  /** All pairs of groups, the most alike first. */
  readonly groups: AlikeFrames["groups"];
}

/** @param attributes of groups; `camera` says which groups one camera filmed. @returns null where no image was decoded */
export function findAlike(
  lines: readonly ManifestLine[],
  partOf: ReadonlyMap<string, Part>,
  attributes: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
  harmless: Harmless = harmlessPairs(),
): Alike | null {
  const decoded = lines.filter(({ thumb }) => thumb !== undefined);
  if (decoded.length === 0) return null;
  const thumbs = new Thumbs(decoded.map(({ thumb }) => thumb ?? ""));
  const groups = Map.groupBy(decoded.keys(), (at) => decoded[at]?.group ?? "");
  const cameras = camerasOf(thumbs, groups, (group) => attributes[group]?.camera, decoded.length);
  const search = new Search(decoded, partOf, { thumbs, cameras, groups, harmless });
  const outside = search.run();
  const pairs = search.pairs.sort((a, b) => rank(a) - rank(b) || (a.frame < b.frame ? -1 : 1));
  const found = search.groupPairs.list(groups);
  const document: AlikeFrames = {
    compared: decoded.length,
    outside,
    frames: pairs.length,
    ...(search.harmless > 0 ? { harmless: search.harmless } : {}),
    reencoded: pairs.filter(({ kind }) => kind === "reencoded").length,
    pairs: pairs.slice(0, pairsShown),
    groups: found.slice(0, groupsShown),
    cameras: cameras.all
      .map(({ name, groups: count, frames, usual }) => ({
        camera: name,
        groups: count,
        frames: frames.length,
        usual: usual === null ? null : rounded(usual),
      }))
      .sort((a, b) => b.frames - a.frames || (a.camera < b.camera ? -1 : 1))
      .slice(0, camerasShown),
  };
  return { document, pairs, groups: found };
}

const rank = ({ kind, difference }: AlikePair) => (kind === "reencoded" ? 0 : 1000) + difference;
const rounded = (value: number) => Number(value.toFixed(2));

interface Given {
  readonly thumbs: Thumbs;
  readonly cameras: Cameras;
  readonly groups: ReadonlyMap<string, readonly number[]>;
  readonly harmless: Harmless;
}

interface Found {
  readonly other: number;
  readonly rms: number;
  readonly kind: AlikePair["kind"];
}

class Search {
  readonly pairs: AlikePair[] = [];
  readonly groupPairs: GroupPairs;
  readonly #lines: readonly ManifestLine[];
  readonly #given: Given;
  readonly #part: Int8Array;
  readonly #resting = new Map<number, boolean>();
  /** Pairs that were found and that the config calls harmless. */
  harmless = 0;
  #left = effort;

  constructor(lines: readonly ManifestLine[], partOf: ReadonlyMap<string, Part>, given: Given) {
    this.#lines = lines;
    this.#given = given;
    this.#part = Int8Array.from(lines, ({ group }) => parts.indexOf(partOf.get(group) ?? "train"));
    this.groupPairs = new GroupPairs(
      lines.map(({ group }) => group),
      (group) => partOf.get(group) ?? "train",
    );
  }

  /** Each frame of a later part against all of the parts before it. @returns how many were looked at */
  run(): number {
    const byPart = parts.map((_, part) => [...this.#part.keys()].filter((at) => this.#part[at] === part));
    const before = parts.map((_, part) => Int32Array.from(byPart.slice(0, part).flat()));
    const outside = byPart.slice(1).flat();
    // Taken in long steps: where the effort does not last, what was looked at is spread over all of them.
    const step = coprimeStep(outside.length);
    for (let count = 0; count < outside.length; count++) {
      if (this.#left <= 0) return count;
      const frame = outside[(count * step) % outside.length] ?? 0;
      this.#look(frame, before[this.#part[frame] ?? 0] ?? new Int32Array());
    }
    return outside.length;
  }

  #look(frame: number, others: Int32Array): void {
    const { thumbs, cameras } = this.#given;
    const camera = cameras.ofFrame[frame] ?? 0;
    const usual = cameras.all[camera]?.usual ?? null;
    const same = usual === null ? nearAlone : Math.min(nearAtMost, shareOfUsual * usual);
    const again = Math.min(savedAgain, shareOfContrast * thumbs.contrast(frame));
    let best: Found | null = null;
    this.#left -= others.length;
    for (const other of others) {
      const near = cameras.ofFrame[other] === camera ? same : Math.min(same, nearAlone);
      const limit = Math.max(near, again);
      if (!thumbs.mayBeWithin(frame, other, limit)) continue;
      this.#left -= closeLook;
      const { rms, widest } = thumbs.apart(frame, other);
      if (rms > limit) continue;
      const kind = this.#kindOf(frame, other, { rms, widest, near, again });
      if (kind === null) continue;
      if (this.#isHarmless(frame, other)) {
        this.harmless += 1;
        continue;
      }
      this.groupPairs.add(frame, other);
      if (best === null || rms < best.rms || (kind === "reencoded" && best.kind === "near"))
        best = { other, rms, kind };
    }
    if (best !== null) this.#keep(frame, best);
  }

  #isHarmless(frame: number, other: number): boolean {
    return this.#given.harmless.has(this.#lines[frame]?.name ?? "", this.#lines[other]?.name ?? "");
  }

  #kindOf(
    frame: number,
    other: number,
    { rms, widest, near, again }: { rms: number; widest: number; near: number; again: number },
  ): AlikePair["kind"] | null {
    const isAgain = rms <= again && widest <= savedAgainWidest;
    if (isAgain && !this.#rests(frame) && !this.#rests(other)) return "reencoded";
    return rms <= near ? "near" : null;
  }

  #rests(frame: number): boolean {
    const known = this.#resting.get(frame);
    if (known !== undefined) return known;
    const { thumbs, groups } = this.#given;
    let count = 0;
    for (const other of groups.get(this.#lines[frame]?.group ?? "") ?? []) {
      if (other === frame || !thumbs.mayBeWithin(frame, other, savedAgain)) continue;
      const { rms, widest } = thumbs.apart(frame, other);
      if (rms <= savedAgain && widest <= savedAgainWidest) count += 1;
      if (count >= atRest) break;
    }
    this.#resting.set(frame, count >= atRest);
    return count >= atRest;
  }

  #keep(frame: number, { other, rms, kind }: Found): void {
    const [first, second] = [this.#lines[frame], this.#lines[other]];
    if (first === undefined || second === undefined) return;
    this.pairs.push({
      frame: first.name,
      group: first.group,
      part: parts[this.#part[frame] ?? 0] ?? "train",
      other: second.name,
      otherGroup: second.group,
      otherPart: parts[this.#part[other] ?? 0] ?? "train",
      kind,
      difference: rounded(rms),
    });
  }
}

/** A step near the golden section that has no divisor in common with the length, so that it comes by every place once. */
function coprimeStep(length: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let step = Math.max(1, Math.floor(length * 0.618));
  while (divisor(step, length) > 1) step += 1;
  return step;
}
