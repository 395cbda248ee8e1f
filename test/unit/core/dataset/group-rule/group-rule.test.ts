import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { type GroupRule, groupRule } from "../../../../../lib/contracts/config.ts";
import { applyGroupRule } from "../../../../../lib/core/dataset/group-rule/apply.ts";
import { proposeGroupRules } from "../../../../../lib/core/dataset/group-rule/propose.ts";
import { parseGroupRule, ruleText } from "../../../../../lib/core/dataset/group-rule/rule-text.ts";
import { holds } from "../../../../support/property.ts";

const table = { groupOfFrame: { "a/1.jpg": "monday" }, attributes: {} };
const pattern = (text: string): GroupRule => ({ kind: "pattern", pattern: text });
const group = (rule: GroupRule, name: string, task: string | null = null) =>
  applyGroupRule(rule, { name, task }, table);

describe("applyGroupRule", () => {
  it.each([
    ["one capture", pattern("^(?<day>\\d{4}-\\d{2}-\\d{2})"), "2025-09-11_x.jpg", "2025-09-11"],
    [
      "captures in their order",
      pattern("(?<camera>cam\\d+).*?(?<day>\\d{8})"),
      "hall/cam07_20250911_1.jpg",
      "cam07_20250911",
    ],
    ["what an optional capture leaves", pattern("(?<a>x)?(?<b>\\d+)"), "7.jpg", "7"],
    ["Python's way of naming", pattern("^(?P<video>\\w+?)_\\d+"), "gate_12.jpg", "gate"],
    ["a name that does not fit", pattern("^(?<day>\\d{4})"), "x.jpg", null],
    ["a capture of nothing", pattern("(?<a>z*)"), "x.jpg", null],
    ["the first folder", { kind: "folder", depth: 1 }, "a/b/1.jpg", "a"],
    ["two folders", { kind: "folder", depth: 2 }, "a/b/1.jpg", "a/b"],
    ["fewer folders than wanted", { kind: "folder", depth: 2 }, "a/1.jpg", null],
    ["the table", { kind: "csv", file: "groups.csv" }, "a/1.jpg", "monday"],
    ["a frame that the table lacks", { kind: "csv", file: "groups.csv" }, "constructor", null],
    ["the frame itself", { kind: "frame" }, "a/1.jpg", "a/1.jpg"],
  ] as const)("finds %s", (_, rule, name, wanted) => {
    expect(group(rule, name)).toBe(wanted);
  });

  it("finds the task, and nothing where there is none", () => {
    expect([
      group({ kind: "task" }, "x", "t1"),
      group({ kind: "task" }, "x"),
      group({ kind: "task" }, "x", ""),
    ]).toEqual(["t1", null, null]);
  });

  it.each([
    ["^(?<a>(x+)+)$"],
    ["(?<a>(?:a|aa)*)b"],
    ["(?<a>(\\w{1,3})+)!"],
    ["(?<a>.*).*.*.*.*.*!"],
    ["(?<a>.)\\1"],
    ["(?<a>.)\\k<a>"],
    ["\\d+"],
    ["(?<a>["],
    [`(?<a>${"a".repeat(300)})`],
  ])("refuses the pattern %s", (text) => {
    expect(() => group(pattern(text), "x")).toThrow(
      expect.objectContaining({ name: "ConfigInvalid", data: expect.objectContaining({ field: "groupRule.pattern" }) }),
    );
  });

  it.each([
    ["(?<day>(?:\\d{2}-){2}\\d{2})"],
    ["^(?<a>[^_]+)_(?<b>[^_]+)_"],
    ["(?<a>[(*+]+)"],
    ["(?<a>(?:ab)+)"],
    ["\\((?<a>\\d+)\\)"],
  ])("takes the pattern %s", (text) => {
    expect(() => group(pattern(text), "x")).not.toThrow();
  });

  it("runs every pattern that it takes in a moment, also on long names", () => {
    const atom = fc.constantFrom("a", ".", "\\w", "\\d", "[ab]", "[^_]", "(?:a)", "(?:a|b)", "(?:a+)", "(a?)", "_");
    const quantifier = fc.constantFrom("", "*", "+", "?", "{2}", "{1,3}", "+?", "*?");
    const piece = fc.tuple(atom, quantifier).map((parts) => parts.join(""));
    const text = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => `^(?<g>${pieces.join("")})!$`);
    let taken = 0;
    holds(
      fc.property(text, (regex) => {
        try {
          // Forty letters that almost match: 2^40 ways, where there are exponentially many, would never end.
          group(pattern(regex), "a".repeat(40));
          taken += 1;
        } catch (error) {
          expect((error as Error).name).toBe("ConfigInvalid");
        }
      }),
      { numRuns: 1000 },
    );
    expect(taken).toBeGreaterThan(100);
  });
});

