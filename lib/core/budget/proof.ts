// What a run's jobs have cost, from what the queue says of them. Unknown, expired or contradictory is no proof.
import type { Prices, Proof } from "../../contracts/ledger.ts";

/** A job as the queue describes it; milliseconds since 1970. */
export interface SeenJob {
  readonly id: string;
  readonly kind: "train" | "predict";
  readonly createdAt: number;
  /** null while it has not ended. */
  readonly endedAt: number | null;
  readonly attempts: readonly { readonly startedAt: number | null; readonly stoppedAt: number | null }[];
}

export interface ProvenCost {
  /** Micro-dollars. */
  readonly amount: number;
  readonly proof: Proof;
}

type Charges = Pick<Prices, "trainHour" | "predictHour"> & Partial<Prices>;

/**
 * A machine of a job is up at most from when the job was asked for to some minutes after its last attempt, and there is one machine
 * at a time; one more may be up for some minutes at every start.
 * @param staged the kinds of job that the run may have started: one that is missing is no proof that there was none
 * @returns null where it is not proven
 */
export function proveCost(
  jobs: readonly SeenJob[],
  staged: readonly SeenJob["kind"][],
  prices: Charges,
): ProvenCost | null {
  if (staged.some((kind) => jobs.every((job) => job.kind !== kind))) return null;
  const proven = jobs.map((job) => provenJob(job));
  if (proven.some((job) => job === null)) return null;
  const known = proven.flatMap((job) => (job === null ? [] : [job]));
  const { overSeconds = 0, startFee = 0 } = prices;
  // Where the two kinds cost differently, an hour that both could claim is charged at the dearer.
  const hour = Math.max(...known.map(({ kind }) => (kind === "train" ? prices.trainHour : prices.predictHour)), 0);
  const starts = known.reduce((sum, job) => sum + job.attempts.length + (waitsAtEnd(job, prices) ? 1 : 0), 0);
  const seconds = Math.ceil(lengthOf(known.flatMap((job) => stretches(job, prices))) / 1000) + starts * overSeconds;
  const iso = (milliseconds: number) => new Date(milliseconds).toISOString();
  return {
    amount: Math.ceil((seconds * hour) / 3600) + starts * startFee,
    proof: {
      jobs: known.map(({ id, kind, createdAt, endedAt, attempts }) => ({
        ...{ id, kind, createdAt: iso(createdAt), endedAt: iso(endedAt) },
        attempts: attempts.map(({ startedAt, stoppedAt }) => ({
          startedAt: startedAt === null ? null : iso(startedAt),
          stoppedAt: iso(stoppedAt),
        })),
      })),
      ...(prices.row === undefined ? {} : { price: prices.row }),
    },
  };
}

interface ProvenJob extends SeenJob {
  readonly endedAt: number;
  readonly attempts: readonly { readonly startedAt: number | null; readonly stoppedAt: number }[];
}

/** null where it has not ended, or where its times contradict each other. */
function provenJob({ endedAt, ...job }: SeenJob): ProvenJob | null {
  if (endedAt === null || endedAt < job.createdAt) return null;
  const attempts = job.attempts.map(({ startedAt, stoppedAt }, index) => ({
    startedAt,
    // The last attempt of a job that was ended from outside may lack its end.
    stoppedAt: stoppedAt ?? (index === job.attempts.length - 1 ? endedAt : Number.NaN),
  }));
  let before = job.createdAt;
  for (const { startedAt, stoppedAt } of attempts) {
    if (!((startedAt ?? before) >= before && stoppedAt >= (startedAt ?? before))) return null;
    before = stoppedAt;
  }
  return { ...job, endedAt, attempts };
}

/** The end of a job and of its last attempt are written down apart. */
const sameMoment = 5_000;

/** It ended while it waited for a machine: for its first try, or for one more. That machine may have been up. */
function waitsAtEnd({ endedAt, attempts }: Pick<ProvenJob, "endedAt" | "attempts">, { tries = 1 }: Charges): boolean {
  const last = attempts.at(-1);
  return last === undefined || (attempts.length < tries && endedAt - last.stoppedAt > sameMoment);
}

type Stretch = readonly [from: number, to: number];

/** When a machine of the job can have been up. Beyond the longest wait for a machine, the job waited without one. */
function stretches({ createdAt, endedAt, attempts }: ProvenJob, prices: Charges): Stretch[] {
  const { waitSeconds = 0, secondsAround = 0, secondsAfter = 0 } = prices;
  const longest = (waitSeconds + secondsAround - secondsAfter) * 1000;
  const after = secondsAfter * 1000;
  const found: Stretch[] = [];
  let free = createdAt;
  for (const { startedAt, stoppedAt } of attempts) {
    const began = startedAt ?? stoppedAt;
    found.push([Math.max(free, began - longest), stoppedAt + after]);
    free = stoppedAt;
  }
  if (waitsAtEnd({ endedAt, attempts }, prices)) found.push([Math.max(free, endedAt - longest), endedAt + after]);
  return found;
}

/** Milliseconds that are in at least one of them. */
function lengthOf(all: readonly Stretch[]): number {
  let length = 0;
  let covered = Number.NEGATIVE_INFINITY;
  for (const [from, to] of [...all].sort(([a], [b]) => a - b)) {
    length += Math.max(0, to - Math.max(from, covered));
    covered = Math.max(covered, to);
  }
  return length;
}
