// The functions' real bundles on the emulated AWS, called in the machine's order: from the event of an upload, over the real
// supervisor and trainer, to a release that verifies; and what they say of uploads that are none.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { CreateTopicCommand } from "@aws-sdk/client-sns";
import { beforeAll, expect, it } from "@jest/globals";
import { openKmsSigner } from "../../lib/aws/signer.ts";
import { s3Store } from "../../lib/aws/store/s3-store.ts";
import type { FrozenProject, FunctionVariables } from "../../lib/contracts/cloud-run.ts";
import { dataKeys, registryKeys } from "../../lib/contracts/layout.ts";
import { ledger, lock, runRequest, stepRecord } from "../../lib/contracts/run.ts";
import type { Stores } from "../../lib/core/ports.ts";
import { addBaseWeights } from "../../lib/core/registry/base-weights.ts";
import { documentBytes, readDocument } from "../../lib/core/registry/cas.ts";
import { verifyRelease } from "../../lib/core/registry/verify.ts";
import { describeAws, freshBucket, kms, s3, sns } from "../support/aws.ts";
import { freshFolder, lastingFolder } from "../support/folder.ts";
import { type Functions, openFunctions } from "../support/functions.ts";
import { sampleRequest, smallRecipe } from "../support/pipeline-run.ts";

const root = join(import.meta.dirname, "../..");
const sample = join(root, "samples/thaal");
const names = ["admit", "ingest", "split", "reserve", "stage", "collect", "compare", "publish", "settle"];
const execution = (name: string) => `arn:aws:states:us-east-1:111111111111:execution:bobbin-thaal-train:${name}`;

interface Cloud {
  readonly functions: Functions;
  readonly stores: Stores;
  readonly publicKey: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Puts an object and gives what the rule would start the machine with. */
  readonly upload: (key: string, bytes: Uint8Array, metadata?: Record<string, string>) => Promise<object>;
}

