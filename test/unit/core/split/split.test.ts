// What the split promises: whole groups, the same answer in any order, a part for ever, no image in two parts, shares met.
import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import type { Part } from "../../../../lib/contracts/common.ts";
import { config } from "../../../../lib/contracts/config.ts";
import { split as splitSchema } from "../../../../lib/contracts/dataset.ts";
import { splitCsv } from "../../../../lib/core/split/csv.ts";
import { type SplitOptions, type SplitResult, splitFrames } from "../../../../lib/core/split/split.ts";
import type { SplitFrame } from "../../../../lib/core/split/tally.ts";

const ratios = { train: 0.7, val: 0.15, test: 0.15 };

function options(changes: Partial<SplitOptions["split"]> = {}, rest: Partial<SplitOptions> = {}): SplitOptions {
  return {
    split: { ratios, seed: 0, stratify: true, reserved: [], ...changes },
    classes: ["person", "forklift"],
    previous: null,
    version: "d1",
    rule: "folder 1",
    ...rest,
  };
}

const imageOf = (name: string) => createHash("sha256").update(name).digest("hex");

function framesOf(group: string, count: number, boxes: readonly number[] = [1, 0]): SplitFrame[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `${group}/${index}.jpg`;
    return { name, sha256: imageOf(name), group, boxes };
  });
}

function pastOf(result: SplitResult): NonNullable<SplitOptions["previous"]> {
  const parts = result.frames.map((frame) => [frame.sha256, result.partOf.get(frame.group) as Part] as const);
  return { split: result.split, partOfImage: new Map(parts) };
}

/** Groups with distinct names, 1 to 30 frames each and box counts of two classes. */
const someGroups = (minLength: number, maxLength: number) =>
  fc
    .uniqueArray(
      fc.record({
        name: fc.string({ minLength: 1 }),
        frames: fc.integer({ min: 1, max: 30 }),
        person: fc.nat(9),
        forklift: fc.nat(2),
      }),
      { minLength, maxLength, selector: ({ name }) => name },
    )
    .map((groups) =>
      groups.flatMap(({ name, frames, person, forklift }) => framesOf(name, frames, [person, forklift])),
    );

const partsOf = (result: SplitResult) => Object.fromEntries(result.partOf);

