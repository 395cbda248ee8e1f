// Small changes of what decides about the sum are caught by the budget's tests, or are none: a hundred of them, others each time.
// `npm run proof:budget mutants` tries them all, and writes the counts and the survivors into docs/budget-proof.md.
import { expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { equivalentOf } from "../support/mutants/list.ts";
import { tryAll } from "../support/mutants/try.ts";
import { everyMutant } from "../support/proof/mutated.ts";

const most = 100;

it("any hundred of every comparison, sign, min and max, early return and await", async () => {
  const all = everyMutant();
  expect(all.length).toBeGreaterThan(500);
  const [chosen = []] = fc.sample(fc.shuffledSubarray(all, { minLength: most, maxLength: most }), 1);
  const tried = await tryAll(chosen, () => undefined);
  expect(tried).toHaveLength(most);
  const survived = tried.filter((one) => one.by === null && equivalentOf(one) === null);
  expect(survived.map(({ file, line, change }) => `${file}:${line} ${change}`)).toEqual([]);
}, 7_200_000);
