// Publish on a finished run: what the release holds, what it refuses, and that a killed Publish ends in the same release.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { BobbinError } from "../../../../lib/contracts/errors.ts";
import { dataKeys, registryKeys } from "../../../../lib/contracts/layout.ts";
import { envelope, release as releaseSchema, statement } from "../../../../lib/contracts/release.ts";
import type { ObjectStore, Signer } from "../../../../lib/core/ports.ts";
import { type PublishPorts, publish } from "../../../../lib/core/steps/publish.ts";
import { createKey, openLocalSigner } from "../../../../lib/local/signer/local-signer.ts";
import { pages, pictures } from "../../../../lib/report/pages.ts";
import { type FinishedRun, finishedRun } from "../../../support/finished-run.ts";
import { MemoryStore } from "../../../support/memory-store.ts";

let folder = "";
let signer: Signer;
let ports: PublishPorts;
let run: FinishedRun;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bobbin-publish-"));
  await createKey(join(folder, "key.pem"));
  signer = await openLocalSigner(join(folder, "key.pem"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  ports = { stores: { data: new MemoryStore(), registry: new MemoryStore() }, signer, pages, pictures };
  run = await finishedRun(ports.stores);
});

async function released(store: ObjectStore): Promise<Map<string, Buffer>> {
  const prefix = registryKeys.release(run.model, run.version);
  const files = new Map<string, Buffer>();
  for await (const { key } of store.list(prefix))
    files.set(key.slice(prefix.length), Buffer.from((await store.get(key)).bytes));
  return files;
}

const json = (bytes: Buffer | undefined) => JSON.parse(bytes?.toString("utf8") ?? "null");

/** A data bucket in which one object has other bytes. */
function tampered(store: ObjectStore, key: string, bytes: Uint8Array): ObjectStore {
  return Object.assign(Object.create(store) as ObjectStore, {
    get: async (asked: string) => (asked === key ? { bytes, etag: "x" } : store.get(asked)),
    create: store.create.bind(store),
    head: store.head.bind(store),
    stream: store.stream.bind(store),
    list: store.list.bind(store),
  });
}

/** A registry that dies after `left` more writes. */
function dying(store: ObjectStore, left: number): ObjectStore {
  let writes = 0;
  return {
    get: (key) => store.get(key),
    head: (key) => store.head(key),
    stream: (key, start, end) => store.stream(key, start, end),
    list: (prefix) => store.list(prefix),
    replace: (key, body, etag) => store.replace(key, body, etag),
    create: async (key, body) => {
      if (writes === left) throw new Error("killed");
      writes += 1;
      return store.create(key, body);
    },
  };
}

