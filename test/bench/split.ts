// The split and its proof for 1,000,000 frames in 10,000 groups, no images: CPU seconds and peak memory. `npm run bench:split`.
import { createHash } from "node:crypto";
import { splitCsv } from "../../lib/core/split/csv.ts";
import { splitFrames } from "../../lib/core/split/split.ts";
import type { SplitFrame } from "../../lib/core/split/tally.ts";

const [frameCount = 1_000_000, groupCount = 10_000] = process.argv.slice(2).map(Number);
const classes = Array.from({ length: 10 }, (_, index) => `class${index}`);
const wantedSeconds = 10;
const wantedMegabytes = 1024;

let state = 1;
const chance = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 4294967296;
};

/** Groups of uneven size, rare and common classes, names in no order. */
const frames: SplitFrame[] = Array.from({ length: frameCount }, (_, index) => {
  const group = `camera-${Math.floor(chance() ** 1.5 * groupCount)}`;
  const sha256 = createHash("sha256").update(`image ${index}`).digest("hex");
  const boxes = classes.map((__, each) => (chance() < 1 / (each + 1) ? Math.floor(chance() * 4) : 0));
  // Through bytes, as strings come from a file: put together piece by piece they would be flattened at the split's cost.
  const name = Buffer.from(`${group}/${index}.jpg`).toString("latin1");
  return { name, sha256, group, boxes };
});

const before = process.cpuUsage();
const options = { seed: 0, ratios: { train: 0.7, val: 0.15, test: 0.15 }, stratify: true, reserved: [] };
const result = splitFrames(frames, { split: options, classes, previous: null, version: "d1", rule: "folder:1" });
let bytes = 0;
for (const chunk of splitCsv(result.frames, result.partOf)) bytes += chunk.length;
const { user, system } = process.cpuUsage(before);
const seconds = (user + system) / 1e6;
const megabytes = process.resourceUsage().maxRSS / 1024;

const { parts, classDeviation } = result.split;
console.log(`${frameCount} frames, ${result.split.assignments.length} groups, split.csv of ${bytes} bytes`);
for (const part of ["train", "val", "test"] as const) {
  console.log(
    `${part.padEnd(6)} ${parts[part].groups} groups, ${parts[part].frames} frames, wanted ${parts[part].wantedFrames.toFixed(1)}`,
  );
}
console.log(`largest class deviation ${Math.max(...Object.values(classDeviation)).toExponential(2)}`);
console.log(
  `${seconds.toFixed(2)} s of CPU (wanted ${wantedSeconds}), peak ${megabytes.toFixed(0)} MB with the frames themselves (wanted ${wantedMegabytes})`,
);
if (seconds > wantedSeconds || megabytes > wantedMegabytes) process.exitCode = 1;
