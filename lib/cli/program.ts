// The command line: every command with its options and an example. Actions load their code when they run, so that --help is quick.
import { Command, CommanderError } from "commander";
import { addDataCommands } from "./data-commands.ts";
import {
  annotatorOption,
  type Define,
  definer,
  deviceOption,
  interruptedExit,
  modeOption,
  namesOption,
  overrideOption,
  type Run,
  retrainOption,
  settingsOption,
} from "./define.ts";
import { addExperimentCommands } from "./experiment-commands.ts";
import { packageVersion } from "./paths.ts";

function addRunCommands(program: Command, define: Define): void {
  define(program, {
    name: "run",
    summary: "Run the whole machine: from an export to a signed release",
    example: "bobbin run frames.zip",
    load: async () => (await import("./commands/run.ts")).run,
  })
    .argument("<export>", "zip or folder")
    .addOption(modeOption())
    .addOption(annotatorOption())
    .addOption(deviceOption())
    .addOption(namesOption())
    .option("--recipe <recipe>", "plan, demo or a file, instead of the config's")
    .addOption(overrideOption())
    .option("--no-decode", "do not decode the images; headers, structure and digests are still checked");
  define(program, {
    name: "resume",
    summary: "Go on with an interrupted or failed run",
    example: "bobbin resume 01JD0000000000000000000000",
    load: async () => (await import("./commands/resume.ts")).resume,
  }).argument("<run>", "run id");
  define(program, {
    name: "cancel",
    summary: "End an interrupted or failed run: settle and free the pipeline",
    example: "bobbin cancel 01JD0000000000000000000000",
    load: async () => (await import("./commands/cancel.ts")).cancel,
  }).argument("<run>", "run id");
  define(program, {
    name: "runs",
    summary: "All runs, newest first",
    example: "bobbin runs",
    load: async () => (await import("./commands/runs.ts")).runs,
  });
  define(program, {
    name: "status",
    summary: "One run, state by state; the newest where none is named",
    example: "bobbin status",
    load: async () => (await import("./commands/status.ts")).status,
  })
    .argument("[run]", "run id")
    .option("--follow", "show what happens until the run has ended");
}

function addCloudCommands(program: Command, define: Define): void {
  const config = program.command("config").description("How a stack in AWS runs the uploads of a data set");
  define(config, {
    name: "push",
    summary: "Freeze bobbin.json with its recipe and tables into a stack: uploads are run by them",
    example: "bobbin config push --store aws:thaal",
    load: async () => (await import("./commands/config-push.ts")).configPush,
  })
    .addOption(deviceOption().default("cuda"))
    .addOption(namesOption())
    .option("--recipe <recipe>", "plan, demo or a file, instead of the config's")
    .option("--no-decode", "do not decode the images; headers, structure and digests are still checked");
  define(program, {
    name: "deploy",
    summary:
      "Put a stack into an AWS account, or bring it up to date, with the AWS CDK and no more rights than it needs",
    example: "bobbin deploy --dry-run",
    load: async () => (await import("./commands/deploy.ts")).deploy,
  })
    .addOption(settingsOption())
    .option("--dry-run", "print the commands and run none")
    .option("--no-bootstrap", "deploy with CDK's bootstrap of the account as it is")
    .option("--replace-bootstrap", "give CDK's bootstrap Bobbin's rights, where it has others")
    .option("--yes", "widen rights without asking");
  define(program, {
    name: "upload",
    summary: "Bring an export into a stack, where it starts a run",
    example: "bobbin upload frames.zip --store aws:thaal",
    load: async () => (await import("./commands/upload.ts")).upload,
  })
    .argument("<export>", "zip or folder")
    .addOption(modeOption())
    .addOption(annotatorOption())
    .option(
      "--name <name>",
      "name of the upload (default: the export's, and the time); a folder that was cut off goes on under it",
    )
    .addOption(retrainOption())
    .addOption(overrideOption());
}

function addMoneyCommands(program: Command, define: Define): void {
  define(program, {
    name: "plan",
    summary: "What a run of an export will likely cost, what at most and by what arithmetic, and what is left",
    example: "bobbin plan frames.zip --store aws:thaal",
    load: async () => (await import("./commands/plan.ts")).plan,
    endsAtOnce: true,
  })
    .argument("<export>", "zip or folder")
    .addOption(modeOption())
    .addOption(deviceOption("cpu, in a stack cuda"))
    .addOption(namesOption())
    .option("--recipe <recipe>", "plan, demo or a file, instead of the config's");
  const budget = define(program, {
    name: "budget",
    summary: "What has been promised and spent, by run, and what is left",
    example: "bobbin budget",
    load: async () => (await import("./commands/budget.ts")).budget,
  });
  define(budget, {
    name: "raise",
    summary: "Raise the cap, or open a closed budget again; who and why is kept for ever",
    example: "bobbin budget raise --to 250 --reason 'the second camera'",
    load: async () => (await import("./commands/budget-raise.ts")).budgetRaise,
  })
    .requiredOption("--to <dollars>", "the new cap in US dollars, e.g. 250")
    .requiredOption("--reason <why>", "why it is raised");
  define(program, {
    name: "stop",
    summary: "Close the budgets, let nothing start, end every run and every job, and see that nothing is left",
    example: "bobbin stop --all --store aws:thaal",
    load: async () => (await import("./commands/stop.ts")).stop,
  })
    .option("--all", "everything of the store; `bobbin cancel RUN` ends one run")
    .option("--reason <why>", "kept in the ledger", "stopped by hand");
  const prices = program.command("prices").description("The prices that promises are made by");
  define(prices, {
    name: "check",
    summary: "How old the known prices are, and what AWS's public list says",
    example: "bobbin prices check",
    load: async () => (await import("./commands/prices-check.ts")).pricesCheck,
  })
    .option("--offline", "tell only how old they are")
    .option("--list <url>", "a price list of the EC2 offer in CSV, instead of AWS's for the region");
}

