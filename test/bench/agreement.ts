// Do the intervals of `bobbin agreement` hold the truth? `npm run bench:agreement` makes up two people whose habits are known and lets
// the program compare them; docs/statistics.md has the table. Smaller: `npm run bench:agreement -- 300` (simulations a cell).
import {
  compareOpinions,
  type FigureName,
  type Opinion,
  type SharedFrame,
} from "../../lib/core/agreement/agreement.ts";
import { figureNames } from "../../lib/core/agreement/tally.ts";
import { worldSeed } from "./stats/scenarios.ts";
import { WorldChance } from "./stats/world.ts";

const simulations = Number(process.argv[2] ?? 10_000);
const groupCounts = [20, 41];
const spreads = [0.02, 0.1, 0.3];
const [width, height] = [640, 360];
const framesPerGroup = [8, 16] as const;
const objectsPerFrame = 1.5;
/** Share of the objects that one person leaves out, and of those that they take for the other class; means over groups. */
const [overlooked, mistaken] = [0.1, 0.06];
/** Objects stand in a grid, so that no box can be matched with another object's. */
const [columns, rows] = [4, 3];
/** Farthest that an edge is drawn beside the object's, as a share of its size: the worst pair still overlaps by more than half. */
const farthest = 0.12;

type Box = Opinion["boxes"][number];

/** How a group is labelled: all frames of a dim video are alike. */
interface Habit {
  readonly overlooks: number;
  readonly mistakes: number;
  readonly wobble: number;
}

function around(chance: WorldChance, mean: number, spread: number): number {
  const size = 1 / spread - 1;
  return chance.beta(mean * size, (1 - mean) * size);
}

function drawn(chance: WorldChance, cell: number, isPlate: boolean, habit: Habit): Box[] {
  if (chance.uniform() < habit.overlooks) return [];
  const [x, y] = [20 + (cell % columns) * 155, 15 + Math.floor(cell / columns) * 115];
  const beside = (size: number) => (2 * chance.uniform() - 1) * habit.wobble * size;
  const box: Box["box"] = [x + beside(100), y + beside(80), x + 100 + beside(100), y + 80 + beside(80)];
  const calledPlate = chance.uniform() < habit.mistakes ? !isPlate : isPlate;
  return [{ box, class: calledPlate ? "plate" : "cup" }];
}

function framesOf(chance: WorldChance, group: string, spread: number): SharedFrame[] {
  const habit: Habit = {
    overlooks: around(chance, overlooked, spread),
    mistakes: around(chance, mistaken, spread),
    wobble: farthest * chance.uniform(),
  };
  return Array.from({ length: chance.integer(framesPerGroup) }, (_, at) => {
    const objects = Array.from(
      { length: Math.min(columns * rows, chance.poisson(objectsPerFrame)) },
      (_each, cell) => ({
        cell,
        isPlate: chance.uniform() < 0.7,
      }),
    );
    const opinion = (): Opinion => ({
      name: `${group}/${at}`,
      width,
      height,
      boxes: objects.flatMap(({ cell, isPlate }) => drawn(chance, cell, isPlate, habit)),
    });
    return { group, a: opinion(), b: opinion() };
  });
}

function compared(chance: WorldChance, groups: number, spread: number) {
  const frames = Array.from({ length: groups }, (_, at) => framesOf(chance, String(at), spread)).flat();
  return compareOpinions(frames).figures;
}

/** Over many groups in pieces, whose mean is the truth but for what a piece of 4,000 groups is off by. */
function truthOf(spread: number): Record<FigureName, number> {
  const chance = new WorldChance(worldSeed(`truth ${spread}`, 0));
  const pieces = Array.from({ length: 10 }, () => compared(chance, 4000, spread));
  const mean = (name: FigureName) => pieces.reduce((sum, piece) => sum + (piece[name].value ?? 0), 0) / pieces.length;
  return Object.fromEntries(figureNames.map((name) => [name, mean(name)])) as Record<FigureName, number>;
}

console.log(
  `${simulations} simulations a cell, in percent; ± is at most ${(100 * 1.96 * Math.sqrt((0.05 * 0.95) / simulations)).toFixed(2)} at 95.\n`,
);
console.log(`| spread | groups | ${figureNames.join(" | ")} |`);
console.log(`| ---: | ---: |${" ---: |".repeat(figureNames.length)}`);
for (const spread of spreads) {
  const truth = truthOf(spread);
  for (const groups of groupCounts) {
    const chance = new WorldChance(worldSeed(String(spread), groups));
    const held = new Map<FigureName, { of: number; right: number }>();
    for (let i = 0; i < simulations; i++) {
      const figures = compared(chance, groups, spread);
      for (const name of figureNames) {
        const { interval } = figures[name];
        if (interval === null) continue;
        const count = held.get(name) ?? { of: 0, right: 0 };
        count.of += 1;
        if (interval.low <= truth[name] && truth[name] <= interval.high) count.right += 1;
        held.set(name, count);
      }
    }
    const cells = figureNames.map((name) => {
      const { of, right } = held.get(name) ?? { of: 0, right: 0 };
      return of === 0 ? "–" : ((100 * right) / of).toFixed(2);
    });
    console.log(`| ${spread} | ${groups} | ${cells.join(" | ")} |`);
  }
}
