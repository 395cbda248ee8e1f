// What an experiment is summed up by, in one sentence.
import { expect, it } from "@jest/globals";
import type { ExperimentResult } from "../../../../../lib/contracts/experiment.ts";
import { summaryOf } from "../../../../../lib/core/steps/experiment/compare.ts";
import { foldsExample } from "../../../../support/experiment-example.ts";

/** Out of fold all classes score 0.772; `comparison` is about those that the base model knows too. */
function folds(comparison: object): ExperimentResult {
  const example = foldsExample("x");
  const { found } = example;
  if (found.kind !== "grouped-cv") throw new Error("no folds");
  const models = found.models.map((model) => {
    const { test } = model.parts;
    if (model.role !== "candidate" || test === undefined) return model;
    return { ...model, parts: { ...model.parts, test: { ...test, all: { ...test.all, mAP50: 0.772 } } } };
  });
  return {
    ...example,
    found: { ...found, models, comparison: { ...found.comparison, primary: "mAP50", ...comparison } },
  };
}

it("gives the score of all classes where the base model knows none of them", () => {
  const nothing = { candidate: null, reference: null, difference: null, interval: null, p: null };
  expect(summaryOf(folds(nothing))).toBe(
    "5 folds over 22 groups: mAP50 0.772 on groups that were left out; there is nothing to compare it with.",
  );
});

it("says beside it what the comparison is about", () => {
  const some = { candidate: 0.8, reference: 0.5, difference: 0.3, interval: null, p: 0.0004 };
  expect(summaryOf(folds(some))).toBe(
    "5 folds over 22 groups: mAP50 0.772 on groups that were left out; on the classes that the off-the-shelf model knows, 0.800; there the off-the-shelf model has 0.500: a difference of 0.300, p = 0.00040.",
  );
  expect(summaryOf(folds({ ...some, candidate: 0.772, difference: 0.272 }))).toBe(
    "5 folds over 22 groups: mAP50 0.772 on groups that were left out; the off-the-shelf model has 0.500: a difference of 0.272, p = 0.00040.",
  );
});
