// What proves the cost of a run's jobs, and that a run which AWS keeps to its limits never costs more than it promised.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { pricesOf } from "../../../../lib/core/budget/price-table.ts";
import { proveCost, type SeenJob } from "../../../../lib/core/budget/proof.ts";
import { secondsOfJob, storageOf, sumOf, worstCase, worstCaseOfJobs } from "../../../../lib/core/budget/worst-case.ts";
import { holds } from "../../../support/property.ts";

/** A thousand micro-dollars a second; a quarter of an hour to boot, a minute to stop, ten to go. */
const prices = {
  ...{ admission: 0, trainHour: 3_600_000, predictHour: 3_600_000, tries: 2, waitSeconds: 600 },
  ...{ secondsAround: 900 + 600, secondsAfter: 600, secondsToStop: 60, overSeconds: 300 },
};
const minute = 60_000;
const attempt = (from: number | null, to: number | null) => ({
  startedAt: from === null ? null : from * minute,
  stoppedAt: to === null ? null : to * minute,
});
const job = (
  created: number,
  ended: number | null,
  attempts: SeenJob["attempts"],
  kind: SeenJob["kind"] = "train",
) => ({
  ...{ id: `${kind}-${created}`, kind, createdAt: created * minute, attempts },
  endedAt: ended === null ? null : ended * minute,
});
const minutesOf = (jobs: readonly SeenJob[], staged: readonly SeenJob["kind"][] = []) => {
  const proven = proveCost(jobs, staged, prices);
  return proven === null ? null : proven.amount / 60_000;
};

describe("the cost of a run's jobs", () => {
  it.each([
    [
      "from when it was asked for to ten minutes after its end, and one machine over for five",
      12 + 30 + 10 + 5,
      [job(0, 42, [attempt(12, 42)])],
    ],
    ["with at most the longest wait and boot before it", 25 + 30 + 10 + 5, [job(0, 130, [attempt(100, 130)])]],
    ["for every attempt", 42 + 10 + (70 - 42) + 5 + 5, [job(0, 70, [attempt(12, 42), attempt(50, 70)])]],
    ["where the image could not be fetched", 14 + 10 + 5, [job(0, 14, [attempt(null, 14)])]],
    ["where it waited for one more try when it ended", 60 + 10 + 5 + 5, [job(0, 60, [attempt(12, 42)])]],
    ["once where its end was written down a moment later", 42 + 10 + 5, [job(0, 42.05, [attempt(12, 42)])]],
    ["where it was cancelled before it began", 20 + 10 + 5, [job(0, 20, [])]],
    [
      "once for a machine that two jobs may share",
      60 + 10 + 5 + 5,
      [job(0, 40, [attempt(10, 40)]), job(42, 60, [attempt(45, 60)], "predict")],
    ],
    [
      "twice where they lie apart",
      40 + 10 + 5 + (160 - 142) + 10 + 5,
      [job(0, 40, [attempt(10, 40)]), job(142, 160, [attempt(145, 160)], "predict")],
    ],
    ["to the job's end where its last attempt has none", 40 + 10 + 5, [job(0, 40, [attempt(10, null)])]],
    ["of no job at all", 0, []],
  ])("is counted %s", (_, minutes, jobs) => {
    expect(minutesOf(jobs)).toBe(minutes);
  });

  it.each([
    ["one has not ended", [job(0, null, [attempt(10, null)])], []],
    ["an attempt but the last has no end", [job(0, 60, [attempt(10, null), attempt(30, 60)])], []],
    ["an attempt ended before it began", [job(0, 60, [attempt(30, 20)])], []],
    ["an attempt began before the one before had ended", [job(0, 60, [attempt(10, 40), attempt(30, 60)])], []],
    ["an attempt began before the job was asked for", [job(20, 60, [attempt(10, 60)])], []],
    ["it ended before it was asked for", [job(20, 10, [])], []],
    ["a time is none", [job(0, 60, [attempt(Number.NaN, 60)])], []],
    ["nothing is to be seen of a job that was written down", [], ["train"] as const],
    ["one kind of two is not to be seen", [job(0, 40, [attempt(10, 40)])], ["train", "predict"] as const],
  ])("is not proven where %s", (_, jobs, staged) => {
    expect(minutesOf(jobs, staged)).toBeNull();
  });

  it("says by what it was proven", () => {
    const row = { region: "us-east-1", machine: "g6.xlarge", hour: 3_600_000, seen: "2026-07" };
    expect(proveCost([job(0, 42, [attempt(12, 42)])], ["train"], { ...prices, row })?.proof).toEqual({
      jobs: [
        {
          ...{
            id: "train-0",
            kind: "train",
            createdAt: "1970-01-01T00:00:00.000Z",
            endedAt: "1970-01-01T00:42:00.000Z",
          },
          attempts: [{ startedAt: "1970-01-01T00:12:00.000Z", stoppedAt: "1970-01-01T00:42:00.000Z" }],
        },
      ],
      price: row,
    });
  });

  it("counts what each start fetches", () => {
    const fee = { ...prices, startFee: 7 };
    const two = [job(0, 70, [attempt(12, 42), attempt(50, 70)])];
    expect((proveCost(two, [], fee)?.amount ?? 0) - (proveCost(two, [], prices)?.amount ?? 0)).toBe(14);
  });

  it("is charged at the dearer hour where the two jobs cost differently", () => {
    const jobs = [job(0, 40, [attempt(10, 40)]), job(42, 60, [attempt(45, 60)], "predict")];
    expect(proveCost(jobs, [], { ...prices, trainHour: 0 })?.amount).toBe(proveCost(jobs, [], prices)?.amount);
  });
});

