import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { Label } from "../../../../../lib/contracts/dataset.ts";
import { checkFrame, type FrameImage } from "../../../../../lib/core/dataset/check/frame.ts";
import { turnLabel } from "../../../../../lib/core/dataset/check/turn.ts";
import type { ReadFrame, ReadLabel } from "../../../../../lib/core/dataset/reader.ts";
import { holds } from "../../../../support/property.ts";

const image: FrameImage = { width: 200, height: 100, orientation: 1 };

const read = (label: Partial<Label>, relative = false): ReadLabel => ({
  label: { class: "thaal", kind: "box", ...label },
  relative,
  file: "labels.txt",
  line: 3,
});

const frame = (labels: readonly ReadLabel[], claimed: ReadFrame["claimed"] = null): ReadFrame => ({
  name: "a.jpg",
  image: null,
  claimed,
  task: null,
  labelled: true,
  labels,
  part: null,
});

const codes = (labels: readonly ReadLabel[], of: FrameImage = image) =>
  checkFrame(frame(labels), of).issues.map(({ code, action, labels: count }) => [code, action, count]);

describe("checkFrame", () => {
  it("scales fractions to pixels", () => {
    const { labels, issues } = checkFrame(
      frame([
        read({ box: [0.25, 0.5, 0.75, 1] }, true),
        read({ kind: "polygon", box: [0, 0, 1, 1], points: [0, 0, 1, 0, 1, 1] }, true),
      ]),
      image,
    );
    expect(labels.map(({ box, points }) => [box, points])).toEqual([
      [[50, 50, 150, 100], undefined],
      [
        [0, 0, 200, 100],
        [0, 0, 200, 0, 200, 100],
      ],
    ]);
    expect(issues).toEqual([]);
  });

  it.each([
    ["inside", [10, 10, 20, 20], []],
    ["on the border", [0, 0, 200, 100], []],
    ["over the border by less than files resolve", [-0.04, 0, 200.04, 100], []],
    ["over the border by a pixel", [-1, 0, 20, 20], [["BoxClipped", "repaired", 0]]],
    ["over the border by 1 % of the width", [0, 0, 202, 20], [["BoxClipped", "repaired", 0]]],
    ["over the border by more", [0, 0, 203, 20], [["BoxOutsideImage", "refused", 1]]],
    ["far outside", [300, 300, 400, 400], [["BoxOutsideImage", "refused", 1]]],
    ["outside by less than the slack", [200.2, 10, 201, 20], [["BoxEmpty", "dropped", 1]]],
    ["without width", [10, 10, 10, 20], [["BoxEmpty", "dropped", 1]]],
    ["half a pixel wide", [10, 10, 10.5, 20], [["BoxTiny", "noted", 0]]],
  ] as const)("judges a box %s", (_, box, wanted) => {
    expect(codes([read({ box: [...box] })])).toEqual(wanted);
  });

  it("clips what it repairs", () => {
    expect(checkFrame(frame([read({ box: [-1, 0, 201.5, 100.9] })]), image).labels[0]?.box).toEqual([0, 0, 200, 100]);
  });

  it.each([
    [
      "a turned box whose corner sticks out",
      { kind: "rotatedBox", box: [-20, 0, 50, 50] },
      [["ShapeClipped", "repaired", 0]],
    ],
    [
      "a polygon that is nowhere in the picture",
      { kind: "polygon", box: [300, 0, 350, 50] },
      [["ShapeOutsideImage", "dropped", 1]],
    ],
    ["a polygon without area", { kind: "polygon", box: [10, 10, 10, 50] }, [["BoxEmpty", "dropped", 1]]],
    ["a single point", { kind: "points", box: [10, 10, 10, 10] }, []],
    ["a skeleton of which nothing is seen", { kind: "skeleton" }, [["ShapeOutsideImage", "dropped", 1]]],
    ["a tag", { kind: "tag" }, []],
    ["an endless box", { kind: "box", box: [0, 0, Infinity, 10] }, [["LabelNotFinite", "refused", 1]]],
  ] as const)("judges %s", (_, label, wanted) => {
    const { box, kind } = label as Label;
    expect(codes([read(box === undefined ? { kind } : { kind, box: [...box] })])).toEqual(wanted);
  });

  it("drops the same label again, and no other", () => {
    const box = [10, 10, 20, 20] as [number, number, number, number];
    const labels = [
      read({ box }),
      read({ box }),
      read({ box, class: "cup" }),
      read({ box, kind: "ellipse" }),
      read({ box, occluded: true }),
    ];
    const checked = checkFrame(frame(labels), image);
    expect(checked.labels.map((label) => [label.class, label.kind])).toEqual([
      ["thaal", "box"],
      ["cup", "box"],
      ["thaal", "ellipse"],
    ]);
    expect(checked.issues.map(({ code, line }) => [code, line])).toEqual([
      ["LabelDuplicate", 3],
      ["LabelDuplicate", 3],
    ]);
  });

  it("keeps each label once, however many there are", () => {
    const edge = fc.integer({ min: 1, max: 4 });
    const label = fc.record(
      {
        class: fc.constantFrom("thaal", "cup"),
        kind: fc.constantFrom("box" as const, "polygon" as const),
        box: fc.tuple(edge, edge).map(([x, y]): [number, number, number, number] => [x, y, x + 10, y + 10]),
        points: fc.constantFrom<number[]>([1, 1, 5, 5], [1, 1, 5, 6]),
        parts: fc.constantFrom<number[][] | undefined>(
          undefined,
          [[1, 2]],
          [[1, 3]],
          [
            [1, 2],
            [1, 3],
          ],
        ),
        rotation: fc.constantFrom(10, 20),
      },
      { requiredKeys: ["class", "kind", "box"] },
    );
    holds(
      fc.property(fc.array(label, { maxLength: 150 }), (labels) => {
        const { labels: kept, issues } = checkFrame(frame(labels.map((each) => read(each))), image);
        const of = (each: Label) =>
          JSON.stringify([each.class, each.kind, each.box, each.points, each.parts, each.rotation]);
        expect(kept.map(of)).toEqual([...new Set(labels.map(of))]);
        expect(issues).toHaveLength(labels.length - kept.length);
      }),
    );
  });

  it("refuses labels that were drawn on another size, all of them", () => {
    const labels = [read({ box: [1, 1, 2, 2] }), read({ kind: "tag" })];
    const { labels: kept, issues } = checkFrame(frame(labels, { width: 400, height: 200 }), image);
    expect(kept).toEqual([]);
    expect(issues).toEqual([
      expect.objectContaining({
        code: "SizeMismatch",
        action: "refused",
        labels: 2,
        found: "400 × 200 pixels",
        wanted: "200 × 100 pixels",
      }),
    ]);
  });

  it("takes the turned size as the image's own, without a word", () => {
    const turned = { width: 100, height: 200, orientation: 6 };
    expect(checkFrame(frame([read({ box: [90, 190, 100, 200] })], { width: 100, height: 200 }), turned).issues).toEqual(
      [],
    );
  });

  // EXIF: where the first row and the first column of the stored pixels lie in the picture as it is seen.
  it.each([
    [5, "top", "left"],
    [6, "top", "right"],
    [7, "bottom", "right"],
    [8, "bottom", "left"],
  ] as const)(
    "turns labels that claim the size before turn %i, so that their first corner lies %s %s",
    (orientation, vertical, horizontal) => {
      // Stored 200 × 100, seen 100 × 200. The label lies in the first stored corner, 20 long and 10 high.
      const seen = { width: 100, height: 200, orientation };
      const { labels, issues } = checkFrame(frame([read({ box: [0, 0, 20, 10] })], { width: 200, height: 100 }), seen);
      const [x1, y1, x2, y2] = labels[0]!.box!;
      expect([x2 - x1, y2 - y1]).toEqual([10, 20]);
      expect(horizontal === "left" ? x1 : x2).toBe(horizontal === "left" ? 0 : 100);
      expect(vertical === "top" ? y1 : y2).toBe(vertical === "top" ? 0 : 200);
      expect(issues.map(({ code, action }) => [code, action])).toEqual([["SizeUnturned", "repaired"]]);
    },
  );

  const number = fc.double({ min: -50, max: 260, noNaN: true });
  const kinds = [
    "box",
    "polygon",
    "polyline",
    "points",
    "ellipse",
    "cuboid",
    "mask",
    "tag",
    "skeleton",
    "rotatedBox",
  ] as const;
  const anyLabel = fc
    .record({
      kind: fc.constantFrom(...kinds),
      box: fc.option(fc.tuple(number, number, number, number), { nil: undefined }),
      relative: fc.boolean(),
    })
    .map(({ kind, box, relative }) => read(box === undefined ? { kind } : { kind, box }, relative));

  it("keeps every label inside the image or lists it", () => {
    holds(
      fc.property(fc.array(anyLabel, { maxLength: 12 }), fc.constantFrom(1, 3, 6, 8), (labels, orientation) => {
        const of = { ...image, orientation };
        const { labels: kept, issues } = checkFrame(frame(labels), of);
        expect(kept.length + issues.reduce((sum, issue) => sum + issue.labels, 0)).toBe(labels.length);
        for (const { kind, box } of kept) {
          if (kind === "tag") continue;
          const [x1, y1, x2, y2] = box!;
          expect(x1 >= 0 && y1 >= 0 && x2 <= of.width && y2 <= of.height && x1 <= x2 && y1 <= y2).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("undoes a turn by its opposite, box, vertices and angle", () => {
    const opposite: Readonly<Record<number, number>> = { 5: 5, 6: 8, 7: 7, 8: 6 };
    const whole = fc.integer({ min: 0, max: 100 });
    holds(
      fc.property(
        fc.constantFrom(5, 6, 7, 8),
        whole,
        whole,
        fc.integer({ min: 0, max: 359 }),
        (orientation, x, y, rotation) => {
          const label: Label = {
            class: "a",
            kind: "rotatedBox",
            box: [x, y, x + 10, y + 5],
            points: [x, y, x + 10, y],
            rotation,
          };
          const there = turnLabel(label, orientation, { width: 100, height: 200 });
          const back = turnLabel(there, opposite[orientation]!, { width: 200, height: 100 });
          expect([back.box, back.points, (back.rotation! + 360) % 360]).toEqual([label.box, label.points, rotation]);
        },
      ),
    );
  });
});
