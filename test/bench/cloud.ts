// What the cloud's parts weigh, take and cost: bundles and their start, synthesis and templates, the idle bill, the S3 requests of a
// run, a run of the training plan. `npm run bench:cloud`. Start: CPU time of loading a bundle in a fresh process, less that of an empty module; its peer in the
// same run is the SDK's S3 client as npm installs it.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { idleBill } from "../../lib/core/budget/idle-bill.ts";
import { secondsAround, secondsToStop } from "../../lib/core/budget/job-time.ts";
import { priceOfRequests, pricePerHour, pricePerRun, type S3Requests } from "../../lib/core/budget/price-table.ts";
import { worstCaseOfJobs } from "../../lib/core/budget/worst-case.ts";
import { bundleFunctions, keptBundles } from "../../lib/infra/functions/bundle.ts";
import { type CountedRuns, countRequests, sizes } from "./cloud-requests.ts";

const root = join(import.meta.dirname, "../..");
const rounds = 7;
const promised = { kilobytes: 900, milliseconds: 250, synthSeconds: 8, templateBytes: 500_000, resources: 250 };
const native = ["ingest", "publish"];
const folder = mkdtempSync(join(os.tmpdir(), "bobbin-bench-"));

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Milliseconds of CPU of one process that imports `module`, which finds the variables of a function. */
function load(module: string): number {
  const script = `await import(${JSON.stringify(module)}); const { user, system } = process.cpuUsage(); console.log((user + system) / 1000);`;
  const variables = Object.fromEntries(
    ["DATA_BUCKET", "REGISTRY_BUCKET", "SIGNING_KEY", "MACHINES", "ALLOWED_REGIONS", "TRAINER_VERSION", "JOB_QUEUE"]
      .concat(["ALARM_TOPIC"])
      .map((name) => [`BOBBIN_${name}`, "bench"]),
  );
  const numbers = {
    BOBBIN_JOB_SECONDS: "1",
    BOBBIN_PRICES: JSON.stringify({ admission: 1, trainHour: 1, predictHour: 1 }),
  };
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: root,
    env: { PATH: process.env.PATH, AWS_REGION: "us-east-1", ...variables, ...numbers },
  });
  if (status !== 0) throw new Error(stderr.toString());
  return Number(stdout.toString().trim().split("\n").at(-1));
}

function bundles(): void {
  const names = readdirSync(join(root, "lambdas"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const modules = new Map<string, string>([
    ["empty", "data:text/javascript,"],
    ["S3 client", "@aws-sdk/client-s3"],
  ]);
  const sources = names.map(({ name }) => ({ name, native: native.includes(name) }));
  for (const [name, bundle] of bundleFunctions(root, sources, folder))
    modules.set(name, join(bundle.folder, "index.mjs"));
  const times = new Map([...modules.keys()].map((name) => [name, [] as number[]]));
  // In turns, so that a busy moment of the machine hits all alike.
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, module] of modules) times.get(name)?.push(load(module));
  }
  const empty = median(times.get("empty") ?? []);
  const peer = median(times.get("S3 client") ?? []) - empty;
  console.log(
    `empty module ${empty.toFixed(0)} ms of CPU; the S3 client alone, as npm installs it, ${peer.toFixed(0)} ms more`,
  );
  for (const { name } of names) {
    const kilobytes = statSync(join(folder, name, "index.mjs")).size / 1000;
    const milliseconds = median(times.get(name) ?? []) - empty;
    const extra = native.includes(name) ? " and sharp beside it" : "";
    console.log(
      `${name.padEnd(8)} ${kilobytes.toFixed(0).padStart(5)} KB  ${milliseconds.toFixed(0).padStart(4)} ms  ${(milliseconds / peer).toFixed(2)} x the peer${extra}`,
    );
  }
  console.log(`promised: ${promised.kilobytes} KB (Ingest and Publish apart), ${promised.milliseconds} ms`);
}

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
}

function stacks(): readonly Template[] {
  const out = join(folder, "out");
  const env = { ...process.env, BOBBIN_CLOUD: join(root, "samples/aws/bobbin.cloud.json"), CDK_OUTDIR: out };
  const synthesised = (isPacked: boolean) => {
    rmSync(out, { recursive: true, force: true });
    if (!isPacked) rmSync(join(root, keptBundles), { recursive: true, force: true });
    const started = performance.now();
    const { status, stderr } = spawnSync(process.execPath, [join(root, "bin/cdk.ts")], { cwd: root, env });
    if (status !== 0) throw new Error(stderr.toString());
    return (performance.now() - started) / 1000;
  };
  const [packing, packed] = [false, true].map((isPacked) => median([1, 2, 3].map(() => synthesised(isPacked))));
  console.log(
    `synthesis, validated: ${packing?.toFixed(1)} s (promised: ${promised.synthSeconds}); ${packed?.toFixed(1)} s where the functions were packed before`,
  );
  const files = readdirSync(out).filter((name) => name.endsWith(".template.json"));
  return files.map((name) => {
    const text = readFileSync(join(out, name), "utf8");
    const template: Template = JSON.parse(text);
    const count = Object.keys(template.Resources).length;
    console.log(
      `${name.padEnd(36)} ${(text.length / 1000).toFixed(0).padStart(4)} KB  ${count} resources (promised: ${promised.templateBytes / 1000} KB, ${promised.resources})`,
    );
    return template;
  });
}

