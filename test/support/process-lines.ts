// A child process of a test, its lines of JSON as they come.
import { type ChildProcess, spawn } from "node:child_process";

export interface Talking {
  readonly child: ChildProcess;
  readonly lines: unknown[];
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Waits for a line; fails where the process ends before. */
  until(wanted: (line: never) => boolean): Promise<unknown>;
}

export function talk(script: string, given: readonly string[]): Talking {
  const child = spawn(process.execPath, ["--no-warnings", script, ...given], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env.PATH },
  });
  const lines: unknown[] = [];
  let rest = "";
  let over = false;
  child.stdout?.setEncoding("utf8");
  child.stdout?.on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) lines.push(JSON.parse(part));
  });
  const ended = new Promise<Awaited<Talking["ended"]>>((resolve) => {
    child.once("close", (code, signal) => {
      over = true;
      resolve({ code, signal });
    });
  });
  return {
    child,
    lines,
    ended,
    async until(wanted) {
      for (;;) {
        const found = lines.find((line) => wanted(line as never));
        if (found !== undefined) return found;
        if (over) throw new Error(`the process ended before: ${JSON.stringify(lines.at(-1))}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}
