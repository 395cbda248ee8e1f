// Tables for a paper: whatever a name is made of, it stays a name, in LaTeX and in a spreadsheet.
import { describe, expect, it } from "@jest/globals";
import { parse } from "csv-parse/sync";
import * as fc from "fast-check";
import { csvOf, latexOf, latexText, type PaperTable } from "../../../lib/report/tables.ts";
import { holds } from "../../support/property.ts";

const of = (name: string): PaperTable => ({
  caption: "50 % of $5",
  label: "tab:x",
  columns: [{ title: "group" }, { title: "recall", digits: 3 }],
  rows: [
    [name, 0.12345],
    ["b", null],
  ],
});

describe("tables for a paper", () => {
  it("keep every digit in CSV and round in LaTeX", () => {
    expect(csvOf(of("a"))).toBe("group,recall\na,0.12345\nb,\n");
    expect(latexOf(of("a"))).toContain("  a & 0.123 \\\\");
    expect(latexOf(of("a"))).toContain("\\caption{50 \\% of \\$5}");
    expect(latexOf(of("a"))).toContain("{lr}");
  });

  it("leave no character that LaTeX would act on", () => {
    holds(
      fc.property(fc.string({ unit: "binary-ascii" }), (name) => {
        const text = latexText(name)
          .replaceAll(/\\text(backslash|asciitilde|asciicircum)\{\}/g, "")
          .replaceAll(/\\[{}$&#%_]/g, "");
        expect(text).not.toMatch(/[\\{}$&#%_~^]/);
      }),
    );
  });

  it("bring names back as they were, but for those that a spreadsheet would run", () => {
    holds(
      fc.property(fc.string(), (name) => {
        const [, row] = parse(csvOf(of(name)), { relax_column_count: true }) as string[][];
        expect(row?.[0]).toBe(/^[=+\-@\t\r]/.test(name) ? `'${name}` : name);
      }),
    );
  });
});
