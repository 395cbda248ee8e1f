// Reserve, Train and Predict on a real dataset version: names, numbers, promises, and the very jobs the trainer gets.
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { jobEnvironment, jobInput } from "../../../../lib/contracts/cloud-job.ts";
import { budgetConfig, type Config } from "../../../../lib/contracts/config.ts";
import { split as splitSchema } from "../../../../lib/contracts/dataset.ts";
import { type Job, job as jobSchema, type TrainResult, trainResult } from "../../../../lib/contracts/job.ts";
import { dataKeys, registryKeys } from "../../../../lib/contracts/layout.ts";
import type { MeasuredBefore } from "../../../../lib/contracts/measurement.ts";
import { type Recipe, recipe } from "../../../../lib/contracts/recipe.ts";
import { type Release, release as releaseSchema } from "../../../../lib/contracts/release.ts";
import type { RunRequest } from "../../../../lib/contracts/run.ts";
import { readLedger } from "../../../../lib/core/budget/book.ts";
import { digestOf } from "../../../../lib/core/config/canonical.ts";
import type { JobInput, Jobs } from "../../../../lib/core/ports.ts";
import { addBaseWeights } from "../../../../lib/core/registry/base-weights.ts";
import { documentBytes, readDocument } from "../../../../lib/core/registry/cas.ts";
import { stageJob } from "../../../../lib/core/steps/cloud-job.ts";
import { predict } from "../../../../lib/core/steps/predict.ts";
import { reserve } from "../../../../lib/core/steps/reserve.ts";
import { train } from "../../../../lib/core/steps/train.ts";
import type { ReserveOutput, SplitOutput } from "../../../../lib/core/steps/types.ts";
import { type MemoryStores, memoryStores } from "../../../support/memory-store.ts";
import { runIds, testConfig, testRequest } from "../../../support/run-request.ts";
import { runBoth, textOf } from "../../../support/run-steps.ts";
import { samplePictures, yoloFolder } from "../../../support/yolo-folder.ts";

const [first, second] = runIds;
const clock = { now: () => new Date("2026-01-02T03:04:05.000Z") };
const baseSha = createHash("sha256").update("base").digest("hex");
const otherSha = createHash("sha256").update("other").digest("hex");
const plan = (changes: Partial<Recipe> = {}): Recipe => ({
  ...recipe.parse({ schema: "bobbin/recipe/1", name: "test", args: { imgsz: 320, epochs: 2 }, timeoutSeconds: 3600 }),
  ...changes,
});

let folder = "";
beforeAll(async () => {
  const pictures = await samplePictures(12);
  folder = yoloFolder(
    pictures.map((image, index) => ({ name: `day${index % 4}/${index}`, image, labels: "0 0.5 0.5 0.25 0.5\n" })),
  );
});

interface Setting {
  readonly stores: MemoryStores;
  readonly request: RunRequest;
  readonly split: SplitOutput;
  readonly ports: Parameters<typeof reserve>[1];
}

async function setting(
  changes: {
    readonly config?: Config;
    readonly recipe?: Recipe;
    readonly prices?: Setting["ports"]["prices"];
    readonly weights?: boolean;
  } = {},
): Promise<Setting> {
  const stores = memoryStores();
  const frozen = changes.recipe ?? plan();
  const request = testRequest(folder, {
    config: changes.config ?? testConfig(),
    recipe: frozen,
    recipeSha256: digestOf(frozen),
  });
  await stores.data.create(dataKeys.request(first), documentBytes(request));
  const split = await runBoth({ stores, request });
  const weights = { name: "yolov8n", file: "yolov8n.pt", bytes: Buffer.from("base"), unofficial: true };
  if (changes.weights !== false) await addBaseWeights(weights, { stores, clock });
  const prices = changes.prices ?? { admission: 0, trainHour: 0, predictHour: 0 };
  return { stores, request, split, ports: { stores, clock, prices, trainer: { version: async () => "0.1.0" } } };
}

