// bobbin budget raise: a higher cap, and a closed ledger open again, with a reason that is kept.
import { userInfo } from "node:os";
import { ulid } from "ulid";
import type { BudgetRaiseAnswer } from "../../contracts/budget-answers.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { usd, usdDown } from "../../contracts/money.ts";
import { commitRaise } from "../../core/budget/book.ts";
import { left } from "../../core/budget/limits.ts";
import { type Context, openPipeline, openStack } from "../context.ts";
import { loadConfig } from "../project.ts";

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

async function whoAndWhere(context: Context) {
  if (context.stack === null) {
    return { by: userInfo().username, registry: (await openPipeline(context)).stores.registry };
  }
  const { callerIdentity } = await import("../../aws/identity.ts");
  const { outputs, stores } = await openStack(context);
  return { by: (await callerIdentity(outputs.Region)).arn, registry: stores.registry };
}

export async function budgetRaise(context: Context, _: readonly [], options: RaiseOptions): Promise<number> {
  const to = microOf(options.to);
  const { name } = (await loadConfig(context.configFile)).budget;
  const { by, registry } = await whoAndWhere(context);
  const at = new Date().toISOString();
  const ledger = await commitRaise(registry, name, { to, reason: options.reason, by, at }, `raise/${ulid()}`);
  const raise = ledger.raises.at(-1);
  const answer: BudgetRaiseAnswer = {
    schema: "bobbin/answer-budget-raise/1",
    ...{ budget: name, from: raise?.from ?? to, to, by, reason: options.reason, left: left(ledger) },
  };
  context.out.answer(answer, () => [
    `Budget ${name}: ${usd(answer.from)} → ${usd(to)}, by ${by}. ${usdDown(answer.left)} is left.`,
    `bobbin.json may go on saying the old sum, or say ${to / 1_000_000}.`,
  ]);
  return 0;
}
