// The layers hold: an import that points up, sideways or out of the pure core is refused by the project's own rules.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

const root = dirname(dirname(import.meta.dirname));
const depcruise = join(root, "node_modules/.bin/depcruise");
const config = join(root, ".dependency-cruiser.mjs");

/** Every file of the planted project, and what it imports. */
const planted: Readonly<Record<string, readonly string[]>> = {
  "bin/bobbin.ts": ["../lib/cli/run.ts", "../lib/infra/stack.ts"],
  "lib/cli/run.ts": ["../local/engine.ts", "../aws/store.ts", "../cvat/client.ts", "../report/page.ts"],
  "lib/infra/stack.ts": ["../cli/run.ts", "../../lambdas/publish/handler.ts"],
  "lambdas/publish/handler.ts": ["../../lib/aws/store.ts", "../../lib/core/split.ts", "../../lib/cli/run.ts"],
  "lib/local/engine.ts": ["../workflow/train.ts", "../aws/store.ts", "node:fs"],
  "lib/aws/store.ts": ["../core/ports.ts"],
  "lib/cvat/client.ts": ["../core/ports.ts", "../local/engine.ts"],
  "lib/report/page.ts": ["../workflow/train.ts", "../local/engine.ts"],
  "lib/workflow/train.ts": ["../core/split.ts", "../report/page.ts"],
  "lib/core/split.ts": ["./ports.ts", "../contracts/names.ts", "node:crypto", "node:fs", "zod", "sharp"],
  "lib/core/clock.ts": ["node:process", "node:timers", "node:os", "node:child_process", "node:zlib", "node:buffer"],
  "lib/core/ports.ts": ["../workflow/train.ts"],
  "lib/contracts/names.ts": ["../core/ports.ts", "zod", "yaml", "node:fs"],
};

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

function cruise(folder: string): readonly Violation[] {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [depcruise, "--config", config, "--output-type", "json", "bin", "lib", "lambdas"],
    { cwd: folder, encoding: "utf8", maxBuffer: 1 << 26 },
  );
  if (!stdout.startsWith("{")) throw new Error(stderr);
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
}

describe("the layers", () => {
  let folder = "";
  let arrows = new Set<string>();
  let circles = 0;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "bobbin-layers-"));
    for (const [file, imports] of Object.entries(planted)) {
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      writeFileSync(
        join(folder, file),
        `${imports.map((to) => `import "${to}";`).join("\n")}\nexport const name = 1;\n`,
      );
    }
    writeFileSync(join(folder, "package.json"), '{"name":"planted","type":"module"}');
    const found = cruise(folder).filter(({ rule }) => rule.name !== "no-unresolvable");
    circles = found.filter(({ rule }) => rule.name === "no-circles").length;
    arrows = new Set(found.filter(({ rule }) => rule.name !== "no-circles").map(({ from, to }) => `${from} -> ${to}`));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    ["lambdas/publish/handler.ts", "lib/cli/run.ts"],
    ["lib/report/page.ts", "lib/local/engine.ts"],
    ["lib/workflow/train.ts", "lib/report/page.ts"],
    ["lib/core/ports.ts", "lib/workflow/train.ts"],
    ["lib/contracts/names.ts", "lib/core/ports.ts"],
  ])("up is refused: %s -> %s", (from, to) => expect(arrows).toContain(`${from} -> ${to}`));

  test.each([
    ["lib/infra/stack.ts", "lib/cli/run.ts"],
    ["lib/local/engine.ts", "lib/aws/store.ts"],
    ["lib/cvat/client.ts", "lib/local/engine.ts"],
  ])("sideways is refused: %s -> %s", (from, to) => expect(arrows).toContain(`${from} -> ${to}`));

  test.each(["fs", "process", "timers", "os", "child_process", "sharp"])("core may not reach %s", (module) =>
    expect([...arrows].filter((arrow) => arrow.startsWith("lib/core/"))).toEqual(
      expect.arrayContaining([expect.stringMatching(new RegExp(` -> (node:)?${module}$`))]),
    ),
  );

  test.each(["yaml", "fs"])("contracts may not reach %s", (module) =>
    expect(arrows).toContain(`lib/contracts/names.ts -> ${module}`),
  );

  test("down, within a folder, and to what is pure is allowed", () => {
    const refused = [...arrows].sort();
    expect(refused).toHaveLength(16);
  });

  test("a circle is refused", () => expect(circles).toBeGreaterThan(0));
});

test("a type-only import counts as an arrow", () => {
  const folder = mkdtempSync(join(tmpdir(), "bobbin-layers-"));
  try {
    for (const name of ["bin", "lib/core", "lib/aws", "lambdas"]) mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, "lib/aws/store.ts"), "export type Store = string;\n");
    writeFileSync(
      join(folder, "lib/core/a.ts"),
      'import type { Store } from "../aws/store.ts";\nexport const a = (s: Store) => s;\n',
    );
    expect(cruise(folder).map(({ rule }) => rule.name)).toEqual(["only-downward-from-lib-core"]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
