// The S3 requests of whole runs on the emulated AWS, counted where they arrive: the functions' bundles in the machine's order, the
// real supervisor and trainer. Two sizes of data set tell what a frame costs, two lengths of training what an epoch does.
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { s3Store } from "../../lib/aws/store/s3-store.ts";
import type { FrozenProject, FunctionVariables } from "../../lib/contracts/cloud-run.ts";
import { dataKeys } from "../../lib/contracts/layout.ts";
import type { S3Requests } from "../../lib/core/budget/price-table.ts";
import { addBaseWeights } from "../../lib/core/registry/base-weights.ts";
import { documentBytes } from "../../lib/core/registry/cas.ts";
import { startEmulator } from "../support/emulator.ts";
import { type Functions, openFunctions } from "../support/functions.ts";
import { arns } from "../support/iam/bobbin.ts";
import { sampleRequest, smallRecipe } from "../support/pipeline-run.ts";
import { credentialsOf, type Heard, recordingFront } from "../support/recording-front.ts";
import { testConfig } from "../support/run-request.ts";
import { zipOf } from "../support/zip.ts";
import { distinctJpegs, writeYoloFolder } from "./frames.ts";

const root = join(import.meta.dirname, "../..");
const region = "us-east-1";
const dataset = "bench";
const names = ["admit", "ingest", "split", "reserve", "stage", "collect", "compare", "publish", "settle"] as const;
const machines = `arn:aws:states:${region}:111111111111:stateMachine:bobbin-bench`;
const execution = `${machines.replace(":stateMachine:", ":execution:")}-train:one`;

/** What one run asked of S3, by what it was: progress parts go by the clock, so they stand apart. */
export interface RunRequests {
  readonly byRole: Readonly<Record<string, S3Requests>>;
  readonly all: S3Requests;
  readonly progressParts: number;
}

/** Of a run that trained so long on so many frames. */
export type CountedRuns = Readonly<Record<"few" | "many" | "long", RunRequests>>;
export const sizes = { few: 200, many: 400, epochs: 1, longEpochs: 4 } as const;

const none: S3Requests = { writes: 0, reads: 0 };

/** As the bill counts: a list is a GET there, and costs like a PUT. */
function classOf({ method, url }: Heard): keyof S3Requests | null {
  if (method === "DELETE") return null;
  const isList = method === "GET" && new URL(url, "http://s3").searchParams.has("list-type");
  return isList || method === "PUT" || method === "POST" ? "writes" : "reads";
}

function count(heard: readonly Heard[]): RunRequests {
  const byRole: Record<string, S3Requests> = {};
  let [all, progressParts] = [none, 0];
  for (const each of heard.filter(({ service }) => service === "s3")) {
    const kind = classOf(each);
    if (kind === null) continue;
    if (each.method === "PUT" && /\/progress\/(train|predict)\//.test(each.url)) {
      progressParts += 1;
      continue;
    }
    const before = byRole[each.role] ?? none;
    byRole[each.role] = { ...before, [kind]: before[kind] + 1 };
    all = { ...all, [kind]: all[kind] + 1 };
  }
  return { byRole, all, progressParts };
}

/** @returns null, said on the output, where the emulated AWS is not installed */
export async function countRequests(folder: string): Promise<CountedRuns | null> {
  const emulator = await startEmulator();
  if (emulator === null) return null;
  try {
    const jpeg = await distinctJpegs();
    const run = (name: string, frames: number, epochs: number) =>
      countRun(emulator.url, join(folder, name), { frames, epochs, jpeg });
    return {
      few: await run("few", sizes.few, sizes.epochs),
      many: await run("many", sizes.many, sizes.epochs),
      long: await run("long", sizes.few, sizes.longEpochs),
    };
  } finally {
    await emulator.stop();
  }
}

interface Size {
  readonly frames: number;
  readonly epochs: number;
  readonly jpeg: (index: number) => Buffer;
}

async function countRun(url: string, folder: string, size: Size): Promise<RunRequests> {
  mkdirSync(folder, { recursive: true });
  const client = (endpoint: string, role: string) =>
    new S3Client({
      ...{ endpoint, region, forcePathStyle: true },
      credentials: { accessKeyId: role, secretAccessKey: "test" },
    });
  const person = client(url, "test");
  const [data, registry] = [await bucket(person), await bucket(person)];
  await prepare(person, data, size.epochs);
  const front = await recordingFront(url, { [data]: arns.dataBucket, [registry]: arns.registryBucket });
  try {
    const environment = { ...(await variables(url, data, registry)), AWS_ENDPOINT_URL: front.url };
    const functions = openFunctions(names, join(folder, "functions"), environment);
    const Key = `incoming/${dataset}/may.zip`;
    const Body = await exportOf(join(folder, "export"), size);
    const { VersionId } = await client(front.url, "uploader").send(new PutObjectCommand({ Bucket: data, Key, Body }));
    const input = { time: "2026-01-02T03:04:05Z", upload: { location: Key, versionId: VersionId } };
    await wholeRun(functions, input, (start) => runJob(join(folder, "job"), { ...environment, ...start }));
    return count(front.heard);
  } finally {
    await front.close();
  }
}

