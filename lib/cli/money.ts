// What the commands about money share: the prices of the place that a store stands for, and how a refusal is answered.
import type { BobbinError } from "../contracts/errors.ts";
import { BobbinError as NamedError } from "../contracts/errors.ts";
import { type Prices, prices as pricesSchema } from "../contracts/ledger.ts";
import { freePrices } from "../core/budget/prices.ts";
import { type Context, openStack } from "./context.ts";

/** A folder's runs cost nothing that Bobbin could promise; a stack says what it promises by. @throws StackMissing */
export async function pricesOfStore(context: Context): Promise<Prices> {
  if (context.stack === null) return freePrices;
  const { outputs } = await openStack(context);
  if (outputs.Prices !== undefined) return pricesSchema.parse(JSON.parse(outputs.Prices));
  const problem = "it does not say by what prices it promises; deploy this version of Bobbin";
  throw new NamedError("StackMissing", { stack: context.stack, region: outputs.Region, problem });
}

export function refusalOf(error: BobbinError) {
  return { name: error.name, message: error.message, data: { ...error.data }, todo: error.todo };
}
