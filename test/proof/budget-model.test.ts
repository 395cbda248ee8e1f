// Every state that two runs, their guard and bad luck can bring an account into.
// `npm run proof:budget explored` does it with two faults and with three runs too, and writes the counts into docs/budget-proof.md.
import { expect, it } from "@jest/globals";
import { explore } from "../support/model/explore.ts";
import { proven } from "../support/model/scenarios.ts";

it.each(proven)(
  "$name",
  async ({ name: _, whole: _whole, ...scenario }) => {
    const found = await explore(scenario);
    expect(found).toMatchObject({ violation: null, exhausted: true });
  },
  3_600_000,
);
