// A real trainer under Batch and Step Functions of the emulated AWS, and the cut-off in the middle of it: how long until nothing is left.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import {
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  DescribeJobQueuesCommand,
  RegisterJobDefinitionCommand,
} from "@aws-sdk/client-batch";
import { DescribeRuleCommand, PutRuleCommand } from "@aws-sdk/client-eventbridge";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { CreateStateMachineCommand } from "@aws-sdk/client-sfn";
import { ulid } from "ulid";
import { stackDoors } from "../../lib/aws/doors.ts";
import { stepFunctions } from "../../lib/aws/executions.ts";
import { s3Exports } from "../../lib/aws/exports/s3-exports.ts";
import { batchCosts } from "../../lib/aws/job-costs.ts";
import { batchQueue } from "../../lib/aws/job-queue.ts";
import { s3Store } from "../../lib/aws/store/s3-store.ts";
import { dataKeys } from "../../lib/contracts/layout.ts";
import { runRequest } from "../../lib/contracts/run.ts";
import { commitRaise, readLedger } from "../../lib/core/budget/book.ts";
import { cutOff } from "../../lib/core/guard/cut-off.ts";
import { watch } from "../../lib/core/guard/guard.ts";
import { onceNotifier, tellUnfinished } from "../../lib/core/guard/tell-once.ts";
import type { Notifier, Stores } from "../../lib/core/ports.ts";
import { addBaseWeights } from "../../lib/core/registry/base-weights.ts";
import { documentBytes, readDocument } from "../../lib/core/registry/cas.ts";
import { readLock } from "../../lib/core/registry/lock.ts";
import { admit } from "../../lib/core/steps/admit.ts";
import { stageJob } from "../../lib/core/steps/cloud-job.ts";
import { ingest } from "../../lib/core/steps/ingest.ts";
import { reserve } from "../../lib/core/steps/reserve.ts";
import { split } from "../../lib/core/steps/split.ts";
import { batch, events, freshBucket, s3, sfn } from "./aws.ts";
import { sampleRequest, smallRecipe } from "./pipeline-run.ts";

const root = join(import.meta.dirname, "../..");
const stack = "kills";
const queue = `bobbin-${stack}`;
const machines = `arn:aws:states:us-east-1:111111111111:stateMachine:bobbin-${stack}`;
const clock = { now: () => new Date() };
const prices = { admission: 10_000, trainHour: 825_500, predictHour: 825_500, tries: 2 };
const location = "incoming/thaal/kills.zip";

/** As the stack has them. */
async function makeQueue(data: string, registry: string): Promise<void> {
  const environment = { computeEnvironmentName: queue, type: "UNMANAGED", state: "ENABLED" } as const;
  await batch().send(new CreateComputeEnvironmentCommand(environment));
  const computeEnvironmentOrder = [{ order: 1, computeEnvironment: queue }];
  await batch().send(new CreateJobQueueCommand({ jobQueueName: queue, priority: 1, computeEnvironmentOrder }));
  const variables = { BOBBIN_DATA_BUCKET: data, BOBBIN_REGISTRY_BUCKET: registry, AWS_REGION: "us-east-1" };
  const made = {
    ...{ jobDefinitionName: queue, type: "container" as const },
    containerProperties: {
      ...{ image: "trainer", vcpus: 1, memory: 64 },
      environment: Object.entries(variables).map(([name, value]) => ({ name, value })),
    },
    retryStrategy: { attempts: 2, evaluateOnExit: [{ action: "EXIT" as const, onReason: "*" }] },
  };
  await batch().send(new RegisterJobDefinitionCommand(made));
}

