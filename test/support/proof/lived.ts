// Lives the months of test/proof/budget-months.test.ts once, and says what they cost.
import { liveMonth } from "../months/month.ts";
import { normal, others } from "../months/months.ts";
import { table } from "./blocks.ts";

const usd = (micro: number) => `$${(micro / 1e6).toFixed(2)}`;
const seed = 1;

/** @returns what goes into the docs @throws Error where the bill passes what is committed */
export async function lived(): Promise<string> {
  const rows: string[][] = [];
  for (const { most = null, ...month } of [...normal.map((one) => ({ ...one })), ...others] as Lived[]) {
    const seen = await liveMonth(month, seed);
    const times = (sum: number) => `${(sum / seen.bill).toFixed(2)} ×`;
    if (most !== null && seen.committed > most * seen.bill) throw new Error(`${month.name}: ${times(seen.committed)}`);
    const { runs, released, failed, rejected } = seen;
    const counts = [runs, released, failed, rejected].map(String);
    const sums = [usd(seen.bill), usd(seen.committed), times(seen.committed), usd(seen.peak), usd(seen.margin)];
    rows.push([month.name, ...counts, ...sums]);
    process.stderr.write(`${rows.at(-1)?.join(" | ")}\n`);
  }
  const outcomes = ["runs", "released", "failed", "rejected"];
  return table(
    ["month", ...outcomes, "AWS's bill", "committed at its end", "", "most ever committed", "least room"],
    rows,
  );
}

type Lived = Parameters<typeof liveMonth>[0] & { readonly most?: number };
