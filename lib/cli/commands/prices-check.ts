// bobbin prices check: how old the known prices are, and what AWS's public list says today.
import { listUrl, readPriceList } from "../../aws/price-list.ts";
import type { PricesAnswer } from "../../contracts/budget-answers.ts";
import { hourly } from "../../contracts/money.ts";
import { checkPrices, type ListedPrice, oldAfterDays } from "../../core/budget/price-check.ts";
import { listedPrices, priceSource } from "../../core/budget/price-table.ts";
import type { Context } from "../context.ts";
import { table } from "../text.ts";

interface PricesOptions {
  readonly offline?: boolean;
  readonly list?: string;
}

/** The list is hundreds of megabytes: a slow line takes a while. */
const longest = 300_000;

async function listsOf(options: PricesOptions, signal: AbortSignal): Promise<readonly ListedPrice[]> {
  const known = listedPrices();
  const regions = [...new Set(known.map(({ region }) => region))];
  const both = AbortSignal.any([signal, AbortSignal.timeout(longest)]);
  const lists = regions.map((region) => {
    const machines = known.filter((one) => one.region === region).map(({ machine }) => machine);
    return readPriceList({ region, machines }, both, options.list ?? listUrl(region));
  });
  return (await Promise.all(lists)).flat();
}

function words({ prices, unreachable, source }: PricesAnswer): string[] {
  const said = {
    ok: "",
    old: `older than ${oldAfterDays} days: look it up again`,
    dearer: "AWS asks more: promises made by it are too low. Set hourUsd in bobbin.cloud.json and deploy",
    cheaper: "AWS asks less: promises stay sound",
  };
  return [
    ...table([
      ["machine", "region", "known", "seen", "days ago", "listed", ""],
      ...prices.map((row) => [
        ...[row.machine, row.region, hourly(row.known), row.seen, String(row.ageDays)],
        ...[row.listed === null ? "–" : hourly(row.listed), said[row.state]],
      ]),
    ]),
    ...(unreachable === null ? [] : [`AWS's list was not compared with: ${unreachable}`]),
    `Source: ${source}`,
  ];
}

export async function pricesCheck(context: Context, _: readonly [], options: PricesOptions): Promise<number> {
  let list: readonly ListedPrice[] | null = null;
  let unreachable: string | null = options.offline === true ? "--offline" : null;
  try {
    if (unreachable === null) list = await listsOf(options, context.signal);
  } catch (error) {
    unreachable = error instanceof Error ? `${error.message}${causeOf(error)}` : String(error);
  }
  const prices = [...checkPrices(list, new Date().toISOString())];
  const ok = prices.every(({ state }) => state !== "dearer");
  const answer: PricesAnswer = { schema: "bobbin/answer-prices/1", source: priceSource, prices, unreachable, ok };
  context.out.answer(answer, () => words(answer));
  return ok ? 0 : 1;
}

/** `fetch failed` says nothing; its cause does. */
function causeOf({ cause }: Error): string {
  return cause instanceof Error ? ` (${cause.message})` : "";
}