describe("a rule as text", () => {
  it("is read back as it was written, and is what the config takes", () => {
    const rules = fc.oneof(
      fc.constantFrom<GroupRule>({ kind: "task" }, { kind: "frame" }, pattern("^(?<a>.+):x")),
      fc.integer({ min: 1, max: 8 }).map((depth): GroupRule => ({ kind: "folder", depth })),
      fc.string({ minLength: 1 }).map((file): GroupRule => ({ kind: "csv", file })),
    );
    holds(
      fc.property(rules, (rule) => {
        expect(parseGroupRule(ruleText(rule))).toEqual(rule);
        expect(groupRule.parse(rule)).toEqual(rule);
      }),
    );
  });

  it("takes `folder` for the first folder", () => {
    expect(parseGroupRule("folder")).toEqual({ kind: "folder", depth: 1 });
  });

  it.each(["", "folder:0", "folder:9", "folder:x", "tasks", "task:1", "csv:", "csv", "pattern", "pattern:", "video"])(
    "refuses %j",
    (text) => {
      expect(() => parseGroupRule(text)).toThrow(expect.objectContaining({ name: "UsageWrong" }));
    },
  );
});

describe("proposeGroupRules", () => {
  const of = (names: readonly string[], task: string | null = null) =>
    proposeGroupRules(names.map((name) => ({ name, task }))).map(({ description, groups, largest, examples }) => [
      description,
      groups,
      largest.frames,
      examples[0],
    ]);
  const own = (frames: number, first: string) => [
    "every frame on its own: only where no two frames come from one recording",
    frames,
    1,
    first,
  ];

  it.each([
    [
      "days",
      ["x_2025-09-11_1.jpg", "x_2025-09-11_2.jpg", "x_2025-09-18_1.jpg"],
      ["the day in the name", 2, 2, "2025-09-11"],
    ],
    [
      "timestamps",
      ["x20250911120000.jpg", "x20250911120001.jpg", "x20250918120000.jpg"],
      ["the day in the name", 2, 2, "20250911"],
    ],
    [
      "videos with running numbers",
      ["video01_frame_000001.jpg", "video01_frame_000002.jpg", "video02_frame_000001.jpg"],
      ["what stands before the running number", 2, 2, "video01"],
    ],
    [
      "Roboflow's names",
      ["gate_mp4-1_jpg.rf.0a.jpg", "gate_mp4-2_jpg.rf.0b.jpg", "yard_mp4-1_jpg.rf.0c.jpg"],
      ["the video in a Roboflow name", 2, 2, "gate"],
    ],
    ["folders", ["a/x.jpg", "a/y.jpg", "b/z.jpg"], ["the first folder", 2, 2, "a"]],
  ] as const)("sees %s", (_, names, wanted) => {
    expect(of(names)).toEqual([wanted, own(3, [...names].sort()[0]!)]);
  });

  it("sees camera and day together, each alone too", () => {
    const names = ["cam1_2025-01-01_a.jpg", "cam1_2025-01-02_a.jpg", "cam2_2025-01-01_a.jpg", "cam2_2025-01-01_b.jpg"];
    expect(of(names).map(([description, groups]) => [description, groups])).toEqual([
      ["camera and day in the name", 3],
      ["the day in the name", 2],
      ["the camera in the name", 2],
      [own(4, "")[0], 4],
    ]);
  });

  it("sees tasks, and does not take parts for recordings", () => {
    const frames = [
      ["train/x.jpg", "a"],
      ["train/y.jpg", "a"],
      ["val/z.jpg", "b"],
    ] as const;
    const proposals = proposeGroupRules(frames.map(([name, task]) => ({ name, task })));
    expect(proposals.map(({ rule }) => rule.kind)).toEqual(["task", "frame"]);
    expect(of(["train/x.jpg", "train/y.jpg", "val/z.jpg"])).toEqual([own(3, "train/x.jpg")]);
  });

  it("proposes nothing for nothing", () => {
    expect(proposeGroupRules([])).toEqual([]);
  });

  it("tells the truth: each proposal finds a group for every frame, and counts them rightly", () => {
    const part = fc.constantFrom(
      "cam1",
      "cam2",
      "2025-01-01",
      "2025-01-02",
      "20250101",
      "frame",
      "a",
      "b",
      "0001",
      "0002",
    );
    const name = fc
      .tuple(fc.array(part, { minLength: 1, maxLength: 4 }), fc.constantFrom("_", "/", "-"))
      .map(([parts, glue]) => `${parts.join(glue)}.jpg`);
    holds(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 12 }), (names) => {
        for (const { rule, groups, largest } of proposeGroupRules(names.map((each) => ({ name: each, task: null })))) {
          const found = names.map((each) => group(rule, each));
          expect(found).not.toContain(null);
          expect(new Set(found).size).toBe(groups);
          expect(found.filter((each) => each === largest.group).length).toBe(largest.frames);
        }
      }),
    );
  });
});
