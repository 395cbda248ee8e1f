// Agreement beyond chance against other programs' numbers, and what must hold whatever two people drew.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Box } from "../../../../lib/contracts/common.ts";
import { compareOpinions, type SharedFrame } from "../../../../lib/core/agreement/agreement.ts";
import { unionAreas } from "../../../../lib/core/agreement/area.ts";
import { cohenKappa, krippendorffAlpha } from "../../../../lib/core/agreement/chance.ts";
import { iouOf, matchBoxes } from "../../../../lib/core/agreement/match.ts";
import { holds } from "../../../support/property.ts";

/**
 * Tables of counts, with cohen_kappa_score of scikit-learn 1.9.1 and alpha (nominal) of krippendorff 0.9.0 over the two lists of
 * answers that the table counts. The last four tables are random (Python's random, seed 4).
 */
const computedElsewhere = [
  [
    [
      [20, 5, 1],
      [4, 15, 6],
      [0, 2, 12],
    ],
    0.5798922800718134,
    0.5816969915330571,
  ],
  [
    [
      [45, 15],
      [25, 15],
    ],
    0.13043478260869568,
    0.12527472527472527,
  ],
  [
    [
      [4, 1, 11],
      [6, 7, 2],
      [1, 1, 0],
    ],
    0.03457446808510645,
    -0.012031139419674597,
  ],
  [
    [
      [8, 4, 12, 12, 0],
      [3, 8, 8, 5, 4],
      [12, 2, 1, 4, 3],
      [0, 10, 12, 4, 12],
      [4, 3, 2, 4, 4],
    ],
    -0.02932662051604784,
    -0.03164957589568296,
  ],
  [
    [
      [1, 9, 5, 10],
      [6, 8, 3, 2],
      [3, 7, 4, 1],
      [8, 4, 0, 4],
    ],
    -0.03793843951324272,
    -0.039701636188643086,
  ],
  [
    [
      [12, 8, 3, 6],
      [6, 9, 4, 6],
      [7, 2, 3, 4],
      [4, 12, 0, 1],
    ],
    0.019985465116279078,
    0.022420707254830585,
  ],
] as const;

const frame = (
  group: string,
  name: string,
  a: readonly (readonly [string, Box])[],
  b: readonly (readonly [string, Box])[],
): SharedFrame => {
  const opinion = (boxes: readonly (readonly [string, Box])[]) => ({
    name,
    width: 40,
    height: 30,
    boxes: boxes.map(([label, box]) => ({ class: label, box })),
  });
  return { group, a: opinion(a), b: opinion(b) };
};