describe("publish", () => {
  it("writes the files of the training plan and nothing with a face in it", async () => {
    await publish(run.input, ports);
    expect([...(await released(ports.stores.registry)).keys()].sort()).toEqual(
      [
        "dataset_split_v0.10.csv",
        "edge_build_v0.10.json",
        "eval_v0.10.json",
        "hall_vehicles_v0.10.yaml",
        "release.json",
        "release.sig.json",
        "report_v0.10.html",
        ...["BoxF1_curve.png", "BoxPR_curve.png", "BoxP_curve.png", "BoxR_curve.png", "args.yaml"].map(
          (name) => `train_run_v0.10/${name}`,
        ),
        ...[
          "confusion_matrix_normalized.png",
          "events.out.tfevents.0.bobbin",
          "metrics.json",
          "results.csv",
          "results.png",
        ].map((name) => `train_run_v0.10/${name}`),
        "yolov8n_hallwatch_v0.10.onnx",
        "yolov8n_hallwatch_v0.10.pt",
      ].sort(),
    );
  });

  it("writes release.json last, after its signature", async () => {
    const order: string[] = [];
    const { registry } = ports.stores;
    const create: ObjectStore["create"] = async (key, body) => {
      const etag = await registry.create(key, body);
      order.push(key.slice(registryKeys.release(run.model, run.version).length));
      return etag;
    };
    const recording: ObjectStore = Object.assign(dying(registry, -1), { create });
    await publish(run.input, { ...ports, stores: { ...ports.stores, registry: recording } });
    expect(order.slice(-2)).toEqual(["release.sig.json", "release.json"]);
  });

  it("lists every file by its digest and signs release.json's own", async () => {
    const output = await publish(run.input, ports);
    const files = await released(ports.stores.registry);
    const document = releaseSchema.parse(json(files.get("release.json")));
    const { createHash } = await import("node:crypto");
    const digest = (bytes: Buffer | undefined) =>
      createHash("sha256")
        .update(bytes ?? "")
        .digest("hex");
    for (const { name, bytes, sha256 } of document.files) {
      expect({ name, bytes, sha256 }).toEqual({
        name,
        bytes: files.get(name)?.length,
        sha256: digest(files.get(name)),
      });
    }
    expect(document.files.length).toBe(files.size - 2);
    const sealed = envelope.parse(json(files.get("release.sig.json")));
    const signed = statement.parse(JSON.parse(Buffer.from(sealed.payload, "base64").toString("utf8")));
    expect(signed.subject[0]?.digest.sha256).toBe(digest(files.get("release.json")));
    expect(output).toEqual({ version: "v0.10", releaseSha256: digest(files.get("release.json")) });
    expect(Buffer.from(sealed.payload, "base64").length).toBeLessThanOrEqual(3584);
  });

  it("refuses weights that Predict did not score", async () => {
    const key = dataKeys.jobFile(run.runId, "train", "weights/best.pt");
    const data = tampered(ports.stores.data, key, Buffer.from("other weights"));
    const attempt = publish(run.input, { ...ports, stores: { ...ports.stores, data } });
    await expect(attempt).rejects.toMatchObject({ name: "WeightsNotScored", data: { file: "weights/best.pt" } });
    expect((await released(ports.stores.registry)).size).toBe(0);
  });

  it("refuses any other output whose bytes are not those of the result", async () => {
    const key = dataKeys.jobFile(run.runId, "train", "train_run/results.csv");
    const data = tampered(ports.stores.data, key, Buffer.from("epoch,time\n1,3\n"));
    const attempt = publish(run.input, { ...ports, stores: { ...ports.stores, data } });
    await expect(attempt).rejects.toMatchObject({ name: "ObjectCorrupt", data: { key } });
  });

  it("killed after any write and asked again, ends in the release of one that was never killed", async () => {
    const whole = await publish(run.input, ports);
    const wanted = await released(ports.stores.registry);
    for (let left = 0; left < wanted.size; left += 3) {
      const stores = { data: new MemoryStore(), registry: new MemoryStore() };
      const again = { ...ports, stores };
      await finishedRun(stores);
      const broken = { ...again, stores: { ...stores, registry: dying(stores.registry, left) } };
      await expect(publish(run.input, broken)).rejects.toThrow("killed");
      expect(await stores.registry.head(registryKeys.releaseFile(run.model, run.version, "release.json"))).toBeNull();
      expect(await publish(run.input, again)).toEqual(whole);
      const found = await released(stores.registry);
      for (const name of wanted.keys()) {
        if (name !== "release.sig.json")
          expect({ name, same: found.get(name)?.equals(wanted.get(name) ?? Buffer.of()) }).toEqual({
            name,
            same: true,
          });
      }
    }
  });

  it("keeps the signature of an earlier attempt", async () => {
    await publish(run.input, ports);
    const first = (await released(ports.stores.registry)).get("release.sig.json");
    await publish(run.input, ports);
    expect((await released(ports.stores.registry)).get("release.sig.json")).toEqual(first);
  });

  it("asked again when a state's times have changed, says the same and writes nothing", async () => {
    const first = await publish(run.input, ports);
    const wanted = await released(ports.stores.registry);
    const key = dataKeys.step(run.runId, "Compare");
    const { bytes, etag } = await ports.stores.data.get(key);
    const slower = { ...json(Buffer.from(bytes)), startedAt: "2026-03-14T08:00:00.000Z" };
    await ports.stores.data.replace(key, Buffer.from(JSON.stringify(slower)), etag);
    expect(await publish(run.input, ports)).toEqual(first);
    expect(await released(ports.stores.registry)).toEqual(wanted);
  });

  it("takes a release of another run under the version for none of its own", async () => {
    await publish(run.input, ports);
    const key = registryKeys.releaseFile(run.model, run.version, "release.json");
    const { bytes, etag } = await ports.stores.registry.get(key);
    const others = { ...json(Buffer.from(bytes)), runId: "01ARZ3NDEKTSV4RRFFQ69G5FA9" };
    await ports.stores.registry.replace(key, Buffer.from(JSON.stringify(others)), etag);
    await expect(publish(run.input, ports)).rejects.toMatchObject({ name: "ObjectExists", data: { key } });
  });

  it("never overwrites what another run published under the version", async () => {
    const key = registryKeys.releaseFile(run.model, run.version, "yolov8n_hallwatch_v0.10.pt");
    await ports.stores.registry.create(key, Buffer.from("of another run"));
    await expect(publish(run.input, ports)).rejects.toMatchObject({ name: "ObjectExists", data: { key } });
    expect(Buffer.from((await ports.stores.registry.get(key)).bytes).toString()).toBe("of another run");
  });

  it("names the release before it, counted as numbers", async () => {
    for (const version of ["v0", "v0.9", "v1"]) {
      await ports.stores.registry.create(
        registryKeys.releaseFile(run.model, version, "release.json"),
        Buffer.from("{}"),
      );
    }
    await publish(run.input, ports);
    expect(json((await released(ports.stores.registry)).get("release.json")).previous).toBe("v0.9");
  });

  it("keeps the frames out of the signed set, in a gallery beside the run", async () => {
    await publish(run.input, ports);
    const gallery = Buffer.from((await ports.stores.data.get(dataKeys.gallery(run.runId))).bytes).toString("utf8");
    expect(gallery).toContain("0 found, 1 missed, 0 wrong");
    expect(gallery).toContain("1 found, 0 missed, 0 wrong");
    expect(gallery.match(/<image href="data:image\/jpeg/g)).toHaveLength(2);
    expect(gallery.match(/<img src="data:image\/jpeg;base64,[^"]+" alt="(?:missed|found).jpg"/g)).toHaveLength(2);
    for (const [name, bytes] of await released(ports.stores.registry)) {
      if (name.endsWith(".html")) {
        expect(bytes.toString("utf8")).not.toContain("data:image/jpeg");
        expect(bytes.toString("utf8")).toContain("1,500 frames compared");
      }
    }
  });

  it("does not start before the states it needs", async () => {
    await expect(publish({ runId: run.runId }, ports)).rejects.toThrow(RangeError);
    expect(new BobbinError("WeightsNotScored", { file: "a", found: "b", wanted: "c" }).exit).toBe(3);
  });
});
