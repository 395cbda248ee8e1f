// The first steps of a run on the emulated S3: they make what the laptop makes, byte for byte.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { beforeAll, expect, it } from "@jest/globals";
import { s3Exports } from "../../lib/aws/exports/s3-exports.ts";
import { s3Store } from "../../lib/aws/store/s3-store.ts";
import { dataKeys } from "../../lib/contracts/layout.ts";
import { type RunRequest, runRequest } from "../../lib/contracts/run.ts";
import type { Exports, Stores } from "../../lib/core/ports.ts";
import { addBaseWeights } from "../../lib/core/registry/base-weights.ts";
import { documentBytes, readDocument } from "../../lib/core/registry/cas.ts";
import { admit } from "../../lib/core/steps/admit.ts";
import { ingest } from "../../lib/core/steps/ingest.ts";
import { reserve } from "../../lib/core/steps/reserve.ts";
import { settleRun } from "../../lib/core/steps/settle.ts";
import { split } from "../../lib/core/steps/split.ts";
import type { IngestOutput, SplitOutput } from "../../lib/core/steps/types.ts";
import { runStep } from "../../lib/core/steps/wrapper.ts";
import { openExport } from "../../lib/local/export-source/open.ts";
import { openStores } from "../../lib/local/store/open.ts";
import { describeAws, freshBucket, s3 } from "../support/aws.ts";
import { freshFolder } from "../support/folder.ts";
import { sampleRequest, smallRecipe } from "../support/pipeline-run.ts";
import { runIds } from "../support/run-request.ts";

const [runId, nextId] = runIds;
const zip = join(import.meta.dirname, "../../samples/thaal/thaal-cvat.zip");
const location = "incoming/thaal/thaal-cvat.zip";
const clock = { now: () => new Date("2026-01-02T03:04:05.000Z") };
const prices = { admission: 1000, trainHour: 1000, predictHour: 1000 };
const trainer = { version: async () => "0.1.0" };
const sink = { emit: () => undefined };

interface Place {
  readonly stores: Stores;
  readonly exports: Exports;
}

const requestFor = (source: RunRequest["source"]): RunRequest => ({
  schema: "bobbin/run-request/1",
  runId,
  machine: "train",
  requestedAt: "2026-01-02T03:04:05.000Z",
  ...sampleRequest(smallRecipe(1), { source }),
});

/** Done by a person before, so that no role is charged with it. */
function addWeights(stores: Stores): Promise<unknown> {
  const weights = { name: "yolov8n", file: "yolov8n.pt", bytes: Buffer.from("base"), unofficial: true };
  return addBaseWeights(weights, { stores, clock });
}

/** Admit, Ingest in laps, Split, Reserve, Settle. */
async function runAll(request: RunRequest, place: Place): Promise<SplitOutput> {
  const requests = ({ data }: Stores) => ({
    read: async () => (await readDocument(data, dataKeys.request(runId), runRequest)).value,
  });
  const step = <O extends object>(role: string, run: (place: Place) => Promise<O>) => {
    const state = `${role.slice(0, 1).toUpperCase()}${role.slice(1)}`;
    const isDone = (output: O) => !("done" in output) || output.done === true;
    const wrapped = { state, run: () => run(place), perAttempt: false, isDone };
    return runStep(wrapped, { runId }, { data: place.stores.data, clock, sink });
  };
  await step("admit", async ({ stores }) => {
    await stores.data.create(dataKeys.request(runId), documentBytes(request));
    return admit({ runId }, { stores, requests: requests(stores), clock, prices, whenBusy: "wait" });
  });
  for (let cursor: string | null = null; ; ) {
    const lap: IngestOutput = await step("ingest", ({ stores, exports }) => {
      const probe = { decode: () => Promise.reject(new RangeError("nothing was to be decoded")) as never };
      const ports = { stores, exports, requests: requests(stores), probe, clock, events: sink };
      return ingest({ runId, cursor }, { ...ports, lap: { milliseconds: 600_000, frames: 40 } });
    });
    if (lap.done) break;
    cursor = lap.cursor;
  }
  const version = await step("split", ({ stores }) => split({ runId }, { stores, requests: requests(stores), clock }));
  await step("reserve", ({ stores }) => reserve({ runId, split: version }, { stores, clock, prices, trainer }));
  await step("settle", ({ stores }) => {
    const done = async () => undefined;
    const more = { ids: { next: () => nextId }, costs: { of: async () => 0 }, start: done, notifier: { tell: done } };
    const error = { Error: "States.Timeout", Cause: "" };
    return settleRun({ runId, error }, { stores, requests: requests(stores), clock, ...more });
  });
  return version;
}

async function filesOf({ data }: Stores, { dataset, version }: SplitOutput): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of ["split.csv", "manifest.jsonl", "issues.jsonl", "stats.json", "manifest.json"] as const) {
    files[name] = Buffer.from((await data.get(dataKeys.datasetFile(dataset, version, name))).bytes).toString();
  }
  return files;
}

async function framesOf({ data }: Stores): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key, bytes } of data.list("frames/")) keys.push(`${key} ${bytes}`);
  return keys;
}

describeAws("the first steps on the emulated S3", () => {
  let there: Record<string, string> = {};
  let here: Record<string, string> = {};
  let frames: readonly (readonly string[])[] = [];

  beforeAll(async () => {
    const plain = s3();
    const [data, registry] = [await freshBucket(plain), await freshBucket(plain)];
    const upload = new PutObjectCommand({ Bucket: data, Key: location, Body: readFileSync(zip) });
    const versionId = (await plain.send(upload)).VersionId ?? "";
    const plainStores = { data: s3Store(plain, data), registry: s3Store(plain, registry) };
    await addWeights(plainStores);
    const cloud = await runAll(requestFor({ location, versionId, sha256: null }), {
      stores: plainStores,
      exports: s3Exports(plain, data),
    });
    there = await filesOf(plainStores, cloud);
    const local = openStores(join(freshFolder(), "store"));
    await addWeights(local);
    const exports = { open: ({ location: path }: RunRequest["source"]) => openExport(path) };
    const laptop = await runAll(requestFor({ location: zip, versionId: null, sha256: null }), {
      stores: local,
      exports,
    });
    here = await filesOf(local, laptop);
    frames = [await framesOf(plainStores), await framesOf(local)];
  }, 120_000);

  it.each(["split.csv", "manifest.jsonl", "issues.jsonl", "stats.json", "manifest.json"])(
    "%s is the laptop's, byte for byte",
    (name) => {
      expect(here[name]).toBeDefined();
      expect(there[name]).toBe(here[name]);
    },
  );

  it("the same frames lie in the store", () => {
    expect(frames[0]?.length).toBeGreaterThan(50);
    expect(frames[0]).toEqual(frames[1]);
  });
});
