// A stack on the emulated AWS, put up by the real CDK CLI from what the real app synthesises, and what a person does with it.
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { DescribeExecutionCommand, ListExecutionsCommand } from "@aws-sdk/client-sfn";
import { s3Store } from "../../lib/aws/store/s3-store.ts";
import type { FrozenProject } from "../../lib/contracts/cloud-run.ts";
import { dataKeys } from "../../lib/contracts/layout.ts";
import { addBaseWeights } from "../../lib/core/registry/base-weights.ts";
import { documentBytes } from "../../lib/core/registry/cas.ts";
import { s3, sfn } from "./aws.ts";
import { lastingFolder } from "./folder.ts";
import { sampleRequest, smallRecipe } from "./pipeline-run.ts";

export const root = join(import.meta.dirname, "../..");
export const account = "111111111111";
const sample = join(root, "samples/thaal");
const bin = join(root, "node_modules/.bin");
const run = promisify(execFile);

/** The stack `bobbin-try`, so that no other test has its names; its settings are changed where a test says so. */
export async function cdk(words: readonly string[], change: object = {}): Promise<string> {
  const folder = lastingFolder();
  const settings = JSON.parse(readFileSync(join(root, "samples/aws/bobbin.cloud.json"), "utf8"));
  writeFileSync(
    join(folder, "bobbin.cloud.json"),
    JSON.stringify({ ...settings, $schema: undefined, name: "try", ...change }),
  );
  const environment = {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: folder,
    CDK_HOME: folder,
    CI: "1",
    CDK_DISABLE_VERSION_CHECK: "1",
    AWS_ENDPOINT_URL: process.env.BOBBIN_EMULATOR ?? "",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_REGION: "us-east-1",
    BOBBIN_CLOUD: join(folder, "bobbin.cloud.json"),
    // The gate `synth` validates; here it would cost five seconds a deploy.
    CDK_VALIDATION: "false",
  };
  const options =
    words[0] === "bootstrap" ? [] : ["--app", `node ${join(root, "bin/cdk.ts")}`, "--output", join(folder, "out")];
  const { stdout } = await run(join(bin, "cdk"), [...words, ...options], {
    // Bootstrapping in the app's folder would synthesise the app first.
    cwd: folder,
    env: environment,
    maxBuffer: 50_000_000,
  });
  return stdout;
}

const bucket = (kind: "data" | "registry") => `bobbin-try-${kind}-${account}-us-east-1`;
export const stackStores = () => ({ data: s3Store(s3(), bucket("data")), registry: s3Store(s3(), bucket("registry")) });

/** Done once by a person: starting weights, and how the data set is trained. */
export async function prepareStack(): Promise<void> {
  const { data } = stackStores();
  const bytes = readFileSync(join(sample, "yolov8n-rebuilt.pt"));
  const weights = { name: "yolov8n", file: "yolov8n-rebuilt.pt", bytes, unofficial: true };
  await addBaseWeights(weights, { stores: { data }, clock: { now: () => new Date() } });
  await pushProject(sampleProject(1));
}

/** As `bobbin config push` writes it over the one before. */
export async function pushProject(project: FrozenProject): Promise<void> {
  const { data } = stackStores();
  const key = dataKeys.config("thaal");
  const before = await data.head(key);
  if (before === null) await data.create(key, documentBytes(project));
  else await data.replace(key, documentBytes(project), before.etag);
}

/** The sample with the smallest recipe, on a processor. */
export function sampleProject(epochs: number): FrozenProject {
  const { config, groupTable, recipe, names, bobbin } = sampleRequest(smallRecipe(epochs));
  return {
    schema: "bobbin/project/1",
    ...{ config, groupTable, recipe, names, bobbin },
    decode: true,
    device: "cpu",
  };
}

export const sampleZip = () => readFileSync(join(sample, "thaal-cvat.zip"));

export async function upload(key: string, bytes: Uint8Array): Promise<void> {
  await s3().send(new PutObjectCommand({ Bucket: bucket("data"), Key: key, Body: bytes }));
}

export const machineArn = `arn:aws:states:us-east-1:${account}:stateMachine:bobbin-try-train`;

/** Executions of the machine, newest first. */
export async function executions(): Promise<readonly string[]> {
  const { executions: found = [] } = await sfn().send(new ListExecutionsCommand({ stateMachineArn: machineArn }));
  return found.map(({ executionArn = "" }) => executionArn);
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
