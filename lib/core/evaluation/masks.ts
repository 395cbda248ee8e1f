// Masks in columns, one a row of the boxes they belong to: run lengths down the columns of the image, off, on, off, …

export interface Masks {
  /** By row: its first run; one entry more for the end. */
  readonly starts: Float64Array;
  readonly runs: Uint32Array;
  /** By row: pixels that are on. */
  readonly areas: Float64Array;
  /** By row: the first pixel that is on, and one past the last, down the columns. */
  readonly from: Float64Array;
  readonly to: Float64Array;
}

/** Collects masks in the order of their boxes. */
export class MasksBuilder {
  readonly #starts: number[] = [];
  readonly #areas: number[] = [];
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  #runs = new Uint32Array(1024);
  #count = 0;

  add(runs: readonly number[]): void {
    if (this.#count + runs.length > this.#runs.length) {
      const larger = new Uint32Array(2 * (this.#count + runs.length));
      larger.set(this.#runs);
      this.#runs = larger;
    }
    this.#runs.set(runs, this.#count);
    this.#starts.push(this.#count);
    this.#count += runs.length;
    let [at, area, from, to] = [0, 0, Number.POSITIVE_INFINITY, 0];
    for (const [index, run] of runs.entries()) {
      if (index % 2 === 1 && run > 0) {
        area += run;
        from = Math.min(from, at);
        to = at + run;
      }
      at += run;
    }
    this.#areas.push(area);
    this.#from.push(from);
    this.#to.push(to);
  }

  done(): Masks {
    return {
      starts: Float64Array.from([...this.#starts, this.#count]),
      runs: this.#runs.slice(0, this.#count),
      areas: Float64Array.from(this.#areas),
      from: Float64Array.from(this.#from),
      to: Float64Array.from(this.#to),
    };
  }
}

export const runsOf = ({ runs, starts }: Masks, row: number): readonly number[] =>
  Array.from(runs.subarray(starts[row], starts[row + 1]));

/** Pixels that both masks have; both are of one image. */
function shared(a: Masks, i: number, b: Masks, j: number): number {
  const [endA, endB] = [a.starts[i + 1] as number, b.starts[j + 1] as number];
  let atA = a.starts[i] as number;
  let atB = b.starts[j] as number;
  if (atA === endA || atB === endB) return 0;
  let leftA = a.runs[atA] as number;
  let leftB = b.runs[atB] as number;
  let [onA, onB] = [0, 0];
  let pixels = 0;
  for (;;) {
    const step = leftA < leftB ? leftA : leftB;
    if ((onA & onB) === 1) pixels += step;
    leftA -= step;
    leftB -= step;
    if (leftA === 0) {
      if (++atA === endA) return pixels;
      leftA = a.runs[atA] as number;
      onA ^= 1;
    }
    if (leftB === 0) {
      if (++atB === endB) return pixels;
      leftB = b.runs[atB] as number;
      onB ^= 1;
    }
  }
}

/** IoU of mask `d` of `detections` with mask `t` of `truths`. For a crowd region the union is the detection alone. */
export function maskOverlap(detections: Masks, d: number, truths: Masks, t: number, crowd: boolean): number {
  if ((detections.from[d] as number) >= (truths.to[t] as number)) return 0;
  if ((truths.from[t] as number) >= (detections.to[d] as number)) return 0;
  const both = shared(detections, d, truths, t);
  if (both === 0) return 0;
  const own = detections.areas[d] as number;
  return both / (crowd ? own : own + (truths.areas[t] as number) - both);
}
