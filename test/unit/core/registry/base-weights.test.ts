// Starting weights: official by digest or not at all, and a name that can move.
import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { baseWeights } from "../../../../lib/contracts/base-weights.ts";
import { dataKeys } from "../../../../lib/contracts/layout.ts";
import { addBaseWeights } from "../../../../lib/core/registry/base-weights.ts";
import { knownWeights } from "../../../../lib/core/registry/known-weights.ts";
import { MemoryStore } from "../../../support/memory-store.ts";

let stores = { data: new MemoryStore(), registry: new MemoryStore() };
beforeEach(() => {
  stores = { data: new MemoryStore(), registry: new MemoryStore() };
});
const clock = { now: () => new Date("2026-01-02T03:04:05.000Z") };
const add = (name: string, text: string, unofficial: boolean) =>
  addBaseWeights({ name, file: "some.pt", bytes: Buffer.from(text), unofficial }, { stores, clock });
const pointer = async (name: string) =>
  baseWeights.parse(JSON.parse(Buffer.from((await stores.data.get(dataKeys.baseName(name))).bytes).toString("utf8")));
const digest = (text: string) => createHash("sha256").update(text).digest("hex");

describe("addBaseWeights", () => {
  it("refuses a file that is none of the official ones, and says which they are", async () => {
    await expect(add("yolov8n", "not it", false)).rejects.toMatchObject({
      name: "BaseWeightsUnofficial",
      data: { name: "yolov8n", found: digest("not it"), wanted: expect.stringContaining("f59b3d83") },
    });
    await expect(add("my-own", "weights", false)).rejects.toMatchObject({ name: "BaseWeightsUnofficial" });
    expect(await stores.data.head(dataKeys.baseName("yolov8n"))).toBeNull();
  });

  it("takes it where that is meant, and never calls it official", async () => {
    const added = await add("yolov8n", "mine", true);
    expect(added).toEqual({
      schema: "bobbin/base-weights/1",
      name: "yolov8n",
      sha256: digest("mine"),
      bytes: 4,
      official: false,
      file: "some.pt",
      addedAt: "2026-01-02T03:04:05.000Z",
    });
    expect(await pointer("yolov8n")).toEqual(added);
    expect(Buffer.from((await stores.data.get(dataKeys.baseWeights(digest("mine")))).bytes).toString()).toBe("mine");
  });

  it("moves the name to another file and keeps both", async () => {
    await add("yolov8n", "one", true);
    await add("yolov8n", "two", true);
    expect((await pointer("yolov8n")).sha256).toBe(digest("two"));
    expect(await stores.data.head(dataKeys.baseWeights(digest("one")))).not.toBeNull();
  });

  it("asked again with the same file changes nothing", async () => {
    await add("yolov8n", "one", true);
    const before = await stores.data.head(dataKeys.baseName("yolov8n"));
    await add("yolov8n", "one", true);
    expect(await stores.data.head(dataKeys.baseName("yolov8n"))).toEqual(before);
  });

  it.each(["../up", "Upper", "", "a/b", "constructor "])("refuses the name %j", async (name) => {
    await expect(add(name, "x", true)).rejects.toMatchObject({ name: "UsageWrong" });
  });

  it("does not take a word of the language for a known name", async () => {
    await expect(add("constructor", "x", false)).rejects.toMatchObject({
      data: { wanted: "no digest that Bobbin knows" },
    });
  });
});

describe("known weights", () => {
  it("are whole digests, each of one name", () => {
    const all = Object.values(knownWeights).flat();
    expect(all.filter((sha256) => !/^[0-9a-f]{64}$/.test(sha256))).toEqual([]);
    expect(new Set(all).size).toBe(all.length);
  });
});
