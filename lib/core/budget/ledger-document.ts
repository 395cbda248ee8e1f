// A ledger on its way from and to its document: older forms are taken up, newer and edited ones refused by name, never misread.
import * as z from "zod";
import { BobbinError } from "../../contracts/errors.ts";
import { type Ledger, ledger as ledgerSchema, ledgerV1 } from "../../contracts/ledger.ts";
import { digestOf } from "../config/canonical.ts";
import { firstProblem } from "../config/problem.ts";

const known = ["bobbin/ledger/2", "bobbin/ledger/1"] as const;

/** A ledger as it is written. The nonce is the writer's, and changes after this. */
export function sealed(ledger: Ledger): Ledger {
  return { ...ledger, digest: digestOfLedger(ledger) };
}

function digestOfLedger({ digest: _, nonce: __, ...rest }: Ledger): string {
  return digestOf(rest);
}

/** What cas.ts reads ledgers by; it throws LedgerNewer and LedgerEdited out of a parse. */
export const ledgerReader: z.ZodType<Ledger> = z.unknown().transform(readLedgerDocument);

/** @throws LedgerNewer, LedgerEdited */
function readLedgerDocument(value: unknown): Ledger {
  const head = z.object({ schema: z.unknown(), budget: z.string().catch("unknown") }).safeParse(value);
  const { schema, budget } = head.success ? head.data : { schema: undefined, budget: "unknown" };
  if (schema === known[1]) return upgraded(parsed(ledgerV1, value, budget));
  if (schema !== known[0]) {
    const found = typeof schema === "string" ? schema : "none that is named";
    throw new BobbinError("LedgerNewer", { found, wanted: known.join(" and ") });
  }
  const ledger = parsed(ledgerSchema, value, budget);
  if (digestOfLedger(ledger) !== ledger.digest) edited(budget, "its digest is of something else");
  return ledger;
}

function parsed<T extends z.ZodType>(schema: T, value: unknown, budget: string): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { field, found, wanted } = firstProblem(result.error, value);
  return edited(budget, `${field} is ${found}, wanted ${wanted}`);
}

function edited(budget: string, problem: string): never {
  throw new BobbinError("LedgerEdited", { budget, problem });
}

type Old = z.output<typeof ledgerV1>;

/** It had no digest: what can be checked is that nothing was settled above its promise, and nothing promised above the cap. */
function upgraded(old: Old): Ledger {
  const { budget, cap, monthly, ends, nonce, revision, closed } = old;
  const wrong = old.entries.find((entry) => entry.settled !== null && entry.settled > entry.promised);
  if (wrong !== undefined) edited(budget, `${wrong.item} of ${wrong.runId} is settled above its promise`);
  const total = old.entries.reduce((sum, entry) => sum + (entry.settled ?? entry.promised), 0);
  if (total > cap) edited(budget, "more is committed than its cap");
  const tries = new Map<string, number>();
  const entries = old.entries.map((entry) => {
    const key = `${entry.runId} ${entry.item}`;
    const attempt = (tries.get(key) ?? 0) + 1;
    tries.set(key, attempt);
    return { ...entry, attempt, endedAt: entry.settledAt, proof: null };
  });
  return sealed({
    ...{
      schema: known[0],
      budget,
      cap,
      terms: { cap, monthly, ends },
      idle: { month: 0, committed: 0 },
      unexplained: 0,
    },
    ...{ bill: null, closed: closed === null ? null : { ...closed, kind: "overrun" as const }, raises: [] },
    ...{ entries, folded: [], revision, nonce, digest: "" },
  });
}