async function makeMachine(): Promise<void> {
  const names = ["BOBBIN_RUN_ID", "BOBBIN_JOB", "BOBBIN_TRY_SECONDS", "DEADLINE_EPOCH"];
  const Parameters = {
    "JobName.$": "States.Format('{}-train-{}', $.runId, $.attempt)",
    ...{ JobQueue: queue, JobDefinition: queue },
    ContainerOverrides: { Environment: names.map((Name) => ({ Name, "Value.$": `$.stage.${Name}` })) },
  };
  const Resource = "arn:aws:states:::batch:submitJob.sync";
  const definition = JSON.stringify({
    StartAt: "Train",
    States: { Train: { Type: "Task", Resource, Parameters, End: true } },
  });
  const roleArn = "arn:aws:iam::111111111111:role/nobody";
  await sfn().send(new CreateStateMachineCommand({ name: `bobbin-${stack}-train`, roleArn, definition }));
  const EventPattern = JSON.stringify({ source: ["aws.s3"] });
  await events().send(new PutRuleCommand({ Name: `bobbin-${stack}-uploads`, EventPattern }));
}

export interface Killed {
  /** What the job was in, and how long after its start. */
  readonly status: string;
  readonly after: number;
  /** Seconds until no process of the job was there. */
  readonly gone: number;
  /** What was left when the cut-off said that it was done. */
  readonly left: readonly string[];
  readonly doors: readonly (string | undefined)[];
  readonly closed: string | undefined;
  /** When the guard had looked once: who holds the pipeline, and what of the try is not settled, though Batch proves what it cost. */
  readonly holder: string | null;
  readonly open: number;
}

export interface Kills {
  /** @param seconds after the start, or after the trainer was there */
  readonly kill: (from: "start" | "trainer", seconds: number) => Promise<Killed>;
}

/** Processes of a job: the supervisor by its variables, the trainer by the folder it works in. */
function processesOf(runId: string): readonly number[] {
  const numbers = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return numbers.map(Number).filter((pid) => {
    try {
      if (readlinkSync(`/proc/${pid}/cwd`).includes(`/jobs/${runId}-train`)) return true;
      return readFileSync(`/proc/${pid}/environ`, "utf8").includes(`BOBBIN_RUN_ID=${runId}`);
    } catch {
      // It ended while we looked, or is another user's.
      return false;
    }
  });
}
const hasTrainer = (runId: string) =>
  processesOf(runId).some((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("bobbin_trainer\0job.json");
    } catch {
      return false;
    }
  });

