// Spent ≤ committed ≤ cap in every state that a run and any one fault can bring an account into: the real steps, every interleaving.
// The proofs explore more runs and more faults (test/proof/budget-model.test.ts, docs/budget-proof.md).
import { expect, it } from "@jest/globals";
import { explore, luckOf } from "../../../support/model/explore.ts";
import { quick } from "../../../support/model/scenarios.ts";

it("one run and one fault of any kind: nothing is ever spent that was not promised, and nothing stays held", async () => {
  const found = await explore(quick);
  expect(found).toMatchObject({ exhausted: true, violation: null });
  expect(found.states).toBeGreaterThan(4_000);
  expect(found.ends).toBeGreaterThan(100);
}, 120_000);

it("stops at a depth, and says that it did", async () => {
  const found = await explore({ ...quick, luck: luckOf(0, 0), depth: 5 });
  expect(found).toMatchObject({ exhausted: false, violation: null, depth: 5 });
});
