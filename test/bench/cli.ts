// What the command line costs a person: starting it, a run with nothing new, and the whole demo. `npm run bench:cli`.
// Peers in the same run: bare Node for the start; for the rest the limits that were promised.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const launcher = join(root, "bin/bobbin.js");
const rounds = 15;
const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

function milliseconds(args: readonly string[], cwd = root): number {
  const started = performance.now();
  execFileSync(process.execPath, args, { cwd, stdio: "ignore" });
  return performance.now() - started;
}

/** Turn and turn about, so that what else the machine does falls on both. */
function starts(): { readonly bare: number; readonly help: number } {
  const bare: number[] = [];
  const help: number[] = [];
  for (let round = 0; round < rounds; round++) {
    bare.push(milliseconds(["-e", "0"]));
    help.push(milliseconds([launcher, "--help"]));
  }
  return { bare: median(bare), help: median(help) };
}

const say = (text: string) => process.stdout.write(`${text}\n`);
const { bare, help } = starts();
say(
  `bare Node ${bare.toFixed(0)} ms, bobbin --help ${help.toFixed(0)} ms: ${(help - bare).toFixed(0)} ms above (promised: 150), ratio ${(help / bare).toFixed(1)}`,
);

const demo = join(root, "demo-out");
if (!existsSync(join(demo, "bobbin-store"))) {
  say("make demo, then this again: there is no demo-out yet.");
} else {
  const again: number[] = [];
  for (let round = 0; round < 3; round++)
    again.push(milliseconds([launcher, "run", join(root, "samples/thaal/thaal-cvat.zip")], demo));
  say(`a run with nothing new ${(median(again) / 1000).toFixed(1)} s (promised: under 10)`);
  const runs = spawnSync(process.execPath, [launcher, "runs", "--json"], { cwd: demo, encoding: "utf8" });
  const records = JSON.parse(runs.stdout) as { status: string; states: { state: string; seconds: number | null }[] }[];
  const first = records.findLast(({ status }) => status === "succeeded");
  const of = (wanted: (state: string) => boolean) =>
    (first?.states ?? []).filter(({ state }) => wanted(state)).reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
  const isJob = (state: string) => state === "Train" || state === "Predict";
  const [jobs, rest] = [of(isJob), of((state) => !isJob(state))];
  say(
    `the demo's run ${(jobs + rest).toFixed(1)} s: jobs ${jobs.toFixed(1)} s, all other states ${rest.toFixed(1)} s (${((100 * rest) / (jobs + rest)).toFixed(1)} %)`,
  );
}
