// What the adapters ask of AWS where a run on the sample does not come to it: long bodies, a lost answer, a pointer that moves.
// Each role's calls are recorded as those of the functions are; and beside it, who must not make them.
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { expect, it } from "@jest/globals";
import { batchCosts } from "../../lib/aws/job-costs.ts";
import { sendZip, type ZipSending } from "../../lib/aws/send-zip.ts";
import { s3Store } from "../../lib/aws/store/s3-store.ts";
import { markTaken } from "../../lib/aws/uploads.ts";
import { unfinishedOf } from "../../lib/cli/unfinished.ts";
import { budgetConfig } from "../../lib/contracts/config.ts";
import { trialRecord } from "../../lib/contracts/experiment.ts";
import { dataKeys, registryKeys, type UploadPlace } from "../../lib/contracts/layout.ts";
import { jobName } from "../../lib/contracts/names.ts";
import { commitPromise, commitRaise, readLedger } from "../../lib/core/budget/book.ts";
import { createOnce, documentBytes } from "../../lib/core/registry/cas.ts";
import type { AskedCosts } from "../../lib/core/steps/close-promises.ts";
import { giveBackIfEnded } from "../../lib/core/steps/late.ts";
import { settleRun } from "../../lib/core/steps/settle.ts";
import {
  batch,
  describeAws,
  endpoint,
  freshBucket,
  freshQueue,
  s3,
  submitJob,
  trouble,
  waitForJob,
} from "../support/aws.ts";
import { freshFolder } from "../support/folder.ts";
import { type Action, arns, decideFor } from "../support/iam/bobbin.ts";
import { tagsOf } from "../support/iam/calls.ts";
import { keptRecording, toRecording } from "../support/iam/recording.ts";
import { memoryStores } from "../support/memory-store.ts";
import { type Front, recordingFront } from "../support/recording-front.ts";
import { runIds, testRequest } from "../support/run-request.ts";

const [runId] = runIds;
const all = new Map<string, readonly Action[]>();
const refusedTo = (role: string, actions: readonly Action[] = []) => {
  const refused = actions.filter((action) => decideFor({ role }, action) !== "allowed");
  return [...new Set(refused.map(({ action }) => action))].sort();
};

/** A fresh bucket under one role. */
async function bucketOf(role: string, arn: string) {
  const bucket = await freshBucket(s3());
  const front = await recordingFront(endpoint, { [bucket]: arn });
  const client = s3({ endpoint: front.url, role });
  return { bucket, client, store: s3Store(client, bucket), close: () => keep(role, front) };
}

async function keep(role: string, front: Front): Promise<readonly Action[]> {
  await front.close();
  const asked = front.asked.get(role) ?? [];
  all.set(role, [...(all.get(role) ?? []), ...asked]);
  return asked;
}

/** Two parts of 16 MiB, or the beginning of three. */
async function* long(breaksOff: boolean) {
  for (let piece = 0; piece < (breaksOff ? 33 : 17); piece += 1) yield new Uint8Array(1024 * 1024);
  if (breaksOff) throw new Error("the source broke");
}

/** A zip of two parts that is to be sent. */
async function zipOfParts(bucket: string, place: UploadPlace): Promise<ZipSending> {
  const folder = freshFolder();
  const path = join(folder, "may.zip");
  writeFileSync(path, Buffer.alloc(6 * 1024 * 1024));
  const { size: bytes, mtime } = statSync(path);
  return {
    ...{ path, bytes, bucket, key: `${place}/cats/august.zip`, partBytes: 5 * 1024 * 1024 },
    modified: mtime.toISOString(),
    terms: { mode: "merge", retrain: "now" },
    unfinished: unfinishedOf(join(folder, "bobbin.json"), path, { stack: "try", place }),
    sent: () => undefined,
  };
}

