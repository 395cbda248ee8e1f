import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { Part } from "../../../../lib/contracts/common.ts";
import type { ManifestLine } from "../../../../lib/contracts/dataset.ts";
import type { predictResult } from "../../../../lib/contracts/job.ts";
import type { DatasetVersion } from "../../../../lib/core/dataset/manifest-version.ts";
import { type Lot, lotOf, scoresOf, seenBefore } from "../../../../lib/core/evaluation/elsewhere.ts";
import { evaluate, type ModelPredictions, type Truth } from "../../../../lib/core/evaluation/evaluate.ts";
import { type Evaluated, evaluationOf, pageInput } from "../../../../lib/core/steps/evaluate-release-document.ts";
import { meaningFor } from "../../../../lib/core/steps/evaluate-release-export.ts";
import { type CaseFrame, frameArbitrary, predictedBoxes, truthBoxes } from "../../../support/evaluation-cases.ts";
import { frameLine } from "../../../support/manifest.ts";
import { holds } from "../../../support/property.ts";
import { reportExample } from "../../../support/report-example.ts";
import { testConfig, testRequest } from "../../../support/run-request.ts";

const partOfGroup: Readonly<Record<string, Part>> = {
  a: "train",
  b: "val",
  c: "test",
  d: "deployment",
};
const groups = ["a", "b", "c", "d", "e"];

/** Few digests and few groups, so that every way of having been seen is common. */
const line = fc
  .record({ image: fc.integer({ min: 0, max: 9 }), group: fc.constantFrom(...groups), labelled: fc.boolean() })
  .map(({ image, group, labelled }) => ({ sha256: String(image).repeat(64), group, labelled }));

function versionOf(lines: readonly { sha256: string; group: string; labelled: boolean }[]) {
  const assignments = Object.entries(partOfGroup).map(([group, part]) => ({ group, part, since: "d1" }));
  return {
    lines: lines.map((one, i): ManifestLine => frameLine(`${i}`, [], one)),
    split: { assignments } as unknown as DatasetVersion["split"],
  };
}

describe("what a release has seen", () => {
  it("puts every frame into the one lot that its image and its group give, in whatever order the data set lies", () => {
    holds(
      fc.property(fc.array(line), fc.array(line), (past, incoming) => {
        const used = past.filter(({ group, labelled }) => labelled && (group === "a" || group === "b"));
        const seen = seenBefore(versionOf(past));
        const backwards = seenBefore(versionOf(past.toReversed()));
        for (const frame of incoming) {
          const byHash = used.some(({ sha256 }) => sha256 === frame.sha256);
          const byGroup = used.some(({ group }) => group === frame.group);
          const wanted: Lot = byHash ? "seenByHash" : byGroup ? "seenByGroup" : "unseen";
          expect(lotOf(frame, [frame.group], seen)).toBe(wanted);
          expect(lotOf(frame, [frame.group], backwards)).toBe(wanted);
        }
      }),
    );
  });

  it("counts a frame as seen where any of the rules puts it into a group that was", () => {
    const seen = seenBefore(versionOf([{ sha256: "0".repeat(64), group: "a", labelled: true }]));
    const other = { sha256: "1".repeat(64) };
    expect(lotOf(other, ["new name", "a"], seen)).toBe("seenByGroup");
    expect(lotOf(other, ["new name"], seen)).toBe("unseen");
    expect(lotOf({ sha256: "0".repeat(64) }, ["new name"], seen)).toBe("seenByHash");
  });
});

const classes = ["tray", "person"];
type Placed = CaseFrame & { readonly lot: Lot };
const placed: fc.Arbitrary<Placed> = fc
  .tuple(frameArbitrary(classes.length), fc.constantFrom<Lot>("unseen", "seenByHash", "seenByGroup"))
  .map(([frame, lot]) => ({ ...frame, lot }));

/** `at` keeps the names that frames have among all, where only some are scored. */
function sceneOf(frames: readonly Placed[], at: readonly number[]) {
  const truth: Truth = {
    frames: at.map((i) => ({ name: `f${i}`, sha256: "0".repeat(64), group: `g${i % 3}`, part: "test" })),
    boxes: truthBoxes(frames),
    classes,
    attributes: {},
  };
  const model = (role: "candidate" | "base"): ModelPredictions => ({
    role,
    name: role,
    sha256: "1".repeat(64),
    unknownClasses: role === "base" ? ["person"] : [],
    boxes: predictedBoxes(role === "base" ? frames.map((frame) => ({ ...frame, boxes: [] })) : frames),
    threshold: 0.25,
  });
  return { truth, models: [model("candidate"), model("base")] };
}

const everyPlace = (frames: readonly unknown[]) => frames.map((_, i) => i);
const lotsOf = (frames: readonly Placed[]) => new Map(frames.map(({ lot }, i) => [`f${i}`, lot]));

describe("the scores of some lots", () => {
  it("are what the evaluator says where no other frame was ever there", () => {
    holds(
      fc.property(
        fc.array(placed, { maxLength: 12 }),
        fc.subarray<Lot>(["unseen", "seenByHash", "seenByGroup"]),
        (frames, wanted) => {
          const at = everyPlace(frames).filter((i) => wanted.includes(frames[i]?.lot ?? "unseen"));
          const alone = sceneOf(
            frames.filter(({ lot }) => wanted.includes(lot)),
            at,
          );
          const all = sceneOf(frames, everyPlace(frames));
          const options = { maxDetections: 300 };
          expect(scoresOf(all, lotsOf(frames), wanted, options)).toEqual(evaluate(alone.truth, alone.models, options));
        },
      ),
    );
  });
});

