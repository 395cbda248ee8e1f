// What a command writes into docs/budget-proof.md: each part of the proof between two marks of its own.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const file = join(import.meta.dirname, "../../../docs/budget-proof.md");

export const number = (value: number) => value.toLocaleString("en-US");

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  // A column of figures reads from its last digit.
  const rule = head.map((_, at) => (rows.every((row) => /^[$<\d]/.test(row[at] ?? "")) ? "---:" : "---"));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

/** @throws RangeError where the page has no such marks */
export function writeBlock(name: string, text: string): void {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const page = readFileSync(file, "utf8");
  const [head, rest] = page.split(begin);
  const tail = rest?.split(end)[1];
  if (head === undefined || tail === undefined) throw new RangeError(`no place for ${name} in ${file}`);
  writeFileSync(file, `${head}${begin}\n${text}\n${end}${tail}`);
}
