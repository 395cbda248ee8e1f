// How a command is registered: name, words, an example, and the code that is loaded when it runs.
import { type Command, InvalidArgumentError, Option } from "commander";
import { type Context, createContext, type GlobalOptions } from "./context.ts";
import { orInterrupted } from "./interrupt.ts";
import { createOutput, type Streams } from "./render.ts";

/** One argument; an argument that may be given several times is a list. */
type Argument = string | undefined | readonly string[];

/** What an action returns is the exit code: 0 done, 1 refused by data or gate. Errors carry their own. */
type Action<A extends readonly Argument[], O> = (context: Context, args: A, options: O) => Promise<number>;

interface Spec<A extends readonly Argument[], O> {
  readonly name: string;
  readonly summary: string;
  readonly example: string;
  readonly load: () => Promise<Action<A, O>>;
  /** Ctrl-C ends it where it stands: it reads, or goes on from there the next time. Others look at the signal, or end soon. */
  readonly endsAtOnce?: true;
}

/** What Ctrl-C ends a command with. */
export const interruptedExit = 130;

export interface Run {
  readonly streams: Streams;
  /** Ends a run that Ctrl-C asked to end. */
  readonly signal: AbortSignal;
}

/** Adds one command below `parent`. */
export type Define = <A extends readonly Argument[], O extends object>(parent: Command, spec: Spec<A, O>) => Command;

function isNamed(error: unknown): boolean {
  return error instanceof Error && "exit" in error;
}

/** @param done gets the exit code of the action that ran */
export function definer(run: Run, done: (code: number) => void): Define {
  return <A extends readonly Argument[], O extends object>(parent: Command, spec: Spec<A, O>) =>
    parent
      .command(spec.name)
      .description(spec.summary)
      .addHelpText("after", `\nExample:\n  $ ${spec.example}`)
      .action(async (...given: unknown[]) => {
        const command = given.at(-1) as Command;
        const all = command.optsWithGlobals<GlobalOptions & O>();
        const out = createOutput(all.json === true, run.streams);
        try {
          const action = await spec.load();
          const context = await createContext(all, out, run.signal);
          const work = action(context, command.processedArgs as unknown as A, all);
          done(await (spec.endsAtOnce ? orInterrupted(work, run.signal) : work));
        } catch (error) {
          done(run.signal.aborted && !isNamed(error) ? interruptedExit : out.fail(error));
        }
      });
}

function oneOf(...choices: string[]) {
  return (value: string) => {
    if (!choices.includes(value)) throw new InvalidArgumentError(`found ${value}, wanted ${choices.join(", ")}.`);
    return value;
  };
}

/** @param otherwise what it is without the option, in words, where the command decides that; else it is cpu */
export const deviceOption = (otherwise?: string) => {
  const words = "where the trainer computes: cpu, cuda or mps";
  const option = new Option("--device <device>", otherwise === undefined ? words : `${words} (default: ${otherwise})`);
  option.argParser(oneOf("cpu", "cuda", "mps"));
  return otherwise === undefined ? option.default("cpu") : option;
};
export const modeOption = () =>
  new Option(
    "--mode <mode>",
    "merge adds and corrects; replace takes the export as the whole truth (default: as _COMMIT.json says, else merge)",
  ).argParser(oneOf("merge", "replace"));
export const annotatorOption = () =>
  new Option(
    "--annotator <name>",
    "whose labels these are; another person's of the same images are then a second opinion (default: as the export says)",
  ).argParser((value) => {
    if (value === "" || value.length > 200) throw new InvalidArgumentError("wanted a name of 1 to 200 characters.");
    return value;
  });
export const retrainOption = () =>
  new Option("--retrain <when>", "later: take it in, and train on it with what comes after (default: now)").argParser(
    oneOf("now", "later"),
  );
export const overrideOption = () =>
  new Option(
    "--override <why>",
    "train though the off-the-shelf model was measured to be enough; the release keeps why",
  ).argParser((value: string) => {
    const why = value.trim();
    if (why.length >= 1 && why.length <= 500) return why;
    throw new InvalidArgumentError(`found ${why.length} characters, wanted 1 to 500.`);
  });
export const namesOption = () =>
  new Option("--names <names>", "class names by id for exports that carry ids alone: coco80, or a,b,c");
export const settingsOption = () =>
  new Option("--settings <file>", "where in AWS Bobbin stands").default("./bobbin.cloud.json");
