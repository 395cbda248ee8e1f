// The trainings of an experiment: every combination, every seed; and who sees which group.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { ExperimentPlan, Trial } from "../../../../../lib/contracts/experiment.ts";
import { armsOf, partsOfTrial } from "../../../../../lib/core/steps/experiment/plan.ts";
import { holds } from "../../../../support/property.ts";
import { runIds } from "../../../../support/run-request.ts";

const trial = (fold: number | null): Trial => ({ id: runIds[0], arm: 0, seed: 0, fold });
const planOf = (parts: ExperimentPlan["parts"], folds: ExperimentPlan["folds"]) => ({ parts, folds }) as ExperimentPlan;

describe("the plan of an experiment", () => {
  it("has every combination of what is varied, the first values first", () => {
    const vary = [
      { argument: "fliplr", values: [0, 0.5] },
      { argument: "mosaic", values: [0, 1, 0.5] },
    ];
    const arms = armsOf({ kind: "ablate", vary, seeds: 3 });
    expect(arms).toHaveLength(6);
    expect(arms[0]).toEqual({ name: "fliplr 0, mosaic 0", args: { fliplr: 0, mosaic: 0 } });
    expect(new Set(arms.map(({ name }) => name)).size).toBe(6);
    expect(armsOf({ kind: "grouped-cv", folds: 3 })).toEqual([{ name: "as the recipe says", args: {} }]);
  });

  it("leaves test and deployment alone in an ablation", () => {
    const plan = planOf({ a: "train", b: "val", c: "test", d: "deployment" }, {});
    expect([...partsOfTrial(plan, trial(null))]).toEqual([
      ["a", "train"],
      ["b", "val"],
    ]);
  });

  it("lets every group be left out once, and never trains on a group that it scores or chooses by", () => {
    const folds = fc.integer({ min: 3, max: 6 }).chain((count) =>
      fc.array(fc.integer({ min: 0, max: count - 1 }), { maxLength: 20 }).map((more) => ({
        count,
        // Every fold has a group of its own at least.
        of: Object.fromEntries(
          [...Array.from({ length: count }, (_, i) => i), ...more].map((fold, i) => [`g${i}`, fold]),
        ),
      })),
    );
    holds(
      fc.property(folds, ({ count, of }) => {
        const plan = planOf({}, of);
        const tested: string[] = [];
        for (let fold = 0; fold < count; fold++) {
          const parts = partsOfTrial(plan, trial(fold));
          expect([...parts.keys()].sort()).toEqual(Object.keys(of).sort());
          expect(new Set(parts.values())).toEqual(new Set(["train", "val", "test"]));
          tested.push(...[...parts].flatMap(([group, part]) => (part === "test" ? [group] : [])));
        }
        expect(tested.sort()).toEqual(Object.keys(of).sort());
      }),
    );
  });
});
