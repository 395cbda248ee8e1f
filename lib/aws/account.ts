// A stack of an account as the command line uses it: found by its name, so that nobody copies an ARN.
import { setTimeout as wait } from "node:timers/promises";
import { BatchClient, ListJobsCommand } from "@aws-sdk/client-batch";
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { KMSClient } from "@aws-sdk/client-kms";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import { ulid } from "ulid";
import { type StackOutputs, stackNames, stackOutputs } from "../contracts/cloud.ts";
import { type AskedRun, type CloudMachine, cancelledError, cloudMachines } from "../contracts/cloud-run.ts";
import { BobbinError } from "../contracts/errors.ts";
import type { RunRecord } from "../contracts/run.ts";
import type { ExecutionId, Executions, Signer, Stores } from "../core/ports.ts";
import { readLock } from "../core/registry/lock.ts";
import { runIds, seeRun } from "../core/registry/run-record.ts";
import { findTrials } from "../core/registry/trainings.ts";
import { anyRunning, runOf } from "../core/steps/cloud-run.ts";
import { stepFunctions } from "./executions.ts";
import { credentialsError } from "./identity.ts";
import { openKmsSigner } from "./signer.ts";
import { s3Store } from "./store/s3-store.ts";

const pauseMilliseconds = 1000;
/** What a job is in before it has ended. */
const unfinished = ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"] as const;

export interface Account {
  readonly outputs: StackOutputs;
  readonly stores: Stores;
  readonly executions: Executions;
  readonly s3: S3Client;
  signer(): Promise<Signer>;
  /** All runs, newest first. */
  runs(): Promise<readonly RunRecord[]>;
  /** @throws RunMissing */
  status(runId: string): Promise<RunRecord>;
  /** Stops the run's execution and with it its job; back when the stack has settled for it and Batch says that the job has ended. @throws RunMissing, RunEnded */
  cancel(runId: string): Promise<RunRecord>;
  /** Starts the machine again for a run that failed or was stopped, under its own id. @throws RunMissing, RunEnded, PipelineBusy */
  resume(runId: string): Promise<void>;
  /** Before an export is sent that nobody would work on. @throws PipelineBusy */
  checkFree(): Promise<void>;
  /** Starts a machine on an export under `exports/`; back when it has begun. @returns the run's id */
  start(machine: Exclude<CloudMachine, "train">, asked: AskedRun): Promise<string>;
}

/**
 * @param name `name` of the stack's settings; region and credentials come from where every AWS program takes them
 * @throws StackMissing, CredentialsMissing
 */
