// The decoding pass beside its floor: CPU seconds per 1,000 JPEGs between two sizes, each size a process of its own, so that
// starting Node, sharp and the worker threads is told apart from the work. The floor is sharp alone, in as many threads of its own:
// every image decoded whole to raw pixels, nothing hashed. `npm run bench:decode`, or smaller: `npm run bench:decode -- 500 1500 1`.
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { imageProbe } from "../../lib/local/decode/image-probe.ts";
import { benchFolder, distinctJpegs } from "./frames.ts";

const works = {
  floor: async (paths: readonly string[]) => {
    sharp.concurrency(1);
    sharp.cache(false);
    const queue = paths.values();
    const lane = async () => {
      for (const path of queue) await sharp(readFileSync(path), { failOn: "warning" }).raw().toBuffer();
    };
    await Promise.all(Array.from({ length: availableParallelism() }, lane));
  },
  pass: async (paths: readonly string[]) => {
    async function* images() {
      for (const key of paths) yield { key };
    }
    for await (const { problem } of imageProbe({ locate: (key) => key }).decode(images()))
      if (problem !== null) throw new Error(problem);
  },
};
type Work = keyof typeof works;

async function workOnce(work: Work, folder: string, frames: number): Promise<void> {
  const names = readdirSync(folder).sort().slice(0, frames);
  if (names.length !== frames) throw new Error(`${names.length} of ${frames} frames`);
  await works[work](names.map((name) => join(folder, name)));
  const { user, system } = process.cpuUsage();
  console.log((user + system) / 1e6);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function cpuOf(work: Work, folder: string, frames: number): number {
  return Number(
    execFileSync(process.execPath, [import.meta.filename, work, folder, `${frames}`], { encoding: "utf8" }),
  );
}

async function compare(small: number, large: number, rounds: number): Promise<void> {
  const folder = benchFolder();
  try {
    const jpeg = await distinctJpegs();
    const frames = join(folder, "frames");
    mkdirSync(frames);
    for (let index = 0; index < large; index++) {
      const path = join(frames, `${String(index).padStart(6, "0")}.jpg`);
      if (index < 1000) writeFileSync(path, jpeg(index));
      else linkSync(join(frames, `${String(index % 1000).padStart(6, "0")}.jpg`), path);
    }
    console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}; ${rounds} rounds, median`);
    const each: Record<Work, number[]> = { floor: [], pass: [] };
    const starts: Record<Work, number[]> = { floor: [], pass: [] };
    for (let round = 0; round < rounds; round++) {
      for (const work of ["floor", "pass"] as const) {
        const [first, second] = [cpuOf(work, frames, small), cpuOf(work, frames, large)];
        const marginal = (second - first) / (large - small);
        each[work].push(marginal * 1000);
        starts[work].push(first - marginal * small);
      }
    }
    for (const work of ["floor", "pass"] as const) {
      const all = each[work].map((value) => value.toFixed(2)).join(", ");
      console.log(
        `${work}  ${median(each[work]).toFixed(2)} s of CPU per 1,000 (${all}), start ${median(starts[work]).toFixed(2)} s`,
      );
    }
    console.log(`the pass takes ${(median(each.pass) / median(each.floor)).toFixed(2)} of the floor`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [first, folder = "", frames] = process.argv.slice(2);
if (first === "floor" || first === "pass") await workOnce(first, folder, Number(frames));
else {
  const [small = 1000, large = 5000, rounds = 3] = process.argv.slice(2).map(Number);
  await compare(small, large, rounds);
}
