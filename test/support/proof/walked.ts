// Walks what test/proof/budget-walks.test.ts walks, and counts.
import * as fc from "fast-check";
import { grounds } from "../walk/grounds.ts";
import { Sum, walkLength, walksHold } from "../walk/property.ts";
import { number, table } from "./blocks.ts";

/** @returns what goes into the docs @throws Error at the first violation */
export async function walked(): Promise<string> {
  const rows: string[][] = [];
  for (const { where, events, open, done } of grounds) {
    const [sum, before] = [new Sum(), Date.now()];
    await fc.assert(walksHold(open, sum, { done }), { numRuns: events / walkLength });
    const { steps, looks, killed, lost, runs, jobs } = sum.of;
    const counts = [steps, looks, killed, lost, runs, jobs].map(number);
    rows.push([where, ...counts, "0", ((Date.now() - before) / 60_000).toFixed(1)]);
    process.stderr.write(`${rows.at(-1)?.join(" | ")}\n`);
  }
  const counts = ["events", "looks into the store", "deaths", "lost answers", "runs", "jobs"];
  return table(["where", ...counts, "violations", "minutes"], rows);
}
