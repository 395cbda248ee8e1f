// One measured process of bench:ingest and bench:memory: does its work once, prints CPU seconds and peak memory as JSON.
import { createHash } from "node:crypto";
import { linkSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { checkExport } from "../../lib/core/dataset/ingest/check-export.ts";
import { partsOfGroups, readVersion } from "../../lib/core/dataset/manifest-version.ts";
import { predictFolder, trainingFolder } from "../../lib/core/dataset/training-folder.ts";
import type { JobInput } from "../../lib/core/ports.ts";
import { type IngestPorts, ingest } from "../../lib/core/steps/ingest.ts";
import { split } from "../../lib/core/steps/split.ts";
import { imageProbe } from "../../lib/local/decode/image-probe.ts";
import { openExport } from "../../lib/local/export-source/open.ts";
import { layOut } from "../../lib/local/jobs/folder.ts";
import { openStores } from "../../lib/local/store/open.ts";
import { testConfig, testRequest } from "../support/run-request.ts";

const [work = "", exported = "", out = ""] = process.argv.slice(2);
const config = testConfig({ dataset: "bench", groupRule: { kind: "pattern", pattern: "(?<group>g\\d+)_" } });
const clock = { now: () => new Date() };
const events = { emit: () => undefined };

async function ingestAll(decode: boolean) {
  const stores = openStores(join(out, "store"));
  const request = testRequest(exported, { config, decode });
  const ports: IngestPorts = {
    stores,
    clock,
    events,
    requests: { read: async () => request },
    exports: { open: ({ location }) => openExport(location) },
    probe: imageProbe({ locate: (key) => stores.data.readPath(key) }),
  };
  for (let cursor: string | null = null, done = false; !done; ) {
    ({ cursor, done } = await ingest({ runId: request.runId, cursor }, ports));
  }
  return { stores, request, ports };
}

/** Ingest, Split and the folders of both jobs, as a run on this machine does them. */
async function ours(): Promise<void> {
  const { stores, request, ports } = await ingestAll(false);
  const output = await split({ runId: request.runId }, ports);
  const version = await readVersion(stores.data, output.dataset, output.version);
  const partOf = partsOfGroups(version.split);
  const train = trainingFolder(version.lines, { config, partOf, folder: "data" });
  const predict = predictFolder(version.lines, { config, partOf, folder: "frames" });
  function* inputs(): Generator<JobInput> {
    yield* train.files();
    yield* predict.files();
  }
  layOut(join(out, "job"), inputs(), stores);
}

async function check(): Promise<void> {
  const source = await openExport(exported);
  const input = {
    source,
    config,
    groupTable: { groupOfFrame: {}, attributes: {} },
    mode: "merge" as const,
    names: null,
    issuesAt: "-",
  };
  const report = await checkExport(input, { store: null, probe: null, clock, events });
  await source.close();
  if (report.errors.length > 0 || report.version === null) throw report.errors[0] ?? new Error("no version");
}

/** What no program can do without: read every file, hash it, store it, lay out a training folder. */
async function floor(): Promise<void> {
  mkdirSync(join(out, "store"), { recursive: true });
  for (const name of readdirSync(join(exported, "images"), { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".jpg")) continue;
    const bytes = readFileSync(join(exported, "images", name));
    const stored = join(out, "store", createHash("sha256").update(bytes).digest("hex"));
    writeFileSync(stored, bytes);
    const label = name.replace(/\.jpg$/, ".txt");
    const text = readFileSync(join(exported, "labels", label), "utf8");
    for (const [folder, file] of [
      ["images", name],
      ["labels", label],
    ] as const)
      mkdirSync(dirname(join(out, folder, file)), { recursive: true });
    linkSync(stored, join(out, "images", name));
    writeFileSync(join(out, "labels", label), text);
  }
}

async function decode(): Promise<void> {
  const paths = readdirSync(join(exported, "images"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".jpg"),
  );
  async function* images() {
    for (const name of paths) yield { key: join(exported, "images", name) };
  }
  for await (const { problem } of imageProbe({ locate: (key) => key }).decode(images()))
    if (problem !== null) throw new Error(problem);
}

const works: Readonly<Record<string, () => Promise<unknown>>> = {
  ours,
  check,
  floor,
  decode,
  ingest: () => ingestAll(false),
};
const started = performance.now();
await works[work]?.();
const { user, system } = process.cpuUsage();
const { maxRSS } = process.resourceUsage();
console.log(
  JSON.stringify({ cpu: (user + system) / 1e6, wall: (performance.now() - started) / 1e3, megabytes: maxRSS / 1024 }),
);
