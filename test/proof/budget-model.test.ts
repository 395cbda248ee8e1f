// Every state that two runs, their guard and bad luck can bring an account into; three runs as far as a depth.
// `npm run proof:budget` writes the counts into docs/budget-proof.md.
import { expect, it } from "@jest/globals";
import { explore } from "../support/model/explore.ts";
import { full } from "../support/model/scenarios.ts";

it.each(full)(
  "$name",
  async ({ name: _, whole, ...scenario }) => {
    const found = await explore(scenario);
    expect(found.violation).toBeNull();
    if (whole) expect(found.exhausted).toBe(true);
    else expect(found.depth).toBeGreaterThanOrEqual(14);
  },
  3_600_000,
);