export async function openAccount(name: string): Promise<Account> {
  const outputs = await outputsOf(stackNames(name).main);
  const { Region: region } = outputs;
  const s3 = new S3Client({ region });
  const stores = { data: s3Store(s3, outputs.DataBucket), registry: s3Store(s3, outputs.RegistryBucket) };
  const executions = stepFunctions(new SFNClient({ region }), outputs.TrainMachine.replace(/-train$/, ""));
  const status = (runId: string) => seeStatus(runId, stores, executions);
  const batch = new BatchClient({ region });
  const hasJob = async (runId: string) => {
    // An experiment's jobs go by the ids of its trainings.
    const ids = [runId, ...(await findTrials(runId, stores.data)).map(({ id }) => id)];
    for (const jobStatus of unfinished) {
      const { jobSummaryList = [] } = await batch.send(new ListJobsCommand({ jobQueue: outputs.JobQueue, jobStatus }));
      if (jobSummaryList.some(({ jobName = "" }) => ids.some((id) => jobName.startsWith(id)))) return true;
    }
    return false;
  };
  /** Until it holds the pipeline, a run looks as if nobody worked on it. */
  const begun = async (id: ExecutionId, runId: string) => {
    while (
      (await executions.describe(id))?.status === "running" &&
      (await readLock(stores.registry)).holder?.runId !== runId
    ) {
      await wait(pauseMilliseconds);
    }
  };
  const seen = async (runId: string, wanted: readonly RunRecord["status"][]) => {
    const record = await status(runId);
    if (!wanted.includes(record.status)) throw new BobbinError("RunEnded", { runId, status: record.status });
    return record;
  };
  return {
    ...{ outputs, stores, executions, s3, status },
    async cancel(runId) {
      const { machine: of } = await seen(runId, ["running", "interrupted"]);
      const machine = asMachine(of);
      for await (const { name: execution, arn, input } of executions.running(machine)) {
        if (runOf(input, arn).runId !== runId) continue;
        const why = { name: cancelledError, cause: "By a person, with `bobbin cancel`." };
        await executions.stop({ machine, name: execution }, why);
      }
      while ((await readLock(stores.registry)).holder?.runId === runId || (await hasJob(runId))) {
        await wait(pauseMilliseconds);
      }
      return status(runId);
    },
    async resume(runId) {
      await seen(runId, ["failed", "interrupted"]);
      await checkFree(stores, runId);
      const { attempt, request, record } = await seeRun(runId, stores, false);
      const id = { machine: asMachine(record.machine), name: `${runId}-${attempt}` };
      // Without a request yet, it is told again what it is for.
      const upload = request === null ? record.failure?.upload : undefined;
      await executions.start(id, { runId, attempt, ...(upload === undefined ? {} : { upload }) });
      await begun(id, runId);
    },
    checkFree: () => checkFree(stores, null),
    async start(machine, asked) {
      const runId = ulid();
      const id = { machine, name: `${runId}-1` };
      await executions.start(id, { runId, attempt: 1, asked });
      await begun(id, runId);
      return runId;
    },
    signer: () => openKmsSigner(new KMSClient({ region }), outputs.SigningKey),
    async runs() {
      const records: RunRecord[] = [];
      for (const runId of await runIds(stores)) {
        try {
          records.push(await status(runId));
        } catch (error) {
          // Nobody has settled for it yet, or it never was a run: a release on other frames, or an event that came twice.
          if (!(error instanceof BobbinError) || error.name !== "RunMissing") throw error;
        }
      }
      return records;
    },
  };
}

const asMachine = (name: string): CloudMachine => cloudMachines.find((machine) => machine === name) ?? "train";

async function seeStatus(runId: string, stores: Stores, executions: Executions): Promise<RunRecord> {
  const holds = (await readLock(stores.registry)).holder?.runId === runId;
  const { record } = await seeRun(runId, stores, holds && (await anyRunning(executions)));
  if (holds || record.status !== "interrupted") return record;
  // Settle gives the pipeline on a moment before it is written down as done.
  return (await seeRun(runId, stores, await isRunning(runId, asMachine(record.machine), executions))).record;
}

async function isRunning(runId: string, machine: CloudMachine, executions: Executions): Promise<boolean> {
  for await (const { arn, input } of executions.running(machine)) if (runOf(input, arn).runId === runId) return true;
  return false;
}

async function checkFree({ registry }: Stores, except: string | null): Promise<void> {
  const { holder } = await readLock(registry);
  if (holder === null || holder.runId === except) return;
  throw new BobbinError("PipelineBusy", { ...holder, status: "at work" });
}

async function outputsOf(stack: string): Promise<StackOutputs> {
  const client = new CloudFormationClient({});
  try {
    const { Stacks: stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    const said = (stacks[0]?.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]);
    const parsed = stackOutputs.safeParse(Object.fromEntries(said));
    if (parsed.success) return parsed.data;
    const problem = `its outputs are of another version of Bobbin (${parsed.error.issues[0]?.path.join(".")})`;
    throw new BobbinError("StackMissing", { stack, region: await client.config.region(), problem });
  } catch (error) {
    throw await named(error, stack, client);
  } finally {
    client.destroy();
  }
}

async function named(error: unknown, stack: string, client: CloudFormationClient): Promise<unknown> {
  if (!(error instanceof Error) || error instanceof BobbinError) return error;
  if (error.message === "Region is missing") {
    return new BobbinError("StackMissing", { stack, region: "no region", problem: "AWS_REGION is not set" });
  }
  if (error.name === "ValidationError") {
    return new BobbinError("StackMissing", { stack, region: await client.config.region(), problem: error.message });
  }
  return credentialsError(error) ?? error;
}