let made = 0;

async function bucket(client: S3Client): Promise<string> {
  made += 1;
  const Bucket = `bobbin-bench-${made}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  return Bucket;
}

/** Done by a person before: starting weights, and the config of the data set. */
async function prepare(client: S3Client, bucketName: string, epochs: number): Promise<void> {
  const data = s3Store(client, bucketName);
  const bytes = readFileSync(join(root, "samples/thaal/yolov8n-rebuilt.pt"));
  const weights = { name: "yolov8n", file: "yolov8n-rebuilt.pt", bytes, unofficial: true };
  await addBaseWeights(weights, { stores: { data }, clock: { now: () => new Date() } });
  const { groupTable, names: classes, bobbin, recipe } = sampleRequest(smallRecipe(epochs));
  const config = testConfig({ dataset, groupRule: { kind: "pattern", pattern: "(?<group>g\\d+)_" } });
  const frozen = { config, groupTable, recipe, names: classes, bobbin };
  const project: FrozenProject = { schema: "bobbin/project/1", ...frozen, decode: true, device: "cpu" };
  await data.create(dataKeys.config(dataset), documentBytes(project));
}

async function variables(endpoint: string, data: string, registry: string): Promise<FunctionVariables> {
  const settings = { endpoint, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  const key = await new KMSClient(settings).send(
    new CreateKeyCommand({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" }),
  );
  const topic = await new SNSClient(settings).send(new CreateTopicCommand({ Name: "bobbin-bench" }));
  return {
    AWS_REGION: region,
    BOBBIN_DATA_BUCKET: data,
    BOBBIN_REGISTRY_BUCKET: registry,
    BOBBIN_SIGNING_KEY: key.KeyMetadata?.KeyId ?? "",
    BOBBIN_MACHINES: machines,
    BOBBIN_ALLOWED_REGIONS: region,
    BOBBIN_TRAINER_VERSION: "0.1.0",
    BOBBIN_JOB_QUEUE: "bench",
    BOBBIN_JOB_SECONDS: "21600",
    BOBBIN_ALARM_TOPIC: topic.TopicArn ?? "",
    BOBBIN_PRICES: JSON.stringify({ admission: 10_000, trainHour: 825_500, predictHour: 825_500, tries: 2 }),
  };
}

async function exportOf(folder: string, { frames, jpeg }: Size): Promise<Buffer> {
  writeYoloFolder(folder, frames, jpeg);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return zipOf(paths.map((path) => ({ name: path.slice(folder.length + 1), bytes: readFileSync(path) })));
}

/** The states of `train` in its order, each with what those before it gave. */
async function wholeRun(
  functions: Functions,
  input: object,
  job: (start: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  let state: Readonly<Record<string, unknown>> = { ...input };
  const take = async (field: string, name = field, more: object = {}) => {
    const output = await functions.invoke(name, { input: state, execution, ...more });
    state = { ...state, [field]: output };
    return output;
  };
  await take("admit");
  while ((await take("ingest")).done !== true);
  await take("split");
  await take("reserve");
  for (const kind of ["train", "predict"]) {
    const start = await functions.invoke("stage", { input: state, execution, job: kind });
    await job(start as Readonly<Record<string, string>>);
    await take(kind, "collect", { job: kind });
  }
  for (const name of ["compare", "publish", "settle"]) await take(name);
}

/** The container's program on this machine, with the variables that a job's start has. */
async function runJob(scratch: string, environment: Readonly<Record<string, string>>): Promise<void> {
  mkdirSync(scratch, { recursive: true });
  await promisify(execFile)(join(root, ".venv/bin/python"), ["-B", "-m", "bobbin_job"], {
    cwd: scratch,
    env: {
      PATH: process.env.PATH ?? "",
      PYTHONPATH: join(root, "containers/trainer"),
      ...environment,
      ...credentialsOf("job"),
      BOBBIN_SCRATCH: scratch,
    },
    maxBuffer: 50_000_000,
  });
}
