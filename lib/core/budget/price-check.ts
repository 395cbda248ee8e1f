// The known prices against their age and AWS's own list. A price that changed is told to a person; it never moves a bound by itself.
import { listedPrices } from "./price-table.ts";

/** An hour of a machine on demand, in micro-dollars. */
export interface ListedPrice {
  readonly region: string;
  readonly machine: string;
  readonly hour: number;
}

export interface CheckedPrice {
  readonly region: string;
  readonly machine: string;
  readonly seen: string;
  readonly ageDays: number;
  readonly known: number;
  readonly listed: number | null;
  readonly state: "ok" | "old" | "dearer" | "cheaper";
}

const day = 86_400_000;
/** Half a year: AWS has changed prices of GPU machines more than once in that time. */
export const oldAfterDays = 180;

/** @param list null where it could not be reached @param at UTC, ISO 8601 */
export function checkPrices(list: readonly ListedPrice[] | null, at: string): readonly CheckedPrice[] {
  return listedPrices().map(({ region, machine, usd, seen }) => {
    const known = Math.ceil(usd * 1e6);
    const listed = list?.find((one) => one.region === region && one.machine === machine)?.hour ?? null;
    const ageDays = Math.max(0, Math.floor((Date.parse(at) - Date.parse(`${seen}-01T00:00:00Z`)) / day));
    return { region, machine, seen, ageDays, known, listed, state: stateOf(known, listed, ageDays) };
  });
}

function stateOf(known: number, listed: number | null, ageDays: number): CheckedPrice["state"] {
  if (listed !== null && listed > known) return "dearer";
  if (listed !== null && listed < known) return "cheaper";
  return ageDays > oldAfterDays ? "old" : "ok";
}
