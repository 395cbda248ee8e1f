// bobbin.json: what is right is read with its defaults; what is wrong is named with field, found and wanted.
import { describe, expect, it } from "@jest/globals";
import { isBobbinError } from "../../../../lib/contracts/errors.ts";
import { parseConfig } from "../../../../lib/core/config/parse.ts";

const right = {
  schema: "bobbin/config/1",
  project: "lbzf",
  model: "lbzf",
  dataset: "lbzf_person",
  classes: [{ name: "person", from: ["Person", "human"] }, { name: "car" }],
  groupRule: { kind: "pattern", pattern: "^(?<day>\\d{4}-\\d{2}-\\d{2})" },
  budget: { ends: "2030-01-01T00:00:00Z" },
};
const parse = (value: unknown) => parseConfig("bobbin.json", JSON.stringify(value));

function refusal(value: unknown) {
  try {
    parse(value);
  } catch (error) {
    if (isBobbinError(error, "ConfigInvalid")) return error.data;
    throw error;
  }
  return null;
}

describe("a config", () => {
  it("gets the defaults of the plan", () => {
    const parsed = parse(right);
    expect(parsed.split).toEqual({
      ratios: { train: 0.7, val: 0.15, test: 0.15 },
      seed: 0,
      stratify: true,
      reserved: [],
    });
    expect(parsed.gates).toEqual({ primary: "mAP50", margin: 0, alpha: 0.05 });
    expect(parsed.budget.capUsd).toBe(200);
    expect(parsed.task).toBe("detect");
  });

  it.each([
    ["a missing group rule", { ...right, groupRule: undefined }, "groupRule"],
    ["a field that does not exist", { ...right, clases: [] }, "clases"],
    ["a wrong nested value", { ...right, gates: { alpha: 5 } }, "gates.alpha"],
    [
      "a name of two classes",
      {
        ...right,
        classes: [
          { name: "a", from: ["x"] },
          { name: "b", from: ["x"] },
        ],
      },
      "classes.1",
    ],
    ["a class that is ignored", { ...right, ignore: ["car"] }, "ignore.0"],
    ["ratios beyond one", { ...right, split: { ratios: { train: 0.9, val: 0.1, test: 0.1 } } }, "split.ratios"],
    ["no test", { ...right, split: { ratios: { train: 0.8, val: 0.2, test: 0 } } }, "split.ratios.test"],
    ["a broken pattern", { ...right, groupRule: { kind: "pattern", pattern: "(?<day>" } }, "groupRule.pattern"],
    [
      "a pattern without a named group",
      { ...right, groupRule: { kind: "pattern", pattern: "^(a+)" } },
      "groupRule.pattern",
    ],
    [
      "the end point of boxes for whole frames",
      { ...right, task: "classify", gates: { primary: "mAP50" } },
      "gates.primary",
    ],
    ["the end point of whole frames for boxes", { ...right, gates: { primary: "top1" } }, "gates.primary"],
    ["weights of masks for boxes", { ...right, architecture: "yolov8n-seg" }, "architecture"],
    ["weights of classes for masks", { ...right, task: "segment", architecture: "yolov8n-cls" }, "architecture"],
  ])("is refused for %s, and the field is named", (_, value, field) => {
    expect(refusal(value)).toMatchObject({ file: "bobbin.json", field });
  });

  it("takes weights of masks, or those of boxes, for masks", () => {
    for (const architecture of ["yolov8n-seg", "yolov8n"])
      expect(parse({ ...right, task: "segment", architecture })).toMatchObject({ task: "segment", architecture });
  });

  it("compares whole frames by top-1 and boxes by mAP50 where nobody says otherwise", () => {
    expect(parse({ ...right, task: "classify", gates: { margin: 0.02 } })).toMatchObject({
      task: "classify",
      gates: { primary: "top1", margin: 0.02 },
    });
    expect(parse({ ...right, task: "segment", gates: {} }).gates.primary).toBe("mAP50");
    expect(parse({ ...right, gates: { primary: "mAP50-95" } }).gates.primary).toBe("mAP50-95");
  });

  it("says what was found", () => {
    expect(refusal({ ...right, gates: { alpha: 5 } })?.found).toBe("5");
    expect(refusal({ ...right, split: { ratios: { train: 0.9, val: 0.1, test: 0.1 } } })?.found).toBe("a sum of 1.1");
  });

  it.each([
    ["a cap below nothing", { capUsd: -3 }, "-3", "number >=0"],
    ["a cap that is no number", { capUsd: "200 EUR" }, '"200 EUR"', "number, received string"],
  ])("says what was wanted: %s", (_, term, found, wanted) => {
    expect(refusal({ ...right, budget: { ...right.budget, ...term } })).toMatchObject({ found, wanted });
  });

  it("is refused as JSON before all else", () => {
    expect(() => parseConfig("bobbin.json", "{,}")).toThrow(expect.objectContaining({ name: "ConfigInvalid" }));
  });
});
