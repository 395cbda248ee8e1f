// Versions and counters: they read back as they were written, and order as numbers.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import {
  compareReleaseVersions,
  formatCounter,
  formatReleaseVersion,
  nextReleaseVersion,
  parseCounter,
  parseReleaseVersion,
  releaseFiles,
} from "../../../lib/contracts/names.ts";
import { holds } from "../../support/property.ts";

const version = fc.record({ major: fc.nat(10_000), minor: fc.nat(10_000) });

describe("release versions", () => {
  it("read back as they were written", () => {
    holds(fc.property(version, (it) => expect(parseReleaseVersion(formatReleaseVersion(it))).toEqual(it)));
  });

  it("are written in one way only", () => {
    holds(
      fc.property(fc.stringMatching(/^v[0-9.]{1,6}$/), (text) => {
        const parsed = parseReleaseVersion(text);
        if (parsed !== null) expect(formatReleaseVersion(parsed)).toBe(text);
      }),
    );
    for (const text of ["v", "v0.0", "v01", "v1.02", "1.0", "v1.", "V1", "v1.2.3", " v1"])
      expect(parseReleaseVersion(text)).toBeNull();
  });

  it("order as numbers, not as text", () => {
    const sorted = ["v1", "v0.10", "v0.9", "v0", "v10", "v2.1"].sort((a, b) => {
      const [left, right] = [parseReleaseVersion(a), parseReleaseVersion(b)];
      return left === null || right === null ? Number.NaN : compareReleaseVersions(left, right);
    });
    expect(sorted).toEqual(["v0", "v0.9", "v0.10", "v1", "v2.1", "v10"]);
  });

  it("rise with every step, and a first release is v0", () => {
    expect(formatReleaseVersion(nextReleaseVersion(null, "major"))).toBe("v0");
    holds(
      fc.property(version, fc.constantFrom("major" as const, "minor" as const), (latest, step) => {
        expect(compareReleaseVersions(nextReleaseVersion(latest, step), latest)).toBeGreaterThan(0);
      }),
    );
    expect(formatReleaseVersion(nextReleaseVersion({ major: 0, minor: 9 }, "minor"))).toBe("v0.10");
    expect(formatReleaseVersion(nextReleaseVersion({ major: 0, minor: 9 }, "major"))).toBe("v1");
  });
});

describe("counters", () => {
  it("read back as they were written, under their own letter only", () => {
    holds(
      fc.property(
        fc.constantFrom("d" as const, "t" as const, "r" as const),
        fc.integer({ min: 1, max: 1e6 }),
        (prefix, number) => {
          expect(parseCounter(prefix, formatCounter(prefix, number))).toBe(number);
          expect(parseCounter(prefix === "d" ? "t" : "d", formatCounter(prefix, number))).toBeNull();
        },
      ),
    );
    for (const text of ["d0", "d", "d01", "d-1", "d1.0"]) expect(parseCounter("d", text)).toBeNull();
  });
});

describe("release files", () => {
  it("carry the names of the training plan", () => {
    const files = releaseFiles({ architecture: "yolov8n", project: "lbzf", dataset: "lbzf_person", version: "v0" });
    expect(files.weights).toBe("yolov8n_lbzf_v0.pt");
    expect(files.onnx).toBe("yolov8n_lbzf_v0.onnx");
    expect(files.data).toBe("lbzf_person_v0.yaml");
    expect(files.split).toBe("dataset_split_v0.csv");
    expect(new Set(Object.values(files)).size).toBe(Object.keys(files).length);
  });
});
