// The functions' real bundles on the emulated AWS, called in the machine's order: from the event of an upload, over the real
// supervisor and trainer, to a release that verifies; and what they say of uploads that are none.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import { DeleteObjectCommand, GetObjectTaggingCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { CreateStateMachineCommand, StopExecutionCommand } from "@aws-sdk/client-sfn";
import { CreateTopicCommand } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { openKmsSigner } from "../../lib/aws/signer.ts";
import { s3Store } from "../../lib/aws/store/s3-store.ts";
import { cancelledError, type FrozenProject, type FunctionVariables } from "../../lib/contracts/cloud-run.ts";
import type { UploadCommit } from "../../lib/contracts/dataset.ts";
import { dataKeys, registryKeys } from "../../lib/contracts/layout.ts";
import type { Recipe } from "../../lib/contracts/recipe.ts";
import { production } from "../../lib/contracts/release.ts";
import { failure, lock, runRequest, stepRecord } from "../../lib/contracts/run.ts";
import { readLedger } from "../../lib/core/budget/book.ts";
import type { Stores } from "../../lib/core/ports.ts";
import { addBaseWeights } from "../../lib/core/registry/base-weights.ts";
import { documentBytes, readDocument } from "../../lib/core/registry/cas.ts";
import { verifyRelease } from "../../lib/core/registry/verify.ts";
import { runOf } from "../../lib/core/steps/cloud-run.ts";
import { openExport } from "../../lib/local/export-source/open.ts";
import {
  batch,
  describeAws,
  endpoint,
  freshBucket,
  freshQueue,
  kms,
  s3,
  sfn,
  sns,
  submitJob,
  waitForJob,
} from "../support/aws.ts";
import { freshFolder, lastingFolder } from "../support/folder.ts";
import { type FunctionError, type Functions, openFunctions } from "../support/functions.ts";
import { arns } from "../support/iam/bobbin.ts";
import { keptRecording, toRecording } from "../support/iam/recording.ts";
import { sampleRequest, smallRecipe } from "../support/pipeline-run.ts";
import { credentialsOf, type Front, recordingFront } from "../support/recording-front.ts";

const root = join(import.meta.dirname, "../..");
const sample = join(root, "samples/thaal");
const names = ["admit", "ingest", "split", "reserve", "stage", "collect", "compare", "publish", "settle"];
/** Another name than the stack's of other tests, since machines have one list. */
const machines = "arn:aws:states:us-east-1:111111111111:stateMachine:bobbin-functions";
const executionArn = (name: string) => `${machines.replace(":stateMachine:", ":execution:")}-train:${name}`;
const queue = "functions";

interface Cloud {
  /** Hears what functions and jobs ask of AWS. */
  readonly front: Front;
  readonly functions: Functions;
  readonly stores: Stores;
  readonly publicKey: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Puts an object and gives what the rule would start the machine with. */
  readonly upload: (key: string, bytes: Uint8Array) => Promise<object>;
  /** As if it had never been written. */
  readonly forget: (key: string) => Promise<void>;
  readonly tagsOf: (key: string) => Promise<Readonly<Record<string, string>>>;
}