function addModelCommands(program: Command, define: Define): void {
  const models = define(program, {
    name: "models",
    summary: "All releases with their numbers",
    example: "bobbin models",
    load: async () => (await import("./commands/models.ts")).models,
  });
  define(models, {
    name: "show",
    summary: "One release in full",
    example: "bobbin models show v0",
    load: async () => (await import("./commands/models-show.ts")).modelsShow,
  }).argument("<version>", "release, e.g. v0.1");
  define(program, {
    name: "report",
    summary: "Open the report of a release, or print where it lies",
    example: "bobbin report v0",
    load: async () => (await import("./commands/report.ts")).report,
  })
    .argument("<version>", "release, e.g. v0.1")
    .option("--no-open", "only print the path");
  define(program, {
    name: "evaluate",
    summary: "Score a release on other labelled frames, with the trainer of this machine",
    example: "bobbin evaluate v0 --on other.zip",
    load: async () => (await import("./commands/evaluate.ts")).evaluate,
  })
    .argument("<version>", "release, e.g. v0.1")
    .requiredOption("--on <export>", "zip or folder with labels and images")
    .addOption(deviceOption())
    .addOption(namesOption())
    .option("--fingerprint <fingerprint>", "SHA256:… that the key of a stack must have");
  define(program, {
    name: "compare",
    summary: "Two releases on the test frames of both: where it got better and worse, the kinds of mistakes, the trend",
    example: "bobbin compare v0 v0.1",
    load: async () => (await import("./commands/compare.ts")).compare,
  })
    .argument("<first>", "release, e.g. v0")
    .argument("<second>", "release that is compared with it, e.g. v0.1");
  define(program, {
    name: "verify",
    summary: "Check a release folder offline: every digest, the statement, the signature; or a release of a stack",
    example: "bobbin verify bobbin-store/registry/models/lbzf/v0 --key lbzf.pem.pub",
    load: async () => (await import("./commands/verify.ts")).verify,
    endsAtOnce: true,
  })
    .argument("<release>", "folder of the release; its version where --store is a stack")
    .option("--key <file>", "public key, from a place of its own (default on a stack: the stack's signing key)")
    .option("--fingerprint <fingerprint>", "SHA256:… that the key must have");
}

function addSetupCommands(program: Command, define: Define): void {
  const base = program.command("base").description("Starting weights of the store");
  define(base, {
    name: "add",
    summary: "Take starting weights into the store",
    example: "bobbin base add yolov8n.pt --name yolov8n",
    load: async () => (await import("./commands/base-add.ts")).baseAdd,
  })
    .argument("<file>", "an Ultralytics checkpoint")
    .requiredOption("--name <name>", "name of the weights, e.g. yolov8n")
    .option("--unofficial", "take a file that is not the official one of that name");
  define(program, {
    name: "setup",
    summary: "Make the trainer's Python environment",
    example: "bobbin setup",
    load: async () => (await import("./commands/setup.ts")).setup,
  });
  define(program, {
    name: "doctor",
    summary: "What is here, what is missing, how to mend it",
    example: "bobbin doctor --aws",
    load: async () => (await import("./commands/doctor.ts")).doctor,
  })
    .option(
      "--aws",
      "look at the AWS account instead of this machine (as with the --store of a stack): rights, quotas, zones, stack, image, alarms",
    )
    .addOption(settingsOption());
}

/** Help and usage errors of commander are its own; their code is ours: 0 for help, 2 for wrong usage. */
function usageExit(error: unknown): number {
  if (!(error instanceof CommanderError)) throw error;
  return error.exitCode === 0 ? 0 : 2;
}

/** Runs one command line. @returns the exit code */
export async function runProgram(argv: readonly string[], run: Run): Promise<number> {
  let code = 0;
  const define = definer(run, (given) => {
    code = given;
  });
  const program = new Command("bobbin")
    .description("Turns labelled frames into a versioned, evaluated, signed YOLO model.")
    .version(packageVersion())
    .option("--json", "answer as JSON on stdout, progress as JSON lines on stderr")
    .option(
      "--store <store>",
      "where frames, runs and releases lie: a folder, aws:NAME for a stack, s3 for that of ./bobbin.cloud.json",
      "./bobbin-store",
    )
    .option("--config <file>", "the project config", "./bobbin.json")
    .option("--env <folder>", "the trainer's Python environment (default: ./.bobbin/env)")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => run.streams.stdout.write(text),
      writeErr: (text) => run.streams.stderr.write(text),
    });
  addDataCommands(program, define);
  addExperimentCommands(program, define);
  addRunCommands(program, define);
  addCloudCommands(program, define);
  addMoneyCommands(program, define);
  addModelCommands(program, define);
  addSetupCommands(program, define);
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
