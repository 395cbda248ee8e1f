// Is the comparison as sure as it says? `npm run bench:stats` makes up detectors whose truth is known and counts how often a release
// would be promoted though nothing changed, and how often a printed interval holds the truth. docs/statistics.md has the table.
// `npm run bench:stats -- 10000 --resume`: the simulations a cell of that table, which take an hour; goes on where it was ended.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { alpha, type Cell, type CellCounts, level } from "./stats/cell.ts";
import { type Scenario, scenarios, worldSeed } from "./stats/scenarios.ts";

const simulations = Number(process.argv.slice(2).find((word) => /^\d+$/.test(word)) ?? 300);
const groupCounts = [6, 10, 20, 41];
const file = join(import.meta.dirname, "../../node_modules/.cache/bench-stats", `${simulations}.json`);

interface Done extends CellCounts {
  readonly scenario: string;
  readonly groups: number;
}

const done: Done[] =
  existsSync(file) && process.argv.includes("--resume") ? JSON.parse(readFileSync(file, "utf8")) : [];
mkdirSync(dirname(file), { recursive: true });

const open = groupCounts
  .flatMap((groups) => scenarios.map((scenario) => ({ scenario, groups })))
  .filter(({ scenario, groups }) => !done.some((one) => one.scenario === scenario.name && one.groups === groups));

/** Takes cells one after the other until none is open. */
async function work(): Promise<void> {
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const { scenario, groups } = next;
    const counts = await inWorker(scenario, { simulations, groups, seed: worldSeed(scenario.name, groups) });
    done.push({ scenario: scenario.name, groups, ...counts });
    writeFileSync(file, JSON.stringify(done));
    console.error(`${scenario.name}, ${groups} groups: ${simulations} simulations, ${open.length} cells wait`);
  }
}

function inWorker(scenario: Scenario, rest: Omit<Cell, "world" | "truth">): Promise<CellCounts> {
  const worker = new Worker(new URL("./stats/worker.ts", import.meta.url), { workerData: { scenario, ...rest } });
  return new Promise((settle, reject) => {
    worker.once("message", settle);
    worker.once("error", reject);
  });
}

/** A share with the half-width of its 95 % interval: how far the number of simulations lets it be known. */
function share(count: number): string {
  const p = count / simulations;
  return `${(100 * p).toFixed(2)} ± ${(100 * 1.96 * Math.sqrt((p * (1 - p)) / simulations)).toFixed(2)}`;
}

await Promise.all(Array.from({ length: availableParallelism() }, work));

console.log(
  `Simulations a cell: ${simulations}; alpha ${alpha}; interval ${100 * level} %. Shares in percent, ± Monte Carlo error.\n`,
);
console.log(
  "| detectors | groups | called different | promoted | interval holds the truth | interval above the truth | mean width |",
);
console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
for (const { name } of scenarios) {
  for (const groups of groupCounts) {
    const cell = done.find((one) => one.scenario === name && one.groups === groups);
    if (cell === undefined) continue;
    const shares = [cell.rejected, cell.promoted, cell.covered, cell.above].map(share).join(" | ");
    console.log(`| ${name} | ${groups} | ${shares} | ${cell.meanWidth.toFixed(3)} |`);
  }
}

const nulls = new Set(scenarios.filter(({ gain }) => gain === 0).map(({ name }) => name));
const wrong = done.filter((cell) => nulls.has(cell.scenario) && cell.promoted / simulations > alpha);
const short = done.filter((cell) => cell.covered / simulations < level - 0.01);
console.log(`\nFalse promotes above ${alpha}: ${wrong.length === 0 ? "none" : wrong.map(cellName).join("; ")}.`);
console.log(`Coverage under ${level - 0.01}: ${short.length === 0 ? "none" : short.map(cellName).join("; ")}.`);

function cellName({ scenario, groups }: Done): string {
  return `${scenario} at ${groups} groups`;
}
