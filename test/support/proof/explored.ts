// Explores what test/proof/budget-model.test.ts explores, and counts.
import { explore, type Found } from "../model/explore.ts";
import { full, type Named } from "../model/scenarios.ts";
import { number, table } from "./blocks.ts";

function row({ name, whole }: Named, found: Found, minutes: number): string[] {
  const reach = found.exhausted ? `whole, ${found.depth} events deep` : `to a depth of ${found.depth}`;
  if (found.violation !== null || (whole && !found.exhausted)) throw new Error(JSON.stringify(found.violation));
  const counts = [found.states, found.events].map(number);
  return [name, ...counts, reach, number(found.ends), "0", minutes < 0.1 ? "< 0.1" : minutes.toFixed(1)];
}

/** @returns what goes into the docs @throws Error at the first violation */
export async function explored(): Promise<string> {
  const rows: string[][] = [];
  for (const scenario of full) {
    const before = process.cpuUsage().user;
    const found = await explore(scenario);
    rows.push(row(scenario, found, (process.cpuUsage().user - before) / 60e6));
    process.stderr.write(`${rows.at(-1)?.join(" | ")}\n`);
  }
  const head = ["what", "states", "events tried", "explored", "ends", "violations", "minutes of a processor"];
  return table(head, rows);
}
