// What the adapters ask of AWS beyond a run's plain reads and writes, recorded from the SDK: roles may make exactly these calls.
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { CreateStateMachineCommand } from "@aws-sdk/client-sfn";
import { expect, it } from "@jest/globals";
import { stepFunctions } from "../../lib/aws/executions.ts";
import { s3Exports } from "../../lib/aws/exports/s3-exports.ts";
import { openKmsSigner } from "../../lib/aws/signer.ts";
import { s3Store } from "../../lib/aws/store/s3-store.ts";
import { dataKeys, registryKeys } from "../../lib/contracts/layout.ts";
import { describeAws, freshBucket, kms, s3, sfn } from "../support/aws.ts";
import { type Action, arns, decideFor } from "../support/iam/bobbin.ts";
import { recordSdk } from "../support/iam/sdk-calls.ts";
import { runIds } from "../support/run-request.ts";

const [runId] = runIds;
const names = (actions: readonly Action[]) => [...new Set(actions.map(({ action }) => action))].sort();
const refusedTo = (role: string, actions: readonly Action[]) =>
  names(actions.filter((action) => decideFor({ role }, action) !== "allowed"));

async function recordedBucket(arn: string) {
  const client = s3();
  const bucket = await freshBucket(client);
  const asked: Action[] = [];
  recordSdk(client, asked, { [bucket]: arn });
  return { client, bucket, asked, store: s3Store(client, bucket) };
}

async function* long(breaksOff: boolean) {
  for (let piece = 0; piece < 17; piece += 1) yield new Uint8Array(1024 * 1024);
  if (breaksOff) throw new Error("the source broke");
}

describeAws("a long body", () => {
  it.each([
    ["ingest", dataKeys.staged(runId, "issues.jsonl")],
    ["split", dataKeys.datasetFile("cats", "d2", "manifest.jsonl")],
  ])("may be written in parts by %s, and taken back", async (role, key) => {
    const { asked, store } = await recordedBucket(arns.dataBucket);
    await expect(store.create(key, long(true))).rejects.toThrow("the source broke");
    await store.create(key, long(false));
    await expect(store.create(key, long(false))).rejects.toMatchObject({ name: "ObjectExists" });
    expect(names(asked)).toEqual(["kms:Decrypt", "kms:GenerateDataKey", "s3:AbortMultipartUpload", "s3:PutObject"]);
    expect(refusedTo(role, asked)).toEqual([]);
    expect(refusedTo("compare", asked)).toEqual(["s3:AbortMultipartUpload", "s3:PutObject"]);
  });
});

describeAws("a folder upload", () => {
  it("may be read by Ingest, and by nobody else that opens uploads", async () => {
    const { client, bucket, asked } = await recordedBucket(arns.dataBucket);
    const key = "incoming/cats/june/_COMMIT.json";
    const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const files = [{ name: "labels/1.txt", bytes: 0, sha256: empty }];
    const commit = { schema: "bobbin/upload-commit/1", mode: "merge", retrain: "now", files };
    const put = async (Key: string, text: string) =>
      (await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.from(text) }))).VersionId ?? "";
    await put("incoming/cats/june/labels/1.txt", "");
    const versionId = await put(key, JSON.stringify(commit));
    asked.length = 0;
    const source = await s3Exports(client, bucket).open({ location: key, versionId, sha256: null });
    expect(await source.entries()[0]?.read()).toHaveLength(0);
    expect(names(asked)).toEqual(["kms:Decrypt", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"]);
    expect(refusedTo("ingest", asked)).toEqual([]);
    expect(refusedTo("split", asked)).toEqual(["s3:GetObject", "s3:GetObjectVersion"]);
  });
});

describeAws("a pointer", () => {
  it("is moved by the operator, by compare and swap; Ingest may not even read the registry", async () => {
    const { asked, store } = await recordedBucket(arns.registryBucket);
    const key = registryKeys.production("cats");
    const etag = await store.create(key, Buffer.from("{}"));
    await store.replace(key, Buffer.from("[]"), etag);
    await store.get(key);
    expect(refusedTo("operator", asked)).toEqual([]);
    expect(refusedTo("ingest", asked)).toEqual(["s3:GetObject", "s3:PutObject"]);
  });
});

describeAws("a signature", () => {
  it("is made by Publish and by no other role", async () => {
    const client = kms();
    const { KeyMetadata } = await client.send(
      new CreateKeyCommand({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" }),
    );
    const asked: Action[] = [];
    recordSdk(client, asked);
    const signer = await openKmsSigner(client, KeyMetadata?.KeyId ?? "");
    await signer.sign(Buffer.from("release"));
    expect(names(asked)).toEqual(["kms:GetPublicKey", "kms:Sign"]);
    expect(refusedTo("publish", asked)).toEqual([]);
    expect(refusedTo("operator", asked)).toEqual(["kms:Sign"]);
    expect(refusedTo("ingest", asked)).toEqual(["kms:GetPublicKey", "kms:Sign"]);
  });
});

describeAws("an execution", () => {
  it("is started, watched and stopped by the operator; Settle starts the next one and looks how one ended", async () => {
    const client = sfn();
    const States = { Rest: { Type: "Wait", Seconds: 60, End: true } };
    const definition = JSON.stringify({ StartAt: "Rest", States });
    const roleArn = "arn:aws:iam::111111111111:role/nobody";
    await client.send(new CreateStateMachineCommand({ name: "bobbin-thaal-train", roleArn, definition }));
    const asked: Action[] = [];
    recordSdk(client, asked);
    const executions = stepFunctions(client, arns.machines);
    const id = { machine: "train", name: runId } as const;
    await executions.start(id, {});
    const started = [...asked];
    await executions.describe(id);
    for await (const event of executions.history(id)) expect(event.type).not.toBe("");
    await executions.stop(id, { name: "RunCancelled", cause: "a test" });
    expect(asked).toHaveLength(4);
    expect(refusedTo("operator", asked)).toEqual([]);
    expect(refusedTo("settle", started)).toEqual([]);
    expect(refusedTo("settle", asked)).toEqual(["states:DescribeExecution", "states:StopExecution"]);
  });
});
