import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { smallestP } from "../../../../lib/core/evaluation/permutation.ts";

it("prints in docs/evaluation.md the smallest p that the program has", () => {
  const text = readFileSync(join(import.meta.dirname, "../../../../docs/evaluation.md"), "utf8");
  const rows = [...text.matchAll(/^\| (\d+)(?: or more)? \| ([\d.e-]+) \|$/gm)];
  expect(rows.map(([, groups]) => Number(groups))).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  for (const [, groups, p] of rows) expect(Number(p)).toBe(smallestP(Number(groups)));
});
