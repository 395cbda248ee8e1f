// Tries every mutant, and says how many are caught and why the others are none.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { equivalentOf, mutated as files } from "../mutants/list.ts";
import { mutantsOf } from "../mutants/mutate.ts";
import { plantedMutants, type Tried, tryAll } from "../mutants/try.ts";
import { number, table } from "./blocks.ts";

const root = join(import.meta.dirname, "../../..");

export const everyMutant = () => files.flatMap((file) => mutantsOf(file, readFileSync(join(root, file), "utf8")));

const cell = (text: string) => `\`${text.replaceAll("|", "\\|")}\``;

/** @returns what goes into the docs @throws Error where a mutant survives that nobody has explained */
export async function mutated(): Promise<string> {
  const named = await tryAll(plantedMutants(), tell);
  const tried = await tryAll(everyMutant(), tell);
  const survived = tried.filter(({ by }) => by === null);
  const unexplained = [...named, ...survived].filter((one) => one.by === null && equivalentOf(one) === null);
  if (unexplained.length > 0)
    throw new Error(unexplained.map(({ file, line, change }) => `${file}:${line} ${change}`).join("\n"));
  const rows = survived.map((one) => [cell(one.code), cell(one.change), equivalentOf(one)?.why ?? ""]);
  const sums = [
    `${number(tried.length)} changes by tool in ${files.length} files: ${number(tried.length - survived.length)} caught, ${survived.length} change nothing that is promised.`,
    `${named.length} by hand, all caught: ${named.map(({ name }) => name).join("; ")}.`,
  ].join("\n");
  return `${sums}\n\n${table(["survives in", "changed", "why nothing is different"], rows)}`;
}

const tell = ({ file, line, change, by }: Tried) =>
  process.stderr.write(`${by === null ? "SURVIVED" : "caught"} ${file}:${line} ${change} ${by ?? ""}\n`);
