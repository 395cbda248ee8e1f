// The worlds of bench:stats: what could make a comparison of two detectors claim more than it knows.
import type { World } from "./world.ts";

export interface Scenario {
  readonly name: string;
  readonly world: World;
  /** Of the candidate's recall; 0: nothing changed. */
  readonly gain: number;
}

/** Like the training plan's: videos of a dozen frames, one or two people in each, some false alarms. */
const site = { shared: 0.5, framesPerGroup: [8, 16], objectsPerFrame: 1, alarmsPerFrame: 0.5 } as const;

const alike = (recall: number, spread: number): Scenario => ({
  name: `nothing changed, recall ${recall}, spread ${spread}`,
  world: { ...site, candidate: { recall, spread }, reference: { recall, spread } },
  gain: 0,
});

const better = (gain: number, spread: number): Scenario => ({
  name: `recall 0.80 → ${(0.8 + gain).toFixed(2)}, spread ${spread}`,
  world: { ...site, candidate: { recall: 0.8 + gain, spread }, reference: { recall: 0.8, spread } },
  gain,
});

export const scenarios: readonly Scenario[] = [
  ...[0.6, 0.9].flatMap((recall) => [0.02, 0.1, 0.3].map((spread) => alike(recall, spread))),
  {
    name: "same mean recall 0.8, spread 0.02 against 0.3",
    world: { ...site, candidate: { recall: 0.8, spread: 0.02 }, reference: { recall: 0.8, spread: 0.3 } },
    gain: 0,
  },
  better(0.03, 0.1),
  better(0.1, 0.1),
];

/** The same for the same cell, another for every other. */
export function worldSeed(name: string, groups: number): number {
  let hash = groups;
  for (const letter of name) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0;
  return hash;
}
