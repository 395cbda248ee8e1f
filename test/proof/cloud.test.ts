// A stack under everything that events, people and bad luck do to it, on the emulated AWS: one event many times, a folder of
// thousands of objects, uploads at once, an execution stopped in each state; and its release beside the laptop's of the same zip.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DescribeJobsCommand, type JobStatus, ListJobsCommand } from "@aws-sdk/client-batch";
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { beforeAll, expect, it } from "@jest/globals";
import sharp from "sharp";
import { dataKeys, registryKeys } from "../../lib/contracts/layout.ts";
import { jobName, releaseFiles } from "../../lib/contracts/names.ts";
import { readReleases } from "../../lib/core/registry/versions.ts";
import { batch, describeAws, endpoint, sfn } from "../support/aws.ts";
import {
  cdk,
  ended,
  executions,
  holder,
  machineArn,
  newExecution,
  person,
  samplePath,
  sampleWeights,
  stackStores,
  unsettled,
  until,
  upload,
} from "../support/cloud.ts";
import { freshFolder } from "../support/folder.ts";
import { numbersOf } from "../support/numbers.ts";
import { openSample, sampleRequest, smallRecipe } from "../support/pipeline-run.ts";
import { credentialsOf } from "../support/recording-front.ts";

/** What hangs is found; what is slow because others work on the machine is not taken for it. */
const patience = 900_000;
const someone = person({ AWS_ENDPOINT_URL: endpoint, ...credentialsOf("operator") });
const zip = readFileSync(samplePath);
/** Outcomes of the steps of an execution, by the name of what it answered with. */
type Answer = Record<string, { readonly outcome?: string; readonly next?: string | null } | undefined>;
const answerOf = async (arn: string): Promise<Answer> => JSON.parse((await ended(arn)).output ?? "{}");
const idle = () =>
  until(async () => ((await holder()) === null && (await allEnded()) ? true : null), "an idle stack", 300);
async function allEnded(): Promise<boolean> {
  for (const arn of await executions()) {
    if ((await sfn().send(new DescribeExecutionCommand({ executionArn: arn }))).status === "RUNNING") return false;
  }
  return true;
}

beforeAll(async () => {
  if (endpoint === "") return;
  const file = join(someone.folder, "bobbin.json");
  const config = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...config, budget: { ...config.budget, capUsd: 1000 } }));
  await cdk(["bootstrap", "aws://111111111111/us-east-1"]);
  await cdk(["deploy", "--all", "--require-approval", "never"]);
  await someone.bobbin("base", "add", sampleWeights, "--name", "yolov8n", "--unofficial");
  await someone.bobbin("config", "push", "--device", "cpu", "--recipe", "1.json");
}, 240_000);