describe("a run that AWS keeps to its limits", () => {
  const timeoutSeconds = 1200;
  const wait = prices.waitSeconds + 900;
  /** Each try waits and works no longer than it may; then the next begins, or the job is over. */
  const tries = fc.array(
    fc.record({ waited: fc.nat(wait * 3), worked: fc.nat(timeoutSeconds + 60), began: fc.boolean() }),
    { minLength: 1, maxLength: prices.tries },
  );

  it("is never proven to have cost more than it promised", () => {
    holds(
      fc.property(tries, tries, fc.nat(10_000), (train, predict, pause) => {
        let now = 0;
        const jobOf = (kind: SeenJob["kind"], all: typeof train): SeenJob => {
          const createdAt = now * 1000;
          const attempts = all.map(({ waited, worked, began }) => {
            const startedAt = (now + waited) * 1000;
            now += waited + (began ? worked : 0);
            return { startedAt: began ? startedAt : null, stoppedAt: now * 1000 };
          });
          return { id: kind, kind, createdAt, endedAt: now * 1000, attempts };
        };
        const first = jobOf("train", train);
        now += pause;
        const proven = proveCost([first, jobOf("predict", predict)], ["train", "predict"], prices);
        expect(proven).not.toBeNull();
        expect(proven?.amount).toBeLessThanOrEqual(worstCaseOfJobs(timeoutSeconds, prices));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("the worst case", () => {
  const place = {
    ...{ region: "us-east-1", instanceType: "g6.xlarge", hour: 825_500, said: false, tries: 2, waitSeconds: 3600 },
    ...{ nat: false, idleMonth: 3_000_000 },
  };
  const size = { timeoutSeconds: 21_600, uploadBytes: 2e9, at: "2026-12-01T00:00:00Z", ends: "2027-11-30T00:00:00Z" };

  it("is the sum of its lines, each with its assumption", () => {
    const lines = worstCase(size, pricesOf(place));
    expect(lines.every(({ what, how }) => what.length > 5 && how.length > 10)).toBe(true);
    expect(sumOf(lines)).toBe(lines.reduce((sum, { amount }) => sum + amount, 0));
    expect(sumOf(lines, "jobs")).toBe(worstCaseOfJobs(21_600, pricesOf(place)));
    expect(new Set(lines.map(({ item }) => item))).toEqual(new Set(["admission", "storage", "image", "jobs"]));
  });

  it("counts tries, waiting, time limit, boot, end and machine over, for both jobs", () => {
    // Twice: 2 × (1 h + 6 h + 32 min) at $0.8255 an hour, and 2 × 15 min of a machine too many.
    expect(secondsOfJob(21_600, pricesOf(place))).toBe(2 * (3600 + 21_600 + 1920));
    const jobs = 2 * (Math.ceil((54_240 * 825_500) / 3600) + Math.ceil((1800 * 825_500) / 3600));
    expect(worstCaseOfJobs(21_600, pricesOf(place))).toBe(jobs);
  });

  it("counts the image at every start where there is a NAT gateway", () => {
    const more = worstCaseOfJobs(3600, pricesOf({ ...place, nat: true })) - worstCaseOfJobs(3600, pricesOf(place));
    expect(more).toBe(4 * 540_000);
  });

  it("stores the upload for some months, its frames twice to the end, and a gigabyte that the run leaves", () => {
    // 2 GB × 4 months, 2 GB × 2 × 12 months, 1 GB × 12 months, at $0.023.
    expect(sumOf(storageOf(size, pricesOf(place)))).toBe(23_000 * (2 * 4 + 2 * 2 * 12 + 12));
    expect(sumOf(storageOf({ ...size, ends: size.at }, pricesOf(place)))).toBe(0);
  });
});
