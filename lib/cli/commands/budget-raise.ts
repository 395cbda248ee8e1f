// bobbin budget raise: a higher cap, and a closed ledger open again, with a reason that is kept.
import { userInfo } from "node:os";
import { ulid } from "ulid";
import type { BudgetRaiseAnswer } from "../../contracts/budget-answers.ts";
import { BobbinError } from "../../contracts/errors.ts";
import type { Ledger } from "../../contracts/ledger.ts";
import { usd, usdDown } from "../../contracts/money.ts";
import { commitRaise, findLedger } from "../../core/budget/book.ts";
import type { Raise } from "../../core/budget/ledger.ts";
import { left } from "../../core/budget/limits.ts";
import type { ObjectStore } from "../../core/ports.ts";
import { type Context, openPipeline, openStack } from "../context.ts";
import { loadConfig } from "../project.ts";
import { plain } from "../text.ts";

interface RaiseOptions {
  readonly to: string;
  readonly reason: string;
}

/** Dollars with at most six decimals, as micro-dollars. @throws UsageWrong for another currency, a sign, or no number */
function microOf(text: string): number {
  const match = /^\$?(\d{1,9})(?:\.(\d{1,6}))?$/.exec(text.trim());
  if (match === null) {
    const problem = `--to is ${JSON.stringify(text)}, wanted US dollars, e.g. 250 or 250.50.`;
    throw new BobbinError("UsageWrong", { problem, command: "budget raise" });
  }
  return Number(match[1]) * 1_000_000 + Number((match[2] ?? "").padEnd(6, "0"));
}

interface Place {
  readonly by: string;
  readonly registry: ObjectStore;
  /** What a cut-off had shut. */
  readonly open: () => Promise<void>;
}

async function whoAndWhere(context: Context): Promise<Place> {
  const { stack } = context;
  if (stack === null) {
    const { registry } = (await openPipeline(context)).stores;
    return { by: userInfo().username, registry, open: async () => undefined };
  }
  const [{ callerIdentity }, doors] = await Promise.all([
    import("../../aws/identity.ts"),
    import("../../aws/stop-all.ts"),
  ]);
  const account = await openStack(context);
  const { arn } = await callerIdentity(account.outputs.Region);
  return { by: arn, registry: account.stores.registry, open: () => doors.openStack(stack, account) };
}

/** Typed again after it broke off behind the ledger, it goes on from there. */
async function raised({ registry }: Place, name: string, raise: Omit<Raise, "at">): Promise<Ledger> {
  const there = await findLedger(registry, name);
  const last = there?.raises.at(-1);
  const isDone =
    there?.closed === null && last?.to === raise.to && last.reason === raise.reason && last.by === raise.by;
  if (there !== null && isDone) return there;
  return commitRaise(registry, name, { ...raise, at: new Date().toISOString() }, `raise/${ulid()}`);
}

export async function budgetRaise(context: Context, _: readonly [], options: RaiseOptions): Promise<number> {
  const to = microOf(options.to);
  const { name } = (await loadConfig(context.configFile)).budget;
  const place = await whoAndWhere(context);
  const { by } = place;
  const ledger = await raised(place, name, { to, reason: options.reason, by });
  const raise = ledger.raises.at(-1);
  // After the ledger: while that is closed, the guard shuts them again.
  if (raise !== undefined && raise.opened !== null) await place.open();
  const answer: BudgetRaiseAnswer = {
    schema: "bobbin/answer-budget-raise/1",
    ...{ budget: name, from: raise?.from ?? to, to, by, reason: options.reason, left: left(ledger) },
  };
  context.out.answer(answer, () => [
    `Budget ${name}: ${usd(answer.from)} → ${usd(to)}, by ${by}. ${usdDown(answer.left)} is left.`,
    ...(raise?.opened === null || raise === undefined
      ? []
      : [`It is open again; it was closed for: ${plain(raise.opened)}`]),
    `bobbin.json may go on saying the old sum, or say ${to / 1_000_000}.`,
  ]);
  return 0;
}
