// Look-alikes across parts: found where a picture was saved again, measured by the camera, silent where a scene only rests.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Part } from "../../../../lib/contracts/common.ts";
import type { ManifestLine } from "../../../../lib/contracts/dataset.ts";
import { findAlike } from "../../../../lib/core/dataset/leaks/alike.ts";
import { refuseLeaks } from "../../../../lib/core/dataset/leaks/refuse.ts";
import { harmlessPairs } from "../../../../lib/core/split/harmless.ts";
import { frameLine } from "../../../support/manifest.ts";
import { holds } from "../../../support/property.ts";

const size = 256;

/** Numbers from 0 to 1, the same for the same seed. */
function chance(seed: number): () => number {
  let state = (seed + 1) * 2654435761;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** A picture like no other: levels from 40 to 200. */
function picture(seed: number): number[] {
  const next = chance(seed);
  for (let warm = 0; warm < 8; warm++) next();
  return Array.from({ length: size }, () => 40 + 160 * next());
}

/** The same picture with something of `pixels` x `pixels` in it, `light` brighter. */
function withThing(base: readonly number[], at: number, light: number, pixels = 3): number[] {
  return base.map((level, index) => {
    const [x, y] = [index % 16, Math.floor(index / 16)];
    const inside = x >= at % 13 && x < (at % 13) + pixels && y >= at % 11 && y < (at % 11) + pixels;
    return inside ? Math.min(255, level + light) : level;
  });
}

const noisy = (base: readonly number[], seed: number, most: number) => {
  const next = chance(seed);
  return base.map((level) => level + (next() * 2 - 1) * most);
};

const frame = (name: string, levels: readonly number[]): ManifestLine =>
  frameLine(name, [], {
    phash: "0".repeat(16),
    thumb: Buffer.from(levels.map((level) => Math.round(Math.min(255, Math.max(0, level))))).toString("base64"),
  });

const partOf = new Map<string, Part>([
  ["a", "train"],
  ["b", "val"],
  ["c", "test"],
  ["d", "deployment"],
]);

interface Refusal {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

function refusals(lines: readonly ManifestLine[], parts: ReadonlyMap<string, Part> = partOf): readonly Refusal[] {
  const alike = findAlike(lines, parts);
  const errors: Refusal[] = [];
  if (alike !== null)
    refuseLeaks({ alike, lines, rule: { kind: "folder", depth: 1 } }, ({ name, data }) =>
      errors.push({ name, data: { ...data } }),
    );
  return errors;
}

describe("findAlike", () => {
  it("says nothing where nothing was decoded", () => {
    expect(findAlike([frameLine("a/1.jpg", []), frameLine("b/1.jpg", [])], partOf)).toBeNull();
  });

  it("finds a picture saved again in any other part, and in none of its own", () => {
    const groups = fc.constantFrom("a", "b", "c", "d");
    holds(
      fc.property(groups, groups, fc.nat(1000), (first, second, seed) => {
        const lines = [
          frame(`${first}/1.jpg`, picture(seed)),
          frame(`${second}/2.jpg`, noisy(picture(seed), seed, 1.8)),
          frame("a/other.jpg", picture(seed + 5000)),
          frame("c/other.jpg", picture(seed + 6000)),
        ];
        const found = findAlike(lines, partOf)?.document;
        expect(found?.reencoded).toBe(first === second ? 0 : 1);
        expect(found?.frames).toBe(first === second ? 0 : 1);
      }),
    );
  });

  it("finds the nearest of every frame, as a search of every pair does", () => {
    const given = fc.array(fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.nat(3), fc.nat(6)), { maxLength: 25 });
    const order = ["a", "b", "c", "d"];
    holds(
      fc.property(given, (chosen) => {
        const all = chosen.map(([group, scene, noise], index) => ({
          group,
          levels: noisy(picture(scene), index, noise).map((level) => Math.round(Math.min(255, Math.max(0, level)))),
          name: `${group}/${index}.jpg`,
        }));
        const apart = (x: readonly number[], y: readonly number[]) => {
          const differences = x.map((level, at) => level - (y[at] ?? 0));
          const mean = differences.reduce((sum, value) => sum + value, 0) / size;
          return Math.sqrt(differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size);
        };
        const near = all.filter(({ group, levels }) =>
          all.some((other) => order.indexOf(other.group) < order.indexOf(group) && apart(levels, other.levels) <= 3),
        );
        // Twenty-five frames of few scenes: where one camera has sixteen of them, it decides by its own measure.
        const found = findAlike(
          all.map(({ name, levels }) => frame(name, levels)),
          partOf,
        );
        if (found === null) return expect(all).toEqual([]);
        if (found.document.cameras.some(({ usual }) => usual !== null)) return;
        expect(found.pairs.map(({ frame: name }) => name).sort()).toEqual(near.map(({ name }) => name).sort());
      }),
    );
  });

  it("measures a fixed camera by itself: its frames are not near because the background is one", () => {
    const room = picture(1);
    const frames = (group: string, from: number) =>
      Array.from({ length: 30 }, (_, index) =>
        frame(`${group}/${index}.jpg`, withThing(room, (from + index) * 17, 60 + 7 * ((index * 5) % 11))),
      );
    const lines = [...frames("a", 0), ...frames("c", 100)];
    const found = findAlike(lines, partOf)?.document;
    expect(found?.cameras).toEqual([expect.objectContaining({ groups: 2, frames: 60 })]);
    // One number for all, without the camera's own measure, would call nearly every frame a duplicate: they lie 10 to 20 apart.
    expect(found?.frames).toBeLessThanOrEqual(6);
    expect(refusals(lines)).toEqual([]);
  });

  it("takes a scene at rest for what it is, and not for a picture saved again", () => {
    const room = picture(2);
    const frames = (group: string) =>
      Array.from({ length: 12 }, (_, index) => [
        frame(`${group}/rest${index}.jpg`, noisy(room, index * 31 + group.charCodeAt(0), 1)),
        frame(`${group}/busy${index}.jpg`, withThing(room, index * 19 + group.charCodeAt(0) * 7, 90, 4)),
      ]).flat();
    const lines = [...frames("a"), ...frames("c")];
    expect(findAlike(lines, partOf)?.document.reencoded).toBe(0);
  });

  it("is not misled by pictures without anything in them", () => {
    const dark = Array.from({ length: size }, () => 3);
    const lines = [frame("a/1.jpg", noisy(dark, 1, 1)), frame("c/1.jpg", noisy(dark, 2, 1))];
    expect(findAlike(lines, partOf)?.document.reencoded).toBe(0);
  });

  it("keeps to the camera that the groups' attributes name", () => {
    const lines = Array.from({ length: 20 }, (_, index) =>
      frame(`${index % 2 === 0 ? "a" : "c"}/${index}.jpg`, picture(index)),
    );
    const named = findAlike(lines, partOf, { a: { camera: "gate" }, c: { camera: "gate" } })?.document.cameras;
    expect(named).toEqual([expect.objectContaining({ camera: "gate", groups: 2, frames: 20 })]);
  });
});

describe("refuseLeaks", () => {
  /** A video whose neighbours are near: something goes through the picture in small steps. */
  const video = (name: (index: number) => string, seed: number) =>
    Array.from({ length: 40 }, (_, index) => {
      const levels = picture(seed).map((level, at) => {
        const [x, y] = [at % 16, Math.floor(at / 16)];
        return level + 90 * Math.exp(-((x - index * 0.35) ** 2 + (y - 8) ** 2) / 9);
      });
      return frame(name(index), levels);
    });

  it("names the rule that puts a video together which the groups divide", () => {
    const videos = [3, 4, 5, 6].flatMap((seed) =>
      video((index) => `cam${seed}_${String(index).padStart(4, "0")}.jpg`, seed),
    );
    const lines = videos.map((line) => ({ ...line, group: line.name }));
    const parts = new Map<string, Part>(lines.map(({ group }, index) => [group, index % 3 === 0 ? "test" : "train"]));
    const errors = refusals(lines, parts);
    expect(errors.map(({ name }) => name)).toContain("GroupRuleLeaks");
    const mend = String(errors.find(({ name }) => name === "GroupRuleLeaks")?.data.mend);
    expect(mend).toContain("makes 4 groups");
    expect(mend).toContain("video");
  });

  it("says that names cannot mend it where they tell nothing", () => {
    const lines = video((index) => `${index % 2 === 0 ? "a" : "c"}/x${(index * 7919) % 9973}q.jpg`, 9);
    const [error] = refusals(lines);
    expect(error?.name).toBe("GroupRuleLeaks");
    expect(error?.data.mend).toContain("groups.csv");
    expect(error?.data.what).toContain("of the group");
  });

  it("refuses one picture saved again, and lets near frames of good groups pass", () => {
    const others = Array.from({ length: 40 }, (_, index) =>
      frame(`${index % 2 === 0 ? "a" : "c"}/${index}.jpg`, picture(index + 50)),
    );
    const again = [frame("a/x.jpg", picture(7)), frame("c/y.jpg", noisy(picture(7), 3, 2))];
    const near = [frame("a/x.jpg", picture(7)), frame("c/y.jpg", withThing(picture(7), 5, 20, 2))];
    expect(refusals([...others, ...again]).map(({ name, data }) => [name, data.frame, data.other])).toEqual([
      ["FrameReencoded", "c/y.jpg", "a/x.jpg"],
    ]);
    const known = [{ frames: ["c/y.jpg", "a/x.jpg"], reason: "the test card of both cameras" }];
    const passed = findAlike([...others, ...again], partOf, {}, harmlessPairs(known));
    expect(passed?.document).toMatchObject({ frames: 0, reencoded: 0, harmless: 1 });
    // The pair that is named is passed, and what else is one picture is not hidden behind it.
    const third = [...others, ...again, frame("a/z.jpg", noisy(picture(7), 5, 2))];
    expect(
      findAlike(third, partOf, {}, harmlessPairs(known))?.pairs.map(({ frame: name, other }) => [name, other]),
    ).toEqual([["c/y.jpg", "a/z.jpg"]]);
    expect(findAlike([...others, ...near], partOf)?.document.frames).toBe(1);
    expect(refusals([...others, ...near])).toEqual([]);
  });
});
