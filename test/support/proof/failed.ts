// Fails each state in each way, and says what came of it.
import { failures, states } from "../failures/stack.ts";
import { allFailures, cellOf, problemOf } from "../failures/table.ts";
import { table } from "./blocks.ts";

/** @returns what goes into the docs @throws Error where something is held, forgotten or told twice */
export async function failed(): Promise<string> {
  const rows = await allFailures();
  const wrong = rows.filter((row) => problemOf(row) !== null);
  if (wrong.length > 0)
    throw new Error(wrong.map((row) => `${row.state} ${row.failure}: ${problemOf(row)}`).join("\n"));
  const cell = (state: string, failure: string) => {
    const found = rows.find((row) => row.state === state && row.failure === failure);
    return found === undefined ? "" : cellOf(found);
  };
  return table(
    ["state", ...failures],
    states.map((state) => [state, ...failures.map((failure) => cell(state, failure))]),
  );
}
