// Does the interval of Stage A hold the truth, however few groups there are and however much they differ? `npm run bench:measure`
// makes up groups whose mean recall is known; docs/statistics.md has the table. Beside it Student's interval of the same numbers.
import { Weights } from "../../lib/core/evaluation/bounded-mean.ts";
import { jackknifeInterval } from "../../lib/core/evaluation/jackknife.ts";
import { worldSeed } from "./stats/scenarios.ts";
import { WorldChance } from "./stats/world.ts";

const simulations = Number(process.argv[2] ?? 10_000);
const level = 0.95;
/** Of the interval in each simulation. */
const draws = 1000;
const framesPerGroup = [8, 16] as const;
const groupCounts = [3, 6, 10, 20, 41];
const recalls = [0.8, 0.95, 0.99];
const spreads = [0.02, 0.1, 0.3];

function groupOf(chance: WorldChance, recall: number, spread: number): number {
  const size = 1 / spread - 1;
  const own = chance.beta(recall * size, (1 - recall) * size);
  const frames = chance.integer(framesPerGroup);
  let found = 0;
  for (let i = 0; i < frames; i++) if (chance.uniform() < own) found++;
  return found / frames;
}

function student(values: readonly number[]): { low: number; high: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const without = values.map((value) => (mean * values.length - value) / (values.length - 1));
  return jackknifeInterval(mean, without, level);
}

console.log(
  `${simulations} simulations a cell, in percent; ± is at most ${(98 / Math.sqrt(simulations)).toFixed(2)}.\n`,
);
console.log(
  "| recall | spread | groups | holds the truth | mean width | shows 0.95 though it is less | Student's holds |",
);
console.log("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
for (const recall of recalls)
  for (const spread of spreads)
    for (const groups of groupCounts) {
      const seed = worldSeed(`${recall} ${spread}`, groups);
      const chance = new WorldChance(seed);
      const weights = new Weights(groups, seed, draws);
      let [held, width, wrong, heldByStudent] = [0, 0, 0, 0];
      for (let i = 0; i < simulations; i++) {
        const values = Array.from({ length: groups }, () => groupOf(chance, recall, spread));
        const { low, high } = weights.interval(Float64Array.from(values).sort(), level);
        const other = student(values);
        if (low <= recall && recall <= high) held++;
        if (other.low <= recall && recall <= other.high) heldByStudent++;
        // At 0.95 itself it would be right to say so; a shade below it is not.
        if (recall <= 0.95 && low >= 0.95) wrong++;
        width += high - low;
      }
      const percent = (count: number) => ((100 * count) / simulations).toFixed(2);
      console.log(
        `| ${recall} | ${spread} | ${groups} | ${percent(held)} | ${(width / simulations).toFixed(3)} | ${recall > 0.95 ? "" : percent(wrong)} | ${percent(heldByStudent)} |`,
      );
    }
