// Which groups show one scene, and how far apart two frames of it usually are: on a fixed camera every frame looks like every
// other, so what counts as near is measured by the camera, never by one number for all.

import { Thumbs } from "./thumbs.ts";

export interface Camera {
  readonly name: string;
  readonly groups: number;
  readonly frames: readonly number[];
  /** Median difference of two frames; null for too few frames to say. */
  readonly usual: number | null;
}

export interface Cameras {
  readonly all: readonly Camera[];
  /** Position in `all` of each frame's camera. */
  readonly ofFrame: Int32Array;
}

/** Two groups' mean pictures at most this far apart show one scene. */
const sameScene = 20;
/** Scenes looked for at most; a set of single photographs has as many as frames, and no camera to measure. */
const mostScenes = 500;
const fewest = 16;
const sampledPairs = 400;
const framesOfMean = 64;

/**
 * @param groups positions of each group's frames
 * @param named the group's camera, where its attributes say it
 */
export function camerasOf(
  thumbs: Thumbs,
  groups: ReadonlyMap<string, readonly number[]>,
  named: (group: string) => string | undefined,
  frames: number,
): Cameras {
  const names = [...groups.keys()];
  const means = new Thumbs([...groups.values()].map((inside) => thumbs.meanOf(evenly(inside, framesOfMean))));
  const leaders: { readonly group: number; readonly members: number[] }[] = [];
  const byName = new Map<string, { readonly members: number[] }>();
  const own: { readonly name: string; readonly members: number[] }[] = [];
  for (const [at, group] of names.entries()) {
    const camera = named(group);
    if (camera !== undefined) {
      const known = byName.get(camera) ?? { members: [] };
      known.members.push(at);
      byName.set(camera, known);
      continue;
    }
    // A group joins the first scene that is near: it is never a bridge between two, so a whole data set does not become one.
    const leader = leaders.find(
      ({ group: first }) => means.mayBeWithin(first, at, sameScene) && means.apart(first, at).rms <= sameScene,
    );
    if (leader !== undefined) leader.members.push(at);
    else if (leaders.length < mostScenes) leaders.push({ group: at, members: [at] });
    else own.push({ name: group, members: [at] });
  }
  const found = [
    ...[...byName].map(([name, { members }]) => ({ name, members })),
    ...leaders.map(({ group, members }) => ({ name: names[group] ?? "", members })),
    ...own,
  ];
  const ofFrame = new Int32Array(frames);
  const all = found.map(({ name, members }, camera): Camera => {
    const inside = members.flatMap((member) => [...(groups.get(names[member] ?? "") ?? [])]);
    for (const frame of inside) ofFrame[frame] = camera;
    return { name, groups: members.length, frames: inside, usual: usualOf(thumbs, inside) };
  });
  return { all, ofFrame };
}

function evenly(values: readonly number[], most: number): readonly number[] {
  if (values.length <= most) return values;
  return Array.from({ length: most }, (_, at) => values[Math.floor((at * values.length) / most)] ?? 0);
}

/** Pairs far from each other in the list, so that neighbours of one recording do not set the measure. */
function usualOf(thumbs: Thumbs, frames: readonly number[]): number | null {
  if (frames.length < fewest) return null;
  const found: number[] = [];
  for (let pair = 0; pair < sampledPairs; pair++) {
    const a = (pair * 7919) % frames.length;
    const b = (pair * 104_729 + Math.floor(frames.length / 2)) % frames.length;
    if (a !== b) found.push(thumbs.apart(frames[a] ?? 0, frames[b] ?? 0).rms);
  }
  found.sort((a, b) => a - b);
  return found[Math.floor(found.length / 2)] ?? null;
}
