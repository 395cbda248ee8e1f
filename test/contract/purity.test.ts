// The linter's own rule for decisions: a clock, chance or the environment in the pure folders is refused.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";

const root = dirname(dirname(import.meta.dirname));

const refused: readonly (readonly [path: string, code: string])[] = [
  ["lib/core/now.ts", "export const at = Date.now();"],
  ["lib/core/date.ts", "export const at = new Date();"],
  ["lib/core/random.ts", "export const pick = Math.random();"],
  ["lib/core/timer.ts", "setTimeout(() => undefined, 5);"],
  ["lib/core/uuid.ts", 'import { randomUUID } from "node:crypto";\n\nexport const id = randomUUID();'],
  ["lib/core/place.ts", "export const place = process.cwd();"],
  ["lib/contracts/now.ts", "export const at = Date.now();"],
  ["lib/workflow/now.ts", "export const at = Date.now();"],
  ["lib/local/variable.ts", "export const home = process.env.HOME;"],
  ["lib/local/print.ts", 'console.log("a word");'],
];

const allowed: readonly (readonly [path: string, code: string])[] = [
  ["lib/core/year.ts", "export const year = (iso: string) => new Date(iso).getUTCFullYear();"],
  ["lib/core/hash.ts", 'import { createHash } from "node:crypto";\n\nexport const hash = createHash("sha256");'],
  ["lib/local/clock.ts", "export const at = Date.now();"],
  ["lib/cli/render.ts", 'console.log("a word");'],
];

let folder = "";
let refusedFiles: ReadonlySet<string> = new Set();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bobbin-purity-"));
  for (const file of ["biome.json", ".biome", ".gitignore"])
    cpSync(join(root, file), join(folder, file), { recursive: true });
  for (const [path, code] of [...refused, ...allowed]) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), `${code}\n`);
  }
  const biome = join(root, "node_modules/.bin/biome");
  const { stdout } = spawnSync(process.execPath, [biome, "lint", "--reporter=github", "lib"], {
    cwd: folder,
    encoding: "utf8",
  });
  refusedFiles = new Set(
    [...stdout.matchAll(/^::error .*?file=(?:[^,]*\/)?(lib\/[^,]+),/gm)].map((match) => match[1] ?? ""),
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(refused)("refused: %s", (path) => expect(refusedFiles).toContain(path));

test.each(allowed)("allowed: %s", (path) => expect(refusedFiles).not.toContain(path));
