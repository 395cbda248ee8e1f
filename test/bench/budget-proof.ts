// Explores what test/proof/budget-model.test.ts explores, and writes the counts into docs/budget-proof.md (npm run proof:budget).
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { explore, type Found } from "../support/model/explore.ts";
import { full, type Named } from "../support/model/scenarios.ts";

const file = join(dirname(dirname(import.meta.dirname)), "docs/budget-proof.md");
const [begin, end] = ["<!-- explored -->", "<!-- end of explored -->"];

function row({ name, whole }: Named, found: Found, seconds: number): string {
  const number = (value: number) => value.toLocaleString("en-US");
  const reach = found.exhausted ? `whole, ${found.depth} events deep` : `to a depth of ${found.depth}`;
  if (found.violation !== null || (whole && !found.exhausted)) throw new Error(JSON.stringify(found.violation));
  const cells = [
    name,
    number(found.states),
    number(found.events),
    reach,
    number(found.ends),
    "0",
    `${Math.ceil(seconds)} s`,
  ];
  return `| ${cells.join(" | ")} |`;
}

const rows: string[] = [];
for (const scenario of full) {
  const before = process.cpuUsage().user;
  const found = await explore(scenario);
  rows.push(row(scenario, found, (process.cpuUsage().user - before) / 1e6));
  process.stderr.write(`${rows.at(-1)}\n`);
}
const table = [
  "| what | states | events tried | explored | states with nothing left to happen | violations | processor time |",
  "| --- | ---: | ---: | --- | ---: | ---: | ---: |",
  ...rows,
].join("\n");
const text = readFileSync(file, "utf8");
const [head = "", rest = ""] = text.split(begin);
writeFileSync(file, `${head}${begin}\n${table}\n${end}${rest.split(end)[1] ?? ""}`);
