// The command line: every command with its options and an example. Actions load their code when they run, so that --help is quick.
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { type Context, createContext, type GlobalOptions } from "./context.ts";
import { packageVersion } from "./paths.ts";
import { createOutput, type Streams } from "./render.ts";

/** What an action returns is the exit code: 0 done, 1 refused by data or gate. Errors carry their own. */
type Action<A extends readonly (string | undefined)[], O> = (context: Context, args: A, options: O) => Promise<number>;

interface Spec<A extends readonly (string | undefined)[], O> {
  readonly name: string;
  readonly summary: string;
  readonly example: string;
  readonly load: () => Promise<Action<A, O>>;
}

const interruptedExit = 130;

export interface Run {
  readonly streams: Streams;
  /** Ends a run that Ctrl-C asked to end. */
  readonly signal: AbortSignal;
}

function define<A extends readonly (string | undefined)[], O extends object>(
  parent: Command,
  spec: Spec<A, O>,
  run: Run,
  done: (code: number) => void,
): Command {
  return parent
    .command(spec.name)
    .description(spec.summary)
    .addHelpText("after", `\nExample:\n  $ ${spec.example}`)
    .action(async (...given: unknown[]) => {
      const command = given.at(-1) as Command;
      const all = command.optsWithGlobals<GlobalOptions & O>();
      const out = createOutput(all.json === true, run.streams);
      try {
        const action = await spec.load();
        done(await action(createContext(all, out, run.signal), command.processedArgs as unknown as A, all));
      } catch (error) {
        done(run.signal.aborted && !isNamed(error) ? interruptedExit : out.fail(error));
      }
    });
}

function isNamed(error: unknown): boolean {
  return error instanceof Error && "exit" in error;
}

function oneOf(...choices: string[]) {
  return (value: string) => {
    if (!choices.includes(value)) throw new InvalidArgumentError(`found ${value}, wanted ${choices.join(", ")}.`);
    return value;
  };
}

const deviceOption = () =>
  new Option("--device <device>", "where the trainer computes: cpu, cuda or mps")
    .argParser(oneOf("cpu", "cuda", "mps"))
    .default("cpu");
const modeOption = () =>
  new Option(
    "--mode <mode>",
    "merge adds and corrects; replace takes the export as the whole truth (default: as _COMMIT.json says, else merge)",
  ).argParser(oneOf("merge", "replace"));
const namesOption = () =>
  new Option("--names <names>", "class names by id for exports that carry ids alone: coco80, or a,b,c");

function addDataCommands(program: Command, run: Run, done: (code: number) => void): void {
  define(
    program,
    {
      name: "init",
      summary: "Look into an export and propose bobbin.json and a signing key",
      example: "bobbin init frames.zip --group-rule 'pattern:^(?<day>\\d{4}-\\d{2}-\\d{2})'",
      load: async () => (await import("./commands/init.ts")).init,
    },
    run,
    done,
  )
    .argument("<export>", "zip or folder: CVAT for images 1.1 or Ultralytics YOLO")
    .option("--group-rule <rule>", "which frames belong together: pattern:REGEX, folder:DEPTH, task, csv:FILE or frame")
    .option("--project <name>", "name of the project, its model and data set (default: the export's name)")
    .option("--recipe <recipe>", "plan, demo or a recipe file", "plan")
    .option("--ratios <train,val,test>", "shares of the frames, e.g. 0.7,0.15,0.15")
    .option("--architecture <name>", "Ultralytics architecture", "yolov8n")
    .addOption(namesOption());
  define(
    program,
    {
      name: "check",
      summary: "Read, check, group and split an export without writing to the store",
      example: "bobbin check frames.zip",
      load: async () => (await import("./commands/check.ts")).check,
    },
    run,
    done,
  )
    .argument("<export>", "zip or folder")
    .addOption(modeOption())
    .addOption(namesOption())
    .option("--no-decode", "do not decode the images; headers, structure and digests are still checked");
}

function addRunCommands(program: Command, run: Run, done: (code: number) => void): void {
  define(
    program,
    {
      name: "run",
      summary: "Run the whole machine: from an export to a signed release",
      example: "bobbin run frames.zip",
      load: async () => (await import("./commands/run.ts")).run,
    },
    run,
    done,
  )
    .argument("<export>", "zip or folder")
    .addOption(modeOption())
    .addOption(deviceOption())
    .addOption(namesOption())
    .option("--recipe <recipe>", "plan, demo or a file, instead of the config's")
    .option("--no-decode", "do not decode the images; headers, structure and digests are still checked");
  define(
    program,
    {
      name: "resume",
      summary: "Go on with an interrupted or failed run",
      example: "bobbin resume 01JD0000000000000000000000",
      load: async () => (await import("./commands/resume.ts")).resume,
    },
    run,
    done,
  ).argument("<run>", "run id");
  define(
    program,
    {
      name: "cancel",
      summary: "End an interrupted or failed run: settle and free the pipeline",
      example: "bobbin cancel 01JD0000000000000000000000",
      load: async () => (await import("./commands/cancel.ts")).cancel,
    },
    run,
    done,
  ).argument("<run>", "run id");
  define(
    program,
    {
      name: "runs",
      summary: "All runs, newest first",
      example: "bobbin runs",
      load: async () => (await import("./commands/runs.ts")).runs,
    },
    run,
    done,
  );
  define(
    program,
    {
      name: "status",
      summary: "One run, state by state; the newest where none is named",
      example: "bobbin status",
      load: async () => (await import("./commands/status.ts")).status,
    },
    run,
    done,
  ).argument("[run]", "run id");
}

