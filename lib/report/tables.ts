// A table as it goes into a paper or a spreadsheet: CSV with every digit, LaTeX rounded as the page shows it.
import { stringify } from "csv-stringify/sync";
import { none } from "./format.ts";

export interface PaperColumn {
  readonly title: string;
  /** Digits after the point in LaTeX; absent: text, or a whole number. */
  readonly digits?: number;
  /** A probability: one too small for its digits is said to be. */
  readonly isProbability?: boolean;
}

export interface PaperTable {
  readonly caption: string;
  /** For `\ref`. */
  readonly label: string;
  readonly columns: readonly PaperColumn[];
  /** null: nothing to say there. */
  readonly rows: readonly (readonly (string | number | null)[])[];
}

export function csvOf({ columns, rows }: PaperTable): string {
  // A cell that a spreadsheet would take for a formula is written as text.
  const cell = (value: string | number | null) =>
    typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : (value ?? "");
  return stringify([columns.map(({ title }) => title), ...rows.map((row) => row.map(cell))]);
}

const special: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  $: "\\$",
  "&": "\\&",
  "#": "\\#",
  "%": "\\%",
  _: "\\_",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "–": "--",
  "−": "$-$",
  "±": "$\\pm$",
  "≥": "$\\geq$",
  "≤": "$\\leq$",
};

/** Text as LaTeX sets it, whatever it is made of. */
export function latexText(text: string): string {
  return text.replace(/\p{Cc}/gu, " ").replace(/[\\{}$&#%_~^–−±≥≤]/g, (character) => special[character] ?? character);
}

function latexCell(value: string | number | null, { digits, isProbability }: PaperColumn): string {
  if (value === null) return latexText(none);
  if (typeof value === "string") return latexText(value);
  if (digits === undefined) return String(value);
  if (isProbability === true && value < 10 ** -digits) return `$<${(10 ** -digits).toFixed(digits)}$`;
  const text = value.toFixed(digits);
  return text.startsWith("-") ? `$${text}$` : text;
}

/** A floating table for a document that loads `booktabs`. */
export function latexOf({ caption, label, columns, rows }: PaperTable): string {
  const isNumber = (index: number) => rows.every((row) => typeof row[index] !== "string");
  const line = (cells: readonly string[]) => `  ${cells.join(" & ")} \\\\`;
  return `${[
    "% needs \\usepackage{booktabs}",
    "\\begin{table}",
    "  \\centering",
    `  \\caption{${latexText(caption)}}`,
    `  \\label{${label}}`,
    `  \\begin{tabular}{${columns.map((_, index) => (isNumber(index) ? "r" : "l")).join("")}}`,
    "  \\toprule",
    line(columns.map(({ title }) => latexText(title))),
    "  \\midrule",
    ...rows.map((row) => line(columns.map((column, index) => latexCell(row[index] ?? null, column)))),
    "  \\bottomrule",
    "  \\end{tabular}",
    "\\end{table}",
  ].join("\n")}\n`;
}
