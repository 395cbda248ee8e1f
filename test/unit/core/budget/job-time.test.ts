// What a job may take: never more than was promised for it, and never less because it waited.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { attemptSeconds, latestSeconds, secondsAround, secondsToStop } from "../../../../lib/core/budget/job-time.ts";
import { worstCaseOfJobs } from "../../../../lib/core/budget/worst-case.ts";
import { holds } from "../../../support/property.ts";

/** Between Batch's SIGTERM and its SIGKILL. */
const batchKills = 30;
const hour = 825_500;

/** A job's life: each try waits for a machine, boots, and runs until something ends it. */
const life = fc.record({
  timeout: fc.integer({ min: 60, max: 604_800 }),
  waitSeconds: fc.integer({ min: 600, max: 86_400 }),
  tries: fc.array(
    fc.record({ wait: fc.double({ min: 0, max: 1, noNaN: true }), around: fc.double({ min: 0, max: 1, noNaN: true }) }),
    { minLength: 1, maxLength: 3 },
  ),
});

describe("the time of a job", () => {
  it("is no longer than was promised, though every try runs until Batch kills it", () => {
    holds(
      fc.property(life, ({ timeout, tries }) => {
        const prices = { admission: 0, trainHour: hour, predictHour: 0, secondsAround, secondsToStop };
        const promised = worstCaseOfJobs(timeout, { ...prices, tries: tries.length });
        const billed = tries.reduce(
          (sum, { around }) => sum + around * secondsAround + attemptSeconds(timeout) + batchKills,
          0,
        );
        expect((billed * hour) / 3600).toBeLessThanOrEqual(promised);
      }),
    );
  });

  it("is the whole of the recipe's for the last try too, however long all of them waited for a machine", () => {
    holds(
      fc.property(life, ({ timeout, waitSeconds, tries }) => {
        const latest = latestSeconds(timeout, { tries: tries.length, waitSeconds });
        let now = 0;
        for (const { wait, around } of tries) {
          now += wait * waitSeconds + around * secondsAround;
          expect(now + timeout).toBeLessThanOrEqual(latest);
          // Taken away at its last moment, or after it.
          now += attemptSeconds(timeout) + batchKills;
        }
        expect(now).toBeLessThanOrEqual(latest);
      }),
    );
  });

  it("leaves a start time to end itself before Batch does, and Batch to kill it before the promise is over", () => {
    // The supervisor kills the trainer 30 s after its time, and leaves 25 s after that.
    expect(attemptSeconds(0)).toBeGreaterThan(30 + 25);
    expect(attemptSeconds(0) + batchKills).toBeLessThanOrEqual(secondsToStop);
  });
});