function addModelCommands(program: Command, run: Run, done: (code: number) => void): void {
  const models = define(
    program,
    {
      name: "models",
      summary: "All releases with their numbers",
      example: "bobbin models",
      load: async () => (await import("./commands/models.ts")).models,
    },
    run,
    done,
  );
  define(
    models,
    {
      name: "show",
      summary: "One release in full",
      example: "bobbin models show v0",
      load: async () => (await import("./commands/models-show.ts")).modelsShow,
    },
    run,
    done,
  ).argument("<version>", "release, e.g. v0.1");
  define(
    program,
    {
      name: "report",
      summary: "Open the report of a release, or print where it lies",
      example: "bobbin report v0",
      load: async () => (await import("./commands/report.ts")).report,
    },
    run,
    done,
  )
    .argument("<version>", "release, e.g. v0.1")
    .option("--no-open", "only print the path");
  define(
    program,
    {
      name: "evaluate",
      summary: "Score a release on other labelled frames",
      example: "bobbin evaluate v0 --on other.zip",
      load: async () => (await import("./commands/evaluate.ts")).evaluate,
    },
    run,
    done,
  )
    .argument("<version>", "release, e.g. v0.1")
    .requiredOption("--on <export>", "zip or folder with labels and images")
    .addOption(deviceOption())
    .addOption(namesOption());
  define(
    program,
    {
      name: "verify",
      summary: "Check a release folder offline: every digest, the statement, the signature",
      example: "bobbin verify bobbin-store/registry/models/lbzf/v0 --key lbzf.pem.pub",
      load: async () => (await import("./commands/verify.ts")).verify,
    },
    run,
    done,
  )
    .argument("<folder>", "folder of the release")
    .requiredOption("--key <file>", "public key, from a place of its own")
    .option("--fingerprint <fingerprint>", "SHA256:… that the key must have");
}

function addSetupCommands(program: Command, run: Run, done: (code: number) => void): void {
  const base = program.command("base").description("Starting weights of the store");
  define(
    base,
    {
      name: "add",
      summary: "Take starting weights into the store",
      example: "bobbin base add yolov8n.pt --name yolov8n",
      load: async () => (await import("./commands/base-add.ts")).baseAdd,
    },
    run,
    done,
  )
    .argument("<file>", "an Ultralytics checkpoint")
    .requiredOption("--name <name>", "name of the weights, e.g. yolov8n")
    .option("--unofficial", "take a file that is not the official one of that name");
  define(
    program,
    {
      name: "setup",
      summary: "Make the trainer's Python environment",
      example: "bobbin setup",
      load: async () => (await import("./commands/setup.ts")).setup,
    },
    run,
    done,
  );
  define(
    program,
    {
      name: "doctor",
      summary: "What is here, what is missing, how to mend it",
      example: "bobbin doctor",
      load: async () => (await import("./commands/doctor.ts")).doctor,
    },
    run,
    done,
  );
}

/** Help and usage errors of commander are its own; their code is ours: 0 for help, 2 for wrong usage. */
function usageExit(error: unknown): number {
  if (!(error instanceof CommanderError)) throw error;
  return error.exitCode === 0 ? 0 : 2;
}

/** Runs one command line. @returns the exit code */
export async function runProgram(argv: readonly string[], run: Run): Promise<number> {
  let code = 0;
  const done = (given: number) => {
    code = given;
  };
  const program = new Command("bobbin")
    .description("Turns labelled frames into a versioned, evaluated, signed YOLO model.")
    .version(packageVersion())
    .option("--json", "answer as JSON on stdout, progress as JSON lines on stderr")
    .option("--store <folder>", "where frames, runs and releases lie", "./bobbin-store")
    .option("--config <file>", "the project config", "./bobbin.json")
    .option("--env <folder>", "the trainer's Python environment (default: ./.bobbin/env)")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => run.streams.stdout.write(text),
      writeErr: (text) => run.streams.stderr.write(text),
    });
  addDataCommands(program, run, done);
  addRunCommands(program, run, done);
  addModelCommands(program, run, done);
  addSetupCommands(program, run, done);
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => run.streams.stdout.write(text),
      writeErr: (text) => run.streams.stderr.write(text),
    });
  }
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    return usageExit(error);
  }
  return run.signal.aborted && code === 0 ? interruptedExit : code;
}
