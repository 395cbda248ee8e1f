// What the page of `bobbin compare` says of its tests by class and by value: never of a correction for questions that nobody asked.
import { expect, it } from "@jest/globals";
import type { SecondaryTest } from "../../../lib/contracts/evaluation.ts";
import { drawComparison } from "../../../lib/report/release-comparison.ts";
import { comparisonExample } from "../../support/comparison-example.ts";

/** The page where the first `asked` classes, and no more, lay in enough groups for a test of their own. */
async function pageWith(asked: number): Promise<string | undefined> {
  const { document, changed } = await comparisonExample("wheel loader");
  const { comparison } = document;
  const secondary = comparison.secondary?.map(
    (test, at): SecondaryTest => (at < asked ? test : { ...test, p: null, corrected: null }),
  );
  return (await drawComparison({ ...document, comparison: { ...comparison, secondary } }, changed))["report.html"];
}

it.each([
  [2, "corrected by Holm for all 2 questions"],
  [1, "corrected by Holm for the one question"],
  [0, "there is no p here"],
])("says what p is where %i classes had groups enough", async (asked, words) => {
  expect(await pageWith(asked)).toContain(words);
});