describe("splitFrames", () => {
  it("gives 41 equal groups 29, 6 and 6, whatever the seed and the classes in them", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.array(fc.nat(50), { minLength: 41, maxLength: 41 }), (seed, boxes) => {
        const frames = boxes.flatMap((count, index) => framesOf(`g${index}`, 3, [count, count % 3]));
        const { parts } = splitFrames(frames, options({ seed })).split;
        expect([parts.train.groups, parts.val.groups, parts.test.groups]).toEqual([29, 6, 6]);
      }),
      { numRuns: 20 },
    );
  });

  it("gives equal groups their largest-remainder counts, and each part at least one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 60 }), fc.nat(20), (count, seed) => {
        const frames = Array.from({ length: count }, (_, index) => framesOf(`g${index}`, 2, [index % 5, 1])).flat();
        const { parts } = splitFrames(frames, options({ seed })).split;
        for (const part of ["train", "val", "test"] as const) {
          const wanted = count * ratios[part];
          if (wanted < 1) expect(parts[part].groups).toBe(1);
          else if (count * 0.15 >= 1) expect(Math.abs(parts[part].groups - wanted)).toBeLessThan(1);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("puts every group into one part, every frame once, and counts what it put there", () => {
    fc.assert(
      fc.property(someGroups(3, 25), fc.nat(1000), (frames, seed) => {
        const result = splitFrames(frames, options({ seed }));
        expect(splitSchema.parse(result.split)).toEqual(result.split);
        expect(result.split.assignments.map(({ group }) => group)).toEqual(
          [...new Set(frames.map(({ group }) => group))].sort(),
        );
        for (const part of ["train", "val", "test", "deployment"] as const) {
          const inside = frames.filter(({ group }) => result.partOf.get(group) === part);
          expect(result.split.parts[part]).toMatchObject({
            frames: inside.length,
            boxes: inside.reduce((sum, { boxes }) => sum + (boxes[0] ?? 0) + (boxes[1] ?? 0), 0),
          });
          if (part !== "deployment") expect(result.split.parts[part].groups).toBeGreaterThan(0);
        }
      }),
    );
  });

  it("does not depend on the order of the frames", () => {
    fc.assert(
      fc.property(
        someGroups(3, 20).chain((frames) =>
          fc.tuple(fc.constant(frames), fc.shuffledSubarray(frames, { minLength: frames.length })),
        ),
        ([frames, shuffled]) => {
          expect(splitFrames(shuffled, options())).toEqual(splitFrames(frames, options()));
        },
      ),
    );
  });

  it("chooses other groups for another seed", () => {
    const frames = Array.from({ length: 20 }, (_, index) => framesOf(`g${index}`, 4)).flat();
    const answers = [0, 1, 2, 3].map((seed) => JSON.stringify(partsOf(splitFrames(frames, options({ seed })))));
    expect(new Set(answers).size).toBeGreaterThan(1);
  });

  it("comes as near to the wanted frames as the best of all arrangements", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 3, maxLength: 6 }),
        fc.nat(9),
        (sizes, seed) => {
          const frames = sizes.flatMap((size, index) => framesOf(`g${index}`, size));
          const { parts } = splitFrames(frames, options({ seed, stratify: false })).split;
          const cost = (held: readonly number[]) =>
            [0.7, 0.15, 0.15].reduce((sum, share, index) => sum + ((held[index] ?? 0) - share * frames.length) ** 2, 0);
          let best = Number.POSITIVE_INFINITY;
          for (let code = 0; code < 3 ** sizes.length; code++) {
            const places = sizes.map((_, index) => Math.floor(code / 3 ** index) % 3);
            if (new Set(places).size < 3) continue;
            best = Math.min(
              best,
              cost(
                [0, 1, 2].map((place) =>
                  sizes.reduce((sum, size, index) => sum + (places[index] === place ? size : 0), 0),
                ),
              ),
            );
          }
          expect(cost([parts.train.frames, parts.val.frames, parts.test.frames])).toBeCloseTo(best, 6);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("keeps every part within half of the largest group of its wanted frames, given many groups", () => {
    fc.assert(
      fc.property(someGroups(20, 60), fc.nat(99), (frames, seed) => {
        const { parts } = splitFrames(frames, options({ seed, stratify: false })).split;
        const largest = Math.max(
          ...[...Map.groupBy(frames, ({ group }) => group).values()].map(({ length }) => length),
        );
        for (const part of ["train", "val", "test"] as const) {
          expect(Math.abs(parts[part].frames - parts[part].wantedFrames)).toBeLessThanOrEqual(largest / 2 + 1);
        }
      }),
    );
  });

  it("spreads a rare class over the parts where it can", () => {
    const rare = Array.from({ length: 20 }, (_, index) => framesOf(`rare${index}`, 5, [0, 1])).flat();
    const common = Array.from({ length: 80 }, (_, index) => framesOf(`common${index}`, 5, [1, 0])).flat();
    const { split } = splitFrames([...rare, ...common], options());
    expect(split.parts.test.boxesOfClass).toEqual({ person: 60, forklift: 15 });
    expect(split.classDeviation).toEqual({ person: 0, forklift: 0 });
  });

  it("keeps the part of every group when groups come and go, and fills up what is missing", () => {
    fc.assert(
      fc.property(someGroups(6, 30), fc.nat(50), fc.nat(5), (frames, seed, dropped) => {
        const names = [...new Set(frames.map(({ group }) => group))];
        const half = new Set(names.slice(0, Math.max(3, Math.floor(names.length / 2))));
        const first = splitFrames(
          frames.filter(({ group }) => half.has(group)),
          options({ seed }),
        );
        const gone = names.slice(half.size)[dropped];
        const second = splitFrames(
          frames.filter(({ group }) => group !== gone),
          options({ seed: seed + 1 }, { previous: pastOf(first), version: "d2" }),
        );
        for (const [group, part] of first.partOf) expect(second.partOf.get(group)).toBe(part);
        for (const { group, since } of second.split.assignments) expect(since).toBe(half.has(group) ? "d1" : "d2");
      }),
    );
  });

  it("remembers the part of a group that is away for a version", () => {
    const frames = ["a", "b", "c", "d", "e", "f", "g"].flatMap((group) => framesOf(group, 5));
    const first = splitFrames(frames, options());
    const away = first.split.assignments.find(({ part }) => part === "train")?.group;
    const second = splitFrames(
      frames.filter(({ group }) => group !== away),
      options({}, { previous: pastOf(first), version: "d2" }),
    );
    const third = splitFrames(frames, options({}, { previous: pastOf(second), version: "d3" }));
    expect(third.split.assignments).toEqual(first.split.assignments);
  });

  it("gives new groups to the parts whose shares are missing", () => {
    const first = splitFrames([...framesOf("a", 70), ...framesOf("b", 5), ...framesOf("c", 5)], options());
    const added = ["d", "e"].flatMap((group) => framesOf(group, 10));
    const { parts } = splitFrames(
      [...first.frames, ...added],
      options({}, { previous: pastOf(first), version: "d2" }),
    ).split;
    expect([parts.train.frames, parts.val.frames, parts.test.frames]).toEqual([70, 15, 15]);
  });

  it("lets a renamed group keep the part that its images had", () => {
    const frames = ["a", "b", "c", "d"].flatMap((group) => framesOf(group, 5));
    const first = splitFrames(frames, options());
    const renamed = frames.map((frame) => ({ ...frame, group: `day-${frame.group}` }));
    const second = splitFrames(renamed, options({ seed: 9 }, { previous: pastOf(first), version: "d2" }));
    for (const group of ["a", "b", "c", "d"]) expect(second.partOf.get(`day-${group}`)).toBe(first.partOf.get(group));
  });

  it("refuses a rule that would bring frames of two parts into one group", () => {
    const frames = ["a", "b", "c", "d"].flatMap((group) => framesOf(group, 5));
    const first = splitFrames(frames, options());
    const [train, test] = (["train", "test"] as const).map(
      (part) => first.split.assignments.find((each) => each.part === part)?.group,
    );
    const joined = frames.map((frame) => (frame.group === test ? { ...frame, group: train ?? "" } : frame));
    const again = () => splitFrames(joined, options({}, { previous: pastOf(first), version: "d2" }));
    expect(again).toThrow(
      expect.objectContaining({ name: "GroupCrossesParts", data: expect.objectContaining({ group: train }) }),
    );
  });

  it("puts reserved groups into the deployment test, outside the ratios", () => {
    const frames = ["a", "b", "c", "d", "plant"].flatMap((group) => framesOf(group, 10));
    const { split } = splitFrames(frames, options({ reserved: ["plant"] }));
    expect(split.parts.deployment).toMatchObject({ groups: 1, frames: 10 });
    expect(split.parts.train.wantedFrames).toBeCloseTo(28, 9);
  });

  it("refuses to reserve what was used, or what is not there", () => {
    const frames = ["a", "b", "c", "d"].flatMap((group) => framesOf(group, 10));
    const first = splitFrames(frames, options());
    expect(() => splitFrames(frames, options({ reserved: ["a"] }, { previous: pastOf(first), version: "d2" }))).toThrow(
      expect.objectContaining({
        name: "GroupNotReservable",
        data: { group: "a", part: first.partOf.get("a"), since: "d1" },
      }),
    );
    expect(() => splitFrames(frames, options({ reserved: ["z"] }))).toThrow(
      expect.objectContaining({ name: "GroupUnknown" }),
    );
  });

  it("refuses fewer than three groups beside the reserved ones", () => {
    const frames = ["a", "b", "c"].flatMap((group) => framesOf(group, 10));
    expect(() => splitFrames(frames, options({ reserved: ["a"] }))).toThrow(
      expect.objectContaining({ name: "TooFewGroups", data: { found: 2, wanted: 3, rule: "folder 1" } }),
    );
  });

  it("names both places of an image in two groups, and takes it twice within one", () => {
    const frames = ["a", "b", "c"].flatMap((group) => framesOf(group, 2));
    const twin = { ...framesOf("a", 1)[0]!, name: "b/twin.jpg", group: "b" };
    expect(() => splitFrames([...frames, twin], options())).toThrow(
      expect.objectContaining({
        name: "FrameInTwoGroups",
        data: { first: "a/0.jpg", firstGroup: "a", second: "b/twin.jpg", secondGroup: "b", sha256: imageOf("a/0.jpg") },
      }),
    );
    expect(splitFrames([...frames, { ...twin, group: "a" }], options()).split.parts).toBeDefined();
  });

  it("keeps the test set's number while its frames are the same, and counts on when it grows", () => {
    const frames = ["a", "b", "c"].flatMap((group) => framesOf(group, 10));
    const first = splitFrames(frames, options());
    expect(first.split.testSet).toMatchObject({ version: "t1", frames: first.split.parts.test.frames });
    const same = splitFrames(frames, options({}, { previous: pastOf(first), version: "d2" }));
    expect(same.split.testSet).toEqual(first.split.testSet);
    const test = first.split.assignments.find(({ part }) => part === "test")?.group ?? "";
    const grown = splitFrames(
      [...frames, ...framesOf(test, 11).slice(10)],
      options({}, { previous: pastOf(first), version: "d2" }),
    );
    expect(grown.split.testSet).toMatchObject({ version: "t2", frames: first.split.testSet.frames + 1 });
  });
});

