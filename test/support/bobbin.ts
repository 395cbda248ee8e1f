// The command line as a test runs it: in this process, with streams that are read afterwards and nobody at the terminal.
import { Writable } from "node:stream";
import { runProgram } from "../../lib/cli/program.ts";

export interface Answer {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

function collector(): { stream: NodeJS.WriteStream; text: () => string } {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  // Neither a terminal nor colours: what a pipe or a log file gets.
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => text };
}

/** Runs one command line; the config lies in `folder`, and the store too where none is named. */
export async function bobbin(folder: string, ...argv: string[]): Promise<Answer> {
  const [out, err] = [collector(), collector()];
  const store = argv.includes("--store") ? [] : ["--store", `${folder}/store`];
  const places = [...store, "--config", `${folder}/bobbin.json`];
  const stdin = { isTTY: false } as NodeJS.ReadStream;
  const exit = await runProgram([...argv, ...places], {
    streams: { stdout: out.stream, stderr: err.stream, stdin },
    signal: new AbortController().signal,
  });
  return { exit, stdout: out.text(), stderr: err.text() };
}

/** The answer of a command with --json. */
export async function bobbinJson(
  folder: string,
  ...argv: string[]
): Promise<{ exit: number; value: Record<string, unknown> }> {
  const { exit, stdout } = await bobbin(folder, ...argv, "--json");
  return { exit, value: JSON.parse(stdout) as Record<string, unknown> };
}
