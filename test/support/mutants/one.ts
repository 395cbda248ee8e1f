// Tests mutants, as it is told of them over its channel: each test file in its turn, until one fails.
import { pathToFileURL } from "node:url";
import { plant } from "./hooks.ts";
import { firstFailure, forget } from "./runner.ts";

/** What it is told. */
export interface ToTry {
  readonly number: number;
  /** Absolute paths. */
  readonly file: string;
  readonly source: string;
  readonly tests: readonly string[];
}

/** A promise that nobody waits for has failed: of an await that was forgotten. */
let unheard: string | null = null;
process.on("unhandledRejection", (error) => {
  unheard ??= `nobody waits for what fails: ${String(error).split("\n")[0]}`;
});
const aMoment = () => new Promise((settle) => setTimeout(settle, 10));

async function tryOne({ number, file, source, tests }: ToTry): Promise<string | null> {
  plant(file, source);
  unheard = null;
  for (const test of tests) {
    forget();
    try {
      await import(`${pathToFileURL(test).href}?m=${number}`);
    } catch (error) {
      return `does not load: ${String(error).split("\n")[0]}`;
    }
    const failed = await firstFailure();
    await aMoment();
    if (failed !== null || unheard !== null) return failed ?? unheard;
  }
  return null;
}

process.on("message", (told: ToTry) => {
  void tryOne(told).then((by) => process.send?.({ by }));
});
process.on("disconnect", () => process.exit(0));
