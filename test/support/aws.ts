// AWS for tests: clients of the emulated one, buckets with nothing in them, and what a client is made to suffer.
import {
  BatchClient,
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  DescribeJobsCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
} from "@aws-sdk/client-batch";
import { BudgetsClient } from "@aws-sdk/client-budgets";
import { EC2Client } from "@aws-sdk/client-ec2";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  type GetObjectCommandOutput,
  PutBucketVersioningCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SNSClient } from "@aws-sdk/client-sns";
import { afterAll, describe } from "@jest/globals";

/** Set by jest's globalSetup of the project `aws`; empty where there is none. */
export const endpoint = process.env.BOBBIN_EMULATOR ?? "";

/** `describe`, skipped where the emulated AWS could not be installed. */
export const describeAws = endpoint === "" ? describe.skip : describe;

const settings = {
  ...(endpoint === "" ? {} : { endpoint }),
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 3,
};

const open: { readonly destroy: () => void }[] = [];
function kept<T extends { readonly destroy: () => void }>(client: T): T {
  open.push(client);
  return client;
}
/** @param at another way there, as another role */
export function s3(at?: { readonly endpoint: string; readonly role: string }): S3Client {
  const other =
    at === undefined ? {} : { endpoint: at.endpoint, credentials: { ...settings.credentials, accessKeyId: at.role } };
  return kept(new S3Client({ ...settings, ...other, forcePathStyle: true }));
}
export const kms = () => kept(new KMSClient(settings));
export function batch(at?: { readonly endpoint: string; readonly role: string }): BatchClient {
  const credentials = { ...settings.credentials, ...(at === undefined ? {} : { accessKeyId: at.role }) };
  return kept(new BatchClient({ ...settings, ...(at === undefined ? {} : { endpoint: at.endpoint }), credentials }));
}
export const lambda = () => kept(new LambdaClient(settings));
export const sns = () => kept(new SNSClient(settings));
export const ec2 = () => kept(new EC2Client(settings));
export const events = () => kept(new EventBridgeClient(settings));
export const budgets = () => kept(new BudgetsClient(settings));
export const sfn = () => kept(new SFNClient(settings));
// Connections that are kept alive would keep the test's process too.
afterAll(() => {
  for (const client of open) client.destroy();
});

let made = 0;

/** A bucket of its own, versioned as Bobbin's are. */
export async function freshBucket(client: S3Client): Promise<string> {
  made += 1;
  const Bucket = `bobbin-test-${process.pid}-${Date.now()}-${made}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  return Bucket;
}

/** A queue, and a job definition of the same name, whose jobs are commands. */
export async function freshQueue(client: BatchClient, name: string): Promise<void> {
  const environment = { computeEnvironmentName: name, type: "UNMANAGED", state: "ENABLED" } as const;
  await client.send(new CreateComputeEnvironmentCommand(environment));
  const computeEnvironmentOrder = [{ order: 1, computeEnvironment: name }];
  await client.send(new CreateJobQueueCommand({ jobQueueName: name, priority: 1, computeEnvironmentOrder }));
  const containerProperties = { image: "none", command: ["true"], vcpus: 1, memory: 64 };
  await client.send(
    new RegisterJobDefinitionCommand({ jobDefinitionName: name, type: "container", containerProperties }),
  );
}

/** @returns the job's id */
export async function submitJob(
  client: BatchClient,
  queue: string,
  jobName: string,
  ...command: string[]
): Promise<string> {
  const job = { jobName, jobQueue: queue, jobDefinition: queue, containerOverrides: { command } };
  return (await client.send(new SubmitJobCommand(job))).jobId ?? "";
}

export async function waitForJob(client: BatchClient, jobId: string, status: string): Promise<void> {
  for (;;) {
    const { jobs = [] } = await client.send(new DescribeJobsCommand({ jobs: [jobId] }));
    if (jobs[0]?.status === status) return;
    await new Promise((settle) => setTimeout(settle, 50));
  }
}

/** `lost`: it happened and the answer never came. A number: refused with that status. `slow`: late. */
export type Trouble = "lost" | "slow" | keyof typeof codes;

const codes = { 404: "NoSuchUpload", 409: "ConditionalRequestConflict", 503: "SlowDown" } as const;

/**
 * Makes the first `times` requests of a command suffer, below the SDK's own retries, as the network and S3 would.
 * @returns how many are still to come
 */
export function trouble(client: S3Client, command: string, kind: Trouble, times = 1): { readonly left: () => number } {
  let left = times;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName !== command || left === 0) return next(args);
      left -= 1;
      if (typeof kind === "number") throw refusal(kind);
      if (kind === "slow") await new Promise((resolve) => setTimeout(resolve, 50));
      const answer = await next(args);
      if (kind === "lost")
        throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET", name: "TimeoutError" });
      return answer;
    },
    // After `retry`, so that each of its attempts comes through here.
    { step: "finalizeRequest", priority: "low", name: `trouble-${command}-${kind}-${Math.random()}` },
  );
  return { left: () => left };
}

/** What S3 refuses a request with. */
export function refusal(status: keyof typeof codes): Error {
  return new S3ServiceException({
    name: codes[status],
    message: "made up for a test",
    $fault: status < 500 ? "client" : "server",
    $metadata: { httpStatusCode: status },
  });
}

/** The next bodies break off after their first piece, as a connection does. */
export function breakBodies(client: S3Client, times: number): void {
  let left = times;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next(args);
      if (context.commandName !== "GetObjectCommand" || left === 0) return answer;
      left -= 1;
      const output = answer.output as GetObjectCommandOutput;
      return { ...answer, output: { ...output, Body: firstPiece(output.Body as AsyncIterable<Uint8Array>) } as never };
    },
    { step: "initialize", name: "break-bodies" },
  );
}

async function* firstPiece(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    yield chunk.subarray(0, 1000);
    throw Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
  }
}

/** How often each command was asked for from now on. */
export function countCalls(client: S3Client): { readonly of: (command: string) => number } {
  const counts = new Map<string, number>();
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      (args) => {
        counts.set(commandName, (counts.get(commandName) ?? 0) + 1);
        return next(args);
      },
    { step: "initialize", name: "count-calls" },
  );
  return { of: (command) => counts.get(command) ?? 0 };
}
