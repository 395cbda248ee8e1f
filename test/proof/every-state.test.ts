// Every state of `train`: killed as it is entered and as it is done, stopped, and failed for a reason of its own; then taken up
// again. One real training is made first; what it left in the store is what every case starts from.
import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { BobbinError } from "../../lib/contracts/errors.ts";
import type { RunRecord } from "../../lib/contracts/run.ts";
import type { Signer } from "../../lib/core/ports.ts";
import type { Pipeline } from "../../lib/local/pipeline.ts";
import { openSample, sampleRequest, smallRecipe } from "../support/pipeline-run.ts";
import { talk } from "../support/process-lines.ts";

const script = path.join(import.meta.dirname, "../support/pipeline-process.ts");
const states = ["Admit", "Ingest", "Split", "Reserve", "Train", "Predict", "Compare", "Publish", "Settle"] as const;
let root = "";
let recorded = "";
let runId = "";

beforeAll(async () => {
  root = fs.mkdtempSync(path.join(tmpdir(), "bobbin-proof-"));
  recorded = path.join(root, "recorded");
  fs.mkdirSync(recorded);
  const { pipeline } = await openSample(recorded);
  const record = await pipeline.run(sampleRequest(smallRecipe(1)));
  expect(record.status).toBe("succeeded");
  runId = record.runId;
}, 300_000);

afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

/** A copy of the store as it was before the run, but with the answers of the two jobs: everything else is done again. */
function again(): string {
  const folder = fs.mkdtempSync(path.join(root, "case-"));
  fs.cpSync(recorded, folder, { recursive: true });
  const run = path.join(folder, "store/data/runs", runId);
  for (const gone of ["steps", "staged", "evaluation.json", "gallery.html", "failures"]) {
    fs.rmSync(path.join(run, gone), { recursive: true, force: true });
  }
  fs.rmSync(path.join(folder, "store/data/datasets"), { recursive: true });
  fs.rmSync(path.join(folder, "store/registry"), { recursive: true });
  return folder;
}

async function expectFree(pipeline: Pipeline): Promise<void> {
  const { bytes } = await pipeline.stores.registry.get("locks/pipeline.json");
  expect(JSON.parse(Buffer.from(bytes).toString())).toMatchObject({ holder: null });
  const ledger = await pipeline.stores.registry.get("ledger/demo.json");
  const { entries } = JSON.parse(Buffer.from(ledger.bytes).toString()) as { entries: { settled: number | null }[] };
  expect(entries.filter(({ settled }) => settled === null)).toEqual([]);
}

/** One release, whole, of the weights that were trained. */
async function expectReleased(pipeline: Pipeline, record: RunRecord, version = "v0"): Promise<void> {
  expect(record).toMatchObject({ status: "succeeded", version, failure: null });
  expect(record.states.map(({ state }) => state).sort()).toEqual([...states].sort());
  const original = path.join(recorded, "store/registry/models/thaal/v0/yolov8n_thaal_v0.pt");
  const { bytes } = await pipeline.stores.registry.get(`models/thaal/${version}/yolov8n_thaal_${version}.pt`);
  expect(Buffer.compare(bytes, fs.readFileSync(original))).toBe(0);
  await expectFree(pipeline);
}

describe.each(states)("%s", (state) => {
  it.each(["entered", "succeeded"])(
    "killed when %s: interrupted, holding on, and then a release",
    async (status) => {
      const folder = again();
      const killed = talk(script, [folder, "1", runId, state, status]);
      expect((await killed.ended).signal).toBe("SIGKILL");
      const { pipeline, events } = await openSample(folder);
      const seen = await pipeline.status(runId);
      if (state === "Settle" && status === "succeeded") return expectReleased(pipeline, seen);
      expect(seen.status).toBe("interrupted");
      await expectReleased(pipeline, await pipeline.resume(runId));
      const done = events.flatMap((event) =>
        event.kind === "state" && event.status === "resumed" ? [event.state] : [],
      );
      expect(done).toEqual(states.slice(0, states.indexOf(state) + (status === "succeeded" ? 1 : 0)));
    },
    60_000,
  );

  it("stopped: interrupted, not settled, and then a release", async () => {
    const folder = again();
    const control = new AbortController();
    const { pipeline } = await openSample(folder, {
      emit: (event) => {
        if (event.kind === "state" && event.state === state && event.status === "entered") control.abort();
      },
    });
    const record = await pipeline.resume(runId, { signal: control.signal });
    // Settling is giving back: begun, it is done, and then the run has its release.
    if (state === "Settle") return expectReleased(pipeline, record);
    expect(record.status).toBe("interrupted");
    await expectReleased(pipeline, await pipeline.resume(runId));
  }, 60_000);

  it("cancelled where it was stopped: nothing is held, and nothing goes on", async () => {
    if (state === "Settle") return;
    const folder = again();
    const control = new AbortController();
    const { pipeline } = await openSample(folder, {
      emit: (event) => {
        if (event.kind === "state" && event.state === state && event.status === "entered") control.abort();
      },
    });
    await pipeline.resume(runId, { signal: control.signal });
    expect(await pipeline.cancel(runId)).toMatchObject({ status: "cancelled" });
    if (state !== "Admit") await expectFree(pipeline);
    await expect(pipeline.resume(runId)).rejects.toMatchObject({ name: "RunEnded" });
    await expect(pipeline.cancel(runId)).rejects.toMatchObject({ name: "RunEnded" });
  }, 60_000);
});