/** A release as Publish would have written it for a run. */
async function addRelease(
  { stores, request, split }: Setting,
  version: string,
  changes: Partial<Release> = {},
): Promise<Release> {
  const { config } = request;
  const made = releaseSchema.parse({
    schema: "bobbin/release/1",
    project: config.project,
    model: config.model,
    version,
    previous: null,
    createdAt: clock.now().toISOString(),
    runId: first,
    task: config.task,
    architecture: config.architecture,
    classes: config.classes.map(({ name }) => name),
    dataset: {
      name: config.dataset,
      version: split.version,
      manifestSha256: split.manifestSha256,
      frames: 12,
      boxes: 12,
      groups: 4,
    },
    testSet: { version: "t1", sha256: baseSha, frames: 3 },
    split: { sha256: split.splitSha256, seed: 0 },
    recipe: { name: "test", number: "r1", sha256: request.recipeSha256 },
    config: { sha256: request.configSha256 },
    base: { name: "yolov8n", sha256: baseSha, official: false },
    trainer: { version: "0.1.0", ultralytics: "1", torch: "1", python: "3", device: "cpu", lockSha256: null },
    bobbin: { version: "0", commit: null },
    jobs: { trainSeconds: 1, predictSeconds: 1, attempts: 1 },
    cost: { promised: 0, settled: null },
    verdict: { decision: "inconclusive", reason: "few groups" },
    files: [{ name: `yolov8n_test_${version}.pt`, bytes: 5, sha256: otherSha }],
    ...changes,
  });
  await stores.registry.create(registryKeys.releaseFile(config.model, version, "release.json"), documentBytes(made));
  return made;
}

const asked = ({ split }: Setting, runId: string = first, attempt = 1) => ({ runId, split, attempt });