describe("split.csv", () => {
  const text = (result: SplitResult) => Buffer.concat([...splitCsv(result.frames, result.partOf)]).toString();
  const plain = (cell: string) => cell.replace(/^'/, "");

  it("gives back every name and group, sorted, in the part they are in", () => {
    const names = fc.string({ minLength: 1, unit: fc.constantFrom(..."=+-@\t\r\n\"',;ab") });
    fc.assert(
      fc.property(fc.uniqueArray(names, { minLength: 3, maxLength: 12 }), (groups) => {
        const result = splitFrames(
          groups.flatMap((group) => framesOf(group, 2)),
          options(),
        );
        const rows: string[][] = parse(text(result), { record_delimiter: "\r\n" });
        expect(rows.slice(1).map(([name, sha256, group, part]) => [plain(name!), sha256, plain(group!), part])).toEqual(
          result.frames.map(({ name, sha256, group }) => [name, sha256, group, result.partOf.get(group)]),
        );
        for (const cell of rows.flat()) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
      }),
    );
  });

  it("has the digest that the split names", () => {
    const result = splitFrames(
      ["a", "b", "c"].flatMap((group) => framesOf(group, 3)),
      options(),
    );
    expect(createHash("sha256").update(text(result)).digest("hex")).toBe(result.split.csvSha256);
  });

  it("puts the three filming days of the sample one into each part", () => {
    const days = [...framesOf("2025-09-11", 60), ...framesOf("2025-09-18", 34), ...framesOf("2025-09-25", 14)];
    const sample = config.shape.split.parse({ ratios: { train: 0.56, val: 0.31, test: 0.13 } });
    expect(partsOf(splitFrames(days, options(sample)))).toEqual({
      "2025-09-11": "train",
      "2025-09-18": "val",
      "2025-09-25": "test",
    });
  });
});
