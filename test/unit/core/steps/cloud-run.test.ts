// Which run an execution is: the same one in every state of it, another one in every other execution, whatever started it.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { FrozenProject } from "../../../../lib/contracts/cloud-run.ts";
import { runId as runIdSchema } from "../../../../lib/contracts/common.ts";
import { experimentRequest } from "../../../../lib/contracts/experiment.ts";
import { dataKeys } from "../../../../lib/contracts/layout.ts";
import { documentBytes } from "../../../../lib/core/registry/cas.ts";
import { type CloudRun, requestOf, runOf } from "../../../../lib/core/steps/cloud-run.ts";
import { FaultyStore } from "../../../support/faulty-store.ts";
import { memoryStores } from "../../../support/memory-store.ts";
import { holds } from "../../../support/property.ts";
import { runIds, testConfig, testRequest } from "../../../support/run-request.ts";

const upload = { location: "incoming/trays/may.zip", versionId: "v1" };
const region = "us-east-1";
const event = (time: string) => ({ time, region, upload });
const runFor = (
  given: { readonly location: string; readonly versionId: string } | null,
  runId: string = runIds[0],
): CloudRun => ({
  ...{ runId, attempt: 1, region, machine: "train", asked: null },
  upload: given,
});
const clock = { now: () => new Date("2026-01-02T03:04:05.000Z") };

describe("the run of an execution", () => {
  it("has an id by its own rules, the same whenever it is asked, and sorts by time", () => {
    const moment = fc.date({ min: new Date("2020-01-01"), max: new Date("2100-01-01"), noInvalidDate: true });
    holds(
      fc.property(moment, moment, fc.string({ minLength: 1 }), (one, other, execution) => {
        const at = (date: Date) => runOf(event(date.toISOString()), execution).runId;
        expect(runIdSchema.safeParse(at(one)).success).toBe(true);
        expect(at(one)).toBe(at(one));
        if (one.getTime() !== other.getTime()) expect(at(one) < at(other)).toBe(one < other);
      }),
    );
  });

  it("is another one in another execution of the same event", () => {
    holds(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (one, other) => {
        const of = (execution: string) => runOf(event("2026-01-02T03:04:05Z"), execution).runId;
        expect(of(one) === of(other)).toBe(one === other);
      }),
    );
  });

  it("is what Bobbin started it as, also under a new upload", () => {
    const [runId] = runIds;
    const common = { runId, machine: "train", asked: null, region: null };
    expect(runOf({ runId, attempt: 2 }, "any")).toEqual({ ...common, attempt: 2, upload: null });
    expect(runOf({ runId, upload }, "any")).toEqual({ ...common, attempt: 1, upload });
  });

  it.each(["train", "measure", "experiment"] as const)("is of the machine %s where its execution is", (machine) => {
    const arn = (name: string) =>
      `arn:aws:states:us-east-1:111111111111:execution:bobbin-measure-try-${machine}:${name}`;
    const asked = { location: "exports/trays/may.zip" };
    expect(runOf({ runId: runIds[0], asked }, arn(`${runIds[0]}-1`))).toMatchObject({ machine, asked, upload: null });
    expect(runOf(event("2026-01-02T03:04:05Z"), arn("a-train:b"))).toMatchObject({ machine: "train" });
  });

  it("knows where its event happened", () => {
    expect(runOf(event("2026-01-02T03:04:05Z"), "any")).toMatchObject({ region, upload });
  });

  it("is none where something else started it", () => {
    expect(() => runOf({ detail: { bucket: "mine" } }, "any")).toThrow(/upload/);
  });
});

