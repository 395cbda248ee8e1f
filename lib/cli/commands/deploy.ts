// bobbin deploy: `cdk bootstrap` with Bobbin's own policies and boundary, then `cdk deploy`. It prints what it runs and adds nothing
// that could not be typed by hand.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import type { DeployAnswer } from "../../contracts/answers.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { type DeployCommand, deployCommands, isOurs } from "../../core/account/deploy-plan.ts";
import { readCloudSettings } from "../cloud-settings.ts";
import type { Context } from "../context.ts";
import { childEnvironment, searchPath } from "../env.ts";
import { packageRoot } from "../paths.ts";

export interface DeployOptions {
  readonly settings: string;
  readonly bootstrap: boolean;
  readonly dryRun?: boolean;
  readonly replaceBootstrap?: boolean;
  readonly yes?: boolean;
}

/** A command with the folder and the variables that it needs. */
interface Step {
  /** Null: an empty one. */
  readonly folder: string | null;
  readonly variables: Readonly<Record<string, string>>;
  readonly words: readonly string[];
}

export async function deploy(context: Context, _: readonly [], options: DeployOptions): Promise<number> {
  const settingsFile = resolve(options.settings);
  const { name, region } = readCloudSettings(settingsFile);
  const root = sourceRoot();
  const { account, arn } = await identityIn(region);
  if (options.bootstrap && options.replaceBootstrap !== true) await leaveOthersBootstrap(name, region);
  const target = {
    ...{ name, region, account },
    partition: arn.split(":")[1] ?? "aws",
    app: `node ${quoted(join(root, "bin/cdk.ts"))}`,
    assembly: join(dirname(settingsFile), "cdk.out"),
  };
  const commands = deployCommands(target, { bootstrap: options.bootstrap, yes: options.yes === true });
  const steps = commands.map(
    ({ words, where }: DeployCommand): Step => ({
      folder: where === "aside" ? null : dirname(settingsFile),
      variables: { AWS_REGION: region, ...(where === "aside" ? {} : { BOBBIN_CLOUD: settingsFile }) },
      words: [join(root, "node_modules/.bin/cdk"), ...words],
    }),
  );
  for (const step of options.dryRun === true ? [] : steps) await execute(step, root, context);
  const ran = options.dryRun !== true;
  const answer: DeployAnswer = {
    schema: "bobbin/answer-deploy/1",
    ...{ account, region, ran },
    commands: steps.map(shellText),
  };
  const after = `Deployed. What the account is still missing: bobbin doctor --aws --settings ${settingsFile}`;
  context.out.answer(answer, () => (ran ? [after] : answer.commands));
  return 0;
}

/** @throws SourceMissing where Bobbin was installed from a package, which holds no functions */
function sourceRoot(): string {
  const root = packageRoot();
  for (const path of ["bin/cdk.ts", "lambdas", "node_modules/.bin/cdk"])
    if (!existsSync(join(root, path))) throw new BobbinError("SourceMissing", { path: join(root, path) });
  return root;
}

async function identityIn(region: string) {
  const { callerIdentity } = await import("../../aws/identity.ts");
  return callerIdentity(region);
}

/** An account may deploy other things with CDK: theirs would fail with our rights. @throws BootstrapTaken */
async function leaveOthersBootstrap(name: string, region: string): Promise<void> {
  const { bootstrapOf } = await import("../../aws/look-at-account.ts");
  const found = await bootstrapOf(region);
  if (found === null || isOurs(name, found)) return;
  const rights = found.policies.join(", ") || "an administrator's rights";
  throw new BobbinError("BootstrapTaken", { found: rights, region });
}

/** What CDK prints is words, not data. @throws DeployFailed */
async function execute(step: Step, root: string, context: Context): Promise<void> {
  context.out.say(`$ ${shellText(step)}`);
  const aside = await mkdtemp(join(tmpdir(), "bobbin-deploy-"));
  const path = [join(root, "node_modules/.bin"), searchPath()].join(delimiter);
  try {
    const problem = await problemOf(step, { cwd: step.folder ?? aside, path });
    if (problem === null) return;
    // Ctrl-C reached CDK too; what CloudFormation has begun it goes on with.
    if (context.signal.aborted) throw new Error("interrupted");
    throw new BobbinError("DeployFailed", { command: shellText(step), problem });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/** Runs it; null where it ended well. */
function problemOf({ words, variables }: Step, { cwd, path }: { cwd: string; path: string }): Promise<string | null> {
  const [program = "", ...rest] = words;
  const child = spawn(program, rest, {
    ...{ cwd, stdio: ["inherit", 2, 2] },
    env: childEnvironment({ ...variables, PATH: path }),
  });
  return new Promise((done) => {
    child.on("error", ({ message }) => done(message));
    child.on("exit", (code, signal) => done(code === 0 ? null : `exit code ${code ?? signal}`));
  });
}

function shellText({ folder, variables, words }: Step): string {
  const place = folder === null ? '"$(mktemp -d)"' : quoted(folder);
  const set = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}`);
  return `cd ${place} && ${[...set, ...words.map(quoted)].join(" ")}`;
}

const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
