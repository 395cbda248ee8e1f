// Loaded before everything else in a process that tests one mutant: the test files find a small runner where jest is, and one source
// file is another.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

const { MUTANT_FILE = "", MUTANT_SOURCE = "" } = process.env;
const mutated = MUTANT_FILE === "" ? "" : pathToFileURL(MUTANT_FILE).href;
const runner = new URL("runner.ts", import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "@jest/globals" ? { url: runner, shortCircuit: true } : next(specifier, context),
  load: (url, context, next) =>
    url === mutated
      ? { format: "module-typescript", source: readFileSync(MUTANT_SOURCE), shortCircuit: true }
      : next(url, context),
});
