// The functions' real bundles on the emulated AWS, called in the machine's order: from the event of an upload, over the real
// supervisor and trainer, to a release that verifies; and what they say of uploads that are none.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { CreateBudgetCommand } from "@aws-sdk/client-budgets";
import { DescribeInstancesCommand, EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2";
import { DescribeRuleCommand, PutRuleCommand } from "@aws-sdk/client-eventbridge";
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import { DeleteObjectCommand, GetObjectTaggingCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { CreateStateMachineCommand, StopExecutionCommand } from "@aws-sdk/client-sfn";
import { CreateTopicCommand } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { stepFunctions } from "../../lib/aws/executions.ts";
import { ec2Instances } from "../../lib/aws/instances.ts";
import { openKmsSigner } from "../../lib/aws/signer.ts";
import { s3Store } from "../../lib/aws/store/s3-store.ts";
import {
  type CloudMachine,
  cancelledError,
  cloudMachines,
  type FrozenProject,
  type FunctionVariables,
  type GuardVariables,
} from "../../lib/contracts/cloud-run.ts";
import type { UploadCommit } from "../../lib/contracts/dataset.ts";
import { experimentPlan, experimentResult } from "../../lib/contracts/experiment.ts";
import { dataKeys, registryKeys } from "../../lib/contracts/layout.ts";
import type { Recipe } from "../../lib/contracts/recipe.ts";
import { production } from "../../lib/contracts/release.ts";
import { failure, lock, runRequest, stepRecord } from "../../lib/contracts/run.ts";
import { commitClosing, readLedger } from "../../lib/core/budget/book.ts";
import type { Stores } from "../../lib/core/ports.ts";
import { addBaseWeights } from "../../lib/core/registry/base-weights.ts";
import { documentBytes, readDocument } from "../../lib/core/registry/cas.ts";
import { verifyRelease } from "../../lib/core/registry/verify.ts";
import { runOf } from "../../lib/core/steps/cloud-run.ts";
import { openExport } from "../../lib/local/export-source/open.ts";
import { answerJob } from "../support/answered-job.ts";
import {
  batch,
  budgets,
  describeAws,
  ec2,
  endpoint,
  events,
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
import { runIds } from "../support/run-request.ts";

const root = join(import.meta.dirname, "../..");
const sample = join(root, "samples/thaal");
const names = [
  ...["admit", "ingest", "split", "reserve", "stage", "collect", "compare", "publish", "settle", "guard"],
  ...["reserve-measure", "need-training", "reserve-trial", "collect-trial", "compare-experiment"],
];
/** Another name than the stack's of other tests, since machines have one list. */
const machines = "arn:aws:states:us-east-1:111111111111:stateMachine:bobbin-functions";
const executionArn = (name: string, machine: CloudMachine = "train") =>
  `${machines.replace(":stateMachine:", ":execution:")}-${machine}:${name}`;
const queue = "functions";

interface Cloud {
  /** Hears what functions and jobs ask of AWS. */
  readonly front: Front;
  readonly functions: Functions;
  readonly stores: Stores;
  readonly publicKey: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Puts an object and gives what the rule would start the machine with. */
  readonly upload: (key: string, bytes: Uint8Array, metadata?: Record<string, string>) => Promise<object>;
  /** As if it had never been written. */
  readonly forget: (key: string) => Promise<void>;
  readonly tagsOf: (key: string) => Promise<Readonly<Record<string, string>>>;
}

const cutOffTopic = "arn:aws:sns:us-east-1:111111111111:bobbin-functions-cut-off";

/** What the guard looks at beside buckets, queue and machine: a budget, a rule, and a machine that has been up for a while. */
async function watched(): Promise<void> {
  const BudgetLimit = { Amount: "200", Unit: "USD" };
  const Budget = { BudgetName: "bobbin-functions", BudgetType: "COST", TimeUnit: "ANNUALLY", BudgetLimit } as const;
  await budgets().send(new CreateBudgetCommand({ AccountId: "111111111111", Budget }));
  const EventPattern = JSON.stringify({ source: ["aws.s3"] });
  await events().send(new PutRuleCommand({ Name: "bobbin-functions-uploads", EventPattern }));
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
  for (const machine of cloudMachines)
    await sfn().send(new CreateStateMachineCommand({ name: `bobbin-functions-${machine}`, roleArn, definition }));
  await watched();
  const front = await recordingFront(endpoint, { [data]: arns.dataBucket, [registry]: arns.registryBucket });
  const variables: FunctionVariables & GuardVariables = {
    BOBBIN_STACK: "functions",
    BOBBIN_CUT_OFF_TOPIC: cutOffTopic,
    BOBBIN_RUN_SECONDS: "86400",
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
    async upload(Key, Body, Metadata = {}) {
      const { VersionId } = await client.send(new PutObjectCommand({ Bucket: data, Key, Body, Metadata }));
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
function projectWith(recipe: Recipe, changes: Partial<FrozenProject["config"]> = {}): Uint8Array {
  const { config, groupTable, names: classes, bobbin } = sampleRequest(recipe);
  const project: FrozenProject = {
    schema: "bobbin/project/1",
    ...{ config: { ...config, ...changes }, groupTable, recipe, names: classes, bobbin },
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

/** Pushed anew. */
async function push({ data }: Stores, project: Uint8Array): Promise<void> {
  const key = dataKeys.config("thaal");
  await data.replace(key, project, (await data.get(key)).etag);
}

/** Done by a person later: another recipe, and v0 goes into use. */
async function useFirstRelease({ data, registry }: Stores): Promise<void> {
  const recipe = smallRecipe(1);
  await push({ data, registry }, projectWith({ ...recipe, args: { ...recipe.args, lr0: 0.002 } }));
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
  readonly #arn: string;
  state: Readonly<Record<string, unknown>>;

  constructor(cloud: Cloud, name: string, input: object, machine?: CloudMachine) {
    this.#cloud = cloud;
    this.#arn = executionArn(name, machine);
    this.state = { ...input };
  }

  get runId(): string {
    return runOf(this.state, this.#arn).runId;
  }

  call(name: string, more: object = {}): Promise<Record<string, unknown>> {
    return this.#cloud.functions.invoke(name, { input: this.state, execution: this.#arn, ...more });
  }

  async take(field: string, name = field, more: object = {}): Promise<Record<string, unknown>> {
    const output = await this.call(name, more);
    this.state = { ...this.state, [field]: output };
    return output;
  }

  async ingest(): Promise<void> {
    while ((await this.take("ingest")).done !== true);
  }

  /** Its jobs as Batch has them, with the answer that a trainer would leave. */
  async answered(kind: "train" | "predict", collector: string): Promise<void> {
    const { BOBBIN_RUN_ID: id, attempt } = await this.take("stage", "stage", { job: kind });
    if ((await this.#cloud.stores.data.head(dataKeys.result(String(id), kind))) === null)
      await answerJob(kind, String(id), this.#cloud.stores.data);
    await waitForJob(batch(), await submitJob(batch(), queue, `${id}-${kind}-${attempt}`, "true"), "SUCCEEDED");
    await this.take(kind, collector, { job: kind });
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
  const begin = (name: string, input: object, machine?: CloudMachine) => new Execution(cloud, name, input, machine);
  const entriesOf = async (runId: string) => {
    const { value: request } = await readDocument(cloud.stores.data, dataKeys.request(runId), runRequest);
    return (await readLedger(cloud.stores.registry, request.config.budget)).entries;
  };
  const lockOf = async () => (await readDocument(cloud.stores.registry, registryKeys.lock(), lock)).value;
  const endOf = async (runId: string) =>
    (await readDocument(cloud.stores.data, dataKeys.step(runId, "Settle"), stepRecord)).value.output;
  /** What the guard does, but for looking for proofs: there are none of jobs that no Batch has run. */
  const guard = async (event: object) => {
    const { done } = (await cloud.functions.invoke("guard", event)) as { done: string[] };
    return done.filter((one) => one !== "prove");
  };
  const zip = () => readFileSync(join(sample, "thaal-cvat.zip"));

  beforeAll(async () => {
    cloud = await openCloud(lastingFolder());
    await prepare(cloud.stores);
    await cloud.upload("exports/thaal/trial.zip", zip());
  }, 120_000);
  afterAll(() => cloud.front.close());

  it("find nothing to look after before the first upload, and settle for one that was refused before there was a lock", async () => {
    expect(await guard({})).toEqual([]);
    const early = begin("early", await cloud.upload("incoming/nobody/early.zip", Buffer.from("zip")));
    await expect(early.call("admit")).rejects.toMatchObject({ name: "NoConfigForDataset" });
    expect(await early.call("settle")).toEqual({ outcome: "failed", settled: 0, next: null });
  });

  it("measure the off-the-shelf model, which is enough, and settle for its one job", async () => {
    // Each frame is a group of its own here: three days could never show it.
    const enough = {
      measure: { recall: 0, medianConfidence: 0, confidence: 0.25 },
      groupRule: { kind: "frame" },
    } as const;
    await push(cloud.stores, projectWith(smallRecipe(1), enough));
    const [runId] = runIds;
    const run = begin(`${runId}-1`, { runId, attempt: 1, asked: { location: "exports/thaal/trial.zip" } }, "measure");
    expect(await run.take("admit")).toEqual({ outcome: "admitted" });
    await run.ingest();
    expect(await run.take("reserve", "reserve-measure")).toMatchObject({ outcome: "reserved" });
    await run.answered("predict", "collect");
    expect(await run.take("need", "need-training")).toMatchObject({ answer: "sufficient" });
    await cloud.forget(dataKeys.step(runId, "NeedTraining"));
    expect(await run.call("need-training")).toEqual(run.state.need);
    expect(await run.take("settle")).toMatchObject({ outcome: "measured", next: null });
    const entries = await entriesOf(runId);
    expect(entries.map(({ item, settled, proof }) => [item, settled !== null, proof?.jobs.length ?? null])).toEqual([
      ["admission", true, null],
      ["jobs", true, 1],
    ]);
    const { data } = cloud.stores;
    for (const file of ["report.html", "figure.svg", "table.csv", "table.tex"] as const)
      expect(await data.head(dataKeys.measured(runId, file))).not.toBeNull();
    await push(cloud.stores, projectWith(smallRecipe(1)));
  }, 120_000);

  it("refuse a first training that the measurement finds unneeded", async () => {
    const run = begin("unneeded", await cloud.upload("incoming/thaal/unneeded.zip", zip()));
    await run.take("admit");
    await run.ingest();
    await run.take("split");
    expect(await run.take("reserve")).toMatchObject({ outcome: "rejected", error: "TrainingUnneeded" });
    expect(await run.take("settle")).toMatchObject({ outcome: "rejected" });
  }, 60_000);

  it("go from the event of an upload to a release that verifies, where its sender says why", async () => {
    const said = { "bobbin-override": encodeURIComponent("our trays – not theirs") };
    first = begin("one", await cloud.upload("incoming/thaal/first.zip", zip(), said));
    expect(await first.take("admit")).toEqual({ outcome: "admitted" });
    expect(await first.take("ingest")).toMatchObject({ done: false, frames: 108 });
    expect(await first.take("ingest")).toMatchObject({ done: true, frames: 108 });
    expect(await first.take("split")).toMatchObject({ dataset: "thaal", version: "d1" });
    expect(await first.take("reserve")).toMatchObject({
      ...{ outcome: "reserved", version: "v0" },
      measured: { runId: runIds[0], answer: "sufficient", override: "our trays – not theirs" },
    });
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
    expect((await lockOf()).holder).toBeNull();
    const entries = (await entriesOf(first.runId)).filter(({ runId }) => runId === first.runId);
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

  it("train an experiment lap by lap, each promised and settled; cut off, it goes on and pays nothing twice", async () => {
    const [, runId] = runIds;
    const { data } = cloud.stores;
    const experiment = { kind: "ablate", vary: [{ argument: "fliplr", values: [0, 0.5] }], seeds: 1 };
    const input = { runId, attempt: 1, asked: { location: "exports/thaal/again.zip", experiment } };
    await cloud.upload("exports/thaal/again.zip", zip());
    const run = begin(`${runId}-1`, input, "experiment");
    expect(await run.take("admit")).toEqual({ outcome: "admitted" });
    await run.ingest();
    const lap = async () => {
      const reserved = await run.take("reserve", "reserve-trial");
      await run.answered("train", "collect-trial");
      await run.answered("predict", "collect-trial");
      return reserved;
    };
    expect(await lap()).toEqual({ outcome: "reserved", trial: 0, trials: 2, done: false });
    const { trials } = (await readDocument(data, dataKeys.experiment(runId, "plan.json"), experimentPlan)).value;
    const [one = "", two = ""] = trials.map(({ id }) => id);
    const jobsOf = async (id: string) =>
      (await entriesOf(runId)).filter((entry) => entry.runId === id && entry.item === "jobs");
    expect((await jobsOf(one)).map(({ settled, proof }) => [settled !== null, proof?.jobs.length])).toEqual([
      [true, 2],
    ]);

    // In its second training a person stops it, and with it the job.
    await run.take("reserve", "reserve-trial");
    await run.take("stage", "stage", { job: "train" });
    await waitForJob(batch(), await submitJob(batch(), queue, `${two}-train-1`, "false"), "FAILED");
    const id = { machine: "experiment", name: `${runId}-1` } as const;
    await stepFunctions(sfn(), machines).start(id, input);
    expect(await guard({})).toEqual([]);
    await stepFunctions(sfn(), machines).stop(id, { name: cancelledError, cause: "a test" });
    const told = (attempt: number) => ({
      detail: {
        executionArn: executionArn(`${runId}-${attempt}`, "experiment"),
        input: JSON.stringify({ ...input, attempt }),
      },
    });
    await guard(told(1));
    expect(await endOf(runId)).toMatchObject({ outcome: "cancelled" });
    expect((await lockOf()).holder).toBeNull();
    expect((await jobsOf(two)).map(({ settled, proof }) => [settled !== null, proof?.jobs.length])).toEqual([
      [true, 1],
    ]);

    // Taken up again it is stopped before it has promised: what comes late is given back, and goes no further.
    run.state = { runId, attempt: 2 };
    expect(await run.take("admit")).toEqual({ outcome: "admitted" });
    await stepFunctions(sfn(), machines).start({ ...id, name: `${runId}-2` }, { runId, attempt: 2 });
    await stepFunctions(sfn(), machines).stop({ ...id, name: `${runId}-2` }, { name: "Stopped", cause: "a test" });
    await guard(told(2));
    await expect(run.call("reserve-trial")).rejects.toThrow(/RunEnded/);

    run.state = { runId, attempt: 3 };
    expect(await run.take("admit")).toEqual({ outcome: "admitted" });
    await run.ingest();
    const first = await data.get(dataKeys.result(one, "train"));
    expect(await lap()).toEqual({ outcome: "reserved", trial: 1, trials: 2, done: true });
    expect(run.state.predict).toMatchObject({ trial: 1, done: true });
    expect((await data.get(dataKeys.result(one, "train"))).etag).toBe(first.etag);
    expect(await run.take("experiment", "compare-experiment")).toMatchObject({ summary: expect.any(String) });
    expect(await run.take("settle")).toMatchObject({ outcome: "compared" });
    const stands = (await jobsOf(two)).map(({ attempt, promised, settled }) => [attempt, settled, promised > 0]);
    expect(stands).toEqual([
      [1, expect.any(Number), true],
      [2, 0, true],
      [3, expect.any(Number), true],
    ]);
    const { value } = await readDocument(data, dataKeys.experiment(runId, "experiment.json"), experimentResult);
    expect(value.found).toMatchObject({ kind: "ablate", arms: [{ name: "fliplr 0" }, { name: "fliplr 0.5" }] });
  }, 240_000);

  it("mark what was taken in, so that it expires", async () => {
    for (const key of [
      "exports/thaal/trial.zip",
      "incoming/thaal/first.zip",
      `${folder}/_COMMIT.json`,
      `${folder}/annotations.xml`,
    ]) {
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
    // Admit died when it had promised.
    const { admit: _, ...unanswered } = holds.state;
    holds.state = unanswered as typeof holds.state;
    const { next, ...failed } = await holds.call("settle");
    expect(failed).toMatchObject({ outcome: "failed" });
    const stopped = executionArn(`${next}-1`);
    await sfn().send(new StopExecutionCommand({ executionArn: stopped, error: cancelledError, cause: "a test" }));
    const input = JSON.stringify({ runId: next, attempt: 1 });
    const told = { detail: { executionArn: stopped, input } };
    await guard(told);
    expect(await endOf(next as string)).toMatchObject({ outcome: "cancelled", next: expect.any(String) });
    const { holder, ...others } = await lockOf();
    const after = { next: holder?.runId ?? "" };
    expect((await endOf(next as string)).next).toBe(after.next);
    // Its execution ends before it has begun, and nobody is told: for an hour the schedule starts it again, then it settles for it.
    await sfn().send(new StopExecutionCommand({ executionArn: executionArn(`${after.next}-1`) }));
    expect(await guard({})).toEqual([]);
    const since = new Date(Date.now() - 3_700_000).toISOString();
    const { etag } = await cloud.stores.registry.get(registryKeys.lock());
    const earlier = lock.parse({ ...others, holder: { ...holder, since } });
    await cloud.stores.registry.replace(registryKeys.lock(), documentBytes(earlier), etag);
    expect(await guard({})).toEqual(["freeLock"]);
    expect(await endOf(after.next)).toMatchObject({ outcome: "failed", next: null });
    expect((await lockOf()).holder).toBeNull();
    // A function of the first one is still at work, and sees that the run is over: it goes no further.
    holds.state = { ...holds.state, split: { dataset: "thaal", version: "d1", manifestSha256: "0".repeat(64) } };
    await expect(holds.call("reserve")).rejects.toThrow(/RunEnded/);
  });

  it("leave the end to the guard: a job that no run explains, a machine that no job explains, and all of it when AWS has billed the sum", async () => {
    const tags = [{ ResourceType: "instance" as const, Tags: [{ Key: "bobbin", Value: "functions" }] }];
    const asked = { ImageId: "ami-1", MinCount: 1, MaxCount: 1, TagSpecifications: tags };
    const { Instances = [] } = await ec2().send(new RunInstancesCommand(asked));
    const run = begin("last", await cloud.upload("incoming/thaal/last.zip", zip()));
    expect(await run.take("admit")).toEqual({ outcome: "admitted" });
    const { data } = cloud.stores;
    const line = { kind: "work", at: new Date().toISOString(), what: "frames", done: 1, total: 2 };
    await data.create(dataKeys.progressPart(run.runId, "train", 1), Buffer.from(`${JSON.stringify(line)}\n`));
    await data.create(dataKeys.jobMark(run.runId, "train", 1), Buffer.from("{}"));
    const id = { machine: "train", name: `${run.runId}-1` } as const;
    await stepFunctions(sfn(), machines).start(id, { runId: run.runId, attempt: 1 });
    const job = await submitJob(batch(), queue, `${run.runId}-train-1`, "sleep", "600");
    await waitForJob(batch(), job, "RUNNING");
    // Somebody who was to tell people died a while ago.
    const mark = { id: "a thing", at: new Date(0).toISOString(), subject: "a thing", text: "a thing" };
    await data.create(dataKeys.told("ab".repeat(32), "begun"), documentBytes(mark));
    // All is well and young.
    expect(await guard({})).toEqual([]);
    // Another topic's message says nothing; of the right one, the bill shows that it is not so.
    const message = { Records: [{ Sns: { TopicArn: cutOffTopic, Message: "whatever" } }] };
    expect(await guard(message)).toEqual([]);
    // A person, or a guard before this one, began a cut-off and died.
    const { value: request } = await readDocument(data, dataKeys.request(run.runId), runRequest);
    const closing = { at: new Date().toISOString(), reason: "a test" };
    await commitClosing(cloud.stores.registry, request.config.budget.name, closing, "a test");
    expect(await guard(message)).toContain("cutOff");
    await waitForJob(batch(), job, "FAILED");
    expect(await stepFunctions(sfn(), machines).describe(id)).toMatchObject({ status: "stopped" });
    expect((await events().send(new DescribeRuleCommand({ Name: "bobbin-functions-uploads" }))).State).toBe("DISABLED");
    await expect(submitJob(batch(), queue, "too-late", "true")).rejects.toThrow(/ENABLED/);
    // Told of its end, the guard settles for it though everything is shut.
    const input = JSON.stringify({ runId: run.runId, attempt: 1 });
    const told = { detail: { executionArn: executionArn(id.name), input } };
    await guard(told);
    expect(await endOf(run.runId)).toMatchObject({ outcome: "failed" });
    expect((await lockOf()).holder).toBeNull();
    const machine = async () => {
      const InstanceIds = Instances.flatMap(({ InstanceId = "" }) => InstanceId);
      const { Reservations = [] } = await ec2().send(new DescribeInstancesCommand({ InstanceIds }));
      return Reservations[0]?.Instances?.[0]?.State?.Name;
    };
    expect(await machine()).toBe("running");
    // As the guard's own port asks it; by itself it does when the machine is half an hour old.
    await endMachine(cloud, Instances[0]?.InstanceId ?? "");
    expect(await machine()).not.toBe("running");
  }, 240_000);

  // Last, when everything was asked.
  it("ask what the policies are decided by: look at what is new here, then record it anew (npm run record)", () => {
    const found = toRecording(cloud.front.asked);
    expect(found).toEqual(keptRecording("functions", found));
  });
});

/** Through the front, as the guard. */
async function endMachine({ front }: Cloud, id: string): Promise<void> {
  const credentials = { accessKeyId: "guard", secretAccessKey: "test" };
  const client = new EC2Client({ region: "us-east-1", endpoint: front.url, credentials });
  await ec2Instances(client, "functions").terminate(id);
  client.destroy();
}

async function runIdsOf({ data }: Stores): Promise<string[]> {
  const found = new Set<string>();
  for await (const { key } of data.list(dataKeys.runs())) found.add(key.split("/")[1] ?? "");
  return [...found];
}