describe("Reserve", () => {
  it("names the first release v0 and the first recipe r1, and promises the worst case", async () => {
    const given = await setting({ prices: { admission: 0, trainHour: 100_000, predictHour: 50_000 } });
    expect(await reserve(asked(given), given.ports)).toEqual({
      outcome: "reserved",
      version: "v0",
      recipe: "r1",
      base: { name: "yolov8n", sha256: baseSha, official: false },
      promised: 150_000,
      predictedSeconds: null,
    });
    const ledger = await readLedger(given.stores.registry, given.request.config.budget);
    expect(ledger.entries).toMatchObject([{ runId: first, item: "jobs", promised: 150_000, settled: null }]);
  });

  it("says the command that adds starting weights", async () => {
    const given = await setting({ weights: false });
    await expect(reserve(asked(given), given.ports)).rejects.toMatchObject({
      name: "BaseWeightsMissing",
      data: { name: "yolov8n", command: "bobbin base add yolov8n.pt --name yolov8n" },
    });
  });

  it("says it too where the name of the weights is known and the weights are not there", async () => {
    const given = await setting({ weights: false });
    const elsewhere = memoryStores();
    const weights = { name: "yolov8n", file: "yolov8n.pt", bytes: Buffer.from("base"), unofficial: true };
    await addBaseWeights(weights, { stores: elsewhere, clock });
    const { bytes } = await elsewhere.data.get(dataKeys.baseName("yolov8n"));
    await given.stores.data.create(dataKeys.baseName("yolov8n"), bytes);
    await expect(reserve(asked(given), given.ports)).rejects.toMatchObject({ name: "BaseWeightsMissing" });
  });

  it("comes after Split, and leaves to later what asked for it", async () => {
    const given = await setting({ prices: { admission: 0, trainHour: 100_000, predictHour: 0 } });
    await expect(reserve({ runId: first }, given.ports)).rejects.toThrow(/after Split/);
    await given.stores.data.replace(
      dataKeys.request(first),
      documentBytes({ ...given.request, retrain: "later" }),
      (await given.stores.data.head(dataKeys.request(first)))?.etag ?? "",
    );
    expect(await reserve(asked(given), given.ports)).toMatchObject({ outcome: "later" });
    expect((await readLedger(given.stores.registry, given.request.config.budget)).entries).toEqual([]);
  });

  it("refuses a first training that was measured to be unneeded, until a person says why; with a release there is none to refuse", async () => {
    const given = await setting({ prices: { admission: 0, trainHour: 100_000, predictHour: 0 } });
    const measured = { runId: second, answer: "sufficient", reason: "recall 0.99", override: null } as const;
    const reserveWith = (found: MeasuredBefore) =>
      reserve(asked(given), { ...given.ports, measured: () => Promise.resolve(found) });
    expect(await reserveWith(measured)).toMatchObject({ outcome: "rejected", error: "TrainingUnneeded" });
    expect((await readLedger(given.stores.registry, given.request.config.budget)).entries).toEqual([]);
    const override = { ...measured, override: "another camera" };
    expect(await reserveWith(override)).toMatchObject({ outcome: "reserved", measured: override });
    await addRelease(given, "v0", { split: { sha256: otherSha, seed: 0 } });
    expect(await reserveWith(measured)).not.toHaveProperty("measured");
  });

  it("goes no further where its try was settled for in the meantime, and holds nothing", async () => {
    const given = await setting({ prices: { admission: 0, trainHour: 100_000, predictHour: 0 } });
    await given.stores.data.create(dataKeys.failure(first, 2), documentBytes({}));
    await expect(reserve(asked(given, first, 2), given.ports)).rejects.toMatchObject({ name: "RunEnded" });
    const ledger = await readLedger(given.stores.registry, given.request.config.budget);
    expect(ledger.entries).toMatchObject([{ attempt: 2, item: "jobs", promised: 100_000, settled: 0 }]);
  });

  it("is rejected before any job where the budget has less", async () => {
    const config = testConfig({ budget: budgetConfig.parse({ capUsd: 0.1, ends: "2035-01-01T00:00:00Z" }) });
    const given = await setting({ config, prices: { admission: 0, trainHour: 100_001, predictHour: 0 } });
    expect(await reserve(asked(given), given.ports)).toMatchObject({
      outcome: "rejected",
      error: "RejectedOverBudget",
      data: { wanted: 100_001, left: 100_000 },
    });
  });

  it("promises a build of the image beside the jobs, and the idle months with the first promise of all", async () => {
    const prices = { admission: 0, trainHour: 100_000, predictHour: 0, image: 600_000, idleMonth: 7 };
    const given = await setting({ prices });
    expect(await reserve(asked(given), given.ports)).toMatchObject({ outcome: "reserved", promised: 700_000 });
    const ledger = await readLedger(given.stores.registry, given.request.config.budget);
    expect(ledger.entries.map(({ item, promised }) => [item, promised])).toEqual([
      ["jobs", 100_000],
      ["image", 600_000],
    ]);
    // January 2026 to December 2035.
    expect(ledger.idle).toEqual({ month: 7, committed: 7 * 120 });
  });

  it("is rejected where its time limit is too short for its epochs, with the epochs that fit", async () => {
    const given = await setting();
    await addRelease(given, "v0", { recipe: { name: "test", number: "r1", sha256: otherSha } });
    const { parts } = (
      await readDocument(
        given.stores.data,
        dataKeys.datasetFile(given.split.dataset, given.split.version, "split.json"),
        splitSchema,
      )
    ).value;
    const images = parts.train.frames + parts.val.frames;
    // Half of what two epochs would need in the recipe's hour.
    const slow = { ...trained, imagesPerSecond: images / 3600 };
    await given.stores.data.create(dataKeys.result(first, "train"), documentBytes(slow));
    expect(await reserve(asked(given), given.ports)).toMatchObject({
      ...{ outcome: "rejected", error: "RunTooLong" },
      data: { recipe: "test", predicted: 7200, timeout: 3600, epochs: 2, fits: 1 },
    });
    expect((await readLedger(given.stores.registry, given.request.config.budget)).entries).toEqual([]);
  });

  it("is skipped where a release of the very same exists", async () => {
    const given = await setting();
    await addRelease(given, "v0");
    await given.stores.data.create(dataKeys.request(second), documentBytes({ ...given.request, runId: second }));
    expect(await reserve(asked(given, second), given.ports)).toEqual({ outcome: "skipped", version: "v0" });
  });

  it.each<[string, Partial<Release>, string]>([
    ["another recipe", { recipe: { name: "test", number: "r1", sha256: otherSha } }, "v0.1"],
    [
      "another manifest",
      { dataset: { name: "trays", version: "d9", manifestSha256: otherSha, frames: 1, boxes: 1, groups: 1 } },
      "v0.1",
    ],
    ["other starting weights", { base: { name: "yolov8n", sha256: otherSha, official: false } }, "v0.1"],
    [
      "another trainer",
      { trainer: { version: "0.0.9", ultralytics: "1", torch: "1", python: "3", device: "cpu", lockSha256: null } },
      "v0.1",
    ],
    ["a run whose request is gone", { runId: runIds[3] }, "v0.1"],
    ["another architecture", { architecture: "yolov8s" }, "v1"],
    ["another task", { task: "segment" }, "v1"],
    ["other classes", { classes: ["person", "tray"] }, "v1"],
  ])("makes the next version after %s", async (_what, changes, version) => {
    const given = await setting();
    await addRelease(given, "v0", changes);
    expect(await reserve(asked(given), given.ports)).toMatchObject({ outcome: "reserved", version });
  });

  it("does not skip where the same names stood for other labels", async () => {
    const given = await setting();
    await addRelease(given, "v0", { runId: second });
    const classes = [
      { name: "tray", from: ["plate"], base: [] },
      { name: "person", from: [], base: [] },
    ];
    const before = { ...given.request, runId: second, config: testConfig({ classes }) };
    await given.stores.data.create(dataKeys.request(second), documentBytes(before));
    expect(await reserve(asked(given), given.ports)).toMatchObject({ outcome: "reserved", version: "v0.1" });
  });

  it("goes by numbers, and leaves out what a failed run began", async () => {
    const given = await setting();
    for (const version of ["v0.9", "v0.10"])
      await addRelease(given, version, { recipe: { name: "x", number: "r1", sha256: otherSha } });
    await given.stores.registry.create(registryKeys.releaseFile("test", "v0.11", "begun.pt"), Buffer.from("x"));
    expect(await reserve(asked(given), given.ports)).toMatchObject({ version: "v0.12" });
  });

  it("numbers recipes by first use", async () => {
    const given = await setting();
    await reserve(asked(given), given.ports);
    const other = plan({ timeoutSeconds: 60 });
    const request = { ...given.request, runId: second, recipe: other, recipeSha256: digestOf(other) };
    await given.stores.data.create(dataKeys.request(second), documentBytes(request));
    expect(await reserve(asked(given, second), given.ports)).toMatchObject({ recipe: "r2" });
    expect(await reserve(asked(given, first, 2), given.ports)).toMatchObject({ recipe: "r1" });
  });

  it("tells how long it will take from the last run like it", async () => {
    const given = await setting();
    await addRelease(given, "v0", { runId: second, recipe: { name: "x", number: "r1", sha256: otherSha } });
    await given.stores.data.create(dataKeys.request(second), documentBytes({ ...given.request, runId: second }));
    await given.stores.data.create(dataKeys.result(second, "train"), documentBytes({ ...trained, runId: second }));
    const { parts } = JSON.parse(await textOf(given.stores.data, dataKeys.datasetFile("trays", "d1", "split.json")));
    const images = 2 * (parts.train.frames + parts.val.frames);
    expect(await reserve(asked(given), given.ports)).toMatchObject({
      predictedSeconds: Math.ceil(images / trained.imagesPerSecond),
    });
  });
});

