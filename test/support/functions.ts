// Functions as AWS runs them: each call a bundle of its own in a Node process of its own, with the variables of the stack.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { bundleFunctions } from "../../lib/infra/functions/bundle.ts";
import { credentialsOf } from "./recording-front.ts";

const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);
const native = ["ingest", "publish"];

/** What an execution's Catch would get. */
export class FunctionError extends Error {
  override readonly name: string;
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** As the Lambda runtime for Node calls a handler and hands on what it threw. */
const runner = `
const [, , file, call] = process.argv;
const { handler } = await import(file);
try {
  process.stdout.write("\\n" + JSON.stringify({ output: await handler(JSON.parse(call), {}) }));
} catch (error) {
  process.stdout.write("\\n" + JSON.stringify({ errorType: error.name, errorMessage: error.message }));
}`;

export interface Functions {
  /** @throws FunctionError with the name and the message that the machine would see */
  readonly invoke: (name: string, call: object) => Promise<Record<string, unknown>>;
}

/** Packs the functions into a folder; they find AWS by `environment`, each under its own role. */
export function openFunctions(
  names: readonly string[],
  folder: string,
  environment: Record<string, string>,
): Functions {
  const sources = names.map((name) => ({ name, native: native.includes(name) }));
  bundleFunctions(root, sources, folder);
  const program = join(folder, "run.mjs");
  writeFileSync(program, runner);
  return {
    async invoke(name, call) {
      const file = join(folder, name, "index.mjs");
      const { stdout } = await run(process.execPath, [program, file, JSON.stringify(call)], {
        env: { PATH: process.env.PATH ?? "", ...environment, ...credentialsOf(name) },
        maxBuffer: 10_000_000,
      });
      const answer = JSON.parse(stdout.split("\n").at(-1) ?? "");
      if ("errorType" in answer) throw new FunctionError(answer.errorType, answer.errorMessage);
      return answer.output;
    },
  };
}