async function until(look: () => boolean | Promise<boolean>, seconds: number): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !(await look()); await wait(50))
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain`);
}

export async function openKills(): Promise<Kills> {
  const client = s3();
  const [data, registry] = [await freshBucket(client), await freshBucket(client)];
  const stores: Stores = { data: s3Store(client, data), registry: s3Store(client, registry) };
  await makeQueue(data, registry);
  await makeMachine();
  const Body = readFileSync(join(root, "samples/thaal/thaal-cvat.zip"));
  const { VersionId = "" } = await client.send(new PutObjectCommand({ Bucket: data, Key: location, Body }));
  const bytes = readFileSync(join(root, "samples/thaal/yolov8n-rebuilt.pt"));
  await addBaseWeights({ name: "yolov8n", file: "yolov8n-rebuilt.pt", bytes, unofficial: true }, { stores, clock });
  const runId = ulid();
  const asked = sampleRequest(smallRecipe(200), { source: { location, versionId: VersionId, sha256: null } });
  const config = { ...asked.config, budget: { ...asked.config.budget, capUsd: 10_000, runsPerDay: undefined } };
  const request = runRequest.parse({
    ...{
      schema: "bobbin/run-request/1",
      runId,
      machine: "train",
      requestedAt: clock.now().toISOString(),
      ...asked,
      config,
    },
  });
  await stores.data.create(dataKeys.request(runId), documentBytes(request));
  const requests = {
    read: async (id: string) => (await readDocument(stores.data, dataKeys.request(id), runRequest)).value,
  };
  const exports = s3Exports(client, data);
  const probe = { decode: () => Promise.reject(new RangeError("nothing is decoded here")) as never };
  const sink = { emit: () => undefined };
  const executions = stepFunctions(sfn(), machines);
  const jobs = batchQueue(batch(), queue);
  const doors = stackDoors({ events: events(), batch: batch() }, stack, queue);
  const costs = batchCosts(batch(), { queue, prices });
  const nobody: Notifier = { tell: async () => undefined };
  const marks = { data: stores.data, clock };
  const guard = {
    ...{ stores, requests, clock, executions, costs, costsNow: costs, prices, queue: jobs, doors, wait },
    notifier: onceNotifier(nobody, marks),
    tellUnfinished: () => tellUnfinished(nobody, marks),
    ids: { next: () => ulid() },
    start: () => Promise.reject(new RangeError("nothing waits here")),
    instances: { up: async () => [], terminate: async () => undefined },
    bill: { read: async () => null },
    limits: { runSeconds: 86_400, aroundSeconds: 1800 },
  };
  let attempt = 0;
  let version: Awaited<ReturnType<typeof split>> | null = null;

  /** Lock, promises and a staged job, as the states before Train leave them. */
  async function prepare() {
    attempt += 1;
    const input = { runId, attempt };
    await admit(input, { stores, requests, clock, prices, whenBusy: "wait" });
    if (version === null) {
      for (let cursor: string | null = null; ; ) {
        const lap = await ingest({ ...input, cursor }, { stores, exports, requests, probe, clock, events: sink });
        if (lap.done) break;
        cursor = lap.cursor;
      }
      version = await split(input, { stores, requests, clock });
    }
    const trainer = { version: async () => "0.1.0" };
    const reserved = await reserve({ ...input, split: version }, { stores, clock, prices, trainer });
    const patience = { timeoutSeconds: 600, tries: 2, waitSeconds: 60 };
    const stage = await stageJob(
      { machine: "train", kind: "train" },
      { ...input, split: version, reserve: reserved },
      { stores, clock, patience },
    );
    return { ...input, stage };
  }

  return {
    async kill(from, seconds) {
      const input = await prepare();
      const id = { machine: "train", name: `${runId}-${attempt}` } as const;
      const began = Date.now();
      await executions.start(id, input);
      if (from === "trainer") await until(() => hasTrainer(runId), 120);
      await wait(seconds * 1000);
      const [job] = await jobs.live();
      const status =
        job === undefined ? "not there yet" : hasTrainer(runId) ? "the trainer runs" : "before the trainer";
      const after = (Date.now() - began) / 1000;
      const asked = Date.now();
      const gone = (async () => {
        // Nothing of it is there, and nothing of it comes any more.
        await until(async () => processesOf(runId).length === 0 && (await jobs.live()).length === 0, 120);
        return (Date.now() - asked) / 1000;
      })();
      const order = { reason: "a kill", patienceSeconds: 120 };
      await cutOff(order, { ...guard, tell: async () => undefined });
      const left = [
        ...(await jobs.live()).map(({ name }) => name),
        ...processesOf(runId).map((pid) => `process ${pid}`),
      ];
      for await (const { name } of executions.running("train")) left.push(name);
      const { jobQueues = [] } = await batch().send(new DescribeJobQueuesCommand({ jobQueues: [queue] }));
      const rule = await events().send(new DescribeRuleCommand({ Name: `bobbin-${stack}-uploads` }));
      const ledger = await readLedger(stores.registry, config.budget);
      const result = { status, after, gone: await gone, left, doors: [rule.State, jobQueues[0]?.state] };
      // What the rule on executions would call it for.
      await watch({ ended: { runId, attempt, cancelled: false } }, guard);
      const { entries } = await readLedger(stores.registry, config.budget);
      const { holder } = await readLock(stores.registry);
      // Cut off before its job was submitted, a try waits for a proof that never comes: nobody knows that there was no job.
      const isProven = (await costs.of(runId, { attempt, staged: ["train"] })) !== null;
      const isOpen = (endedAt: string | null) => isProven || endedAt === null;
      const to = ledger.cap;
      const raise = { to, reason: "another kill", by: "a test", at: clock.now().toISOString() };
      await commitRaise(stores.registry, config.budget.name, raise, ulid());
      await doors.open();
      return {
        ...result,
        closed: ledger.closed?.kind,
        holder: holder?.runId ?? null,
        open: entries.filter((one) => one.attempt === attempt && one.settled === null && isOpen(one.endedAt)).length,
      };
    },
  };
}
