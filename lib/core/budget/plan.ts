// What a run would promise, what it will likely cost, and whether it would be let in: decided on the ledger as it stands, written nowhere.
import type { Config } from "../../contracts/config.ts";
import { type BobbinError, isBobbinError } from "../../contracts/errors.ts";
import type { BudgetItem, Ledger, Prices } from "../../contracts/ledger.ts";
import type { Recipe } from "../../contracts/recipe.ts";
import { checkFits, type Forecast } from "./forecast.ts";
import { commitIdle } from "./idle.ts";
import { promise } from "./ledger.ts";
import { left } from "./limits.ts";
import { checkRate } from "./rate.ts";
import { type CostLine, type RunSize, sumOf, worstCase } from "./worst-case.ts";

export interface Asked {
  readonly ledger: Ledger;
  readonly budget: Config["budget"];
  readonly recipe: Pick<Recipe, "name" | "timeoutSeconds">;
  readonly size: RunSize;
  /** null where nothing like it was trained yet. */
  readonly forecast: Forecast | null;
  /** Seconds that the scoring took last time. */
  readonly predictSeconds: number | null;
}

export interface RunPlan {
  readonly lines: readonly CostLine[];
  /** Micro-dollars. */
  readonly atMost: number;
  /** By what was measured, at the price on demand; null where nothing was. */
  readonly expected: number | null;
  /** Of the budget, before the run and after its promise. */
  readonly left: number;
  readonly leftAfter: number;
  /** Why it would be refused; empty: it would go on. */
  readonly refusals: readonly BobbinError[];
}

/** To boot, pull the image and go away again: what was seen, not the bound. */
const usualSecondsAround = 900;
/** No run has this id: it stands for the one that is asked about. */
const nobody = "00000000000000000000000000";
const items: readonly BudgetItem[] = ["admission", "storage", "image", "jobs"];

export function planRun(asked: Asked, prices: Prices): RunPlan {
  const { ledger, budget, recipe, size, forecast } = asked;
  const lines = worstCase(size, prices);
  const refusals: BobbinError[] = [];
  const holds = attempt(refusals, () => commitIdle(ledger, prices.idleMonth ?? 0, size.at)) ?? ledger;
  attempt(refusals, () => checkRate(ledger, nobody, size.at, budget));
  if (forecast !== null) attempt(refusals, () => checkFits(forecast, recipe));
  const after = attempt(refusals, () =>
    items.reduce((now, item) => {
      const wanted = { runId: nobody, item, amount: sumOf(lines, item), at: size.at, evidence: "" };
      return promise(now, wanted, budget);
    }, holds),
  );
  return {
    ...{ lines, atMost: sumOf(lines), expected: expectedOf(asked, prices) },
    ...{ left: left(holds), leftAfter: left(after ?? holds), refusals },
  };
}

function attempt<T>(refusals: BobbinError[], work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (!isBobbinError(error)) throw error;
    refusals.push(error);
    return null;
  }
}

function expectedOf({ forecast, predictSeconds }: Asked, { trainHour, predictHour }: Prices): number | null {
  if (trainHour === 0 && predictHour === 0) return 0;
  if (forecast === null || predictSeconds === null) return null;
  const train = (forecast.seconds + usualSecondsAround) * trainHour;
  return Math.ceil((train + predictSeconds * predictHour) / 3600);
}
