// The interval of the mean of a number from 0 to 1 over groups, of which nothing else is known (Gaffke's bounds). Below: the mean
// over the groups and one more of value 0, under weights drawn evenly among all that add up to 1; above: the same with one of value 1.
// Of values 0 and 1 alone it is Clopper and Pearson's interval. It does not grow narrow because few groups happen to be alike.
import { Chance } from "./chance.ts";

export interface Limits {
  readonly low: number;
  readonly high: number;
}

/** So many draws leave a limit uncertain by some thousandths of the interval's width. */
const draws = 20_000;

/** Weights of n + 1 groups that add up to 1, drawn evenly: made once, used for every set of n groups. */
export class Weights {
  readonly groups: number;
  /** Draw after draw, each of n + 1. */
  readonly #weights: Float64Array;
  readonly #means: Float64Array;

  constructor(groups: number, seed: number, count = draws) {
    const chance = new Chance(seed);
    const size = groups + 1;
    this.groups = groups;
    this.#weights = new Float64Array(size * count);
    this.#means = new Float64Array(count);
    for (let draw = 0; draw < count; draw++) {
      let sum = 0;
      for (let i = draw * size; i < (draw + 1) * size; i++) {
        this.#weights[i] = -Math.log(1 - chance.uniform());
        sum += this.#weights[i] as number;
      }
      for (let i = draw * size; i < (draw + 1) * size; i++) this.#weights[i] = (this.#weights[i] as number) / sum;
    }
  }

  /** @param values from 0 to 1, one a group @param level e.g. 0.95 */
  interval(values: ArrayLike<number>, level: number): Limits {
    const tail = (1 - level) / 2;
    return { low: this.#quantile(values, 0, tail), high: this.#quantile(values, 1, 1 - tail) };
  }

  #quantile(values: ArrayLike<number>, extra: 0 | 1, at: number): number {
    const [size, means] = [this.groups + 1, this.#means];
    for (let draw = 0; draw < means.length; draw++) {
      const from = draw * size;
      let mean = extra * (this.#weights[from + this.groups] as number);
      for (let i = 0; i < this.groups; i++) mean += (this.#weights[from + i] as number) * (values[i] as number);
      means[draw] = mean;
    }
    means.sort();
    return Math.min(1, Math.max(0, means[Math.floor(at * (means.length - 1))] as number));
  }
}

export function meanInterval(values: readonly number[], level: number, seed: number): Limits {
  // The lowest value first: then equal sets of groups have equal limits, in whatever order they come.
  return new Weights(values.length, seed).interval(Float64Array.from(values).sort(), level);
}
