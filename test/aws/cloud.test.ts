// The whole account, once: the real CDK CLI puts the stacks up on the emulated AWS, an upload becomes a signed release through
// EventBridge, Step Functions, the functions' bundles and the real trainer; what goes wrong has a name and leaves nothing held.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { DescribeJobQueuesCommand, DescribeJobsCommand, ListJobsCommand } from "@aws-sdk/client-batch";
import { GetFunctionCommand } from "@aws-sdk/client-lambda";
import { DeleteObjectCommand, GetBucketVersioningCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { DescribeStateMachineCommand, GetExecutionHistoryCommand, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { openKmsSigner } from "../../lib/aws/signer.ts";
import { evaluateAnswer, measureAnswer } from "../../lib/contracts/answers.ts";
import { evaluation } from "../../lib/contracts/evaluation.ts";
import { dataKeys, registryKeys } from "../../lib/contracts/layout.ts";
import { readDocument } from "../../lib/core/registry/cas.ts";
import { verifyRelease } from "../../lib/core/registry/verify.ts";
import { batch, describeAws, endpoint, kms, lambda, s3, sfn } from "../support/aws.ts";
import {
  cdk,
  ended,
  entered,
  executions,
  holder,
  machineArn,
  newExecution,
  type Person,
  person,
  root,
  samplePath,
  sampleWeights,
  stackBuckets,
  stackStores,
  unsettled,
  until,
  upload,
} from "../support/cloud.ts";
import { keptRecording, toRecording } from "../support/iam/recording.ts";
import { credentialsOf, type Front, recordingFront } from "../support/recording-front.ts";
import { story } from "../support/story.ts";

/** Asked by `stop --all` only where a job is seen alive after its execution was stopped, which is a matter of milliseconds. */
const whereJobsOutlive = ["batch:DescribeJobs *", "batch:TerminateJob arn:aws:batch:us-east-1:111111111111:job/1"];

describeAws("an account", () => {
  let release = "";
  let front: Front;
  let someone: Person;

  beforeAll(async () => {
    front = await recordingFront(endpoint, stackBuckets);
    someone = person({ AWS_ENDPOINT_URL: front.url, ...credentialsOf("operator") });
    await cdk(["bootstrap", "aws://111111111111/us-east-1"]);
    await cdk(["deploy", "--all", "--require-approval", "never"]);
    const weights = await someone.bobbin("base", "add", sampleWeights, "--name", "yolov8n", "--unofficial");
    expect(weights).toMatchObject({ exit: 0, value: { name: "yolov8n", official: false } });
    const pushed = await someone.bobbin("config", "push", "--device", "cpu", "--recipe", "1.json");
    expect(pushed).toMatchObject({ exit: 0, value: { key: "config/thaal.json", recipe: "smallest" } });
  }, 420_000);
  afterAll(() => front.close());

  it("holds what the templates say, as AWS itself tells", async () => {
    const { Configuration } = await lambda().send(new GetFunctionCommand({ FunctionName: "bobbin-try-admit" }));
    expect(Configuration).toMatchObject({ Runtime: "nodejs24.x", Handler: "index.handler", Timeout: 900 });
    const machine = await sfn().send(new DescribeStateMachineCommand({ stateMachineArn: machineArn }));
    expect(machine.roleArn).toBe("arn:aws:iam::111111111111:role/bobbin-try-machine");
    const { jobQueues = [] } = await batch().send(new DescribeJobQueuesCommand({ jobQueues: ["bobbin-try"] }));
    expect(jobQueues[0]?.computeEnvironmentOrder).toHaveLength(1);
    for (const kind of ["data", "registry"]) {
      const Bucket = `bobbin-try-${kind}-111111111111-us-east-1`;
      expect((await s3().send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe("Enabled");
    }
  });

  it("makes a release of an upload, which the command line follows", async () => {
    const { exit, value, stderr } = await someone.bobbin("run", samplePath);
    expect({ exit, ...value }).toMatchObject({ exit: 0, status: "succeeded", version: "v0" });
    const told = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(told).toContainEqual(expect.objectContaining({ kind: "work", what: "bytes sent" }));
    expect(told).toContainEqual(expect.objectContaining({ kind: "state", state: "Publish", status: "succeeded" }));
    expect(told).toContainEqual(expect.objectContaining({ kind: "train", phase: "train", epoch: 1 }));
    [release = ""] = await executions();
    expect((await ended(release)).status).toBe("SUCCEEDED");
    const { registry } = stackStores();
    const prefix = registryKeys.release("thaal", "v0");
    const files: string[] = [];
    for await (const { key } of registry.list(prefix)) files.push(key.slice(prefix.length));
    const publicKey = await (await openKmsSigner(kms(), "alias/bobbin-try-signing")).publicKey();
    const read = (name: string) => Readable.from(registry.stream(`${prefix}${name}`));
    expect(await verifyRelease({ list: async () => files, read }, publicKey)).toMatchObject({ ok: true });
    expect(await holder()).toBeNull();
  }, 420_000);

  it("answers the commands that read", async () => {
    const models = await someone.bobbin("models");
    expect(models).toMatchObject({ exit: 0, value: { models: [{ model: "thaal", releases: [{ version: "v0" }] }] } });
    const runs = await someone.bobbin("runs");
    expect(runs).toMatchObject({ exit: 0, value: [{ status: "succeeded", version: "v0", recipe: "smallest" }] });
    const { value } = await someone.bobbin("report", "v0", "--no-open");
    expect(readFileSync(String(value.report), "utf8")).toContain("<!doctype html>");
    const check = await someone.bobbin("check", samplePath);
    expect(check).toMatchObject({
      exit: 0,
      value: { frames: 108, difference: { framesUnchanged: 108, framesAdded: 0 } },
    });
    const verified = await someone.bobbin("verify", "v0");
    expect(verified).toMatchObject({ exit: 0, value: { model: "thaal", version: "v0", folder: "models/thaal/v0/" } });
  }, 60_000);

  it("measures the off-the-shelf model on an export of this machine, and brings home what it found", async () => {
    const { exit, value, stderr } = await someone.bobbin("measure", samplePath);
    const answer = measureAnswer.parse(value);
    expect({ exit, ...answer.all }).toMatchObject({ exit: 0, groups: 3, frames: 108, objects: 207 });
    expect(stderr).toContain('"model":"base"');
    for (const file of Object.values(answer.files)) {
      expect(file).toContain(join(someone.folder, `measure_${answer.runId}`));
      expect(statSync(file).size).toBeGreaterThan(0);
    }
    const [execution = ""] = await executions("measure");
    const { names, longest } = await entered(execution);
    expect(names).toEqual([
      ...["Admit", "IsAdmitted", "Ingest", "IsIngested", "Ingest", "IsIngested", "Reserve", "IsReserved", "FindImage"],
      ...["StagePredict", "Predict", "CollectPredict", "NeedTraining", "Settle", "HowSettled", "Done"],
    ]);
    expect(longest).toBeLessThan(4_000);
    // Nothing that it sent was trained on: no event starts anything there.
    const { value: runs } = await someone.bobbin("runs");
    expect(runs).toMatchObject([{ machine: "measure", status: "succeeded" }, { machine: "train" }]);
    expect(await executions()).toEqual([release]);
    expect([await holder(), await unsettled("demo")]).toEqual([null, []]);
  }, 240_000);

  it("scores a release on an export of this machine, frames it has seen apart, and keeps what it found", async () => {
    const { exit, value } = await someone.bobbin("evaluate", "v0", "--on", samplePath);
    const answer = evaluateAnswer.parse(value);
    expect({ exit, frames: answer.frames, version: answer.version }).toEqual({ exit: 0, frames: 108, version: "v0" });
    const { data, registry } = stackStores();
    const lines = Buffer.from((await registry.get("models/thaal/v0/dataset_split_v0.csv")).bytes)
      .toString()
      .split("\n");
    const known = lines.filter((line) => /,(train|val)\r?$/.test(line)).length;
    // The very images of train and val, by their digests; those of test are new to the release.
    expect(answer.seen).toMatchObject({ byHash: known, byGroup: 0 });
    expect([answer.unseen.frames, answer.seenScores.frames]).toEqual([108 - known, known]);
    const at = (file: "evaluation.json" | "report.html") => dataKeys.extraEvaluation(answer.runId, file);
    expect(answer.evaluation).toBe(`s3://bobbin-try-data-111111111111-us-east-1/${at("evaluation.json")}`);
    const kept = await readDocument(data, at("evaluation.json"), evaluation);
    expect(kept.value).toMatchObject({ model: "thaal", version: "v0" });
    expect(kept.value.models[0]?.parts.test?.all.frames).toBe(108 - known);
    expect(Buffer.from((await data.get(at("report.html"))).bytes).equals(readFileSync(answer.report))).toBe(true);
    // It took no lock and no money, is no run, and leaves nothing here.
    const runs = (await someone.bobbin("runs")).value as unknown as readonly { runId: string }[];
    expect(runs.map(({ runId }) => runId)).not.toContain(answer.runId);
    expect(readdirSync(join(someone.folder, ".bobbin/evaluate"))).toEqual([]);
  }, 240_000);

  it("scores nothing with a release that is not as it was signed, nor with a key that is not the one meant", async () => {
    const other = await someone.bobbin(
      "evaluate",
      "v0",
      "--on",
      samplePath,
      "--fingerprint",
      `SHA256:${"0".repeat(64)}`,
    );
    expect(other).toMatchObject({ exit: 1, value: { error: { name: "VerifyFailed" } } });
    const missing = await someone.bobbin("evaluate", "v7", "--on", samplePath);
    expect(missing).toMatchObject({ exit: 2, value: { error: { name: "ReleaseMissing" } } });
    // As nobody may but on an emulator without rights.
    const at = { Bucket: "bobbin-try-registry-111111111111-us-east-1", Key: "models/thaal/v0/yolov8n_thaal_v0.pt" };
    const { VersionId } = await s3().send(new PutObjectCommand({ ...at, Body: Buffer.from("other weights") }));
    const changed = await someone.bobbin("evaluate", "v0", "--on", samplePath);
    expect(changed).toMatchObject({ exit: 1, value: { error: { name: "VerifyFailed" } } });
    expect(changed.value).toMatchObject({ error: { data: { what: "the SHA-256 of yolov8n_thaal_v0.pt" } } });
    await s3().send(new DeleteObjectCommand({ ...at, VersionId }));
    expect(await someone.bobbin("verify", "v0")).toMatchObject({ exit: 0 });
  }, 120_000);

  it("tells the story in the history: the states by name, what each was given in a few lines", async () => {
    const { events = [] } = await sfn().send(
      new GetExecutionHistoryCommand({ executionArn: release, maxResults: 1000 }),
    );
    const entered = events.flatMap(({ stateEnteredEventDetails: state }) => (state?.name ? [state] : []));
    expect(entered.map(({ name }) => name)).toEqual([
      ...["Admit", "IsAdmitted", "Ingest", "IsIngested", "Ingest", "IsIngested", "Split", "Reserve", "IsReserved"],
      ...["FindImage", "StageTrain", "Train", "CollectTrain", "StagePredict", "Predict", "CollectPredict"],
      ...["Compare", "Publish", "Settle", "HowSettled", "Done"],
    ]);
    expect(JSON.parse(entered[0]?.input ?? "{}")).toEqual({
      time: expect.stringMatching(/^20/),
      region: "us-east-1",
      upload: {
        location: expect.stringMatching(/^incoming\/thaal\/thaal-cvat-.*\.zip$/),
        versionId: expect.any(String),
      },
    });
    for (const { input = "" } of entered) expect(input.length).toBeLessThan(4_000);
    const [, shown = ""] = /```history\n(.*?)```/s.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
    expect(`${story(events)}\n`).toBe(shown);
  });

  it("runs an event once that comes many times, in whatever order", async () => {
    const { events = [] } = await sfn().send(new GetExecutionHistoryCommand({ executionArn: release, maxResults: 1 }));
    const input = events[0]?.executionStartedEventDetails?.input ?? "";
    const again = await Promise.all(
      Array.from({ length: 5 }, () => sfn().send(new StartExecutionCommand({ stateMachineArn: machineArn, input }))),
    );
    for (const { executionArn = "" } of again) {
      const { status, output } = await ended(executionArn);
      expect(status).toBe("SUCCEEDED");
      expect(JSON.parse(output ?? "{}").admit).toMatchObject({ outcome: "duplicate" });
    }
    expect(await holder()).toBeNull();
  }, 60_000);

  it("refuses garbage by name, leaves it where it lies and the pipeline free", async () => {
    const before = await executions();
    await upload("incoming/thaal/garbage.zip", Buffer.from("this is no archive"));
    const { status, error, cause } = await ended(await newExecution(before));
    expect({ status, error }).toEqual({ status: "FAILED", error: "ArchiveInvalid" });
    expect(cause).toContain("garbage.zip");
    expect(await holder()).toBeNull();
    const { value } = await someone.bobbin("runs");
    const failed = (value as unknown as readonly { runId: string; status: string }[]).find(
      (run) => run.status === "failed",
    );
    // Taken up again it is the same garbage.
    const again = await someone.bobbin("resume", failed?.runId ?? "");
    expect(again).toMatchObject({ exit: 1, value: { error: { name: "ArchiveInvalid" } } });
    expect(await holder()).toBeNull();
  }, 60_000);

  it("tells of an upload that was refused before it became a run, and takes it up when that is mended", async () => {
    const before = await executions();
    await upload("incoming/nobody/early.zip", Buffer.from("this is no archive"));
    const { error, cause } = await ended(await newExecution(before));
    expect({ error, cause }).toMatchObject({
      error: "NoConfigForDataset",
      cause: expect.stringContaining("there is no config/nobody.json"),
    });
    const { value } = await someone.bobbin("runs");
    const [refused] = value as unknown as readonly { runId: string }[];
    expect(refused).toMatchObject({
      status: "failed",
      source: "incoming/nobody/early.zip",
      recipe: null,
      failure: { state: "Admit", error: { name: "NoConfigForDataset" } },
    });
    const said = await someone.bobbin("status", refused?.runId ?? "");
    expect(said).toMatchObject({ exit: 0, value: refused });
    const { data } = stackStores();
    const project = JSON.parse(Buffer.from((await data.get("config/thaal.json")).bytes).toString());
    const own = { ...project, config: { ...project.config, dataset: "nobody" } };
    await data.create("config/nobody.json", Buffer.from(JSON.stringify(own)));
    // It got further: to what lies in the archive.
    const again = await someone.bobbin("resume", refused?.runId ?? "");
    expect(again).toMatchObject({ exit: 1, value: { error: { name: "ArchiveInvalid" } } });
    expect(await holder()).toBeNull();
  }, 60_000);

  it("ends the job of a run that is stopped, settles for it and frees the pipeline", async () => {
    await someone.bobbin("config", "push", "--device", "cpu", "--recipe", "50.json");
    const sent = await someone.bobbin("upload", samplePath, "--name", "second");
    expect(sent).toMatchObject({ exit: 0, value: { key: "incoming/thaal/second.zip" } });
    const jobId = await until(runningJob, "a running job");
    const runId = (await holder()) ?? "";
    expect(await someone.bobbin("status", runId)).toMatchObject({ value: { status: "running" } });
    expect(await someone.bobbin("cancel", runId)).toMatchObject({ exit: 0, value: { status: "cancelled" } });
    expect(await holder()).toBeNull();
    const { jobs = [] } = await batch().send(new DescribeJobsCommand({ jobs: [jobId] }));
    expect(jobs[0]?.status).toBe("FAILED");
    // The recipe's ten minutes, and a minute and a half to end by itself.
    expect(jobs[0]?.timeout).toEqual({ attemptDurationSeconds: 690 });
    expect(await unsettled("demo")).toEqual([]);
  }, 120_000);

  it("stops all of it at one word, settles though nothing can start, and goes on when a person raises the budget", async () => {
    await someone.bobbin("config", "push", "--device", "cpu", "--recipe", "50.json");
    await someone.bobbin("upload", samplePath, "--name", "third");
    const jobId = await until(runningJob, "a running job");
    const stopped = await someone.bobbin("stop", "--all", "--reason", "a test");
    expect(stopped).toMatchObject({ exit: 0, value: { executions: 1 } });
    const { jobs = [] } = await batch().send(new DescribeJobsCommand({ jobs: [jobId] }));
    expect(jobs[0]?.status).toBe("FAILED");
    // The guard hears of the execution's end, and settles by the proof of the job's.
    await until(async () => ((await holder()) === null ? true : null), "a free pipeline");
    await until(async () => ((await unsettled("demo")).length === 0 ? true : null), "a settled ledger");
    const { jobQueues = [] } = await batch().send(new DescribeJobQueuesCommand({ jobQueues: ["bobbin-try"] }));
    expect(jobQueues[0]?.state).toBe("DISABLED");
    const { value: shut } = await someone.bobbin("budget");
    expect(shut).toMatchObject({ left: 0, closed: { kind: "cutOff", reason: expect.stringContaining("a test") } });
    const before = await executions();
    await someone.bobbin("upload", samplePath, "--name", "fourth");
    await new Promise((settle) => setTimeout(settle, 2_000));
    expect(await executions()).toEqual(before);
    const raised = await someone.bobbin("budget", "raise", "--to", "500", "--reason", "it was a test");
    expect(raised).toMatchObject({ exit: 0, value: { from: 500_000_000, to: 500_000_000 } });
    const after = await executions();
    await someone.bobbin("upload", samplePath, "--name", "fifth");
    await newExecution(after);
    await until(runningJob, "a running job");
    expect(await someone.bobbin("cancel", (await holder()) ?? "")).toMatchObject({ exit: 0 });
  }, 300_000);

  it("asked as its operator what the policies are decided by: look at what is new, then record it anew (npm run record)", () => {
    const { operator = [], ...others } = toRecording(front.asked);
    const found = { ...others, operator: [...new Set([...operator, ...whereJobsOutlive])].sort() };
    expect(found).toEqual(keptRecording("commands", found));
  });

  it("takes a change and goes away again, but for buckets and keys", async () => {
    await cdk(["deploy", "--all", "--require-approval", "never"], { jobHours: 7 });
    await cdk(["destroy", "bobbin-try", "--force"]);
    // The data is protected against a slip of the hand.
    await expect(cdk(["destroy", "bobbin-try-data", "--force"])).rejects.toThrow("TerminationProtection");
    await expect(sfn().send(new DescribeStateMachineCommand({ stateMachineArn: machineArn }))).rejects.toMatchObject({
      name: "StateMachineDoesNotExist",
    });
    expect(await holder()).toBeNull();
    await openKmsSigner(kms(), "alias/bobbin-try-signing");
  }, 300_000);
});

async function runningJob(): Promise<string | null> {
  const { jobSummaryList = [] } = await batch().send(
    new ListJobsCommand({ jobQueue: "bobbin-try", jobStatus: "RUNNING" }),
  );
  return jobSummaryList[0]?.jobId ?? null;
}
