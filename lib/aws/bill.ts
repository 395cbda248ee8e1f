// What AWS says that the account has cost since the budget's start: hours late, without credits and refunds, as the budget counts it.
import { type BudgetsClient, DescribeBudgetCommand } from "@aws-sdk/client-budgets";
import { costBudget } from "../contracts/cloud.ts";
import type { Bill } from "../core/ports.ts";

/** @param stack `name` of the settings @param account its number @param isWatched false where the settings name no sum: then there is no budget */
export function awsBill(client: BudgetsClient, stack: string, account: string, isWatched: boolean): Bill {
  return {
    async read() {
      if (!isWatched) return null;
      const asked = { AccountId: account, BudgetName: costBudget(stack) };
      const { Budget } = await client.send(new DescribeBudgetCommand(asked));
      const { Amount, Unit } = Budget?.CalculatedSpend?.ActualSpend ?? {};
      return Amount === undefined ? null : microOf(Amount, Unit);
    },
  };
}

/** @throws RangeError for what is no sum of dollars */
function microOf(amount: string, unit = "USD"): number {
  const dollars = Number(amount);
  if (unit !== "USD" || !Number.isFinite(dollars)) throw new RangeError(`AWS bills ${amount} ${unit}, wanted USD`);
  // Refunds may come to more than what was billed.
  return Math.max(0, Math.ceil(dollars * 1e6));
}
