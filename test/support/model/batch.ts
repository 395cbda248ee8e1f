// Batch and its bill as far as money goes: a job waits for a machine, runs, loses it or ends; a machine costs from before its job to after.
// Written down apart from lib/core/budget/proof.ts, which it is held against.
import type { Prices } from "../../../lib/contracts/ledger.ts";
import type { SeenJob } from "../../../lib/core/budget/proof.ts";

export interface ModelJob {
  readonly run: string;
  /** The try of the run that submitted it. */
  readonly attempt: number;
  /** Seconds that each attempt ran; the last one may still run. */
  readonly attempts: readonly number[];
  readonly phase: "waiting" | "running" | "ended";
  readonly failed: boolean;
  /** Ended while it waited, for its first machine or for one more. */
  readonly waited: boolean;
  /** Somebody has asked Batch to end it. */
  readonly ending: boolean;
}

/** A second of a machine costs a micro-dollar, so that sums are small and exact. */
export const modelPrices = {
  ...{ admission: 5, trainHour: 3600, predictHour: 3600, tries: 2, waitSeconds: 60 },
  ...{ secondsAround: 60 + 60, secondsToStop: 60, secondsAfter: 60, overSeconds: 30 },
} satisfies Prices;

export const timeoutSeconds = 600;
/** An attempt that is ended from outside runs so long at most; one that ends by itself may be quick. */
export const longest = timeoutSeconds + modelPrices.secondsToStop;
export const shortest = 1;
/** Always the worst: a machine is up all the while the job waits. */
const waits = modelPrices.waitSeconds + modelPrices.secondsAround - modelPrices.secondsAfter;

/** Micro-dollars that the job has cost until now: every attempt a machine from its waiting on, and a second one for a while. */
export function billOf({ attempts, phase, waited }: ModelJob): number {
  const begun = attempts.length + (phase === "waiting" || waited ? 1 : 0);
  const ran = attempts.reduce((sum, seconds) => sum + seconds, 0);
  const after = phase === "ended" ? modelPrices.secondsAfter : 0;
  return begun * (waits + modelPrices.overSeconds) + ran + after;
}

const created = Date.parse("2026-12-01T00:00:00Z");

/** As Batch would describe it. A running attempt has no end. */
export function described({ run, attempt, attempts, phase, waited }: ModelJob): SeenJob {
  let now = created;
  const seen = attempts.map((seconds, index) => {
    const startedAt = now + waits * 1000;
    now = startedAt + seconds * 1000;
    return { startedAt, stoppedAt: phase === "running" && index === attempts.length - 1 ? null : now };
  });
  const endedAt = phase === "ended" ? now + (waited ? waits * 1000 : 0) : null;
  return { id: `${run}-${attempt}`, kind: "train", createdAt: created, endedAt, attempts: seen };
}