interface Fault {
  readonly state: string;
  readonly error: string;
  /** What is broken in a folder, or which signer is handed in; `mend` undoes it. */
  readonly break: (folder: string) => { readonly mend: () => void; readonly signer?: Signer };
  /** @default v0 */
  readonly version?: string;
}

/** A file that is away, or other than it was, until it is mended. */
function spoil(file: string, text: string | null) {
  const before = fs.readFileSync(file);
  fs.rmSync(file);
  if (text !== null) fs.writeFileSync(file, text);
  return {
    mend: () => {
      fs.rmSync(file, { force: true });
      fs.writeFileSync(file, before);
    },
  };
}
const inRun = (folder: string, name: string) => path.join(folder, "store/data/runs", runId, name);
const noKey: Signer = {
  fingerprint: () => Promise.reject(new BobbinError("KeyMissing", { path: "nowhere" })),
  publicKey: () => Promise.reject(new BobbinError("KeyMissing", { path: "nowhere" })),
  sign: () => Promise.reject(new BobbinError("KeyMissing", { path: "nowhere" })),
};

const faults: readonly Fault[] = [
  {
    state: "Ingest",
    error: "ExportMissing",
    break: (folder) => {
      const request = inRun(folder, "request.json");
      return spoil(request, fs.readFileSync(request, "utf8").replace("thaal-cvat.zip", "gone.zip"));
    },
  },
  {
    state: "Split",
    error: "GroupUnknown",
    break: (folder) => {
      const request = inRun(folder, "request.json");
      return spoil(request, fs.readFileSync(request, "utf8").replace('"reserved": []', '"reserved": ["nobody"]'));
    },
  },
  {
    state: "Reserve",
    error: "BaseWeightsMissing",
    break: (folder) => spoil(path.join(folder, "store/data/base/names/yolov8n.json"), null),
  },
  { state: "Train", error: "ObjectCorrupt", break: (folder) => spoil(inRun(folder, "result-train.json"), "{}") },
  { state: "Predict", error: "ObjectCorrupt", break: (folder) => spoil(inRun(folder, "job-predict.json"), "[]") },
  {
    state: "Compare",
    error: "ObjectMissing",
    break: (folder) => spoil(inRun(folder, "predictions/predictions.jsonl"), null),
  },
  { state: "Publish", error: "KeyMissing", break: () => ({ mend: () => undefined, signer: noKey }), version: "v0.1" },
];

describe.each(faults)("$state failing with $error", ({ state, error, break: breakIt, version }) => {
  it("is a failed run that says so and holds nothing; mended, it is taken up again under its id", async () => {
    const folder = again();
    const { mend, signer } = breakIt(folder);
    const { pipeline } = await openSample(folder, signer === undefined ? {} : { signer });
    if (error === "BaseWeightsMissing")
      fs.rmSync(path.join(folder, "store/data/base/names/yolov8n.json"), { force: true });
    const record = await pipeline.resume(runId);
    expect(record).toMatchObject({ status: "failed", failure: { state, error: { name: error } } });
    expect(record.states.find((one) => one.state === state)).toMatchObject({ status: "failed" });
    await expectFree(pipeline);
    mend();
    const { pipeline: mended, events } = await openSample(folder);
    await expectReleased(mended, await mended.resume(runId), version);
    const done = events.flatMap((event) => (event.kind === "state" && event.status === "resumed" ? [event.state] : []));
    expect(done).toEqual(
      states.slice(0, states.indexOf(state as "Admit")).filter((name) => !["Admit", "Reserve"].includes(name)),
    );
  }, 60_000);
});

describe("a failed run", () => {
  it("does not take the pipeline from another that holds it", async () => {
    const folder = again();
    const { mend } = spoil(inRun(folder, "result-train.json"), "{}");
    const { pipeline } = await openSample(folder);
    expect((await pipeline.resume(runId)).status).toBe("failed");
    mend();
    const control = new AbortController();
    const other = await pipeline.run(sampleRequest(smallRecipe(1)), {
      signal: control.signal,
      started: () => control.abort(),
    });
    const stopped = new AbortController();
    const { pipeline: second } = await openSample(folder, {
      emit: (event) => {
        if (event.kind === "state" && event.state === "Ingest") stopped.abort();
      },
    });
    expect((await second.resume(other.runId, { signal: stopped.signal })).status).toBe("interrupted");
    await expect(second.resume(runId)).rejects.toMatchObject({ name: "PipelineBusy", data: { runId: other.runId } });
    await second.cancel(other.runId);
    expect((await second.resume(runId)).status).toBe("succeeded");
  }, 60_000);
});
