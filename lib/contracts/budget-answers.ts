// What the commands about money answer with `--json`; sums are integer micro-dollars.
import * as z from "zod";
import { count, document, isoTime, microDollars, runId, slug } from "./common.ts";
import { errorRecord } from "./job.ts";
import { budgetItem, ledger, priceRow } from "./ledger.ts";

const costLine = z.strictObject({ item: budgetItem, what: z.string(), how: z.string(), amount: microDollars });
const refusal = errorRecord.extend({ todo: z.string() });

export const planAnswer = document(
  "bobbin/answer-plan/1",
  "`bobbin plan`: what a run of an export will likely cost, what it can cost at most and by what arithmetic, and what is left.",
  z.strictObject({
    schema: z.literal("bobbin/answer-plan/1"),
    export: z.string(),
    budget: slug,
    recipe: z.string(),
    /** Where the price of an hour comes from; null where nothing is rented. */
    price: priceRow.nullable(),
    lines: z.array(costLine),
    atMost: microDollars,
    /** null where nothing like it was trained here yet. */
    expected: microDollars.nullable(),
    left: microDollars,
    leftAfter: microDollars,
    forecast: z
      .strictObject({ seconds: count, epochs: count, fits: count, timeoutSeconds: count, measuredIn: runId })
      .nullable(),
    refusals: z.array(refusal),
    ok: z.boolean(),
  }),
);
export type PlanAnswer = z.infer<typeof planAnswer>;

export const budgetAnswer = document(
  "bobbin/answer-budget/1",
  "`bobbin budget`: what has been promised and spent, by run, what is left, and what the next run could cost.",
  z.strictObject({
    schema: z.literal("bobbin/answer-budget/1"),
    budget: slug,
    ends: isoTime,
    cap: microDollars,
    committed: microDollars,
    left: microDollars,
    /** Held by runs whose cost is not proven yet. */
    promised: microDollars,
    /** Of runs, proven or counted as promised. */
    settled: microDollars,
    idle: ledger.shape.idle,
    unexplained: microDollars,
    bill: ledger.shape.bill,
    closed: ledger.shape.closed,
    month: z.strictObject({ month: z.string(), held: microDollars, limit: microDollars.nullable() }),
    runs: z.array(
      z.strictObject({
        runId,
        attempt: z.int().min(1),
        promised: microDollars,
        settled: microDollars.nullable(),
        state: z.enum(["open", "waiting", "settled"]),
        since: isoTime,
      }),
    ),
    /** Runs settled long ago, by month and item. */
    folded: ledger.shape.folded,
    raises: ledger.shape.raises,
    /** The next run by bobbin.json's recipe, without its upload's storage; null where prices are not known. */
    next: microDollars.nullable(),
  }),
);
export type BudgetAnswer = z.infer<typeof budgetAnswer>;

export const pricesAnswer = document(
  "bobbin/answer-prices/1",
  "`bobbin prices check`: how old each known price is, and what AWS's public list says today.",
  z.strictObject({
    schema: z.literal("bobbin/answer-prices/1"),
    source: z.string(),
    prices: z.array(
      z.strictObject({
        region: z.string(),
        machine: z.string(),
        seen: z.string(),
        ageDays: count,
        /** Micro-dollars an hour of the machine alone. */
        known: microDollars,
        /** null where the list could not be reached or does not name it. */
        listed: microDollars.nullable(),
        state: z.enum(["ok", "old", "dearer", "cheaper"]),
      }),
    ),
    /** Why the list could not be compared with; null where it was. */
    unreachable: z.string().nullable(),
    ok: z.boolean(),
  }),
);
export type PricesAnswer = z.infer<typeof pricesAnswer>;

export const budgetRaiseAnswer = document(
  "bobbin/answer-budget-raise/1",
  "`bobbin budget raise`: the cap before and after, who raised it and why.",
  z.strictObject({
    schema: z.literal("bobbin/answer-budget-raise/1"),
    budget: slug,
    from: microDollars,
    to: microDollars,
    by: z.string(),
    reason: z.string(),
    left: microDollars,
  }),
);
export type BudgetRaiseAnswer = z.infer<typeof budgetRaiseAnswer>;