describeAws("an upload", () => {
  let first = "";

  it(
    "becomes the release that the laptop makes of the same zip",
    async () => {
      await upload("incoming/thaal/may.zip", zip);
      first = await newExecution([]);
      expect((await ended(first)).status).toBe("SUCCEEDED");
      const { pipeline } = await openSample(freshFolder());
      const plan = JSON.parse(readFileSync(join(someone.folder, "bobbin.json"), "utf8"));
      const request = sampleRequest(smallRecipe(1), { decode: true });
      const record = await pipeline.run({ ...request, config: { ...request.config, budget: plan.budget } });
      expect(record).toMatchObject({ status: "succeeded", version: "v0" });

      const [cloud, laptop] = [stackStores(), pipeline.stores];
      const bytes = async (store: typeof cloud.data, key: string) => Buffer.from((await store.get(key)).bytes);
      for (const file of ["manifest.jsonl", "split.csv", "split.json"] as const) {
        const key = dataKeys.datasetFile("thaal", "d1", file);
        expect((await bytes(cloud.data, key)).equals(await bytes(laptop.data, key))).toBe(true);
      }
      const names = releaseFiles({ architecture: "yolov8n", project: "thaal", dataset: "thaal", version: "v0" });
      const release = (name: string) => registryKeys.releaseFile("thaal", "v0", name);
      const both = async (name: string) => [
        (await bytes(cloud.registry, release(name))).toString(),
        (await bytes(laptop.registry, release(name))).toString(),
      ];
      const [ours, theirs] = (await both(names.evaluation)).map((text) => numbersOf(JSON.parse(text)));
      expect(ours?.size).toBeGreaterThan(50);
      expect([...(ours?.keys() ?? [])]).toEqual([...(theirs?.keys() ?? [])]);
      for (const [place, value] of ours ?? []) expect(value).toBeCloseTo(theirs?.get(place) ?? Number.NaN, 9);
      const headings = (html = "") => [...html.matchAll(/<h[12][^>]*>(.*?)<\/h[12]>/g)].map(([, text]) => text);
      const [page, pageThere] = (await both(names.report)).map(headings);
      expect(page?.length).toBeGreaterThan(5);
      expect(page).toEqual(pageThere);
    },
    patience,
  );

  it(
    "whose event is delivered fifty times, and before and after others, is one run",
    async () => {
      const { events = [] } = await sfn().send(new GetExecutionHistoryCommand({ executionArn: first, maxResults: 1 }));
      const input = events[0]?.executionStartedEventDetails?.input ?? "";
      const { releases } = await counted();
      const again = await Promise.all(
        Array.from({ length: 50 }, () => sfn().send(new StartExecutionCommand({ stateMachineArn: machineArn, input }))),
      );
      for (const { executionArn = "" } of again) {
        expect((await answerOf(executionArn)).admit).toMatchObject({ outcome: "duplicate" });
      }
      expect(await counted()).toMatchObject({ releases });
      expect(await unsettled("demo")).toEqual([]);
    },
    patience,
  );

  it(
    "that is a folder of two thousand objects is nothing before its commit, and one run after",
    async () => {
      const before = await executions();
      const days = await Promise.all(Array.from({ length: 9 }, (_, day) => patterned(day)));
      const files: { name: string; bytes: number; sha256: string }[] = [];
      const put = async (name: string, bytes: Uint8Array) => {
        await upload(`incoming/thaal/june/${name}`, bytes);
        const { createHash } = await import("node:crypto");
        files.push({ name, bytes: bytes.byteLength, sha256: createHash("sha256").update(bytes).digest("hex") });
      };
      await put("data.yaml", Buffer.from("train: images\nval: images\nnames: [thaal]\n"));
      for (let index = 0; index < 1000; index += 1) {
        const name = `thaal_2026-06-${String((index % 9) + 1).padStart(2, "0")}_${String(index).padStart(4, "0")}`;
        // Each another file, for a comment holds its number; those of a day look alike, those of two days do not.
        const picture = days[index % 9] ?? Buffer.of();
        const comment = Buffer.from([0xff, 0xfe, 0, 6, ...Buffer.from(String(index).padStart(4, "0"))]);
        const body = Buffer.concat([picture.subarray(0, 2), comment, picture.subarray(2)]);
        await put(`images/${name}.jpg`, body);
        if (index < 998) await put(`labels/${name}.txt`, Buffer.from("0 0.5 0.5 0.2 0.2\n"));
      }
      expect(files).toHaveLength(1999);
      expect(await executions()).toEqual(before);
      const commit = { schema: "bobbin/upload-commit/1", mode: "merge", retrain: "later", files };
      await upload("incoming/thaal/june/_COMMIT.json", Buffer.from(JSON.stringify(commit)));
      const execution = await newExecution(before);
      const { admit, settle, ingest } = (await answerOf(execution)) as Answer & { ingest?: object };
      expect({ admit, settle }).toMatchObject({ admit: { outcome: "admitted" }, settle: { outcome: "ingested" } });
      // With the sample's own that were there before.
      expect(ingest).toMatchObject({ frames: 1000 });
      expect((await executions()).length).toBe(before.length + 1);
    },
    patience,
  );

  it(
    "that comes with others at once waits, and one training serves all of them",
    async () => {
      await idle();
      const before = new Set(await executions());
      const jobsBefore = await jobs();
      // Pushed anew, so that none of them is skipped as the release that is there.
      await someone.bobbin("config", "push", "--device", "cpu", "--recipe", "2.json");
      await Promise.all(["a", "b", "c", "d"].map((name) => upload(`incoming/thaal/${name}.zip`, zip)));
      await until(async () => ((await executions()).length >= before.size + 4 ? true : null), "four executions");
      await idle();
      const answers = await Promise.all((await executions()).filter((arn) => !before.has(arn)).map(answerOf));
      const outcomes = answers.map(({ admit, settle }) => settle?.outcome ?? admit?.outcome).sort();
      // Each that waited has two executions: the one in which it joined the list, and the one that it was started with.
      expect(outcomes.filter((one) => one === "waiting")).toHaveLength(3);
      expect(outcomes.filter((one) => one === "released")).toHaveLength(1);
      expect(outcomes.filter((one) => one === "ingested")).toHaveLength(3);
      expect((await jobs()) - jobsBefore).toBe(2);
      expect(await unsettled("demo")).toEqual([]);
    },
    patience,
  );
});

