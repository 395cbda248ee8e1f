import { join } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { dataKeys } from "../../../lib/contracts/layout.ts";
import type { RunRequest } from "../../../lib/contracts/run.ts";
import type { Signer, Stores } from "../../../lib/core/ports.ts";
import { addBaseWeights } from "../../../lib/core/registry/base-weights.ts";
import { documentBytes } from "../../../lib/core/registry/cas.ts";
import { admit } from "../../../lib/core/steps/admit.ts";
import { ingest } from "../../../lib/core/steps/ingest.ts";
import { publish } from "../../../lib/core/steps/publish.ts";
import { reserve } from "../../../lib/core/steps/reserve.ts";
import { settleRun } from "../../../lib/core/steps/settle.ts";
import { split } from "../../../lib/core/steps/split.ts";
import { runStep } from "../../../lib/core/steps/wrapper.ts";
import { createKey, openLocalSigner } from "../../../lib/local/signer/local-signer.ts";
import { pages, pictures } from "../../../lib/report/pages.ts";
import { finishedRun } from "../../support/finished-run.ts";
import { type Action, decideFor } from "../../support/iam/bobbin.ts";
import { callsOf } from "../../support/iam/calls.ts";
import { Recorder } from "../../support/iam/recorded.ts";
import { memoryStores } from "../../support/memory-store.ts";
import { runIds, testRequest } from "../../support/run-request.ts";
import { ingestPorts } from "../../support/run-steps.ts";
import { samplePictures, yoloFolder } from "../../support/yolo-folder.ts";

const [runId, nextId] = runIds;
const clock = { now: () => new Date("2026-01-02T03:04:05.000Z") };
const prices = { admission: 1000, trainHour: 1000, predictHour: 1000 };
const recorded = new Map<string, readonly Action[]>();

/** A step inside its journal, as its Lambda runs it; what it asks is kept under its role. */
async function record<T extends object>(
  role: string,
  plain: Stores,
  run: (stores: Stores, recorder: Recorder) => Promise<T>,
) {
  const recorder = new Recorder();
  const stores = recorder.stores(plain);
  const step = {
    state: `${role.slice(0, 1).toUpperCase()}${role.slice(1)}`,
    run: () => run(stores, recorder),
    perAttempt: false,
  };
  const output = await runStep(step, { runId }, { data: stores.data, clock, sink: { emit: () => undefined } });
  recorded.set(role, recorder.actions);
  return output;
}

async function exportFolder(): Promise<string> {
  const images = await samplePictures(12);
  const frames = images.map((image, n) => ({ name: `day${n % 4}/${n}`, image, labels: "0 0.5 0.5 0.25 0.5\n" }));
  return yoloFolder(frames);
}

async function recordUpToReserve(): Promise<void> {
  const plain = memoryStores();
  const source = { location: await exportFolder(), versionId: "v1", sha256: null };
  const request: RunRequest = testRequest(source.location, { source });
  await addBaseWeights(
    { name: "yolov8n", file: "yolov8n.pt", bytes: Buffer.from("base"), unofficial: true },
    { stores: plain, clock },
  );
  await record("admit", plain, async (stores) => {
    await stores.data.create(dataKeys.request(runId), documentBytes(request));
    const requests = {
      read: async () => JSON.parse(Buffer.from((await stores.data.get(dataKeys.request(runId))).bytes).toString()),
    };
    return admit({ runId }, { stores, requests, clock, prices, whenBusy: "wait" });
  });
  await record("ingest", plain, (stores) => ingest({ runId, cursor: null }, ingestPorts({ stores, request })));
  const version = await record("split", plain, (stores) =>
    split({ runId }, { stores, requests: { read: async () => request }, clock }),
  );
  const trainer = { version: async () => "0.1.0" };
  await record("reserve", plain, (stores) => reserve({ runId, split: version }, { stores, clock, prices, trainer }));
  const requests = { read: async () => request };
  const done = async () => undefined;
  const more = { ids: { next: () => nextId }, costs: { of: async () => 0 }, start: done, notifier: { tell: done } };
  const error = { Error: "States.Timeout", Cause: "" };
  await record("settle", plain, (stores) => settleRun({ runId, error }, { stores, requests, clock, ...more }));
}

async function recordPublish(): Promise<void> {
  const plain = memoryStores();
  const run = await finishedRun(plain);
  const key = join(await exportFolder(), "key.pem");
  await createKey(key);
  const signer: Signer = await openLocalSigner(key);
  await record("publish", plain, (stores, recorder) =>
    publish(run.input, { stores, signer: recorder.signer(signer), pages, pictures }),
  );
}

beforeAll(async () => {
  await recordUpToReserve();
  await recordPublish();
});

const roles = ["admit", "ingest", "split", "reserve", "publish", "settle"];

describe("what a step asks", () => {
  it.each(roles)("%s may ask all of it", (role) => {
    const asked = recorded.get(role) ?? [];
    expect(asked.length).toBeGreaterThan(5);
    const refused = asked.filter((action) => decideFor({ role }, action) !== "allowed");
    expect(refused.map(({ action, resource }) => `${action} ${resource}`)).toEqual([]);
  });

  it.each(roles)("%s asks what the list of its calls says", (role) => {
    const kinds = (actions: readonly Action[]) =>
      new Set(actions.map(({ action, resource }) => `${action} ${kindOf(resource)}`));
    const listed = kinds(callsOf[role] ?? []);
    expect([...kinds(recorded.get(role) ?? [])].filter((kind) => !listed.has(kind))).toEqual([]);
  });
});

/** Bucket and first folder of a key. */
function kindOf(resource: string): string {
  return resource.split("/").slice(0, 2).join("/");
}