const trained: TrainResult = trainResult.parse({
  schema: "bobbin/result/1",
  runId: first,
  kind: "train",
  status: "succeeded",
  startedAt: "2026-01-02T03:00:00.000Z",
  endedAt: "2026-01-02T03:01:30.000Z",
  environment: {
    trainer: "0.1.0",
    python: "3",
    torch: "1",
    ultralytics: "1",
    platform: "",
    processor: "",
    device: "cpu",
    threads: 2,
    lockSha256: null,
  },
  files: [],
  weights: { file: "weights/m.pt", sha256: otherSha, bytes: 5 },
  onnx: {
    file: "weights/m.onnx",
    sha256: otherSha,
    bytes: 4,
    opset: 18,
    parity: { frames: 1, maxBoxPixels: 0, maxScore: 0 },
  },
  epochs: 2,
  bestEpoch: 1,
  attempts: 3,
  imagesPerSecond: 0.5,
});

/** Takes a job as the trainer would, and answers as told. */
function listening(answer: Awaited<ReturnType<Jobs["run"]>>) {
  const heard: { job: Job; inputs: JobInput[] }[] = [];
  const jobs: Jobs = {
    async run(job, inputs) {
      heard.push({ job, inputs: [...inputs] });
      return answer;
    },
  };
  return { jobs, heard };
}
const reserved = (version = "v0"): ReserveOutput => ({
  outcome: "reserved",
  version,
  recipe: "r1",
  base: { name: "yolov8n", sha256: baseSha, official: false },
  promised: 0,
  predictedSeconds: null,
});
const pathsOf = (inputs: readonly JobInput[]) => inputs.map(({ path }) => path);