describeAws("a long body", () => {
  it.each([
    ["ingest", dataKeys.staged(runId, "issues.jsonl")],
    ["split", dataKeys.datasetFile("cats", "d2", "manifest.jsonl")],
    ["stage", dataKeys.inputs(runId, "train")],
    ["stage", dataKeys.measured(runId, "frames.jsonl")],
    ["reserve-trial", dataKeys.experiment(runId, "frames.jsonl")],
    ["compare-experiment", dataKeys.experiment(runId, "predictions.jsonl")],
    ["operator", dataKeys.extraEvaluation(runId, "frames.jsonl")],
  ])("is written in parts by %s, taken back, and found where the answer was lost", async (role, key) => {
    const { client, store, close } = await bucketOf(role, arns.dataBucket);
    await expect(store.create(key, long(true))).rejects.toThrow("the source broke");
    await store.create(key, long(false));
    // As S3 says it where the parts were put together before, and that answer was lost.
    trouble(client, "CompleteMultipartUploadCommand", 404);
    await expect(store.create(key, long(false))).rejects.toMatchObject({ name: "ObjectExists" });
    const asked = await close();
    expect(refusedTo(role, asked)).toEqual([]);
    expect(refusedTo("collect", asked)).toEqual(["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]);
  });
});

describeAws("an upload", () => {
  it("is put by the uploader, in one piece or in parts", async () => {
    const role = "uploader";
    const { store, close } = await bucketOf(role, arns.dataBucket);
    await store.create("incoming/cats/may.zip", Buffer.from("zip"));
    await store.create("incoming/cats/june.zip", long(false));
    await expect(store.create("incoming/cats/july.zip", long(true))).rejects.toThrow("the source broke");
    const asked = await close();
    const tags = tagsOf[role] ?? {};
    expect(asked.filter((action) => decideFor({ role, tags }, action) !== "allowed")).toEqual([]);
    expect(refusedTo("ingest", asked)).toEqual(["s3:AbortMultipartUpload", "s3:PutObject"]);
  });

  it.each(["incoming", "exports"] as const)(
    "to %s is sent by the operator, goes on where it broke off, and is looked for where an answer was lost",
    async (place) => {
      const { bucket, client, store, close } = await bucketOf("operator", arns.dataBucket);
      await expect(store.create(`${place}/cats/july.zip`, long(true))).rejects.toThrow("the source broke");
      const zip = await zipOfParts(bucket, place);
      trouble(client, "CompleteMultipartUploadCommand", 503, 3);
      await expect(sendZip(zip, client)).rejects.toMatchObject({ name: "SlowDown" });
      await sendZip(zip, client);
      const asked = await close();
      expect(refusedTo("operator", asked)).toEqual([]);
      expect(refusedTo("ingest", asked)).toEqual([
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
        "s3:PutObject",
      ]);
    },
  );
});

describeAws("a pointer", () => {
  it("is moved by the operator, by compare and swap; Ingest may not even read the registry", async () => {
    const { store, close } = await bucketOf("operator", arns.registryBucket);
    const key = registryKeys.production("cats");
    const etag = await store.create(key, Buffer.from("{}"));
    await store.replace(key, Buffer.from("[]"), etag);
    await store.get(key);
    const asked = await close();
    expect(refusedTo("operator", asked)).toEqual([]);
    expect(refusedTo("ingest", asked)).toEqual(["s3:GetObject", "s3:PutObject"]);
  });
});

describeAws("a budget", () => {
  const terms = budgetConfig.parse({ capUsd: 200, ends: "2035-01-01T00:00:00Z" });
  const clock = { now: () => new Date("2026-12-01T00:00:00.000Z") };

  it("is raised by the operator, by compare and swap; Ingest may not even read it", async () => {
    const { store, close } = await bucketOf("operator", arns.registryBucket);
    const promised = { runId, item: "admission", amount: 1, at: clock.now().toISOString(), evidence: "" } as const;
    const memory = memoryStores();
    await commitPromise(memory.registry, terms, promised, "one");
    const key = registryKeys.ledger(terms.name);
    await store.create(key, (await memory.registry.get(key)).bytes);
    const raise = { to: 250_000_000, reason: "a test", by: "a person", at: clock.now().toISOString() };
    expect(await commitRaise(store, terms.name, raise, "two")).toMatchObject({ cap: 250_000_000 });
    const asked = await close();
    expect(refusedTo("operator", asked)).toEqual([]);
    expect(refusedTo("ingest", asked)).toEqual(["s3:GetObject", "s3:PutObject"]);
  });

  it.each(["reserve", "reserve-measure"])("gets back what %s promised for a run that was over", async (role) => {
    const { bucket, store, close } = await bucketOf(role, arns.dataBucket);
    const { registry } = memoryStores();
    const promised = { runId, item: "jobs", amount: 1, at: clock.now().toISOString(), evidence: "" } as const;
    await commitPromise(registry, terms, promised, "one");
    // Whoever settled for it has left this.
    await s3Store(s3(), bucket).create(dataKeys.failure(runId, 1), documentBytes({}));
    const over = await giveBackIfEnded({ runId }, ["jobs"], terms, { stores: { data: store, registry }, clock });
    expect(over).toBe(true);
    expect((await readLedger(registry, terms)).entries).toMatchObject([{ item: "jobs", settled: 0 }]);
    const asked = await close();
    expect(refusedTo(role, asked)).toEqual([]);
  });
});

describeAws("a training of an experiment", () => {
  it("is proven by Batch where Reserve came too late, and its record is found where an answer was lost", async () => {
    const queue = "calls";
    await freshQueue(batch(), queue);
    await waitForJob(batch(), await submitJob(batch(), queue, jobName(runId, "train", 1), "true"), "SUCCEEDED");
    const front = await recordingFront(endpoint, {});
    const prices = { admission: 0, trainHour: 1, predictHour: 1 };
    const costs = batchCosts(batch({ endpoint: front.url, role: "reserve-trial" }), { queue, prices });
    expect(await costs.of(runId, { attempt: 1, staged: ["train"] })).not.toBeNull();
    expect(refusedTo("reserve-trial", await keep("reserve-trial", front))).toEqual([]);

    const { store, close } = await bucketOf("collect-trial", arns.dataBucket);
    const trial = { id: runIds[1], arm: 0, seed: 0, fold: null };
    const record = trialRecord.parse({
      ...{ schema: "bobbin/trial/1", trial, promised: 2, settled: 1, trainSeconds: 1, predictSeconds: 1 },
      ...{ weightsSha256: "a".repeat(64), predictionsSha256: "b".repeat(64) },
    });
    for (let times = 0; times < 2; times += 1)
      expect(await createOnce(store, dataKeys.trial(runId, 0), trialRecord, record)).toEqual(record);
    expect(refusedTo("collect-trial", await close())).toEqual([]);
  });
});

describeAws("an export that is a folder", () => {
  it("is read and marked by Ingest, wherever it lies", async () => {
    const { bucket, client, store, close } = await bucketOf("ingest", arns.dataBucket);
    const mine = s3();
    const put = (Key: string) => mine.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.from("x") }));
    await put("exports/cats/june/a.jpg");
    const { VersionId: versionId = "" } = await put("exports/cats/june/_COMMIT.json");
    await store.get("exports/cats/june/a.jpg");
    await markTaken(client, bucket)({ location: "exports/cats/june/_COMMIT.json", versionId });
    expect(refusedTo("ingest", await close())).toEqual([]);
  });
});

