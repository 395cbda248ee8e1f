// Runs, a guard, people and bad luck in random order, over the real steps, with deaths between any two looks into the store: two hundred
// thousand events in memory, two thousand on a folder with real processes, two thousand on the emulated S3; others each time.
// `npm run proof:budget walks` walks five times as many of the first two, and writes the counts into docs/budget-proof.md.
import { expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { describeAws, s3 } from "../support/aws.ts";
import { grounds } from "../support/walk/grounds.ts";
import { Sum, walkLength, walksHold } from "../support/walk/property.ts";
import { onS3 } from "../support/walk/s3.ts";

it.each(grounds.map((ground) => ({ ...ground, events: ground.events / 5 })))(
  "$events events $where",
  async ({ events, open, done }) => {
    const sum = new Sum();
    await fc.assert(walksHold(open, sum, { done }), { numRuns: events / walkLength });
    expect(sum.of.steps).toBeGreaterThanOrEqual(events);
  },
  7_200_000,
);

describeAws("on the emulated S3", () => {
  it("two thousand events", async () => {
    const sum = new Sum();
    await fc.assert(
      walksHold(() => onS3(s3()), sum),
      { numRuns: 2_000 / walkLength },
    );
    expect(sum.of.steps).toBeGreaterThanOrEqual(2_000);
  }, 3_600_000);
});