async function evaluated(frames: readonly Placed[]): Promise<Evaluated> {
  const { release, evaluation, train } = await reportExample();
  const result = {
    schema: "bobbin/result/1",
    runId: release.runId,
    startedAt: evaluation.createdAt,
    endedAt: evaluation.createdAt,
    environment: train.environment,
    kind: "predict",
    status: "succeeded",
    files: [],
    predictions: { file: "predictions.jsonl", sha256: "2".repeat(64), lines: 0 },
    unknownClasses: {},
    protocol: { imgsz: 640, rect: true, confidence: 0.001, iou: 0.7, maxDetections: 300 },
  } satisfies ReturnType<(typeof predictResult)["parse"]>;
  return {
    request: testRequest("/export.zip"),
    release: { ...release, files: [] },
    source: { name: "export.zip", format: "ultralytics-yolo", lines: [] },
    result,
    all: sceneOf(frames, everyPlace(frames)),
    lots: lotsOf(frames),
  };
}

const tray = { truth: [[0, 10, 10, 50, 50, false]], boxes: [[0, 0.9, 10, 10, 50, 50]] } as const;

describe("the evaluation", () => {
  it("is over the unseen frames alone, and the page has a section for each way of having been seen", async () => {
    const of = await evaluated([
      { ...tray, lot: "unseen" },
      { ...tray, lot: "seenByHash" },
      { ...tray, lot: "seenByGroup" },
      { ...tray, lot: "seenByGroup" },
    ]);
    const document = evaluationOf(of);
    expect(document.models.map(({ parts }) => parts.test?.all.frames)).toEqual([1, 1]);
    expect(document.models[0]?.parts.test?.all).toMatchObject({ truths: 1, mAP50: 1, precision: 1, recall: 1 });
    expect(document.models.map(({ threshold }) => threshold)).toEqual([0.25, 0.25]);
    const { apart, source } = pageInput(of, document);
    expect(source).toMatchObject({ frames: 4, boxes: 4 });
    expect(apart.map(({ frames }) => frames)).toEqual([["f1"], ["f2", "f3"]]);
    expect(apart.map(({ models }) => models[0]?.breakdown.all.frames)).toEqual([1, 2]);
  });

  it("says in words where every frame was seen, and where no unseen one shows a thing", async () => {
    const all = evaluationOf(await evaluated([{ ...tray, lot: "seenByHash" }]));
    expect(all.models[0]?.parts).toEqual({});
    expect(all.comparison).toMatchObject({ verdict: "inconclusive", candidate: null, p: null });
    expect(all.comparison.reason).toContain("may have seen every one of these frames in training");
    const empty = evaluationOf(
      await evaluated([
        { ...tray, lot: "seenByHash" },
        { truth: [], boxes: [], lot: "unseen" },
      ]),
    );
    expect(empty.comparison.reason).toContain("none of the 1 unseen frames shows a labelled tray or person");
  });
});

describe("what label names mean", () => {
  const names = (from: readonly string[] = []) => ({ from: [...from], base: [] });
  const release = testConfig({
    classes: [
      { name: "tray", ...names(["plate", "dish"]) },
      { name: "person", ...names(["human"]) },
    ],
    ignore: ["cup"],
  });

  it("is what the release's config said, where there is no other", () => {
    expect(meaningFor(release, null)).toBe(release);
  });

  it("is what today's config says of the release's classes; its other classes are left out", () => {
    const today = testConfig({
      classes: [
        { name: "tray", ...names(["bowl"]) },
        { name: "dog", ...names(["hound", "human"]) },
      ],
      ignore: ["shadow"],
      groupRule: { kind: "frame" },
    });
    const { classes: found, ignore, groupRule } = meaningFor(release, today);
    expect(found).toEqual([
      { name: "tray", ...names(["bowl"]) },
      { name: "person", ...names() },
    ]);
    expect(ignore.toSorted()).toEqual(["cup", "dog", "hound", "human", "shadow"]);
    expect(groupRule).toEqual({ kind: "frame" });
  });

  it("never leaves a class of the release out, and gives no name two meanings", () => {
    const name = fc.constantFrom("a", "b", "c", "d", "e", "f");
    const config = fc
      .tuple(
        fc.uniqueArray(name, { minLength: 6, maxLength: 6 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 0, max: 3 }),
      )
      .map(([[first = "", second = "", third = "", ...rest], count, ignored]) =>
        testConfig({
          classes: [first, second, third]
            .slice(0, count)
            .map((one, i) => ({ name: one, ...names(rest.slice(i, i + 1)) })),
          ignore: rest.slice(3 - ignored).filter((_, i) => i >= count),
        }),
      );
    holds(
      fc.property(config, config, (made, today) => {
        const meaning = meaningFor(made, today);
        expect(meaning.classes.map((one) => one.name)).toEqual(made.classes.map((one) => one.name));
        const kept = new Set(meaning.classes.flatMap((one) => [one.name, ...one.from]));
        expect(meaning.ignore.filter((one) => kept.has(one))).toEqual([]);
      }),
    );
  });
});