describe("Train", () => {
  it("tells the trainer everything by a valid job, and brings the frames and labels of train and val alone", async () => {
    const given = await setting({ recipe: plan({ classes: ["tray"], batchNormMomentum: 0.1 }) });
    const { jobs, heard } = listening(trained);
    const output = await train({ ...asked(given), reserve: reserved() }, { ...given.ports, jobs });
    expect(output).toEqual({ weightsSha256: otherSha, seconds: 90, attempts: 3 });
    const { job, inputs } = heard[0]!;
    expect(jobSchema.parse(job)).toEqual(job);
    expect(job).toMatchObject({
      kind: "train",
      weights: { file: "base.pt", sha256: baseSha },
      data: { folder: "data", classes: ["tray"] },
      recipe: { args: { imgsz: 320, epochs: 2 }, batchNormMomentum: 0.1 },
      modelName: "yolov8n_test_v0",
      deadlineEpoch: clock.now().getTime() / 1000 + 3600,
    });
    const { data } = job as Extract<Job, { kind: "train" }>;
    expect(pathsOf(inputs).filter((path) => /^data\/images\/(train|val)\//.test(path))).toHaveLength(
      data.train + data.val,
    );
    expect(pathsOf(inputs).filter((path) => /test|deployment/.test(path))).toEqual([]);
    expect(inputs).toContainEqual({
      path: "base.pt",
      bucket: "data",
      key: dataKeys.baseWeights(baseSha),
      sha256: baseSha,
    });
  });

  it("writes its job down once: a later try trains the same under the same name, with time of its own", async () => {
    const given = await setting();
    const { jobs, heard } = listening(trained);
    await train({ ...asked(given), reserve: reserved() }, { ...given.ports, jobs });
    const later = { now: () => new Date("2026-02-02T03:04:05.000Z") };
    await train({ ...asked(given, first, 2), reserve: reserved("v0.1") }, { ...given.ports, clock: later, jobs });
    const [one, two] = heard.map(({ job }) => job);
    expect(two).toEqual({ ...one, deadlineEpoch: later.now().getTime() / 1000 + 3600 });
    expect(await textOf(given.stores.data, dataKeys.job(first, "train"))).not.toContain("deadline");
  });
});

describe("Predict", () => {
  const predicted = {
    ...trained,
    kind: "predict" as const,
    predictions: { file: "predictions.jsonl", sha256: otherSha, lines: 1 },
    unknownClasses: {},
    protocol: { imgsz: 320, rect: true, confidence: 0.001, iou: 0.7, maxDetections: 300 },
  };

  async function heardBy(given: Setting) {
    await given.stores.data.create(dataKeys.result(first, "train"), documentBytes(trained));
    const { jobs, heard } = listening(predicted);
    await predict({ ...asked(given), reserve: reserved() }, { ...given.ports, jobs });
    return heard[0]!;
  }

  it("scores candidate and base on the same frames of val, test and deployment test, by their own names", async () => {
    const classes = [
      { name: "tray", from: [], base: ["bowl", "cup"] },
      { name: "person", from: [], base: [] },
    ];
    const { job, inputs } = await heardBy(await setting({ config: testConfig({ classes }) }));
    expect(jobSchema.parse(job)).toEqual(job);
    const same = [
      { class: "tray", from: ["tray"] },
      { class: "person", from: ["person"] },
    ];
    expect(job).toMatchObject({
      imgsz: 320,
      confidence: 0.001,
      models: [
        { role: "candidate", sha256: otherSha, classMap: same },
        {
          role: "base",
          sha256: baseSha,
          classMap: [
            { class: "tray", from: ["bowl", "cup"] },
            { class: "person", from: ["person"] },
          ],
        },
      ],
    });
    expect(inputs).toContainEqual({
      path: "models/candidate.pt",
      bucket: "data",
      key: dataKeys.jobFile(first, "train", "weights/m.pt"),
      sha256: otherSha,
    });
    const listed = inputs.find(({ path }) => path === "frames/frames.jsonl");
    const lines =
      listed !== undefined && "text" in listed
        ? listed.text
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line))
        : [];
    expect(new Set(lines.map(({ part }) => part))).toEqual(new Set(["val", "test"]));
    expect(lines.map(({ file }) => file).sort()).toEqual(
      pathsOf(inputs)
        .filter((path) => /^frames\/(val|test)\//.test(path))
        .sort(),
    );
  });

  it("scores the release in use too, from the registry", async () => {
    const given = await setting();
    await addRelease(given, "v0");
    const pointer = { schema: "bobbin/production/1", current: "v0", moves: [], nonce: "" };
    await given.stores.registry.create(registryKeys.production("test"), documentBytes(pointer));
    const { job, inputs } = await heardBy(given);
    expect((job as Extract<Job, { kind: "predict" }>).models.map(({ role }) => role)).toEqual([
      "candidate",
      "base",
      "production",
    ]);
    expect(inputs).toContainEqual({
      path: "models/production.pt",
      bucket: "registry",
      key: "models/test/v0/yolov8n_test_v0.pt",
      sha256: otherSha,
    });
  });
});