const boxes = fc
  .tuple(fc.nat(30), fc.nat(20), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .map(([x, y, w, h]): Box => [x, y, x + w, y + h]);
const labelled = fc.array(fc.tuple(fc.constantFrom("tray", "person", "cup"), boxes), { maxLength: 6 });
const frames = fc.array(fc.tuple(fc.constantFrom("m", "n", "o"), labelled, labelled), { minLength: 1, maxLength: 8 });
const made = (
  given: readonly (readonly [string, readonly (readonly [string, Box])[], readonly (readonly [string, Box])[]])[],
) => given.map(([group, a, b], index) => frame(group, `${index}.jpg`, a, b));

describe("chance", () => {
  it("gives the kappa and the alpha of other programs", () => {
    for (const [table, kappa, alpha] of computedElsewhere) {
      expect(cohenKappa(table)).toBeCloseTo(kappa, 12);
      expect(krippendorffAlpha(table)).toBeCloseTo(alpha, 12);
    }
  });

  it("has nothing to say where only one thing was ever said", () => {
    expect(
      cohenKappa([
        [5, 0],
        [0, 0],
      ]),
    ).toBeNull();
    expect(
      krippendorffAlpha([
        [5, 0],
        [0, 0],
      ]),
    ).toBeNull();
    expect(cohenKappa([])).toBeNull();
  });
});

describe("matching", () => {
  it("takes each box once, only above the threshold, and leaves no pair that both could still have", () => {
    holds(
      fc.property(fc.array(boxes, { maxLength: 8 }), fc.array(boxes, { maxLength: 8 }), (a, b) => {
        const found = matchBoxes(a, b, 0.5);
        expect(new Set(found.map((match) => match.a)).size).toBe(found.length);
        expect(new Set(found.map((match) => match.b)).size).toBe(found.length);
        for (const { a: first, b: second, iou } of found) {
          expect(iou).toBe(iouOf(a[first]!, b[second]!));
          expect(iou).toBeGreaterThanOrEqual(0.5);
        }
        for (const [first, one] of a.entries())
          for (const [second, other] of b.entries()) {
            const taken = found.some((match) => match.a === first || match.b === second);
            if (iouOf(one, other) >= 0.5) expect(taken).toBe(true);
          }
      }),
    );
  });

  it("finds the overlaps that can be computed by hand", () => {
    expect(iouOf([0, 0, 10, 10], [5, 0, 15, 10])).toBeCloseTo(50 / 150, 12);
    expect(iouOf([0, 0, 10, 10], [10, 0, 20, 10])).toBe(0);
  });
});

describe("unionAreas", () => {
  it("counts the pixels that a drawing of the boxes would fill", () => {
    const pixels = (all: readonly Box[]) => {
      const filled = new Set<string>();
      for (const [x1, y1, x2, y2] of all)
        for (let x = x1; x < x2; x++) for (let y = y1; y < y2; y++) filled.add(`${x},${y}`);
      return filled;
    };
    holds(
      fc.property(fc.array(boxes, { maxLength: 6 }), fc.array(boxes, { maxLength: 6 }), (a, b) => {
        const [inA, inB] = [pixels(a), pixels(b)];
        const both = [...inA].filter((pixel) => inB.has(pixel)).length;
        expect(unionAreas(a, b)).toEqual({ a: inA.size, b: inB.size, both });
      }),
    );
  });
});

describe("compareOpinions", () => {
  it("computes a case by hand", () => {
    const found = compareOpinions([
      frame(
        "m",
        "1.jpg",
        [["tray", [0, 0, 10, 10]]],
        [
          ["tray", [0, 0, 10, 8]],
          ["cup", [20, 20, 30, 30]],
        ],
      ),
      frame(
        "m",
        "2.jpg",
        [
          ["tray", [5, 5, 15, 15]],
          ["cup", [20, 0, 30, 10]],
        ],
        [["cup", [5, 5, 15, 15]]],
      ),
      frame("n", "3.jpg", [], []),
    ]);
    // Five boxes: two pairs match (IoU 0.8 and 1), one of them under two classes.
    expect(found).toMatchObject({ frames: 3, groups: 2, boxesA: 3, boxesB: 3, matched: 2 });
    expect(found.figures.f1.value).toBeCloseTo((2 * 2) / 6, 12);
    expect(found.figures.f1SameClass.value).toBeCloseTo((2 * 1) / 6, 12);
    expect(found.figures.meanIou.value).toBeCloseTo(0.9, 12);
    // Matched classes: (tray, tray), (tray, cup). Observed 1/2, expected 1/2: nothing beyond chance.
    expect(found.figures.kappaClasses.value).toBeCloseTo(0, 12);
    // Presence by frame and class: both 2 (tray in 1, cup in 2), only a 1 (tray in 2), only b 1 (cup in 1), neither 2.
    expect(found.figures.kappaPresence.value).toBeCloseTo((4 / 6 - 0.5) / 0.5, 12);
    expect(found.disagreements.map(({ name, onlyA, onlyB, otherClass }) => [name, onlyA, onlyB, otherClass])).toEqual([
      ["2.jpg", 1, 0, 1],
      ["1.jpg", 0, 1, 0],
    ]);
    expect(found.table).toEqual([
      [0, 0, 1],
      [1, 1, 0],
      [1, 0, 0],
    ]);
  });

  it("gives the alpha over pixels that krippendorff 0.9.0 gives of the two drawings", () => {
    const found = compareOpinions([
      frame("m", "1.jpg", [["tray", [0, 0, 10, 10]]], [["tray", [5, 0, 15, 10]]]),
      frame(
        "m",
        "2.jpg",
        [
          ["tray", [2, 3, 12, 9]],
          ["tray", [8, 8, 20, 20]],
        ],
        [["tray", [2, 3, 12, 9]]],
      ),
    ]);
    expect(found.figures.alphaArea.value).toBeCloseTo(0.4230815467842116, 12);
  });

  it("is the same from both sides, for neither is the truth", () => {
    holds(
      fc.property(frames, (given) => {
        const forth = compareOpinions(made(given));
        const back = compareOpinions(made(given.map(([group, a, b]) => [group, b, a] as const)));
        for (const name of [
          "f1",
          "f1SameClass",
          "meanIou",
          "kappaClasses",
          "kappaPresence",
          "alphaBoxes",
          "alphaArea",
        ] as const) {
          const [one, other] = [forth.figures[name].value, back.figures[name].value];
          // Boxes of equal overlap are taken in the order of the first person: the counts may then differ by who is first.
          if (hasTies(given)) return;
          if (one === null || other === null) expect(one).toBe(other);
          else expect(one).toBeCloseTo(other, 9);
        }
      }),
    );
  });

  it("is perfect where both drew the same, and has no frame to talk about", () => {
    holds(
      fc.property(frames, (given) => {
        const same = given.map(([group, a]) => [group, distinct(a), distinct(a)] as const);
        const found = compareOpinions(made(same));
        for (const { value } of Object.values(found.figures)) if (value !== null) expect(value).toBeCloseTo(1, 9);
        expect(found.disagreements).toEqual([]);
      }),
    );
  });

  it("counts every box once in its table", () => {
    holds(
      fc.property(frames, (given) => {
        const { table, boxesA, boxesB, matched } = compareOpinions(made(given));
        const total = table.flat().reduce((sum, value) => sum + value, 0);
        expect(total).toBe(boxesA + boxesB - matched);
      }),
    );
  });

  it("gives an interval from 20 groups on, around the value, and a range below", () => {
    const many = (groups: number) =>
      Array.from({ length: groups * 3 }, (_, index) =>
        frame(
          `g${index % groups}`,
          `${index}.jpg`,
          [
            ["tray", [0, 0, 10, 10]],
            ["cup", [20, 10, 30, 20]],
          ],
          index % 4 === 0
            ? [["tray", [0, 0, 10, 9]]]
            : [
                ["tray", [0, 0, 10, 9]],
                ["cup", [20, 10, 30, 20]],
              ],
        ),
      );
    const { figures } = compareOpinions(many(20));
    expect(figures.f1.interval?.low).toBeLessThan(figures.f1.value ?? 0);
    expect(figures.f1.interval?.high).toBeGreaterThan(figures.f1.value ?? 1);
    expect(figures.f1.range).toBeNull();
    const few = compareOpinions(many(19)).figures;
    expect(few.f1.interval).toBeNull();
    expect(few.f1.range?.low).toBeLessThan(few.f1.range?.high ?? 0);
  });

  it("takes the interval of the disagreement's logarithm, so that it never reaches beyond perfect agreement", () => {
    const tray = (at: number): [string, Box] => ["tray", [20 * at, 0, 20 * at + 10, 10]];
    const all = [0, 1, 2, 3].map(tray);
    /** B leaves out one box of four in the groups of these numbers. */
    const without = (missed: ReadonlySet<number>) =>
      compareOpinions(
        Array.from({ length: 20 }, (_, at) => frame(`g${at}`, `${at}.jpg`, all, missed.has(at) ? all.slice(1) : all)),
      ).figures.f1;
    const { value, interval } = without(new Set([3, 8, 15]));
    // 1 - F1 = 3 ÷ 157 with all groups, 2 ÷ 150 without one of the three, 3 ÷ 149 without another.
    expect(value).toBeCloseTo(1 - 3 / 157, 12);
    const logs = Array.from({ length: 20 }, (_, at) => Math.log(at < 3 ? 2 / 150 : 3 / 149));
    const mean = logs.reduce((sum, one) => sum + one, 0) / 20;
    const error = Math.sqrt((19 / 20) * logs.reduce((sum, one) => sum + (one - mean) ** 2, 0));
    // Student's t of 19 degrees of freedom, 97.5 %, as tables print it.
    expect(interval?.low).toBeCloseTo(1 - Math.exp(Math.log(3 / 157) + 2.093 * error), 4);
    expect(interval?.high).toBeCloseTo(1 - Math.exp(Math.log(3 / 157) - 2.093 * error), 4);
    // With one group alone, or none, nothing says how far it may be off.
    expect(without(new Set([3]))).toMatchObject({ interval: null, range: { low: 6 / 7, high: 1 } });
    expect(without(new Set())).toMatchObject({ value: 1, interval: null, range: { low: 1, high: 1 } });
  });
});

/** Boxes that overlap no other by half: then nobody can take one for another. */
function distinct(all: readonly (readonly [string, Box])[]): readonly (readonly [string, Box])[] {
  const kept: (readonly [string, Box])[] = [];
  for (const each of all) if (kept.every(([, box]) => iouOf(box, each[1]) < 0.5)) kept.push(each);
  return kept;
}

function hasTies(
  given: readonly (readonly [string, readonly (readonly [string, Box])[], readonly (readonly [string, Box])[]])[],
): boolean {
  return given.some(([, a, b]) => {
    const ious = a.flatMap(([, one]) => b.map(([, other]) => iouOf(one, other))).filter((iou) => iou >= 0.5);
    return new Set(ious).size !== ious.length;
  });
}
