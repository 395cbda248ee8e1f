// Runs and bad luck in random order, over two buckets of the emulated S3; the proofs walk further (test/proof/budget-walks.test.ts).
import { expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { describeAws, s3 } from "../support/aws.ts";
import { Sum, walksHold } from "../support/walk/property.ts";
import { onS3 } from "../support/walk/s3.ts";

describeAws("on the emulated S3", () => {
  it("nothing is spent that is not committed, whoever dies and whatever answer is lost", async () => {
    const sum = new Sum();
    await fc.assert(
      walksHold(() => onS3(s3()), sum, { length: 60 }),
      { numRuns: 1 },
    );
    expect(sum.of.looks).toBeGreaterThan(20);
  }, 120_000);
});
