// Every state of the stack's machines, failing in every way: afterwards the ledger is settled or rightly waits for proof, nobody holds the
// pipeline, and people were told once. That no release is left half made is proven where Publish really publishes: test/proof/every-state
// and test/proof/cloud. The tables stand in docs/budget-proof.md.
import { beforeAll, describe, expect, it } from "@jest/globals";
import { failures, states } from "../../../support/failures/stack.ts";
import { allFailures, problemOf, type Row } from "../../../support/failures/table.ts";

describe.each([
  ["train", "released", ["Train throws", "Predict throws"]],
  ["measure", "measured", ["Predict throws"]],
  ["experiment", "compared", ["Train throws", "Predict throws"]],
] as const)("the machine %s", (machine, good, unproven) => {
  let rows: readonly Row[] = [];

  beforeAll(async () => {
    rows = await allFailures(machine);
  }, 120_000);

  it.each(states[machine])("%s: nothing is held, nothing forgotten, and people are told once", (state) => {
    const mine = rows.filter((row) => row.state === state);
    expect(mine.map(({ failure }) => failure)).toEqual(failures);
    expect(mine.map((row) => [row.failure, problemOf(row)]).filter(([, problem]) => problem !== null)).toEqual([]);
  });

  it("goes on where an answer is lost, to its good end", () => {
    const lost = rows.filter(({ failure, state }) => failure === "lost answer" && !state.endsWith("Image"));
    expect(new Set(lost.map(({ outcome }) => outcome))).toEqual(new Set([good]));
  });

  it("keeps promised only what a submission that failed may have started: nobody knows whether there is a job", () => {
    const open = rows.filter((row) => row.open.length > 0).map(({ state, failure }) => `${state} ${failure}`);
    expect(open).toEqual(unproven);
  });
});