describe("a job for a rented machine", () => {
  const patience = { timeoutSeconds: 21_600, tries: 2, waitSeconds: 3_600 };
  /** Two tries of an hour's wait, half an hour around, six hours and two minutes to stop. */
  const latest = 2 * (3_600 + 1_800 + 21_600 + 120);
  const linesOf = async ({ stores }: Setting, kind: Job["kind"]) =>
    (await textOf(stores.data, dataKeys.inputs(first, kind)))
      .trimEnd()
      .split("\n")
      .map((line) => jobInput.parse(JSON.parse(line)));

  it.each(["train", "predict"] as const)("is the one that the laptop's %s gets, file for file", async (kind) => {
    const given = await setting();
    await given.stores.data.create(dataKeys.result(first, "train"), documentBytes(trained));
    const step = { ...asked(given), reserve: reserved() };
    const variables = await stageJob({ machine: "train", kind }, step, { ...given.ports, patience });
    const staged = JSON.parse(await textOf(given.stores.data, dataKeys.job(first, kind)));
    const { jobs, heard } = listening({ ...trained, kind } as TrainResult);
    await (kind === "train" ? train : predict)(step, { ...given.ports, jobs }).catch(() => null);
    const { job, inputs } = heard[0]!;
    expect(await linesOf(given, kind)).toEqual(inputs);
    const now = clock.now().getTime() / 1000;
    expect({ ...staged, deadlineEpoch: now + Number(variables.BOBBIN_TRY_SECONDS) }).toEqual(job);
    expect(variables).toMatchObject({ BOBBIN_RUN_ID: first, BOBBIN_JOB: kind });
  });

  it("has the recipe's time from its own start, and a latest moment that all the waiting has room before", async () => {
    const given = await setting();
    const start = await stageJob(
      { machine: "train", kind: "train" },
      { ...asked(given), reserve: reserved() },
      { ...given.ports, patience },
    );
    const staged = clock.now().getTime() / 1000;
    expect(start).toMatchObject({ BOBBIN_TRY_SECONDS: "3600", DEADLINE_EPOCH: String(staged + latest) });
    expect(start.attemptSeconds).toBe(3_690);
  });

  it("is staged once, with a deadline of its own for every start", async () => {
    const given = await setting();
    const step = { ...asked(given), reserve: reserved() };
    const one = await stageJob({ machine: "train", kind: "train" }, step, { ...given.ports, patience });
    const before = await linesOf(given, "train");
    const clockLater = { now: () => new Date(clock.now().getTime() + 7_000) };
    const two = await stageJob(
      { machine: "train", kind: "train" },
      { ...step, attempt: 2 },
      { ...given.ports, patience, clock: clockLater },
    );
    expect(Number(two.DEADLINE_EPOCH) - Number(one.DEADLINE_EPOCH)).toBe(7);
    expect(await linesOf(given, "train")).toEqual(before);
  });

  it("is not started where its try was settled for, and leaves its mark for whoever settles", async () => {
    const given = await setting();
    await given.stores.data.create(dataKeys.failure(first, 2), documentBytes({}));
    const step = { ...asked(given, first, 2), reserve: reserved() };
    const staged = stageJob({ machine: "train", kind: "train" }, step, { ...given.ports, patience });
    await expect(staged).rejects.toMatchObject({ name: "RunEnded", data: { runId: first } });
    expect(await given.stores.data.head(dataKeys.jobMark(first, "train", 2))).not.toBeNull();
  });

  it("has variables that the supervisor takes, and no others", async () => {
    const given = await setting();
    const { attemptSeconds, attempt, ...start } = await stageJob(
      { machine: "train", kind: "train" },
      { ...asked(given), reserve: reserved() },
      { ...given.ports, patience },
    );
    const account = {
      BOBBIN_DATA_BUCKET: "data",
      BOBBIN_REGISTRY_BUCKET: "registry",
      BOBBIN_SCRATCH: "/scratch",
      AWS_REGION: "eu-central-1",
    };
    expect(jobEnvironment.parse({ ...account, ...start })).toEqual({ ...account, ...start });
    expect(jobEnvironment.safeParse(account).success).toBe(false);
    expect([attemptSeconds, attempt]).toEqual([given.request.recipe.timeoutSeconds + 90, "1"]);
  });
});
