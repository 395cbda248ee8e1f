// One track of CVAT for video: what it shows in which frame. Shapes stand in key frames; in between they move, `outside` they are not.
import { interpolated } from "./interpolate.ts";
import type { Attributes, ShapeElement } from "./shapes.ts";

/** One shape of a track, or one point of a skeleton. */
export interface TrackShape {
  readonly frame: number;
  readonly outside: boolean;
  readonly shape: ShapeElement;
}

export interface Track {
  readonly label: string;
  readonly line: number;
  readonly shapes: readonly TrackShape[];
  /** Points of a skeleton, by their label: each appears and moves for itself. */
  readonly elements: ReadonlyMap<string, readonly TrackShape[]>;
}

/** Why a track shows nothing where it should. */
export interface TrackProblem {
  readonly line: number;
  readonly found: string;
  readonly wanted: string;
  /** Frames in which something would have been seen. */
  readonly frames: readonly number[];
}

export interface FrameNumbers {
  /** Frames of the video that are known, rising. */
  readonly all: readonly number[];
  /** Frames [from, to) are wanted; others may be left out. `to` may come down meanwhile. */
  readonly wanted: { readonly from: number; readonly to: number };
}

/** Index of the first number above `value`. */
function above(numbers: readonly number[], value: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What is seen in each frame, from the shapes that are listed. Attributes hold on until they are set anew. */
function* shown(
  listed: readonly TrackShape[],
  numbers: FrameNumbers,
  problem: (problem: TrackProblem) => void,
): Generator<readonly [number, ShapeElement]> {
  const shapes = [...listed].sort((a, b) => a.frame - b.frame);
  let values: Readonly<Record<string, string>> = {};
  for (const [at, { frame, outside, shape }] of shapes.entries()) {
    const next = shapes[at + 1];
    values = { ...values, ...shape.values };
    if (next?.frame === frame) {
      const twice = { line: next.shape.line, found: `frame ${frame} twice in a track`, wanted: "each frame once" };
      problem({ ...twice, frames: outside ? [] : [frame] });
    } else if (!outside) {
      const left = { ...shape, values };
      yield [frame, left];
      yield* between(frame, left, next, numbers, problem);
    }
  }
}

/** Frames that a track is seen in, at most: from each shape to the next, from the last to the end of the video. */
export function framesSeen({ shapes, elements }: Track, last: number): number {
  let seen = 0;
  for (const list of elements.size > 0 ? elements.values() : [shapes]) {
    const sorted = [...list].sort((a, b) => a.frame - b.frame);
    for (const [at, { frame, outside }] of sorted.entries()) {
      if (!outside) seen += Math.max(1, (sorted[at + 1]?.frame ?? last + 1) - frame);
    }
  }
  return seen;
}

/** What is seen between a shape and the next; where there is none, the shape stays to the end. */
function* between(
  frame: number,
  left: ShapeElement,
  next: TrackShape | undefined,
  { all, wanted }: FrameNumbers,
  problem: (problem: TrackProblem) => void,
): Generator<readonly [number, ShapeElement]> {
  const end = next === undefined ? all.length : above(all, next.frame - 1);
  for (let index = above(all, Math.max(frame, wanted.from - 1)); index < end; index++) {
    const number = all[index] ?? frame;
    if (number >= wanted.to) return;
    const shape = next === undefined ? left : interpolated(left, next.shape, (number - frame) / (next.frame - frame));
    if (shape === null) {
      const found = `a ${left.kind} that becomes a ${next?.shape.kind} between frames ${frame} and ${next?.frame}`;
      problem({ line: left.line, found, wanted: "one kind of shape a track", frames: all.slice(index, end) });
      return;
    }
    yield [number, shape];
  }
}

/** A skeleton is seen where any of its points is. */
function* skeletons(
  track: Track,
  numbers: FrameNumbers,
  problem: (problem: TrackProblem) => void,
): Generator<readonly [number, ShapeElement]> {
  const points = new Map<number, Attributes[]>();
  for (const element of track.elements.values()) {
    for (const [frame, { attributes }] of shown(element, numbers, problem)) {
      const found = points.get(frame);
      if (found === undefined) points.set(frame, [attributes]);
      else found.push(attributes);
    }
  }
  const own = [...track.shapes].sort((a, b) => a.frame - b.frame);
  let at = 0;
  for (const frame of [...points.keys()].sort((a, b) => a - b)) {
    while ((own[at + 1]?.frame ?? Infinity) <= frame) at += 1;
    const shape = own[at]?.shape;
    if (shape !== undefined) yield [frame, { ...shape, children: points.get(frame) ?? [] }];
  }
}

/** What the track shows, frame by frame; frames of one shape rise, all in all they need not. */
export function* framesOfTrack(
  track: Track,
  numbers: FrameNumbers,
  problem: (problem: TrackProblem) => void,
): Generator<readonly [number, ShapeElement]> {
  if (track.elements.size > 0) yield* skeletons(track, numbers, problem);
  else yield* shown(track.shapes, numbers, problem);
}
