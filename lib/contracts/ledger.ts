// What a budget has promised and spent: the ledger document, its older form, and the prices that promises are made by.
import * as z from "zod";
import { count, document, isoTime, microDollars, runId, sha256, slug } from "./common.ts";

/** What a run promises money for: what surrounds it, a build of the trainer's image, its jobs, what it leaves in the buckets. */
export const budgetItem = z.enum(["admission", "image", "jobs", "storage"]);
export type BudgetItem = z.infer<typeof budgetItem>;

/** Where the price of an hour comes from. */
export const priceRow = z.strictObject({
  region: z.string(),
  machine: z.string(),
  /** Of an hour on demand, disk and address included. */
  hour: microDollars,
  /** Month in which it was looked up, or `settings` where a person said it. */
  seen: z.string(),
});
export type PriceRow = z.infer<typeof priceRow>;

/** What a place charges, in micro-dollars; it comes in as data. A laptop charges nothing. */
export const prices = z.strictObject({
  /** Everything around the jobs: functions, requests, logs. Per run. */
  admission: microDollars,
  /** Functions, requests and logs of one training of an experiment. @default 0 */
  training: microDollars.optional(),
  trainHour: microDollars,
  predictHour: microDollars,
  /** A job may be started so often, where its machine is taken away. @default 1 */
  tries: z.int().min(1).optional(),
  /** What a start costs before and after its own time: boot, image, inputs, the machine's end. @default 0 */
  secondsAround: count.optional(),
  /** Of `secondsAround`, what comes after the job's end: a machine that nobody needs goes away in this time. @default 0 */
  secondsAfter: count.optional(),
  /** How long a start goes on when its time is over. @default 0 */
  secondsToStop: count.optional(),
  /** A job may wait so long, with a machine up that does not take it. @default 0 */
  waitSeconds: count.optional(),
  /** One machine more than the maximum may be up for so long at every start. @default 0 */
  overSeconds: count.optional(),
  /** What every start of a machine costs beside its time: what it fetches through a NAT gateway. @default 0 */
  startFee: microDollars.optional(),
  /** A build of the trainer's image, at its longest. @default 0 */
  image: microDollars.optional(),
  /** A GB stored for a month. @default 0 */
  gbMonth: microDollars.optional(),
  /** A month in which nothing runs. @default 0 */
  idleMonth: microDollars.optional(),
  row: priceRow.optional(),
});
export type Prices = z.infer<typeof prices>;

/** That a run's jobs have ended, and when each of their attempts was on a machine. */
export const proof = z.strictObject({
  jobs: z.array(
    z.strictObject({
      id: z.string().min(1),
      kind: z.enum(["train", "predict"]),
      createdAt: isoTime,
      endedAt: isoTime,
      /** null: the attempt never began, e.g. because the image could not be fetched. */
      attempts: z.array(z.strictObject({ startedAt: isoTime.nullable(), stoppedAt: isoTime })),
    }),
  ),
  price: priceRow.optional(),
});
export type Proof = z.infer<typeof proof>;

export const ledgerEntry = z.strictObject({
  runId,
  /** Which try of the run promised it. */
  attempt: z.int().min(1),
  item: budgetItem,
  promised: microDollars,
  /** null until it is proven; then at most `promised`. */
  settled: microDollars.nullable(),
  promisedAt: isoTime,
  /** When the try was over; from then on nothing starts under this entry, and it only waits for its proof. */
  endedAt: isoTime.nullable(),
  settledAt: isoTime.nullable(),
  evidence: z.string(),
  proof: proof.nullable(),
});
export type LedgerEntry = z.infer<typeof ledgerEntry>;

const closed = z.strictObject({ at: isoTime, kind: z.enum(["overrun", "cutOff"]), reason: z.string() }).nullable();

export const ledger = document(
  "bobbin/ledger/2",
  "ledger/<budget>.json: what has been promised and spent from a budget over its whole life, in integer micro-dollars.",
  z.strictObject({
    schema: z.literal("bobbin/ledger/2"),
    budget: slug,
    /** In force; only `bobbin budget raise` moves it. */
    cap: microDollars,
    /** As bobbin.json said when the ledger was made. */
    terms: z.strictObject({ cap: microDollars, monthly: microDollars.nullable(), ends: isoTime }),
    /** What the account costs while nothing runs, committed from the start to the end date. */
    idle: z.strictObject({ month: microDollars, committed: microDollars }),
    /** Spent, and by no promise: what a proof or AWS's bill said above all that was promised. */
    unexplained: microDollars,
    /** The highest that AWS has reported. */
    bill: z.strictObject({ at: isoTime, amount: microDollars }).nullable(),
    closed,
    raises: z.array(
      z.strictObject({
        at: isoTime,
        by: z.string().min(1),
        from: microDollars,
        to: microDollars,
        reason: z.string().min(1),
        /** Why it was closed before, where it was. */
        opened: z.string().nullable(),
      }),
    ),
    entries: z.array(ledgerEntry),
    /** Settled long ago: sums by the month that they were promised in. */
    folded: z.array(
      z.strictObject({
        month: z.string().regex(/^\d{4}-\d{2}$/),
        item: budgetItem,
        entries: count,
        promised: microDollars,
        settled: microDollars,
      }),
    ),
    revision: count,
    /** Of all but itself and the nonce: a document that somebody edited says so. */
    digest: sha256,
    nonce: z.string(),
  }),
);
export type Ledger = z.infer<typeof ledger>;

/** The form before: read, and written again in the present one. */
export const ledgerV1 = z.strictObject({
  schema: z.literal("bobbin/ledger/1"),
  budget: slug,
  cap: microDollars,
  monthly: microDollars.nullable(),
  ends: isoTime,
  closed: z.strictObject({ at: isoTime, reason: z.string() }).nullable(),
  entries: z.array(
    z.strictObject({
      runId,
      item: budgetItem,
      promised: microDollars,
      settled: microDollars.nullable(),
      promisedAt: isoTime,
      settledAt: isoTime.nullable(),
      evidence: z.string(),
    }),
  ),
  nonce: z.string(),
  revision: count,
});
