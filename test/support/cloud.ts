// A stack on the emulated AWS, put up by the real CDK CLI from what the real app synthesises, and what a person does with it.
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { DescribeExecutionCommand, GetExecutionHistoryCommand, ListExecutionsCommand } from "@aws-sdk/client-sfn";
import { s3Store } from "../../lib/aws/store/s3-store.ts";
import type { CloudMachine } from "../../lib/contracts/cloud-run.ts";
import { findLedger } from "../../lib/core/budget/book.ts";
import { readLock } from "../../lib/core/registry/lock.ts";
import { endpoint, s3, sfn } from "./aws.ts";
import { lastingFolder } from "./folder.ts";
import { arns } from "./iam/bobbin.ts";
import { smallRecipe } from "./pipeline-run.ts";
import { credentialsOf } from "./recording-front.ts";

export const root = join(import.meta.dirname, "../..");
export const account = "111111111111";
const sample = join(root, "samples/thaal");
const bin = join(root, "node_modules/.bin");
const run = promisify(execFile);

/** What a program finds the emulated AWS by, as root. */
const asRoot = { AWS_ENDPOINT_URL: endpoint, ...credentialsOf("test") };
const environment = (home: string, account: Readonly<Record<string, string>>) => ({
  PATH: `${bin}:${process.env.PATH}`,
  HOME: home,
  AWS_REGION: "us-east-1",
  NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS ?? "",
  ...account,
});

/** The stack `bobbin-try`, so that no other test has its names; its settings are changed where a test says so. */
export async function cdk(words: readonly string[], change: object = {}): Promise<string> {
  const folder = lastingFolder();
  const settings = JSON.parse(readFileSync(join(root, "samples/aws/bobbin.cloud.json"), "utf8"));
  writeFileSync(
    join(folder, "bobbin.cloud.json"),
    JSON.stringify({ ...settings, $schema: undefined, name: "try", ...change }),
  );
  const variables = {
    ...environment(folder, asRoot),
    CDK_HOME: folder,
    CI: "1",
    CDK_DISABLE_VERSION_CHECK: "1",
    BOBBIN_CLOUD: join(folder, "bobbin.cloud.json"),
    // The gate `synth` validates; here it would cost five seconds a deploy.
    CDK_VALIDATION: "false",
  };
  const options =
    words[0] === "bootstrap" ? [] : ["--app", `node ${join(root, "bin/cdk.ts")}`, "--output", join(folder, "out")];
  const { stdout } = await run(join(bin, "cdk"), [...words, ...options], {
    // Bootstrapping in the app's folder would synthesise the app first.
    cwd: folder,
    env: variables,
    maxBuffer: 50_000_000,
  });
  return stdout;
}

const bucket = (kind: "data" | "registry") => `bobbin-try-${kind}-${account}-us-east-1`;
/** By the names that policies/ has for them. */
export const stackBuckets = { [bucket("data")]: arns.dataBucket, [bucket("registry")]: arns.registryBucket };
export const stackStores = () => ({ data: s3Store(s3(), bucket("data")), registry: s3Store(s3(), bucket("registry")) });

export interface Person {
  /** Their project: bobbin.json and two recipes. */
  readonly folder: string;
  /** One command of the real program in a process of its own; `value` is what it said as JSON. */
  readonly bobbin: (...words: string[]) => Promise<{ exit: number; value: Record<string, never>; stderr: string }>;
}

/** Somebody with the sample's project, at work on the stack. @param account variables by which the SDK finds AWS and its rights */
export function person(account: Readonly<Record<string, string>>): Person {
  const folder = lastingFolder();
  const config = JSON.parse(readFileSync(join(sample, "bobbin.json"), "utf8"));
  // The sample's own budget is for a laptop: it does not hold the months that a stack idles until its end.
  const budget = { ...config.budget, capUsd: 500 };
  writeFileSync(join(folder, "bobbin.json"), JSON.stringify({ ...config, budget }));
  for (const epochs of [1, 2, 50]) writeFileSync(join(folder, `${epochs}.json`), JSON.stringify(smallRecipe(epochs)));
  return {
    folder,
    async bobbin(...words) {
      const argv = [join(root, "bin/bobbin.js"), ...words, "--store", "aws:try", "--json"];
      const done = await run(process.execPath, argv, {
        cwd: folder,
        env: environment(folder, account),
        maxBuffer: 50_000_000,
      }).then(
        (said) => ({ code: 0, ...said }),
        (error: { code: number; stdout: string; stderr: string }) => error,
      );
      return { exit: done.code, value: JSON.parse(done.stdout || "{}"), stderr: done.stderr };
    },
  };
}

export const samplePath = join(sample, "thaal-cvat.zip");
export const sampleWeights = join(sample, "yolov8n-rebuilt.pt");

export async function upload(key: string, bytes: Uint8Array, Metadata: Record<string, string> = {}): Promise<void> {
  await s3().send(new PutObjectCommand({ Bucket: bucket("data"), Key: key, Body: bytes, Metadata }));
}

/** The run that holds the pipeline; null where it is free. */
export async function holder(): Promise<string | null> {
  return (await readLock(stackStores().registry)).holder?.runId ?? null;
}

/** Entries of the ledger that nobody has settled. */
export async function unsettled(budget: string) {
  const ledger = await findLedger(stackStores().registry, budget);
  return (ledger?.entries ?? []).filter(({ settled }) => settled === null);
}

const arnOf = (machine: CloudMachine) => `arn:aws:states:us-east-1:${account}:stateMachine:bobbin-try-${machine}`;
export const machineArn = arnOf("train");

/** Executions of a machine, newest first. */
export async function executions(machine: CloudMachine = "train"): Promise<readonly string[]> {
  const asked = new ListExecutionsCommand({ stateMachineArn: arnOf(machine) });
  const { executions: found = [] } = await sfn().send(asked);
  return found.map(({ executionArn = "" }) => executionArn);
}

/** The states that an execution entered, in order, and the longest text that one of them was given. */
export async function entered(executionArn: string) {
  const { events = [] } = await sfn().send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
  const states = events.flatMap(({ stateEnteredEventDetails: state }) => (state?.name ? [state] : []));
  return {
    names: states.map(({ name }) => name),
    longest: Math.max(...states.map(({ input = "" }) => input.length)),
    events: events.length,
  };
}

/** The execution that came after `before`, once it is there. */
export async function newExecution(before: readonly string[]): Promise<string> {
  return until(async () => (await executions()).find((arn) => !before.includes(arn)) ?? null, "an execution");
}

export async function ended(executionArn: string) {
  return until(async () => {
    const found = await sfn().send(new DescribeExecutionCommand({ executionArn }));
    return found.status === "RUNNING" ? null : found;
  }, `the end of ${executionArn}`);
}

export async function until<T>(look: () => Promise<T | null>, what: string, seconds = 120): Promise<T> {
  for (const end = Date.now() + seconds * 1000; ; await wait(250)) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
  }
}
