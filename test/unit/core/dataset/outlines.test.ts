// Outlines as Ultralytics takes them: one ring inside the picture that covers what the label's rings cover there.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { modelClass } from "../../../../lib/contracts/config.ts";
import type { Label } from "../../../../lib/contracts/dataset.ts";
import { classTable } from "../../../../lib/core/dataset/manifest-classes.ts";
import { type Outline, outlinesOf, singleRing } from "../../../../lib/core/dataset/outlines.ts";
import { trainingFolder } from "../../../../lib/core/dataset/training-folder.ts";
import type { JobInput } from "../../../../lib/core/ports.ts";
import { frameLine } from "../../../support/manifest.ts";
import { holds } from "../../../support/property.ts";

const [width, height] = [100, 60];

/** Even-odd. */
function covers(ring: Outline, x: number, y: number): boolean {
  let inside = false;
  for (let at = 0; at < ring.length; at += 2) {
    const next = (at + 2) % ring.length;
    const [x1, y1, x2, y2] = [ring[at]!, ring[at + 1]!, ring[next]!, ring[next + 1]!];
    if (y1 > y !== y2 > y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) inside = !inside;
  }
  return inside;
}

/** An ellipse in one of four columns, so that no two of them meet; it may reach over any border. */
const ringIn = (column: number) =>
  fc
    .tuple(fc.integer({ min: 3, max: 9 }), fc.integer({ min: -8, max: 68 }), fc.integer({ min: 4, max: 40 }), fc.nat(7))
    .map(([corners, y, tall, shift]) =>
      Array.from({ length: corners }, (_, i) => {
        const angle = (2 * Math.PI * i) / corners + shift / 10;
        return [column * 30 + 3 + shift + 11 * Math.cos(angle), y + tall * Math.sin(angle)];
      }).flat(),
    );
const shape = fc
  .tuple(ringIn(0), ringIn(1), ringIn(2), ringIn(3))
  .chain((rings) => fc.shuffledSubarray(rings, { minLength: 1 }));

const isInside = (ring: Outline) => ring.every((value, at) => value >= 0 && value <= (at % 2 === 0 ? width : height));

/** Places all over the picture, none of them on a corner. */
const sampled = Array.from(
  { length: 31 * 22 },
  (_, i) => [0.371 + 3.17 * (i % 31), 0.293 + 2.71 * Math.floor(i / 31)] as const,
);

describe("singleRing", () => {
  it("covers inside the picture what the rings cover, and reaches nowhere outside of it", () => {
    let covered = 0;
    holds(
      fc.property(shape, (rings) => {
        const ring = singleRing(rings, width, height);
        expect(isInside(ring ?? [])).toBe(true);
        const places = sampled.map(([x, y]) => rings.some((one) => covers(one, x, y)));
        expect(sampled.map(([x, y]) => ring !== null && covers(ring, x, y))).toEqual(places);
        covered += places.filter((wanted) => wanted).length;
      }),
    );
    expect(covered).toBeGreaterThan(1000);
  });

  it("is null for what lies outside of the picture altogether", () => {
    expect(singleRing([[110, 10, 130, 10, 120, 30]], width, height)).toBeNull();
  });
});

describe("outlinesOf", () => {
  it("takes polygons of three corners or more, in all their parts", () => {
    const polygon: Label = {
      class: "a",
      kind: "polygon",
      points: [0, 0, 1, 0, 1, 1],
      parts: [
        [5, 5, 6, 5, 6, 6],
        [1, 1],
      ],
    };
    expect(outlinesOf(polygon)).toEqual([
      [0, 0, 1, 0, 1, 1],
      [5, 5, 6, 5, 6, 6],
    ]);
    expect(outlinesOf({ ...polygon, kind: "polyline" })).toBeNull();
    expect(outlinesOf({ class: "a", kind: "mask", box: [0, 0, 1, 1] })).toBeNull();
  });
});

describe("the training folder of the task segment", () => {
  const config = { task: "segment" as const, classes: [modelClass.parse({ name: "tray" })], ignore: [] };
  const outlined = (...labels: readonly Label[]) => [
    frameLine("a/1.jpg", [], { labels: [...labels] }),
    frameLine("b/1.jpg", []),
  ];
  const triangle: Label = { class: "tray", kind: "polygon", box: [0, 0, 320, 180], points: [0, 0, 320, 0, 320, 180] };
  const textOf = (labels: readonly Label[]) => {
    const partOf = new Map([["a", "train"] as const, ["b", "val"] as const]);
    const folder = trainingFolder(outlined(...labels), { config, partOf, folder: "data" });
    const isText = (file: JobInput): file is Extract<JobInput, { text: string }> => "text" in file;
    const [train] = [...folder.files()].filter(isText);
    return { text: train?.text ?? "", boxes: folder.counts.boxes.train.tray };
  };

  it("holds outlines, and neither boxes nor crowds, and counts what it holds", () => {
    const box: Label = { class: "tray", kind: "box", box: [0, 0, 9, 9] };
    const crowd: Label = { ...triangle, attributes: { iscrowd: "1" } };
    expect(textOf([box, triangle, crowd])).toEqual({
      text: "0 0.00000000 0.00000000 0.50000000 0.00000000 0.50000000 0.50000000\n",
      boxes: 1,
    });
  });

  it("tells two objects of one bounding box apart, which Ultralytics would take for one", () => {
    const other: Label = { ...triangle, points: [0, 0, 0, 180, 320, 180] };
    const { text, boxes } = textOf([triangle, other]);
    const rows = text
      .trim()
      .split("\n")
      .map((row) => row.split(" ").slice(1).map(Number));
    const sides = rows.map((row) => Math.fround(Math.max(...row.filter((_, at) => at % 2 === 0))));
    expect([rows.length, boxes]).toEqual([2, 2]);
    expect(sides[0]).not.toBe(sides[1]);
    expect(Math.abs(sides[0]! - sides[1]!) * 640).toBeLessThan(0.01);
  });

  it("trains on outlines alone, whatever conversions make of them for detect", () => {
    const table = classTable({ ...config, conversions: ["mask-to-box"] });
    expect(table.boxOf(triangle)).toEqual([0, 0, 320, 180]);
    expect(table.boxOf({ class: "tray", kind: "mask", box: [0, 0, 1, 1] })).toBeNull();
    expect(table.boxOf({ class: "tray", kind: "box", box: [0, 0, 1, 1] })).toBeNull();
  });
});
