// Near-duplicates: found whatever bits differ, never within one part, and the same as a search of every pair finds.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { nearDuplicates } from "../../../../lib/core/dataset/stats-near.ts";
import { frameLine } from "../../../support/manifest.ts";
import { holds } from "../../../support/property.ts";

const partOf = new Map([
  ["a", "train"],
  ["b", "val"],
  ["c", "test"],
  ["d", "deployment"],
] as const);
const groups = [...partOf.keys()];

const hex = (hash: bigint) => hash.toString(16).padStart(16, "0");
const flipped = (hash: bigint, bits: readonly number[]) => bits.reduce((sum, bit) => sum ^ (1n << BigInt(bit)), hash);
const frame = (name: string, hash: bigint | null) => ({
  ...frameLine(name, []),
  phash: hash === null ? null : hex(hash),
});

const bitsBetween = (a: bigint, b: bigint) => [...(a ^ b).toString(2)].filter((digit) => digit === "1").length;

const hash = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe("nearDuplicates", () => {
  it("says nothing where nothing was decoded", () => {
    expect(nearDuplicates([frame("a/1.jpg", null), frame("b/1.jpg", null)], partOf)).toBeNull();
  });

  it("finds what differs in two bits anywhere, and leaves alone what differs in three", () => {
    const bits = fc.uniqueArray(fc.integer({ min: 0, max: 63 }), { maxLength: 3 });
    holds(
      fc.property(hash, bits, fc.constantFrom("b", "c", "d"), (of, differing, group) => {
        const lines = [frame("a/1.jpg", of), frame(`${group}/1.jpg`, flipped(of, differing))];
        const near = { frame: `${group}/1.jpg`, part: partOf.get(group), train: "a/1.jpg", bits: differing.length };
        const found = differing.length <= 2 ? { frames: 1, examples: [near] } : { frames: 0, examples: [] };
        expect(nearDuplicates(lines, partOf)).toEqual(found);
      }),
    );
  });

  it("counts what a search of every pair counts, each frame once with its nearest", () => {
    const base = 0x0123456789abcdefn;
    const near = fc.uniqueArray(fc.integer({ min: 0, max: 63 }), { maxLength: 4 }).map((bits) => flipped(base, bits));
    const given = fc.array(fc.tuple(fc.constantFrom(...groups), fc.option(near)), { maxLength: 30 });
    holds(
      fc.property(given, (frames) => {
        const all = frames.map(([group, of], index) => ({ group, of, line: frame(`${group}/${index}.jpg`, of) }));
        const train = all.flatMap(({ group, of }) => (group === "a" && of !== null ? [of] : []));
        const least = all.flatMap(({ group, of, line }) => {
          const bits = of === null || group === "a" ? [] : train.map((other) => bitsBetween(of, other));
          return Math.min(...bits) <= 2 ? [[line.name, Math.min(...bits)]] : [];
        });
        const found = nearDuplicates(
          all.map(({ line }) => line),
          partOf,
        );
        expect(found?.frames ?? 0).toBe(least.length);
        expect((found?.examples ?? []).map(({ frame: name, bits }) => [name, bits])).toEqual(least.slice(0, 20));
      }),
    );
  });
});