let recipes = 0;

/** Another seed, so that no run is skipped as a release that is there. */
async function pushFreshRecipe(): Promise<void> {
  recipes += 1;
  const recipe = smallRecipe(1);
  const text = JSON.stringify({ ...recipe, args: { ...recipe.args, seed: recipes } });
  writeFileSync(join(someone.folder, "fresh.json"), text);
  expect(await someone.bobbin("config", "push", "--device", "cpu", "--recipe", "fresh.json")).toMatchObject({
    exit: 0,
  });
}

/** Uploads, and stops the execution as soon as it is in a state. @returns the state that it was stopped in */
async function stopIn(state: string): Promise<string> {
  const before = await executions();
  await upload(`incoming/thaal/stopped-${recipes}.zip`, zip);
  const executionArn = await newExecution(before);
  for (const end = Date.now() + patience / 2; !(await statesOf(executionArn)).includes(state); ) {
    if (Date.now() > end) throw new Error(`never in ${state}: ${(await statesOf(executionArn)).join(" ")}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await sfn().send(new StopExecutionCommand({ executionArn, error: "Proof", cause: `stopped in ${state}` }));
  const { status } = await ended(executionArn);
  return status === "ABORTED" ? ((await statesOf(executionArn)).at(-1) ?? "") : (status ?? "");
}

/**
 * What is promised and not settled, but for jobs that were about to be submitted when their execution was stopped: a function goes on
 * after that, and writes down a job that nobody submits. What Batch never showed is no proof that it never was (docs/runbook.md, "The
 * ledger is not settled").
 */
async function promised() {
  const { data } = stackStores();
  const seen = new Set(await jobNames([...living, "SUCCEEDED", "FAILED"]));
  const neverSeen = async ({ item, runId, attempt = 1 }: { item: string; runId: string; attempt?: number }) => {
    const marks = await Promise.all(kinds.map((kind) => data.head(dataKeys.jobMark(runId, kind, attempt))));
    return item === "jobs" && kinds.some((kind, at) => marks[at] !== null && !seen.has(jobName(runId, kind, attempt)));
  };
  const open = await unsettled("demo");
  const excused = await Promise.all(open.map(neverSeen));
  return open.filter((_, at) => excused[at] === false);
}

const kinds = ["train", "predict"] as const;
const living = ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"] as const;

async function jobNames(statuses: readonly JobStatus[]): Promise<readonly string[]> {
  const lists = await Promise.all(
    statuses.map((jobStatus) => batch().send(new ListJobsCommand({ jobQueue: "bobbin-try", jobStatus }))),
  );
  return lists.flatMap(({ jobSummaryList = [] }) => jobSummaryList.map(({ jobName: name = "" }) => name));
}

const order = [
  ...["Admit", "Ingest", "Split", "Reserve", "FindImage", "StageTrain", "Train", "CollectTrain"],
  ...["StagePredict", "Predict", "CollectPredict", "Compare", "Publish", "Settle"],
];
const tries = 2;

describeAws("an execution that is stopped", () => {
  it.each(order)(
    "in %s leaves no job, nothing promised and the pipeline free",
    async (state) => {
      await idle();
      const stopped: string[] = [];
      while (stopped.length < tries && !stopped.includes(state)) {
        await pushFreshRecipe();
        stopped.push(await stopIn(state));
        await idle();
        expect(await promised()).toEqual([]);
        expect(await jobNames(living)).toEqual([]);
      }
      // A state may be over before the stop arrives, and some take milliseconds here: then it was the one after it.
      const next = order[order.indexOf(state) + 1] ?? "SUCCEEDED";
      expect([state, next]).toContain(stopped.at(-1));
    },
    patience,
  );

  it(
    "in Predict is taken up again under its own id, and does not train anew",
    async () => {
      await idle();
      await pushFreshRecipe();
      await stopIn("Predict");
      await idle();
      const [run] = (await someone.bobbin("runs")).value as unknown as { runId: string; status: string }[];
      expect(run).toMatchObject({ status: "failed" });
      const trained = async () =>
        Buffer.from((await stackStores().data.get(dataKeys.result(run?.runId ?? "", "train"))).bytes).toString();
      const before = await trained();
      const resumed = await someone.bobbin("resume", run?.runId ?? "");
      expect(resumed).toMatchObject({ exit: 0, value: { runId: run?.runId, status: "succeeded" } });
      // Train's job is started again; it finds its result there, and ends.
      expect(await trained()).toBe(before);
    },
    patience,
  );

  it(
    "leaves releases that are whole: the next run makes one that a reader finds",
    async () => {
      const { releases } = await counted();
      await pushFreshRecipe();
      const before = await executions();
      await upload("incoming/thaal/after-all-stops.zip", zip);
      expect((await answerOf(await newExecution(before))).settle).toMatchObject({ outcome: "released" });
      expect((await counted()).releases).toBe(releases + 1);
    },
    patience,
  );
});

/** A picture that looks like no other: grey fields, and smooth between them. */
async function patterned(seed: number): Promise<Buffer> {
  const [width, height] = [12, 8];
  let state = seed + 1;
  const greys = Buffer.from(
    Array.from({ length: width * height }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    }),
  );
  return sharp(greys, { raw: { width, height, channels: 1 } })
    .resize(480, 320, { kernel: "cubic" })
    .jpeg()
    .toBuffer();
}

/** Names of the states that were entered, in order. */
async function statesOf(executionArn: string): Promise<readonly string[]> {
  const { events = [] } = await sfn().send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
  return events.flatMap(({ stateEnteredEventDetails: entered }) => (entered?.name ? [entered.name] : []));
}

async function counted() {
  const { registry } = stackStores();
  return { releases: (await readReleases(registry, "thaal")).all.length };
}

/** How many jobs there have been. */
async function jobs(): Promise<number> {
  const client = batch();
  const ids: string[] = [];
  for (const jobStatus of ["SUCCEEDED", "FAILED"] as const) {
    const { jobSummaryList = [] } = await client.send(new ListJobsCommand({ jobQueue: "bobbin-try", jobStatus }));
    ids.push(...jobSummaryList.map(({ jobId = "" }) => jobId));
  }
  if (ids.length === 0) return 0;
  return (await client.send(new DescribeJobsCommand({ jobs: ids }))).jobs?.length ?? 0;
}
