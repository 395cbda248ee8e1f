// What belongs to a release, in which order, under which number.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { parse } from "yaml";
import { statement } from "../../../../lib/contracts/release.ts";
import { releaseStatement } from "../../../../lib/core/registry/provenance.ts";
import {
  belongsToRelease,
  dataYaml,
  isMosaic,
  isPlot,
  previousRelease,
  sortFiles,
} from "../../../../lib/core/registry/release.ts";
import { holds } from "../../../support/property.ts";
import { reportExample } from "../../../support/report-example.ts";

const pictures = [
  "train_batch0.jpg",
  "train_batch12.jpg",
  "val_batch1_labels.jpg",
  "val_batch1_pred.jpg",
  "pictures/val_batch0_pred.jpg",
];
const numbers = [
  "args.yaml",
  "train_run/results.csv",
  "metrics.json",
  "results.png",
  "BoxPR_curve.png",
  "MaskF1_curve.png",
  "PR_curve.png",
  "labels.jpg",
  "confusion_matrix.png",
  "events.out.tfevents.0.bobbin",
];

describe("the signed set", () => {
  it.each(pictures)("does not take %s: it shows frames", (name) => {
    expect([belongsToRelease(name), isPlot(name), isMosaic(name)]).toEqual([false, false, true]);
  });
  it.each(numbers)("takes %s", (name) => {
    expect([belongsToRelease(name), isMosaic(name)]).toEqual([true, false]);
  });
  it("takes nothing that is not named", () => {
    for (const name of [
      "trainer.log",
      "weights/best.pt",
      "labels.cache",
      "val_batch0.png",
      "results.png.exe",
      "frame.jpg",
      "yolo.engine",
    ]) {
      expect({ name, taken: belongsToRelease(name) }).toEqual({ name, taken: false });
    }
  });
});

describe("previousRelease", () => {
  it("counts versions as numbers and passes over what is none", () => {
    expect(previousRelease(["v0.9", "v0.10", "v0.11", "v1", "engines", "v0"], "v0.11")).toBe("v0.10");
    expect(previousRelease(["v0", "v0.2"], "v1")).toBe("v0.2");
    expect(previousRelease(["v0.1"], "v0")).toBeNull();
  });
});

describe("sortFiles", () => {
  it("orders by code unit and loses nothing, in whatever order they came", () => {
    const file = fc.string().map((name) => ({ name, bytes: 1, sha256: "0".repeat(64) }));
    holds(
      fc.property(fc.uniqueArray(file, { selector: ({ name }) => name }), (files) => {
        const sorted = sortFiles(files).map(({ name }) => name);
        expect(sorted).toEqual(files.map(({ name }) => name).sort());
        expect(sortFiles([...files].reverse()).map(({ name }) => name)).toEqual(sorted);
      }),
    );
  });
});

describe("data.yaml", () => {
  it("keeps every class name and its place, whatever it is made of", async () => {
    const { release } = await reportExample();
    holds(
      fc.property(fc.array(fc.string({ minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 5 }), (classes) => {
        const document = parse(dataYaml({ ...release, classes }));
        expect(Object.values(document.names)).toEqual(classes);
        expect(Object.keys(document.names)).toEqual(classes.map((_, index) => String(index)));
        expect(document).not.toHaveProperty("download");
      }),
    );
  });
});

describe("the statement", () => {
  it("is SLSA provenance over release.json, small enough for KMS even with the longest names", async () => {
    const { release } = await reportExample();
    const long = "n".repeat(40);
    const widest = {
      ...release,
      files: [],
      project: long,
      model: long,
      version: "v4294967295.4294967295",
      dataset: { ...release.dataset, name: long, version: "d4294967295" },
      recipe: { ...release.recipe, name: long, number: "r4294967295" },
      base: { ...release.base, name: "b".repeat(64) },
      bobbin: { version: "100.100.100", commit: "c".repeat(40) },
    };
    const made = releaseStatement(widest, "d".repeat(64), { startedOn: release.createdAt, region: "ap-southeast-2" });
    expect(statement.parse(made)).toEqual(made);
    expect(Buffer.byteLength(JSON.stringify(made))).toBeLessThanOrEqual(3584);
    expect(made.subject).toEqual([{ name: "release.json", digest: { sha256: "d".repeat(64) } }]);
    expect(made.predicate.runDetails.builder.id).toBe("urn:bobbin:aws:ap-southeast-2");
  });
});
