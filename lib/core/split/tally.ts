// What the split needs to know of a group: how many frames and boxes it holds, per class. May change: what is counted.

/** One frame as the split sees it. `boxes` counts boxes of the project's classes, by index in its list. */
export interface SplitFrame {
  readonly name: string;
  readonly sha256: string;
  readonly group: string;
  readonly boxes: readonly number[];
}

export interface GroupTally {
  readonly group: string;
  frames: number;
  boxes: number;
  readonly boxesOfClass: Float64Array;
}

/** Adds up frames by group; groups come sorted by name whatever the order of the frames. */
export function tallyGroups(frames: Iterable<SplitFrame>, classes: number): readonly GroupTally[] {
  const tallies = new Map<string, GroupTally>();
  let tally: GroupTally | undefined;
  for (const frame of frames) {
    if (tally?.group !== frame.group) tally = tallies.get(frame.group);
    if (tally === undefined) {
      tally = { group: frame.group, frames: 0, boxes: 0, boxesOfClass: new Float64Array(classes) };
      tallies.set(frame.group, tally);
    }
    tally.frames += 1;
    for (let index = 0; index < frame.boxes.length; index++) {
      const count = frame.boxes[index] ?? 0;
      tally.boxes += count;
      tally.boxesOfClass[index] = (tally.boxesOfClass[index] ?? 0) + count;
    }
  }
  return [...tallies.values()].sort((a, b) => (a.group < b.group ? -1 : 1));
}
