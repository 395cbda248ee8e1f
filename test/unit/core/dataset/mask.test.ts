// Masks as rings: drawn again they are the mask, pixel by pixel, whatever its holes and parts.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { outlinedMask } from "../../../../lib/core/dataset/formats/masks.ts";
import {
  boxOfRuns,
  fromRows,
  type RunLengths,
  ringsToDraw,
  runsWithin,
  shapeOfMask,
} from "../../../../lib/core/dataset/mask.ts";
import { shapeRuns } from "../../../../lib/core/evaluation/raster.ts";
import { holds } from "../../../support/property.ts";

interface Drawing {
  readonly width: number;
  readonly height: number;
  /** Down the columns. */
  readonly pixels: readonly boolean[];
}

function runsOf(pixels: readonly boolean[]): number[] {
  const runs = [0];
  for (const [at, on] of pixels.entries()) {
    if (on === (at === 0 ? false : pixels[at - 1])) runs[runs.length - 1]! += 1;
    else runs.push(1);
  }
  return runs;
}

const maskOf = ({ width, height, pixels }: Drawing): RunLengths => ({ width, height, runs: runsOf(pixels) });

function pixelsOf(runs: readonly number[]): boolean[] {
  return runs.flatMap((run, index) => Array.from({ length: run }, () => index % 2 === 1));
}

const straight = [
  [-1, 0],
  [1, 0],
  [0, -1],
  [0, 1],
] as const;

/** How many pieces the pixels of one kind are in; `ends` are pieces at the border, `corners` joins what meets at one. */
function pieces({ width, height, pixels }: Drawing, kind: boolean, corners: boolean) {
  const seen = new Set<number>();
  const steps = corners ? [-1, 0, 1].flatMap((x) => [-1, 0, 1].map((y) => [x, y] as const)) : straight;
  const around = (x: number, y: number) =>
    steps
      .map(([dx, dy]) => [x + dx, y + dy] as const)
      .filter(([u, v]) => u >= 0 && v >= 0 && u < width && v < height)
      .map(([u, v]) => u * height + v);
  let [all, ends] = [0, 0];
  for (const [start, on] of pixels.entries()) {
    if (on !== kind || seen.has(start)) continue;
    const open = [start];
    seen.add(start);
    let atBorder = false;
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const [x, y] = [Math.floor(at / height), at % height];
      atBorder ||= x === 0 || y === 0 || x === width - 1 || y === height - 1;
      for (const next of around(x, y).filter((place) => pixels[place] === kind && !seen.has(place))) {
        seen.add(next);
        open.push(next);
      }
    }
    all += 1;
    if (atBorder) ends += 1;
  }
  return { all, ends };
}

/** Noise, and noise in squares of three pixels, which has larger parts and holes. */
const drawing: fc.Arbitrary<Drawing> = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.constantFrom(1, 3))
  .chain(([columns, rows, side]) =>
    fc.array(fc.boolean(), { minLength: columns * rows, maxLength: columns * rows }).map((cells): Drawing => {
      const [width, height] = [columns * side, rows * side];
      const pixels = Array.from(
        { length: width * height },
        (_, at) => cells[Math.floor(at / height / side) * rows + Math.floor((at % height) / side)] === true,
      );
      return { width, height, pixels };
    }),
  );

describe("shapeOfMask", () => {
  it("makes rings that drawn again are the mask, a part each, holes counted", () => {
    let holes = 0;
    holds(
      fc.property(drawing, (drawn) => {
        const shape = shapeOfMask(maskOf(drawn))!;
        const again = pixelsOf(shapeRuns(shape.outlines, drawn.width, drawn.height));
        const empty = drawn.pixels.map(() => false);
        expect(shape.outlines.length === 0 ? empty : again).toEqual(drawn.pixels);
        expect(shape.outlines).toHaveLength(pieces(drawn, true, true).all);
        const off = pieces(drawn, false, false);
        expect(shape.holes).toBe(off.all - off.ends);
        holes += shape.holes;
      }),
      { numRuns: 300 },
    );
    expect(holes).toBeGreaterThan(20);
  });

  it("gives no outline to noise, and takes no memory for it", () => {
    const [width, height] = [1000, 1000];
    const pixels = Array.from({ length: width * height }, (_, at) => (Math.floor(at / height) + at) % 2 === 0);
    expect(shapeOfMask(maskOf({ width, height, pixels }))).toBeNull();
    expect(shapeOfMask({ width: 20_000, height: 20_000, runs: [0, 400_000_000] })).toBeNull();
    expect(outlinedMask(maskOf({ width, height, pixels }))).toEqual({
      geometry: {},
      mask: { isTooFine: true, holes: 0, parts: 0 },
    });
  });
});

describe("ringsToDraw", () => {
  it("draws a mask by its borders alone, without the bridges that hold it together as a label", () => {
    let bridged = 0;
    holds(
      fc.property(drawing, (drawn) => {
        const { width, height } = drawn;
        const { geometry, mask } = outlinedMask(maskOf(drawn));
        const rings = ringsToDraw({ class: "c", kind: "mask", ...geometry }, width, height, 1) ?? [];
        expect(rings).toHaveLength(mask.parts + mask.holes);
        const ways = rings.map((ring) =>
          ring.filter((_, at) => at % 2 === 0).map((x, at) => [x, ring[2 * at + 1]!] as const),
        );
        const isStraight = ways.every((way) =>
          way.every(([x, y], at) => x === way.at(at - 1)![0] || y === way.at(at - 1)![1]),
        );
        expect(isStraight).toBe(true);
        bridged += mask.holes;
      }),
      { numRuns: 300 },
    );
    expect(bridged).toBeGreaterThan(20);
  });

  it("leaves a polygon as somebody drew it", () => {
    const points = [1, 1, 9, 2, 4, 8];
    expect(ringsToDraw({ class: "c", kind: "polygon", points }, 10, 10, 1)).toEqual([points]);
    expect(ringsToDraw({ class: "c", kind: "box", box: [1, 1, 2, 2] }, 10, 10, 1)).toBeNull();
  });
});

describe("fromRows", () => {
  it("gives the same mask down the columns", () => {
    holds(
      fc.property(drawing, ({ width, height, pixels }) => {
        const rows = Array.from(
          { length: pixels.length },
          (_, at) => pixels[(at % width) * height + Math.floor(at / width)]!,
        );
        const read = fromRows(runsOf(rows), width, height)!;
        expect([read.width, read.height, pixelsOf(read.runs)]).toEqual([width, height, [...pixels]]);
      }),
    );
    expect(fromRows([0, 400_000_000], 20_000, 20_000)).toBeNull();
  });
});

describe("runsWithin", () => {
  it("gives the pixels of a box", () => {
    holds(
      fc.property(drawing, (drawn) => {
        const mask = maskOf(drawn);
        const box = boxOfRuns(mask);
        if (box === null) return;
        const [left, top, right, bottom] = box;
        const wanted = drawn.pixels.filter((_, at) => {
          const [x, y] = [Math.floor(at / drawn.height), at % drawn.height];
          return x >= left && x < right && y >= top && y < bottom;
        });
        expect(pixelsOf(runsWithin(mask, box))).toEqual(wanted);
      }),
    );
  });
});