describe("the request of an upload", () => {
  const { config, groupTable, recipe, names, bobbin } = testRequest("-", { config: testConfig() });
  const project: FrozenProject = {
    schema: "bobbin/project/1",
    ...{ config, groupTable, recipe, names, bobbin },
    decode: true,
    device: "cuda",
  };
  const setting = async (pushed: boolean, changed: FrozenProject = project) => {
    const stores = memoryStores();
    if (pushed) await stores.data.create(dataKeys.config("trays"), documentBytes(changed));
    const bucketRegions = async (): Promise<Record<string, string>> => ({ "data bucket": region });
    const place = { region, allowedRegions: [region, "eu-west-1"], bucketRegions, jobSeconds: 21_600 };
    const pin = async (location: string) => ({ location, versionId: "pinned" });
    const terms = async () => ({ mode: "replace", retrain: "later", override: "because" }) as const;
    return { stores, clock, ...place, pin, terms };
  };

  it("is the pushed config and what the upload says, written once", async () => {
    const ports = await setting(true);
    const run = runFor(upload);
    expect(await requestOf(run, ports)).toBeNull();
    const read = async () =>
      JSON.parse(Buffer.from((await ports.stores.data.get(dataKeys.request(runIds[0]))).bytes).toString());
    const first = await read();
    expect(first).toMatchObject({
      runId: runIds[0],
      source: { ...upload, sha256: null },
      mode: "replace",
      retrain: "later",
      override: "because",
      machine: "train",
      device: "cuda",
      requestedAt: "2026-01-02T03:04:05.000Z",
    });
    const later = { ...ports, clock: { now: () => new Date("2027-01-01") } };
    expect(await requestOf(run, later)).toBeNull();
    expect(await read()).toEqual(first);
  });

  it("of a machine that a person started is of the version that lay there then, and says what was asked", async () => {
    const ports = await setting(true);
    const experiment = experimentRequest.parse({
      ...{ kind: "ablate", vary: [{ argument: "fliplr", values: [0, 0.5] }], seeds: 1 },
    });
    const asked = { location: "exports/trays/may.zip", experiment };
    const run: CloudRun = { ...runFor(null), machine: "experiment", asked };
    expect(await requestOf(run, ports)).toBeNull();
    const later = { ...ports, pin: async (location: string) => ({ location, versionId: "later" }) };
    expect(await requestOf(run, later)).toBeNull();
    const written = await ports.stores.data.get(dataKeys.request(runIds[0]));
    expect(JSON.parse(Buffer.from(written.bytes).toString())).toMatchObject({
      machine: "experiment",
      source: { location: asked.location, versionId: "pinned" },
      experiment,
    });
  });

  it.each([
    ["measure", "incoming/trays/may.zip"],
    ["experiment", "incoming/trays/may.zip"],
    ["train", "exports/trays/may.zip"],
  ] as const)("of %s is refused for what lies where other machines look: %s", async (machine, location) => {
    const run: CloudRun = { ...runFor(null), machine, asked: { location } };
    await expect(requestOf(run, await setting(true))).rejects.toMatchObject({ name: "UploadKeyInvalid" });
  });

  it("is not written where another run took the upload before", async () => {
    const ports = await setting(true);
    await requestOf(runFor(upload), ports);
    expect(await requestOf(runFor(upload, runIds[1]), ports)).toEqual({
      outcome: "duplicate",
      runId: runIds[0],
    });
    expect(await ports.stores.data.head(dataKeys.request(runIds[1]))).toBeNull();
  });

  it.each(["incoming/trays/deep/er.zip", "incoming/trays/may/images/_COMMIT.json"])(
    "is none for %s, which lies inside a folder",
    async (location) => {
      const ports = await setting(true);
      const run = runFor({ location, versionId: "v1" });
      expect(await requestOf(run, ports)).toMatchObject({
        outcome: "ignored",
        reason: expect.stringContaining(location),
      });
      expect(await ports.stores.data.head(dataKeys.request(runIds[0]))).toBeNull();
    },
  );

  it.each([
    ["UploadKeyInvalid", { location: "incoming/No slug/x.zip", versionId: "v1" }, true],
    ["UploadKeyInvalid", { location: "elsewhere/x.zip", versionId: "v1" }, true],
    ["NoConfigForDataset", upload, false],
    ["RunMissing", null, true],
  ] as const)("is refused as %s", async (name, given, pushed) => {
    const run = runFor(given);
    await expect(requestOf(run, await setting(pushed))).rejects.toMatchObject({ name });
  });

  it.each([
    ["RegionsDiffer", { ...project, config: { ...config, region: "eu-central-1" } }],
    ["ConfigInvalid", { ...project, recipe: { ...recipe, timeoutSeconds: 21_601 } }],
  ] as const)("is refused as %s where what was pushed does not fit the stack", async (name, changed) => {
    const run = runFor(upload);
    await expect(requestOf(run, await setting(true, changed))).rejects.toMatchObject({ name });
  });

  it.each([
    ["the event", "RegionNotAllowed", { event: "eu-central-1" }],
    ["the event", "RegionsDiffer", { event: "eu-west-1" }],
    ["a bucket", "RegionNotAllowed", { bucket: "ap-south-1" }],
    ["a bucket", "RegionsDiffer", { bucket: "eu-west-1" }],
    ["the stack itself", "RegionNotAllowed", { allowed: ["eu-central-1"] }],
  ])("is refused where %s is elsewhere, as %s, before anything is read", async (_, name, where) => {
    const {
      event: at = region,
      bucket = region,
      allowed,
    } = where as { event?: string; bucket?: string; allowed?: string[] };
    const ports = await setting(true);
    const data = new FaultyStore(ports.stores.data, []);
    const changed = { ...ports, stores: { ...ports.stores, data }, allowedRegions: allowed ?? ports.allowedRegions };
    const bucketRegions = async () => ({ "data bucket": region, "registry bucket": bucket });
    const refused = requestOf({ ...runFor(upload), region: at }, { ...changed, bucketRegions });
    await expect(refused).rejects.toMatchObject({ name });
    expect(data.asked).toEqual([]);
  });

  it("is looked at again where a failed run is taken up", async () => {
    const ports = await setting(true);
    await requestOf(runFor(upload), ports);
    const again = { ...runFor(null), attempt: 2, region: null };
    expect(await requestOf(again, ports)).toBeNull();
    const moved = { ...ports, bucketRegions: async () => ({ "data bucket": "eu-central-1" }) };
    await expect(requestOf(again, moved)).rejects.toMatchObject({ name: "RegionNotAllowed" });
  });

  it("is taken where the config names the stack's own region, and a job may take just as long", async () => {
    const fits = {
      ...project,
      config: { ...config, region: "us-east-1" },
      recipe: { ...recipe, timeoutSeconds: 21_600 },
    };
    const run = runFor(upload);
    expect(await requestOf(run, await setting(true, fits))).toBeNull();
  });
});
