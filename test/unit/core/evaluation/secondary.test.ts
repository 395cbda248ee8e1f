// Questions beside the primary one: each by its own groups, all corrected together, and those that groups cannot decide left out.
import { describe, expect, it } from "@jest/globals";
import { evaluateAndCompare, type Truth } from "../../../../lib/core/evaluation/evaluate.ts";
import { holm } from "../../../../lib/core/evaluation/holm.ts";
import { type CaseFrame, predictedBoxes, truthBoxes } from "../../../support/evaluation-cases.ts";

const side = [0, 0, 50, 50] as const;
/** In the morning the candidate finds what the reference does not; in the afternoon and at night both find all. */
const groups = [...new Array<string>(7).fill("morning"), ...new Array<string>(8).fill("afternoon"), "night", "night"];
const frameOf = (finds: boolean): CaseFrame => ({
  truth: [
    [0, ...side, false],
    [1, 100, 0, 150, 50, false],
  ],
  boxes: [...(finds ? [[0, 0.9, ...side] as const] : []), [1, 0.9, 100, 0, 150, 50] as const],
});
const good = groups.map(() => frameOf(true));
const bad = groups.map((shift) => frameOf(shift !== "morning"));
const truth: Truth = {
  frames: groups.map((_, i) => ({ name: `f${i + 10}`, sha256: "", group: `g${i}`, part: "test" as const })),
  boxes: truthBoxes(good),
  classes: ["person", "tray"],
  attributes: Object.fromEntries(groups.map((shift, i) => [`g${i}`, { shift }])),
};
const model = (role: "candidate" | "base", frames: readonly CaseFrame[]) => ({
  role,
  name: role,
  sha256: "",
  unknownClasses: [],
  boxes: predictedBoxes(frames),
  threshold: 0.5,
});
const gates = { primary: "mAP50", margin: 0, alpha: 0.05, minRecall: undefined } as const;

describe("questions beside the primary one", () => {
  const ask = (secondary?: readonly ("classes" | "attributes")[]) =>
    evaluateAndCompare(truth, [model("candidate", good), model("base", bad)], {
      maxDetections: 300,
      gates,
      seed: 1,
      secondary,
    }).comparison.secondary;

  it("are not asked unless they are named", () => {
    expect(ask()).toBeUndefined();
    expect(ask(["classes"])?.map(({ value }) => value)).toEqual(["person", "tray"]);
  });

  it("are answered by the groups they are about", () => {
    const found = ask(["classes", "attributes"]) ?? [];
    const of = (value: string) => found.find((one) => one.value === value);
    expect(of("tray")).toMatchObject({ groups: 17, difference: 0, p: 1 });
    // All seven groups on one side: the smallest p that seven groups can reach. Half of the mean over the two classes.
    expect(of("morning")).toMatchObject({ groups: 7, difference: 0.5, p: 2 / 2 ** 7 });
    expect(of("afternoon")).toMatchObject({ groups: 8, difference: 0, p: 1 });
    expect(of("night")).toMatchObject({ groups: 2, p: null, corrected: null });
  });

  it("are corrected for all that could be decided", () => {
    const found = (ask(["classes", "attributes"]) ?? []).filter(({ p }) => p !== null);
    expect(found).toHaveLength(4);
    expect(found.map(({ corrected }) => corrected)).toEqual(holm(found.map(({ p }) => p ?? 1)));
  });
});
