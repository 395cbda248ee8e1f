// AWS's public price list of a region, read line by line: hundreds of megabytes, of which a few lines are wanted. No account is needed.
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { parse } from "csv-parse";
import type { ListedPrice } from "../core/budget/price-check.ts";

const host = "https://pricing.us-east-1.amazonaws.com";
/** Before the columns stand five lines about the file. */
const linesBefore = 5;

export const listUrl = (region: string) => `${host}/offers/v1.0/aws/AmazonEC2/current/${region}/index.csv`;

export interface ListQuestion {
  readonly region: string;
  readonly machines: readonly string[];
}

/** Plain Linux on demand, on shared hardware, used: the row among hundreds that a machine of Batch is billed by. */
const wanted: Readonly<Record<string, string>> = {
  TermType: "OnDemand",
  "Operating System": "Linux",
  Tenancy: "Shared",
  CapacityStatus: "Used",
  "Pre Installed S/W": "NA",
  Unit: "Hrs",
  Currency: "USD",
};

/** What is listed of the machines; reading ends with the last of them. @throws where the list cannot be reached */
export async function readPriceList(
  { region, machines }: ListQuestion,
  signal: AbortSignal,
  url = listUrl(region),
): Promise<readonly ListedPrice[]> {
  const answer = await fetch(url, { signal });
  if (!answer.ok || answer.body === null) throw new Error(`${url}: ${answer.status} ${answer.statusText}`);
  const rows = Readable.fromWeb(answer.body as ReadableStream).pipe(
    parse({ from_line: linesBefore + 1, columns: true, relax_column_count: true }),
  );
  const found = new Map<string, ListedPrice>();
  for await (const row of rows as AsyncIterable<Readonly<Record<string, string>>>) {
    const machine = row["Instance Type"] ?? "";
    if (!machines.includes(machine) || Object.entries(wanted).some(([column, value]) => row[column] !== value))
      continue;
    const usd = Number(row.PricePerUnit);
    if (Number.isFinite(usd) && usd > 0) found.set(machine, { region, machine, hour: Math.ceil(usd * 1e6) });
    if (found.size === machines.length) break;
  }
  return [...found.values()];
}