async function openCloud(folder: string): Promise<Cloud> {
  const client = s3();
  const [data, registry] = [await freshBucket(client), await freshBucket(client)];
  const { KeyMetadata } = await kms().send(new CreateKeyCommand({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" }));
  const { TopicArn: topic } = await sns().send(new CreateTopicCommand({ Name: "bobbin-functions" }));
  const key = KeyMetadata?.KeyId ?? "";
  const stores = { data: s3Store(client, data), registry: s3Store(client, registry) };
  await freshQueue(batch(), queue);
  const States = { Rest: { Type: "Wait", Seconds: 60, End: true } };
  const definition = JSON.stringify({ StartAt: "Rest", States });
  const roleArn = "arn:aws:iam::111111111111:role/nobody";
  await sfn().send(new CreateStateMachineCommand({ name: "bobbin-functions-train", roleArn, definition }));
  const front = await recordingFront(endpoint, { [data]: arns.dataBucket, [registry]: arns.registryBucket });
  const variables: FunctionVariables = {
    AWS_REGION: "us-east-1",
    BOBBIN_DATA_BUCKET: data,
    BOBBIN_REGISTRY_BUCKET: registry,
    BOBBIN_SIGNING_KEY: key,
    BOBBIN_MACHINES: machines,
    BOBBIN_ALLOWED_REGIONS: "us-east-1",
    BOBBIN_TRAINER_VERSION: "0.1.0",
    BOBBIN_JOB_QUEUE: queue,
    BOBBIN_JOB_SECONDS: "21600",
    BOBBIN_ALARM_TOPIC: topic ?? "",
    BOBBIN_PRICES: JSON.stringify({ admission: 10_000, trainHour: 825_500, predictHour: 825_500, tries: 2 }),
  };
  const environment = {
    ...variables,
    AWS_ENDPOINT_URL: front.url,
  };
  return {
    front,
    functions: openFunctions(names, join(folder, "functions"), environment),
    stores,
    publicKey: await (await openKmsSigner(kms(), key)).publicKey(),
    environment,
    async upload(Key, Body) {
      const { VersionId } = await client.send(new PutObjectCommand({ Bucket: data, Key, Body }));
      return { time: "2026-01-02T03:04:05Z", region: "us-east-1", upload: { location: Key, versionId: VersionId } };
    },
    async forget(Key) {
      await client.send(new DeleteObjectCommand({ Bucket: data, Key }));
    },
    async tagsOf(Key) {
      const { TagSet = [] } = await client.send(new GetObjectTaggingCommand({ Bucket: data, Key }));
      return Object.fromEntries(TagSet.map(({ Key: name, Value }) => [name, Value]));
    },
  };
}

/** As `bobbin config push` writes it. */
function projectWith(recipe: Recipe): Uint8Array {
  const { config, groupTable, names: classes, bobbin } = sampleRequest(recipe);
  const project: FrozenProject = {
    schema: "bobbin/project/1",
    ...{ config, groupTable, recipe, names: classes, bobbin },
    decode: true,
    device: "cpu",
  };
  return documentBytes(project);
}

/** Done by a person before: starting weights, and the config of the data set. */
async function prepare({ data }: Stores): Promise<void> {
  const bytes = readFileSync(join(sample, "yolov8n-rebuilt.pt"));
  const weights = { name: "yolov8n", file: "yolov8n-rebuilt.pt", bytes, unofficial: true };
  await addBaseWeights(weights, { stores: { data }, clock: { now: () => new Date() } });
  await data.create(dataKeys.config("thaal"), projectWith(smallRecipe(1)));
}

/** Done by a person later: another recipe, and v0 goes into use. */
async function useFirstRelease({ data, registry }: Stores): Promise<void> {
  const recipe = smallRecipe(1);
  const key = dataKeys.config("thaal");
  const changed = projectWith({ ...recipe, args: { ...recipe.args, lr0: 0.002 } });
  await data.replace(key, changed, (await data.get(key)).etag);
  const move = { at: "2026-01-02T03:04:05.000Z", to: "v0", by: "a person", reason: "a test" };
  const pointer = production.parse({ schema: "bobbin/production/1", current: "v0", moves: [move], nonce: "one" });
  await registry.create(registryKeys.production("thaal"), documentBytes(pointer));
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
      ...credentialsOf("job"),
      ...(variables as Record<string, string>),
      BOBBIN_SCRATCH: scratch,
    },
    maxBuffer: 50_000_000,
  });
}

const folder = "incoming/thaal/june";

