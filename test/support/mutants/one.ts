// Tests one mutant: each test file in its turn, until one fails. Exit code 1: caught; 0: survived.
import { pathToFileURL } from "node:url";
import { firstFailure } from "./runner.ts";

for (const file of process.argv.slice(2)) {
  let failed: string | null;
  try {
    await import(pathToFileURL(file).href);
    failed = await firstFailure();
  } catch (error) {
    failed = `does not load: ${String(error).split("\n")[0]}`;
  }
  if (failed === null) continue;
  process.stdout.write(failed);
  process.exit(1);
}
