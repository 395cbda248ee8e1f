// The only file that prints. Answers go to stdout, words and progress to stderr; with --json both are JSON.
import { styleText } from "node:util";
import type { ErrorAnswer } from "../contracts/answers.ts";
import { BobbinError } from "../contracts/errors.ts";
import type { ProgressEvent } from "../contracts/job.ts";
import type { EventSink } from "../core/ports.ts";
import { type ProgressState, progressLine, startProgress } from "./progress.ts";

export interface Output {
  readonly json: boolean;
  /** True where a person sits before it and can be asked. */
  readonly interactive: boolean;
  /** The command's answer, once: as one JSON document, or as lines. */
  answer(value: object, lines: () => readonly string[]): void;
  /** Words on stderr; left out with --json. */
  say(text: string): void;
  readonly events: EventSink;
  /** Prints an error and returns its exit code. */
  fail(error: unknown): number;
  /** Asks one question on the terminal. */
  ask(question: string): Promise<string>;
}

export interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
}

/** A live line on a terminal is rewritten in place; elsewhere only whole lines are printed. */
function eventPrinter(
  json: boolean,
  stderr: NodeJS.WriteStream,
): { readonly sink: EventSink; readonly clear: () => void } {
  let state: ProgressState = startProgress();
  let live = false;
  const clear = () => {
    if (live) stderr.write("\r\u001b[2K");
    live = false;
  };
  const emit = (event: ProgressEvent) => {
    if (json) {
      stderr.write(`${JSON.stringify(event)}\n`);
      return;
    }
    const next = progressLine(state, event);
    state = next.state;
    if (next.line === null || (next.live && !stderr.isTTY)) return;
    clear();
    live = next.live;
    stderr.write(live ? next.line.slice(0, Math.max(20, (stderr.columns ?? 80) - 1)) : `${next.line}\n`);
  };
  return { sink: { emit }, clear };
}

function errorAnswer(error: unknown): ErrorAnswer {
  if (error instanceof BobbinError) {
    return {
      schema: "bobbin/answer-error/1",
      error: { name: error.name, message: error.message, data: error.data },
      todo: error.todo,
      exit: error.exit,
    };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    schema: "bobbin/answer-error/1",
    error: { name: "Unexpected", message, data: {} },
    todo: "This is a fault in Bobbin: please report it with this text.",
    exit: 3,
  };
}

async function ask(question: string, streams: Streams): Promise<string> {
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: streams.stdin, output: streams.stderr });
  try {
    return (await lines.question(question)).trim();
  } finally {
    lines.close();
  }
}

export function createOutput(json: boolean, streams: Streams): Output {
  const { stdout, stderr, stdin } = streams;
  const events = eventPrinter(json, stderr);
  const red = (text: string) => (stderr.isTTY ? styleText("red", text) : text);
  return {
    json,
    interactive: !json && stdin.isTTY === true && stderr.isTTY === true,
    answer(value, lines) {
      events.clear();
      stdout.write(
        json
          ? `${JSON.stringify(value, null, 2)}\n`
          : lines()
              .map((line) => `${line}\n`)
              .join(""),
      );
    },
    say(text) {
      events.clear();
      if (!json) stderr.write(`${text}\n`);
    },
    events: events.sink,
    fail(error) {
      events.clear();
      const answer = errorAnswer(error);
      if (json) stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
      else stderr.write(`${red(answer.error.name)}: ${answer.error.message}\n  → ${answer.todo}\n`);
      return answer.exit;
    },
    ask: (question) => ask(question, streams),
  };
}