describeAws("a run that died", () => {
  it("is settled for by what was written down of its jobs", async () => {
    const { bucket, store, close } = await bucketOf("settle", arns.dataBucket);
    const { registry } = memoryStores();
    const request = testRequest("incoming/cats/may.zip", { runId });
    const { budget } = request.config;
    const promised = { runId, item: "jobs", amount: 9, at: "2026-12-01T00:00:00.000Z", evidence: "" } as const;
    await commitPromise(registry, budget, promised, "one");
    await s3Store(s3(), bucket).create(dataKeys.jobMark(runId, "train", 1), documentBytes({}));
    const staged: unknown[] = [];
    const ports = {
      ...{ stores: { data: store, registry }, requests: { read: async () => request }, ids: { next: () => runIds[1] } },
      clock: { now: () => new Date("2026-12-01T00:00:00.000Z") },
      costs: {
        of: async (_: string, of: AskedCosts) => {
          staged.push(of.staged);
          return null;
        },
      },
      ...{ start: async () => undefined, notifier: { tell: async () => undefined } },
    };
    await settleRun({ runId, error: { Error: "RunStopped", Cause: "" } }, ports);
    expect(staged).toEqual([["train"]]);
    expect((await readLedger(registry, budget)).entries).toMatchObject([
      { settled: null, endedAt: expect.any(String) },
    ]);
    expect(refusedTo("settle", await close())).toEqual([]);
  });
});

describeAws("what these asked", () => {
  it("stands in the recording (npm run record)", () => {
    const found = toRecording(all);
    expect(found).toEqual(keptRecording("adapters", found));
  });
});
