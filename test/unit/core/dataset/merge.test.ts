// Merge and replace: what an export does to the version before it, and how the difference counts it.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { ManifestLine } from "../../../../lib/contracts/dataset.ts";
import { lineText } from "../../../../lib/core/dataset/manifest-lines.ts";
import { mergeLines } from "../../../../lib/core/dataset/merge.ts";
import { frameLine } from "../../../support/manifest.ts";

const merge = (mode: "merge" | "replace", previous: ManifestLine[], incoming: ManifestLine[]) =>
  mergeLines({ mode, previous, incoming, regroup: () => null, boxes: ({ labels }) => labels.length });

const old = [
  frameLine("a/1", [["tray", [0, 0, 10, 10]]]),
  frameLine("a/2", [["tray", [5, 5, 9, 9]]]),
  frameLine("b/1", []),
];

/** Any subset of ten frames, some labelled, with none to three boxes. */
const someLines = fc
  .uniqueArray(fc.record({ name: fc.nat(9), boxes: fc.nat(3), labelled: fc.boolean() }), {
    selector: ({ name }) => name,
  })
  .map((frames) =>
    frames.map(({ name, boxes, labelled }) =>
      frameLine(
        `g/${name}`,
        Array.from({ length: labelled ? boxes : 0 }, (_, index) => ["tray", [index, 0, 20, 20]] as const),
        { labelled },
      ),
    ),
  );

describe("mergeLines", () => {
  it("adds new frames, corrects labels of known ones and keeps the rest", () => {
    const corrected = frameLine("a/2", [
      ["tray", [1, 1, 2, 2]],
      ["tray", [3, 3, 4, 4]],
    ]);
    const { lines, difference } = merge("merge", old, [frameLine("c/1", [["cup", [0, 0, 5, 5]]]), corrected]);
    expect(lines).toEqual([old[0], corrected, old[2], frameLine("c/1", [["cup", [0, 0, 5, 5]]])]);
    expect(difference).toEqual({
      framesAdded: 1,
      framesRemoved: 0,
      framesChanged: 1,
      framesUnchanged: 2,
      boxesBefore: 2,
      boxesAfter: 4,
    });
  });

  it("takes the export for the whole truth in replace", () => {
    const { lines, difference } = merge("replace", old, [frameLine("a/1", [["tray", [0, 0, 10, 10]]])]);
    expect(lines).toEqual([old[0]]);
    expect(difference).toEqual({
      framesAdded: 0,
      framesRemoved: 2,
      framesChanged: 0,
      framesUnchanged: 1,
      boxesBefore: 2,
      boxesAfter: 1,
    });
  });

  it("keeps labels that an export says nothing about", () => {
    const silent = frameLine("a/1", [], { labelled: false });
    expect(merge("merge", old, [silent]).lines[0]).toEqual(old[0]);
    expect(merge("replace", old, [silent]).lines).toEqual([silent]);
  });

  it("takes the labels away with the image that they were drawn on", () => {
    const other = frameLine("a/1", [], { labelled: false, sha256: "0".repeat(64) });
    const { lines, difference, issues } = merge("merge", old, [other]);
    expect(lines[0]).toEqual(other);
    expect(issues).toMatchObject([
      { code: "LabelsGoneWithImage", frame: "a/1", found: "another image: 1 label before, none now", labels: 0 },
    ]);
    expect(difference).toMatchObject({ framesChanged: 1, boxesBefore: 2, boxesAfter: 1 });
  });

  it("takes corrected labels that are empty for a correction", () => {
    const { lines, issues } = merge("merge", old, [frameLine("a/1", []), frameLine("b/1", [])]);
    expect(lines[0]?.labels).toEqual([]);
    expect(issues.map(({ code, frame }) => [code, frame])).toEqual([["LabelsGone", "a/1"]]);
  });

  it("keeps a perceptual hash that was worked out before", () => {
    const hashed = frameLine("a/1", [], { phash: "00000000000000ff" });
    expect(merge("replace", [hashed], [frameLine("a/1", [])]).lines).toEqual([hashed]);
  });

  it("gives old frames the group of today's rule, where it knows one", () => {
    const lines = mergeLines({
      mode: "merge",
      previous: old,
      incoming: [],
      regroup: ({ name }) => (name.startsWith("a/") ? "day a" : null),
      boxes: () => 0,
    }).lines;
    expect(lines.map(({ group }) => group)).toEqual(["day a", "day a", "b"]);
  });

  it("changes nothing when the same export comes again, in any order", () => {
    fc.assert(
      fc.property(
        someLines,
        someLines,
        fc.constantFrom("merge" as const, "replace" as const),
        (before, export_, mode) => {
          const once = merge(mode, merge("replace", [], before).lines as ManifestLine[], export_);
          const twice = merge(mode, [...once.lines], [...export_].reverse());
          expect(twice.lines.map(lineText)).toEqual(once.lines.map(lineText));
          expect(twice.difference).toMatchObject({ framesAdded: 0, framesRemoved: 0, framesChanged: 0 });
        },
      ),
    );
  });

  it("counts every frame of both sides once, and removes nothing in merge", () => {
    fc.assert(
      fc.property(someLines, someLines, (before, incoming) => {
        const { lines, difference } = merge("merge", before, incoming);
        expect(difference.framesRemoved).toBe(0);
        expect(difference.framesAdded + difference.framesChanged + difference.framesUnchanged).toBe(lines.length);
        expect(lines.map(({ name }) => name)).toEqual(
          [...new Set([...before, ...incoming].map(({ name }) => name))].sort(),
        );
        expect(difference.boxesAfter).toBe(lines.reduce((sum, { labels }) => sum + labels.length, 0));
      }),
    );
  });
});
