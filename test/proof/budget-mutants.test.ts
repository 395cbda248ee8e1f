// Every small change of what decides about the sum is caught by the budget's tests, or is none.
// `npm run proof:budget mutants` writes the counts and the survivors into docs/budget-proof.md.
import { expect, it } from "@jest/globals";
import { equivalentOf } from "../support/mutants/list.ts";
import { tryAll } from "../support/mutants/try.ts";
import { everyMutant } from "../support/proof/mutated.ts";

it("every comparison, sign, min and max, early return and await", async () => {
  const tried = await tryAll(everyMutant(), () => undefined);
  expect(tried.length).toBeGreaterThan(500);
  const survived = tried.filter((one) => one.by === null && equivalentOf(one) === null);
  expect(survived.map(({ file, line, change }) => `${file}:${line} ${change}`)).toEqual([]);
}, 7_200_000);
