// Fails each state of each machine in each way, and says what came of it.
import { type CloudMachine, cloudMachines } from "../../../lib/contracts/cloud-run.ts";
import { failures, states } from "../failures/stack.ts";
import { allFailures, cellOf, problemOf } from "../failures/table.ts";
import { table } from "./blocks.ts";

/** @returns what goes into the docs @throws Error where something is held, forgotten or told twice */
export async function failed(): Promise<string> {
  const tables: string[] = [];
  for (const machine of cloudMachines) tables.push(await tableOf(machine));
  return tables.join("\n\n");
}

async function tableOf(machine: CloudMachine): Promise<string> {
  const rows = await allFailures(machine);
  const wrong = rows.filter((row) => problemOf(row) !== null);
  if (wrong.length > 0)
    throw new Error(wrong.map((row) => `${machine} ${row.state} ${row.failure}: ${problemOf(row)}`).join("\n"));
  const cell = (state: string, failure: string) => {
    const found = rows.find((row) => row.state === state && row.failure === failure);
    return found === undefined ? "" : cellOf(found);
  };
  return table(
    [`\`${machine}\``, ...failures],
    states[machine].map((state) => [state, ...failures.map((failure) => cell(state, failure))]),
  );
}
