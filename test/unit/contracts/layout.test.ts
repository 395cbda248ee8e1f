// Keys of the two buckets: no way out of a bucket, no two things under one key, and back again.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { dataKeys, parseUploadKey, registryKeys, runOfKey } from "../../../lib/contracts/layout.ts";
import { holds } from "../../support/property.ts";

const slug = fc.stringMatching(/^[a-z0-9]([a-z0-9_-]{0,10}[a-z0-9])?$/);
const runId = fc.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/);
const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
const version = fc.stringMatching(/^d[1-9][0-9]{0,3}$/);
const state = fc.constantFrom("Admit", "Ingest", "Split", "Publish");
const hostile = fc.oneof(fc.string(), fc.constantFrom("..", ".", "../../etc/passwd", "a/../b", "\u0000", "a\\b", ""));

/** Every way to make a key of the data bucket, from arbitrary valid parts. */
const anyKey = fc.oneof(
  fc.tuple(slug).map(([name]) => dataKeys.config(name)),
  digest.map((sha256) => dataKeys.baseWeights(sha256)),
  slug.map((name) => dataKeys.baseName(name)),
  digest.map((sha256) => dataKeys.frame(sha256, "jpg")),
  fc.tuple(slug, version).map(([name, number]) => dataKeys.datasetFile(name, number, "manifest.json")),
  fc.tuple(slug, version).map(([name, number]) => dataKeys.datasetFile(name, number, "split.csv")),
  digest.map((of) => dataKeys.told(of, "begun")),
  runId.map((id) => dataKeys.request(id)),
  fc.tuple(runId, state).map(([id, name]) => dataKeys.step(id, name)),
  fc.tuple(runId, fc.nat(99)).map(([id, attempt]) => dataKeys.failure(id, attempt)),
  fc.tuple(runId, slug).map(([id, file]) => dataKeys.staged(id, file)),
  runId.map((id) => dataKeys.job(id, "train")),
  runId.map((id) => dataKeys.result(id, "train")),
  fc.tuple(runId, slug).map(([id, file]) => dataKeys.jobFile(id, "train", file)),
  runId.map((id) => dataKeys.predictions(id)),
);

describe("keys", () => {
  it("never climb out of the bucket", () => {
    holds(
      fc.property(anyKey, (key) => {
        expect(key.split("/")).not.toContain("..");
        expect(key.startsWith("/")).toBe(false);
        expect(key).not.toContain("//");
      }),
    );
  });

  it("refuse hostile parts or keep them one harmless segment", () => {
    holds(
      fc.property(hostile, (text) => {
        for (const make of [
          dataKeys.config,
          dataKeys.baseName,
          dataKeys.baseWeights,
          registryKeys.production,
          registryKeys.ledger,
        ]) {
          let key: string;
          try {
            key = make(text);
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
            continue;
          }
          expect(key.split("/").every((segment) => segment !== "" && segment !== "." && segment !== "..")).toBe(true);
          expect(key.split("/")).toHaveLength(make("x").split("/").length);
        }
      }),
    );
  });

  it("differ when what they store differs", () => {
    holds(
      fc.property(runId, slug, version, digest, (id, name, number, sha256) => {
        const keys = [
          dataKeys.config(name),
          dataKeys.baseWeights(sha256),
          dataKeys.baseName(name),
          dataKeys.frame(sha256, "jpg"),
          dataKeys.frame(sha256, "png"),
          ...(
            ["manifest.json", "manifest.jsonl", "issues.jsonl", "stats.json", "split.csv", "split.json"] as const
          ).map((file) => dataKeys.datasetFile(name, number, file)),
          dataKeys.request(id),
          dataKeys.step(id, "Split"),
          dataKeys.failure(id, 1),
          dataKeys.staged(id, name),
          dataKeys.job(id, "train"),
          dataKeys.job(id, "predict"),
          dataKeys.result(id, "train"),
          dataKeys.result(id, "predict"),
          dataKeys.jobFile(id, "train", name),
          dataKeys.jobFile(id, "predict", name),
          dataKeys.inputs(id, "train"),
          dataKeys.inputs(id, "predict"),
          dataKeys.failedResult(id, "train", 1),
          dataKeys.failedResult(id, "train", 2),
          dataKeys.start(id, "train", 1),
          dataKeys.progressPart(id, "train", 1),
          dataKeys.progressPart(id, "predict", 1),
          dataKeys.checkpoint(id, 1, sha256, "mark.json"),
          dataKeys.checkpoint(id, 2, sha256, "mark.json"),
          dataKeys.predictions(id),
          dataKeys.evaluation(id),
          dataKeys.gallery(id),
        ];
        expect(new Set(keys).size).toBe(keys.length);
      }),
    );
  });

  it("tell the run they belong to", () => {
    holds(fc.property(runId, state, (id, name) => expect(runOfKey(dataKeys.step(id, name))).toBe(id)));
    expect(runOfKey("datasets/a/d1/manifest.json")).toBeNull();
  });
});

describe("upload keys", () => {
  it("are the two shapes only, at their depth", () => {
    expect(parseUploadKey("incoming/lbzf_person/week 3.zip")).toEqual({
      place: "incoming",
      dataset: "lbzf_person",
      name: "week 3",
      kind: "zip",
    });
    expect(parseUploadKey("incoming/lbzf_person/week3/_COMMIT.json")).toEqual({
      place: "incoming",
      dataset: "lbzf_person",
      name: "week3",
      kind: "folder",
    });
    for (const key of [
      "incoming/a/b/c.zip",
      "incoming/a.zip",
      "incoming/a/b/c/_COMMIT.json",
      "incoming/a/_COMMIT.json",
      "incoming/A/b.zip",
      "incoming/a/b.tar",
      "x/incoming/a/b.zip",
      "incoming/a/../_COMMIT.json",
      "incoming/a/.zip",
    ]) {
      expect({ key, parsed: parseUploadKey(key) }).toEqual({ key, parsed: null });
    }
  });

  it("read back every name without a slash", () => {
    const name = fc.stringMatching(/^[^/]{1,20}$/).filter((text) => text !== "." && text !== "..");
    holds(
      fc.property(slug, name, (dataset, upload) => {
        expect(parseUploadKey(`incoming/${dataset}/${upload}.zip`)).toEqual({
          place: "incoming",
          dataset,
          name: upload,
          kind: "zip",
        });
      }),
    );
  });
});