async function openCloud(folder: string): Promise<Cloud> {
  const client = s3();
  const [data, registry] = [await freshBucket(client), await freshBucket(client)];
  const { KeyMetadata } = await kms().send(new CreateKeyCommand({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" }));
  const { TopicArn: topic } = await sns().send(new CreateTopicCommand({ Name: "bobbin-functions" }));
  const key = KeyMetadata?.KeyId ?? "";
  const stores = { data: s3Store(client, data), registry: s3Store(client, registry) };
  const variables: FunctionVariables = {
    AWS_REGION: "us-east-1",
    BOBBIN_DATA_BUCKET: data,
    BOBBIN_REGISTRY_BUCKET: registry,
    BOBBIN_SIGNING_KEY: key,
    BOBBIN_MACHINES: "arn:aws:states:us-east-1:111111111111:stateMachine:bobbin-thaal",
    BOBBIN_ALLOWED_REGIONS: "us-east-1",
    BOBBIN_TRAINER_VERSION: "0.1.0",
    BOBBIN_JOB_QUEUE: "none",
    BOBBIN_JOB_SECONDS: "21600",
    BOBBIN_JOB_TRIES: "2",
    BOBBIN_ALARM_TOPIC: topic ?? "",
    BOBBIN_PRICE_RUN: "10000",
    BOBBIN_PRICE_HOUR: "825500",
  };
  const environment = {
    ...variables,
    AWS_ENDPOINT_URL: process.env.BOBBIN_EMULATOR ?? "",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  };
  return {
    functions: openFunctions(names, join(folder, "functions"), environment),
    stores,
    publicKey: await (await openKmsSigner(kms(), key)).publicKey(),
    environment,
    async upload(Key, Body, Metadata = {}) {
      const put = new PutObjectCommand({ Bucket: data, Key, Body, Metadata });
      const { VersionId } = await client.send(put);
      return { time: "2026-01-02T03:04:05Z", upload: { location: Key, versionId: VersionId } };
    },
  };
}

/** Done by a person before: starting weights, and the config of the data set. */
async function prepare({ data, registry }: Stores): Promise<void> {
  const bytes = readFileSync(join(sample, "yolov8n-rebuilt.pt"));
  const weights = { name: "yolov8n", file: "yolov8n-rebuilt.pt", bytes, unofficial: true };
  await addBaseWeights(weights, { stores: { data }, clock: { now: () => new Date() } });
  const { config, groupTable, recipe, names: classes, bobbin } = sampleRequest(smallRecipe(1));
  const project: FrozenProject = {
    schema: "bobbin/project/1",
    ...{ config, groupTable, recipe, names: classes, bobbin },
    decode: true,
    device: "cpu",
  };
  await data.create(dataKeys.config("thaal"), documentBytes(project));
  expect(await registry.head(registryKeys.lock())).toBeNull();
}

/** The container's program on this machine, with the variables that a job's start has. */
async function runJob({ environment }: Cloud, variables: Record<string, unknown>, scratch: string): Promise<void> {
  const trainer = join(root, "containers/trainer");
  await promisify(execFile)(join(root, ".venv/bin/python"), ["-B", "-m", "bobbin_job"], {
    cwd: scratch,
    env: {
      PATH: process.env.PATH ?? "",
      PYTHONPATH: trainer,
      ...environment,
      ...(variables as Record<string, string>),
      BOBBIN_SCRATCH: scratch,
    },
    maxBuffer: 50_000_000,
  });
}

describeAws("the functions on the emulated AWS", () => {
  let cloud: Cloud;
  let state: Record<string, unknown> = {};
  const call = (name: string, more: object = {}) =>
    cloud.functions.invoke(name, { input: state, execution: execution("one"), ...more });
  const take = async (field: string, name: string, more: object = {}) => {
    state = { ...state, [field]: await call(name, more) };
    return state[field];
  };

  beforeAll(async () => {
    cloud = await openCloud(lastingFolder());
    await prepare(cloud.stores);
    state = { ...(await cloud.upload("incoming/thaal/first.zip", readFileSync(join(sample, "thaal-cvat.zip")))) };
  }, 120_000);

  it("go from the event of an upload to a release that verifies", async () => {
    expect(await take("admit", "admit")).toEqual({ outcome: "admitted" });
    expect(await take("ingest", "ingest")).toMatchObject({ done: false, frames: 108 });
    expect(await take("ingest", "ingest")).toMatchObject({ done: true, frames: 108 });
    expect(await take("split", "split")).toMatchObject({ dataset: "thaal", version: "d1" });
    expect(await take("reserve", "reserve")).toMatchObject({ outcome: "reserved", version: "v0" });
    for (const job of ["train", "predict"]) {
      await runJob(cloud, await call("stage", { job }), freshFolder());
      await take(job, "collect", { job });
    }
    expect(state.train).toMatchObject({ attempts: 1 });
    expect(await take("compare", "compare")).toMatchObject({ decision: "inconclusive" });
    expect(await take("publish", "publish")).toMatchObject({ version: "v0" });
    expect(await take("settle", "settle")).toMatchObject({ outcome: "released", next: null });
    const { stores, publicKey } = cloud;
    const prefix = registryKeys.release("thaal", "v0");
    const files: string[] = [];
    for await (const { key } of stores.registry.list(prefix)) files.push(key.slice(prefix.length));
    const read = (name: string) => Readable.from(stores.registry.stream(`${prefix}${name}`));
    expect(await verifyRelease({ list: async () => files, read }, publicKey)).toMatchObject({ ok: true });
  }, 240_000);

  it("keep a journal in which a job took as long as it took", async () => {
    const [runId] = await runIdsOf(cloud.stores);
    const { value } = await readDocument(cloud.stores.data, dataKeys.step(runId ?? "", "Train"), stepRecord);
    const { seconds } = state.train as { seconds: number };
    expect(seconds).toBeGreaterThan(1);
    expect((Date.parse(value.endedAt) - Date.parse(value.startedAt)) / 1000).toBeCloseTo(seconds, 1);
  });

  it("leave nothing promised and nobody with the lock", async () => {
    const { registry } = cloud.stores;
    expect((await readDocument(registry, registryKeys.lock(), lock)).value.holder).toBeNull();
    const [runId] = await runIdsOf(cloud.stores);
    const { value: request } = await readDocument(cloud.stores.data, dataKeys.request(runId ?? ""), runRequest);
    const { value } = await readDocument(registry, registryKeys.ledger(request.config.budget.name), ledger);
    expect(value.entries.map(({ item, settled }) => [item, settled !== null])).toEqual([
      ["admission", true],
      ["jobs", true],
    ]);
  });

  it("know an event that comes again, and write nothing for it", async () => {
    const before = await runIdsOf(cloud.stores);
    const again = { input: { ...state, admit: undefined }, execution: execution("two") };
    expect(await cloud.functions.invoke("admit", again)).toEqual({ outcome: "duplicate", runId: before[0] });
    expect(await runIdsOf(cloud.stores)).toEqual(before);
  });

  it("take a file inside a folder for no upload, and write nothing for it", async () => {
    const before = await runIdsOf(cloud.stores);
    const input = await cloud.upload("incoming/thaal/deep/er.zip", Buffer.from("zip"));
    const answer = await cloud.functions.invoke("admit", { input, execution: execution("deep") });
    expect(answer).toMatchObject({ outcome: "ignored", reason: expect.stringContaining("deep/er.zip") });
    expect(await runIdsOf(cloud.stores)).toEqual(before);
  });

  it.each([
    ["incoming/No slug/x.zip", "UploadKeyInvalid"],
    ["incoming/nobody/x.zip", "NoConfigForDataset"],
  ])("refuse %s by name, and settle what was never let in", async (key, name) => {
    const input = await cloud.upload(key, Buffer.from("zip"));
    const asked = { input, execution: execution(name) };
    await expect(cloud.functions.invoke("admit", asked)).rejects.toMatchObject({ name });
    const settled = await cloud.functions.invoke("settle", asked);
    expect(settled).toEqual({ outcome: "failed", settled: 0, next: null });
  });
});

async function runIdsOf({ data }: Stores): Promise<string[]> {
  const found = new Set<string>();
  for await (const { key } of data.list(dataKeys.runs())) found.add(key.split("/")[1] ?? "");
  return [...found];
}