const usd = (micro: number) => `$${(micro / 1e6).toFixed(2)}`;
const cents = (requests: S3Requests) => `$${((priceOfRequests(region, requests) ?? Number.NaN) / 1e6).toFixed(5)}`;
const shown = (requests: S3Requests) =>
  `${requests.writes.toFixed(0)} of PUT, POST, LIST and ${requests.reads.toFixed(0)} of GET, HEAD (${cents(requests)})`;

/** What a frame, an epoch and a run without either ask, of runs that differ in one of them alone. */
function shares({ few, many, long }: CountedRuns): Readonly<Record<"fixed" | "thousandFrames" | "epoch", S3Requests>> {
  const per = (one: S3Requests, other: S3Requests, times: number): S3Requests => ({
    writes: (other.writes - one.writes) * times,
    reads: (other.reads - one.reads) * times,
  });
  const thousandFrames = per(few.all, many.all, 1000 / (sizes.many - sizes.few));
  const epoch = per(few.all, long.all, 1 / (sizes.longEpochs - sizes.epochs));
  const without = per(thousandFrames, { writes: 0, reads: 0 }, sizes.few / 1000);
  return {
    thousandFrames,
    epoch,
    fixed: {
      writes: few.all.writes + without.writes - sizes.epochs * epoch.writes,
      reads: few.all.reads + without.reads - sizes.epochs * epoch.reads,
    },
  };
}

function requests(counted: CountedRuns | null): void {
  if (counted === null) return;
  const { fixed, thousandFrames, epoch } = shares(counted);
  for (const [role, few] of Object.entries(counted.few.byRole)) {
    const many = counted.many.byRole[role] ?? few;
    console.log(
      `${role.padEnd(8)} writes ${few.writes}, reads ${few.reads} at ${sizes.few} frames; ${many.writes}, ${many.reads} at ${sizes.many}`,
    );
  }
  console.log(`S3 per 1,000 frames of a run from one zip: ${shown(thousandFrames)}`);
  console.log(`S3 per epoch: ${shown(epoch)}; per run beside both: ${shown(fixed)}`);
  const seconds = expectedSeconds();
  const parts = seconds / progressSeconds;
  const plan: S3Requests = {
    writes: fixed.writes + (thousandFrames.writes * frames) / 1000 + epoch.writes * epochs + parts,
    reads: fixed.reads + (thousandFrames.reads * frames) / 1000 + epoch.reads * epochs,
  };
  console.log(
    `S3 for the training plan: ${shown(plan)} (assumed: pictures of 21 KB, a progress part each ${progressSeconds} s of ${(seconds / 60).toFixed(0)} minutes of jobs; a bigger zip is read by 8 MB a GET)`,
  );
}

const region = "us-east-1";
const [frames, epochs, imagesPerSecond] = [2_500, 50, 120];
/** PART_SECONDS of the supervisor. */
const progressSeconds = 15;

/** Of the trainer's own work in both jobs. */
function expectedSeconds(): number {
  return (frames * 0.85 * epochs + frames * 0.3 * 3) / imagesPerSecond;
}

function prices(templates: readonly Template[]): void {
  const types = templates.flatMap(({ Resources }) => Object.values(Resources).map(({ Type }) => Type));
  console.log(`idle: ${usd(idleBill(types))} a month (promised: at most $3)`);
  const hour = pricePerHour(region, "g6.xlarge") ?? Number.NaN;
  const around = 600;
  const expected = ((expectedSeconds() + 2 * around) / 3600) * hour;
  console.log(
    `training plan, ${frames} frames x ${epochs} epochs on g6.xlarge on demand at ${usd(hour)} an hour with disk and address: expected ${usd(expected)} (assumed: ${imagesPerSecond} images/s at 640 px over 85 % of the frames an epoch, three models over 30 %, ten minutes of boot and pull a job), on Spot about half`,
  );
  const tries = { tries: 2, secondsAround, secondsToStop };
  const worst = worstCaseOfJobs(21_600, { admission: 0, trainHour: hour, predictHour: hour, ...tries });
  console.log(
    `the same at most, as the ledger promises it: ${usd(worst + pricePerRun)} (two tries of six hours for each job)`,
  );
}

try {
  console.log(`${os.cpus()[0]?.model}, ${os.cpus().length} cores, Node ${process.version}, median of ${rounds}`);
  bundles();
  prices(stacks());
  requests(await countRequests(folder));
} finally {
  rmSync(folder, { recursive: true });
}
