// What the functions' steps take in an AWS account. Clients live as long as the function's process; nothing is asked of AWS here.
import { BatchClient } from "@aws-sdk/client-batch";
import { KMSClient } from "@aws-sdk/client-kms";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SNSClient } from "@aws-sdk/client-sns";
import { ulid } from "ulid";
import { stepFunctions } from "../lib/aws/executions.ts";
import { s3Exports } from "../lib/aws/exports/s3-exports.ts";
import { batchCosts } from "../lib/aws/job-costs.ts";
import { snsNotifier } from "../lib/aws/notifier.ts";
import { openKmsSigner } from "../lib/aws/signer.ts";
import { bucketRegions } from "../lib/aws/store/bucket-region.ts";
import { s3Store } from "../lib/aws/store/s3-store.ts";
import { markTaken, pinUpload, uploadTerms } from "../lib/aws/uploads.ts";
import { dataKeys } from "../lib/contracts/layout.ts";
import { runRequest } from "../lib/contracts/run.ts";
import { onceNotifier, tellUnfinished } from "../lib/core/guard/tell-once.ts";
import type { Clock, Ids, Requests, Stores } from "../lib/core/ports.ts";
import { readDocument } from "../lib/core/registry/cas.ts";
import type { SettlePorts } from "../lib/core/steps/settle.ts";
import { readEnvironment } from "./env.ts";

export const environment = readEnvironment();
const region = environment.AWS_REGION;
const s3 = new S3Client({ region });

export const clock: Clock = { now: () => new Date() };

export const stores: Stores = {
  data: s3Store(s3, environment.BOBBIN_DATA_BUCKET),
  registry: s3Store(s3, environment.BOBBIN_REGISTRY_BUCKET),
};

export const exportsOfBucket = s3Exports(s3, environment.BOBBIN_DATA_BUCKET);

export const taken = markTaken(s3, environment.BOBBIN_DATA_BUCKET);

export const uploads = {
  stores,
  clock,
  region,
  allowedRegions: environment.BOBBIN_ALLOWED_REGIONS.split(","),
  bucketRegions: bucketRegions(s3, {
    "data bucket": environment.BOBBIN_DATA_BUCKET,
    "registry bucket": environment.BOBBIN_REGISTRY_BUCKET,
  }),
  jobSeconds: environment.BOBBIN_JOB_SECONDS,
  pin: pinUpload(s3, environment.BOBBIN_DATA_BUCKET),
  terms: uploadTerms(s3, environment.BOBBIN_DATA_BUCKET),
};

export const requests: Requests = {
  read: async (runId) => (await readDocument(stores.data, dataKeys.request(runId), runRequest)).value,
};

export const prices = environment.BOBBIN_PRICES;

/** How long the machine waits for a job of the longest recipe. */
export const patience = {
  timeoutSeconds: environment.BOBBIN_JOB_SECONDS,
  tries: prices.tries ?? 1,
  waitSeconds: prices.waitSeconds ?? 0,
};

/** A job that was stopped has half a minute to end; the function waits for it, since until then nobody knows its cost. */
const patienceSeconds = 120;

export const batch = new BatchClient({ region });
const asked = { queue: environment.BOBBIN_JOB_QUEUE, prices };

export const costs = batchCosts(batch, { ...asked, patienceSeconds });

export const costsNow = batchCosts(batch, asked);

const topic = snsNotifier(new SNSClient({ region }), environment.BOBBIN_ALARM_TOPIC);
const marks = { data: stores.data, clock };
const notifier = onceNotifier(topic, marks);
export const tellLate = () => tellUnfinished(topic, marks);

export const trainer = { version: async () => environment.BOBBIN_TRAINER_VERSION };

/** Asks KMS for the public half at the first signature of a process. */
export const openSigner = () => openKmsSigner(new KMSClient({ region }), environment.BOBBIN_SIGNING_KEY);

export const executions = stepFunctions(new SFNClient({ region }), environment.BOBBIN_MACHINES);

export const ids: Ids = { next: () => ulid() };

/** What it takes to settle for a run. */
export const settling: SettlePorts = {
  ...{ stores, requests, clock, costs, notifier, ids },
  start: async ({ runId, location, versionId }) => {
    if (versionId === null) throw new RangeError(`${location} waits without a version`);
    const upload = { location, versionId };
    await executions.start({ machine: "train", name: `${runId}-1` }, { runId, attempt: 1, upload });
  },
};
