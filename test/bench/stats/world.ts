// Detectors whose truth is known: what two models would show on groups drawn at random. A group's recall and its false alarms are
// drawn for the group, so that frames of one group resemble each other; the two models share a group's draw more or less often.
import { Chance } from "../../../lib/core/evaluation/chance.ts";
import type { Side } from "../../../lib/core/evaluation/paired.ts";

export interface Model {
  /** Mean over groups of the share of objects found. */
  readonly recall: number;
  /** Intraclass correlation of finding over groups: the variance of the groups' recall over recall × (1 - recall). 0: all alike. */
  readonly spread: number;
}

export interface World {
  readonly candidate: Model;
  readonly reference: Model;
  /** Share of the groups in which both models meet the same difficulty. */
  readonly shared: number;
  readonly framesPerGroup: readonly [number, number];
  readonly objectsPerFrame: number;
  readonly alarmsPerFrame: number;
}

/** What both models gave on one draw of groups. */
export interface Draw {
  readonly sides: readonly [Side, Side];
  readonly truths: number;
  readonly truthsOfGroup: Int32Array;
  readonly groupOfFrame: Int32Array;
}

/** What worlds are drawn from. */
export class WorldChance extends Chance {
  integer([least, most]: readonly [number, number]): number {
    return least + Math.floor(this.uniform() * (most - least + 1));
  }

  beta(a: number, b: number): number {
    const x = this.gamma(a);
    return x / (x + this.gamma(b));
  }

  /** Knuth's, for small means. */
  poisson(mean: number): number {
    const limit = Math.exp(-mean);
    let product = 1 - this.uniform();
    let count = 0;
    for (; product > limit; count++) product *= 1 - this.uniform();
    return count;
  }
}

/** Shape of the gamma that multiplies a group's false alarms: a standard deviation of 0.7 of their mean. */
const alarmShape = 2;

interface Mood {
  /** In the distribution of difficulties, turned into a recall by the model's own mean and spread. */
  readonly recall: (model: Model) => number;
  readonly alarms: number;
}

/** A model's recall in a group: Beta-distributed, so that its mean stays as it is whatever its spread. */
function mood(chance: WorldChance): Mood {
  const seed = Math.floor(chance.uniform() * 2 ** 32);
  return {
    // Its own stream: both models that share a mood draw the same numbers from it.
    recall: ({ recall, spread }) => {
      if (spread === 0) return recall;
      const size = 1 / spread - 1;
      return new WorldChance(seed).beta(recall * size, (1 - recall) * size);
    },
    alarms: chance.gamma(alarmShape) / alarmShape,
  };
}

interface Column {
  readonly frames: number[];
  readonly scores: number[];
  readonly hits: number[];
}

function look(
  column: Column,
  frame: number,
  recall: number,
  objects: number,
  alarms: number,
  chance: WorldChance,
): void {
  const add = (score: number, hit: number) => {
    column.frames.push(frame);
    column.scores.push(score);
    column.hits.push(hit);
  };
  for (let i = 0; i < objects; i++) if (chance.uniform() < recall) add(chance.beta(5, 2), 1);
  for (let i = chance.poisson(alarms); i > 0; i--) add(chance.beta(2, 5), 0);
}

function sideOf({ frames, scores, hits }: Column): Side {
  const count = frames.length;
  const ranked = Uint32Array.from(frames.keys()).sort((a, b) => (scores[b] as number) - (scores[a] as number));
  const matches = {
    count,
    frames: Int32Array.from(frames),
    classes: new Uint16Array(count),
    scores: Float64Array.from(scores),
    hits: Uint16Array.from(hits),
    ignored: new Uint16Array(count),
    rows: Int32Array.from(frames.keys()),
    truths: new Int32Array(count),
  };
  return { matches, ranked };
}

export function draw(world: World, groups: number, chance: WorldChance): Draw {
  const columns = [0, 1].map((): Column => ({ frames: [], scores: [], hits: [] }));
  const groupOfFrame: number[] = [];
  const truthsOfGroup = new Int32Array(groups);
  for (let group = 0; group < groups; group++) {
    const first = mood(chance);
    const moods = [first, chance.uniform() < world.shared ? first : mood(chance)];
    const recalls = [world.candidate, world.reference].map((model, side) => (moods[side] as Mood).recall(model));
    for (let left = chance.integer(world.framesPerGroup); left > 0; left--) {
      const frame = groupOfFrame.push(group) - 1;
      const objects = chance.poisson(world.objectsPerFrame);
      truthsOfGroup[group] = (truthsOfGroup[group] as number) + objects;
      columns.forEach((column, side) => {
        const alarms = world.alarmsPerFrame * (moods[side] as Mood).alarms;
        look(column, frame, recalls[side] as number, objects, alarms, chance);
      });
    }
  }
  const [candidate, reference] = columns.map(sideOf) as [Side, Side];
  const truths = truthsOfGroup.reduce((sum, one) => sum + one, 0);
  return { sides: [candidate, reference], truths, truthsOfGroup, groupOfFrame: Int32Array.from(groupOfFrame) };
}
