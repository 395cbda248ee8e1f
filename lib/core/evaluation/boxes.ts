// Boxes of many frames in columns: millions of them without an object each. Truth and predictions share the form.
import { type Masks, MasksBuilder } from "./masks.ts";

/** Columns of boxes; the boxes of one frame lie together, in the order they came. */
export interface Boxes {
  readonly frames: number;
  readonly count: number;
  /** By frame: its first box, and one past its last. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly classes: Uint16Array;
  /** Confidence; 0 for truth. */
  readonly scores: Float64Array;
  /** 1: a crowd region, as COCO has them; truth only. */
  readonly crowds: Uint8Array;
  /** xMin, yMin, width, height of each box, in pixels: the numbers COCO's formulas start from. */
  readonly sides: Float64Array;
  /** Of the task segment: the mask of each box. */
  readonly masks?: Masks;
}

/** Class, score, xMin, yMin, xMax, yMax: as a prediction line has them. */
export type BoxRow = readonly [number, number, number, number, number, number];

type Column = Float64Array | Uint16Array | Uint8Array;

function resized<T extends Column>(column: T, length: number): T {
  const Make = column.constructor as new (length: number) => T;
  const copy = new Make(length);
  copy.set(column.length > length ? column.subarray(0, length) : column);
  return copy;
}

/** Collects boxes frame by frame, in any order of frames. */
export class BoxesBuilder {
  #count = 0;
  #frame = -1;
  #classes = new Uint16Array(64);
  #scores = new Float64Array(64);
  #crowds = new Uint8Array(64);
  #sides = new Float64Array(256);
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;

  readonly #masks: MasksBuilder | null;

  /** @param withMasks every box comes with its mask */
  constructor(frames: number, withMasks = false) {
    this.#masks = withMasks ? new MasksBuilder() : null;
    this.#starts = new Int32Array(frames).fill(-1);
    this.#ends = new Int32Array(frames);
  }

  /** Begins a frame, by its index; false where that frame was begun before. */
  begin(frame: number): boolean {
    if (this.#starts[frame] !== -1) return false;
    this.#starts[frame] = this.#count;
    this.#ends[frame] = this.#count;
    this.#frame = frame;
    return true;
  }

  /** A box of the frame begun last: class, score, corners in pixels; `mask` as run lengths, where boxes have them. */
  add([klass, score, xMin, yMin, xMax, yMax]: BoxRow, crowd = false, mask: readonly number[] = []): void {
    this.#masks?.add(mask);
    const at = this.#count;
    if (at === this.#classes.length) this.#resize(at * 2);
    this.#classes[at] = klass;
    this.#scores[at] = score;
    this.#crowds[at] = crowd ? 1 : 0;
    this.#sides[4 * at] = xMin;
    this.#sides[4 * at + 1] = yMin;
    this.#sides[4 * at + 2] = xMax - xMin;
    this.#sides[4 * at + 3] = yMax - yMin;
    this.#count = at + 1;
    this.#ends[this.#frame] = at + 1;
  }

  /** Index of the first frame that was never begun; -1 where all were. */
  firstMissing(): number {
    return this.#starts.indexOf(-1);
  }

  /** The boxes; a frame that was never begun has none. */
  done(): Boxes {
    this.#resize(this.#count);
    return {
      frames: this.#starts.length,
      count: this.#count,
      starts: this.#starts.map((start) => Math.max(start, 0)),
      ends: this.#ends,
      classes: this.#classes,
      scores: this.#scores,
      crowds: this.#crowds,
      sides: this.#sides,
      ...(this.#masks === null ? {} : { masks: this.#masks.done() }),
    };
  }

  #resize(length: number): void {
    this.#classes = resized(this.#classes, length);
    this.#scores = resized(this.#scores, length);
    this.#crowds = resized(this.#crowds, length);
    this.#sides = resized(this.#sides, 4 * length);
  }
}