/** The sample as a folder that `_COMMIT.json` closes. */
async function uploadFolder(cloud: Cloud): Promise<object> {
  const source = await openExport(join(sample, "thaal-cvat.zip"));
  const files: UploadCommit["files"] = [];
  for (const entry of source.entries()) {
    const bytes = await entry.read();
    files.push({ name: entry.name, bytes: entry.bytes, sha256: createHash("sha256").update(bytes).digest("hex") });
    await cloud.upload(`${folder}/${entry.name}`, bytes);
  }
  await source.close();
  const commit: UploadCommit = { schema: "bobbin/upload-commit/1", mode: "merge", retrain: "now", files };
  return cloud.upload(`${folder}/_COMMIT.json`, documentBytes(commit));
}

/** One execution: what its states have gathered, each under its name. */
class Execution {
  readonly #cloud: Cloud;
  readonly #name: string;
  state: Readonly<Record<string, unknown>>;

  constructor(cloud: Cloud, name: string, input: object) {
    this.#cloud = cloud;
    this.#name = name;
    this.state = { ...input };
  }

  get runId(): string {
    return runOf(this.state, executionArn(this.#name)).runId;
  }

  call(name: string, more: object = {}): Promise<Record<string, unknown>> {
    return this.#cloud.functions.invoke(name, { input: this.state, execution: executionArn(this.#name), ...more });
  }

  async take(field: string, name = field, more: object = {}): Promise<Record<string, unknown>> {
    const output = await this.call(name, more);
    this.state = { ...this.state, [field]: output };
    return output;
  }

  async ingest(): Promise<void> {
    while ((await this.take("ingest")).done !== true);
  }

  async jobs(): Promise<void> {
    for (const job of ["train", "predict"]) {
      await runJob(this.#cloud, await this.call("stage", { job }), freshFolder());
      await this.take(job, "collect", { job });
    }
  }
}

describeAws("the functions on the emulated AWS", () => {
  let cloud: Cloud;
  let first: Execution;
  const begin = (name: string, input: object) => new Execution(cloud, name, input);
  const lockOf = async () => (await readDocument(cloud.stores.registry, registryKeys.lock(), lock)).value;
  const zip = () => readFileSync(join(sample, "thaal-cvat.zip"));

  beforeAll(async () => {
    cloud = await openCloud(lastingFolder());
    await prepare(cloud.stores);
    first = begin("one", await cloud.upload("incoming/thaal/first.zip", zip()));
  }, 120_000);
  afterAll(() => cloud.front.close());

  it("find nothing to look after before the first upload", async () => {
    expect(await cloud.functions.invoke("settle", {})).toBeNull();
  });

  it("go from the event of an upload to a release that verifies", async () => {
    expect(await first.take("admit")).toEqual({ outcome: "admitted" });
    expect(await first.take("ingest")).toMatchObject({ done: false, frames: 108 });
    expect(await first.take("ingest")).toMatchObject({ done: true, frames: 108 });
    expect(await first.take("split")).toMatchObject({ dataset: "thaal", version: "d1" });
    expect(await first.take("reserve")).toMatchObject({ outcome: "reserved", version: "v0" });
    await first.jobs();
    expect(first.state.train).toMatchObject({ attempts: 1 });
    expect(await first.take("compare")).toMatchObject({ decision: "inconclusive" });
    expect(await first.take("publish")).toMatchObject({ version: "v0" });
    // Dead before it wrote its journal, it says the same again.
    await cloud.forget(dataKeys.step(first.runId, "Publish"));
    expect(await first.call("publish")).toEqual(first.state.publish);
    // As the machine would have named it.
    const job = await submitJob(batch(), queue, `${first.runId}-train-1`, "true");
    await waitForJob(batch(), job, "SUCCEEDED");
    expect(await first.take("settle")).toMatchObject({ outcome: "released", next: null });
    const { stores, publicKey } = cloud;
    const prefix = registryKeys.release("thaal", "v0");
    const files: string[] = [];
    for await (const { key } of stores.registry.list(prefix)) files.push(key.slice(prefix.length));
    const read = (name: string) => Readable.from(stores.registry.stream(`${prefix}${name}`));
    expect(await verifyRelease({ list: async () => files, read }, publicKey)).toMatchObject({ ok: true });
  }, 240_000);

  it("keep a journal in which a job took as long as it took", async () => {
    const { value } = await readDocument(cloud.stores.data, dataKeys.step(first.runId, "Train"), stepRecord);
    const { seconds } = first.state.train as { seconds: number };
    expect(seconds).toBeGreaterThan(1);
    expect((Date.parse(value.endedAt) - Date.parse(value.startedAt)) / 1000).toBeCloseTo(seconds, 1);
  });

  it("leave nothing promised and nobody with the lock", async () => {
    const { registry } = cloud.stores;
    expect((await lockOf()).holder).toBeNull();
    const { value: request } = await readDocument(cloud.stores.data, dataKeys.request(first.runId), runRequest);
    const { entries } = await readLedger(registry, request.config.budget);
    expect(entries.map(({ item, settled }) => [item, settled !== null])).toEqual([
      ["admission", true],
      ["jobs", true],
    ]);
  });

  it.each(["split", "compare"])("%s, dead before it wrote its journal, says the same again", async (name) => {
    await cloud.forget(dataKeys.step(first.runId, `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`));
    expect(await first.call(name)).toEqual(first.state[name]);
  });

  it("publish, asked again when all is settled and states before it took another time, says the same again", async () => {
    await cloud.forget(dataKeys.step(first.runId, "Publish"));
    expect(await first.call("publish")).toEqual(first.state.publish);
  });

  it("stage a job again with another deadline and nothing else", async () => {
    const [one, two] = [await first.call("stage", { job: "train" }), await first.call("stage", { job: "train" })];
    expect({ ...two, DEADLINE_EPOCH: "" }).toEqual({ ...one, DEADLINE_EPOCH: "" });
  });

  it("take a folder in, train by another recipe and hold the new release against the one in use", async () => {
    await useFirstRelease(cloud.stores);
    const run = begin("folder", await uploadFolder(cloud));
    expect(await run.take("admit")).toEqual({ outcome: "admitted" });
    await run.ingest();
    expect(await run.take("split")).toMatchObject({ version: "d1", unchanged: true });
    const reserved = await run.take("reserve");
    expect(reserved).toMatchObject({ outcome: "reserved", version: "v0.1", recipe: "r2" });
    expect(reserved.predictedSeconds).toBeGreaterThan(0);
    await run.jobs();
    expect(await run.take("compare")).toMatchObject({ decision: "inconclusive" });
    expect(await run.take("publish")).toMatchObject({ version: "v0.1" });
    expect(await run.take("settle")).toMatchObject({ outcome: "released" });
  }, 240_000);

  it("mark what was taken in, so that it expires", async () => {
    for (const key of ["incoming/thaal/first.zip", `${folder}/_COMMIT.json`, `${folder}/annotations.xml`]) {
      expect(await cloud.tagsOf(key)).toEqual({ "bobbin-expires": "ingested" });
    }
  });

  it("know an event that comes again, and write nothing for it", async () => {
    const before = await runIdsOf(cloud.stores);
    const again = begin("two", { time: first.state.time, region: "us-east-1", upload: first.state.upload });
    expect(await again.call("admit")).toEqual({ outcome: "duplicate", runId: first.runId });
    expect(await runIdsOf(cloud.stores)).toEqual(before);
  });

  it("take a file inside a folder for no upload, and write nothing for it", async () => {
    const before = await runIdsOf(cloud.stores);
    const deep = begin("deep", await cloud.upload("incoming/thaal/deep/er.zip", Buffer.from("zip")));
    expect(await deep.call("admit")).toMatchObject({
      outcome: "ignored",
      reason: expect.stringContaining("deep/er.zip"),
    });
    expect(await runIdsOf(cloud.stores)).toEqual(before);
  });

  it("refuse an event of another region by name, whatever it names", async () => {
    const key = "incoming/thaal/abroad.zip";
    const abroad = begin("abroad", { ...(await cloud.upload(key, zip())), region: "eu-central-1" });
    await expect(abroad.call("admit")).rejects.toMatchObject({
      name: "RegionNotAllowed",
      message: expect.stringContaining("eu-central-1"),
    });
    expect(await cloud.stores.data.head(dataKeys.request(abroad.runId))).toBeNull();
  });

  it.each([
    ["incoming/No slug/x.zip", "UploadKeyInvalid"],
    ["incoming/nobody/x.zip", "NoConfigForDataset"],
  ])("refuse %s by name, and settle what was never let in, once", async (key, name) => {
    const refused = begin(name, await cloud.upload(key, Buffer.from("zip")));
    const thrown = await refused.call("admit").catch((error: FunctionError) => error);
    expect(thrown.name).toBe(name);
    refused.state = { ...refused.state, error: { Error: thrown.name, Cause: thrown.message } };
    const settled = { outcome: "failed", settled: 0, next: null };
    expect(await refused.call("settle")).toEqual(settled);
    await cloud.forget(dataKeys.step(refused.runId, "Settle"));
    expect(await refused.call("settle")).toEqual(settled);
    const { value } = await readDocument(cloud.stores.data, dataKeys.failure(refused.runId, 1), failure);
    expect(value).toMatchObject({ state: "Admit", error: { name }, upload: { location: key } });
  });

  it("start an upload that waited, settle for a run that was stopped, and find one that died", async () => {
    const holds = begin("holds", await cloud.upload("incoming/thaal/holds.zip", zip()));
    expect(await holds.take("admit")).toEqual({ outcome: "admitted" });
    for (const name of ["waits", "waits-too"]) {
      const waits = begin(name, await cloud.upload(`incoming/thaal/${name}.zip`, zip()));
      expect(await waits.call("admit")).toMatchObject({ outcome: "waiting" });
    }
    const { next, ...failed } = await holds.call("settle");
    expect(failed).toMatchObject({ outcome: "failed" });
    const stopped = executionArn(`${next}-1`);
    await sfn().send(new StopExecutionCommand({ executionArn: stopped, error: cancelledError, cause: "a test" }));
    const input = JSON.stringify({ runId: next, attempt: 1 });
    const told = { detail: { executionArn: stopped, input } };
    const after = await cloud.functions.invoke("settle", told);
    expect(after).toMatchObject({ outcome: "cancelled", next: expect.any(String) });
    const { holder, ...others } = await lockOf();
    expect(holder?.runId).toBe(after.next);
    // Its execution ends before it has begun, and nobody is told: for an hour the schedule starts it again, then it settles for it.
    await sfn().send(new StopExecutionCommand({ executionArn: executionArn(`${after.next}-1`) }));
    expect(await cloud.functions.invoke("settle", {})).toBeNull();
    const since = new Date(Date.now() - 3_700_000).toISOString();
    const { etag } = await cloud.stores.registry.get(registryKeys.lock());
    const earlier = lock.parse({ ...others, holder: { ...holder, since } });
    await cloud.stores.registry.replace(registryKeys.lock(), documentBytes(earlier), etag);
    expect(await cloud.functions.invoke("settle", {})).toMatchObject({ outcome: "failed", next: null });
    expect((await lockOf()).holder).toBeNull();
  });

  // Last, when everything was asked.
  it("ask what the policies are decided by: look at what is new here, then record it anew (npm run record)", () => {
    const found = toRecording(cloud.front.asked);
    expect(found).toEqual(keptRecording("functions", found));
  });
});

async function runIdsOf({ data }: Stores): Promise<string[]> {
  const found = new Set<string>();
  for await (const { key } of data.list(dataKeys.runs())) found.add(key.split("/")[1] ?? "");
  return [...found];
}
