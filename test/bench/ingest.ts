// Ingest, split and training folder beside a floor of plain Node, Datumaro and supervision, in one run: CPU seconds per 1,000
// frames as the difference between two sizes, so that starting a program counts for nothing.
// `npm run bench:ingest`, or smaller: `npm run bench:ingest -- 500 5000 1` (sizes, rounds).
import { execFileSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { benchFolder, distinctJpegs, writeYoloFolder } from "./frames.ts";
import { peerPython } from "./peers.ts";

const [small = 1000, large = 20_000, rounds = 3] = process.argv.slice(2).map(Number);
/** The goal, without decoding: 0.2 s of CPU per 1,000 frames where the floor takes 0.08, said so that it holds on any machine. */
const goal = 0.2 / 0.08;

interface Measure {
  readonly cpu: number;
  readonly wall: number;
  readonly megabytes: number;
  readonly frames?: number;
}

const ours = ["floor", "ours", "check"] as const;
const others = ["datumaro", "supervision"] as const;
type Work = (typeof ours)[number] | (typeof others)[number] | "decode";

function measure(work: Work, folder: string, frames: number): Measure {
  const out = benchFolder();
  const isPeer = others.some((other) => other === work);
  const command: readonly [string, string] = isPeer
    ? [peerPython(), join(import.meta.dirname, "ingest_peers.py")]
    : [process.execPath, join(import.meta.dirname, "ingest-work.ts")];
  const env = { ...process.env, NODE_NO_WARNINGS: "1", TMPDIR: out };
  try {
    const text = execFileSync(command[0], [command[1], work, folder, join(out, "out")], {
      encoding: "utf8",
      env,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const found = JSON.parse(text.trim().split("\n").at(-1) ?? "") as Measure;
    if (found.frames !== undefined && found.frames !== frames)
      throw new Error(`${work} read ${found.frames} of ${frames} frames`);
    if (isPeer) countImages(join(out, "out"), frames, work);
    return found;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function countImages(folder: string, frames: number, work: Work): void {
  const written = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".jpg"),
  ).length;
  if (written !== frames) throw new Error(`${work} wrote ${written} of ${frames} images`);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const folder = benchFolder();
try {
  peerPython();
  const jpeg = await distinctJpegs();
  const sizes = [small, large].map((frames) => ({ frames, path: join(folder, `yolo-${frames}`) }));
  for (const { frames, path } of sizes) writeYoloFolder(path, frames, jpeg);
  console.log(
    `${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}; JPEGs of ${jpeg(0).length} bytes; ${rounds} rounds`,
  );
  console.log(
    `CPU seconds per 1,000 frames between ${small} and ${large} frames, median; whole CPU seconds and peak memory at ${large}`,
  );
  const marginal = new Map<Work, number>();
  for (const work of [...ours, ...others]) {
    const found = Array.from({ length: rounds }, () => sizes.map(({ frames, path }) => measure(work, path, frames)));
    const each = found.map(([first, second]) => (((second?.cpu ?? 0) - (first?.cpu ?? 0)) / (large - small)) * 1000);
    marginal.set(work, median(each));
    const whole = found.map(([, second]) => second);
    const [cpu, megabytes] = [
      median(whole.map((one) => one?.cpu ?? 0)),
      median(whole.map((one) => one?.megabytes ?? 0)),
    ];
    console.log(
      `${work.padEnd(12)} ${median(each).toFixed(3)}   (${each.map((value) => value.toFixed(3)).join(", ")})   ${cpu.toFixed(1)} s, ${megabytes.toFixed(0)} MB`,
    );
  }
  const decode =
    median(Array.from({ length: rounds }, () => measure("decode", sizes[0]?.path ?? "", small).cpu / small)) * 1000;
  console.log(`decode       ${decode.toFixed(3)}   (a pass of its own, at ${small} frames, with its start)`);
  const own = marginal.get("ours") ?? Number.NaN;
  const ratio = (other: Work) => own / (marginal.get(other) ?? Number.NaN);
  for (const other of others) console.log(`ours takes ${ratio(other).toFixed(2)} of ${other} (promised: 0.40)`);
  console.log(`ours takes ${ratio("floor").toFixed(2)} of floor (promised: ${goal.toFixed(2)})`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
