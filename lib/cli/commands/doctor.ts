// bobbin doctor: what is here, or with --aws in an account, what is missing, how to mend it. It changes nothing.
import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { DoctorAnswer } from "../../contracts/answers.ts";
import { isBobbinError } from "../../contracts/errors.ts";
import { type Check, missing, ok, warning } from "../../core/account/check.ts";
import { syncedBy } from "../../local/store/synced.ts";
import type { Context } from "../context.ts";
import { checkAccount } from "../doctor-aws.ts";
import { keyFile, packageVersion } from "../paths.ts";
import { loadProject, type Project } from "../project.ts";
import { findPython, pythonOf, pythonVersion } from "../python.ts";
import { plain } from "../text.ts";

async function checkPython(): Promise<Check> {
  try {
    const command = await findPython();
    return ok("Python", `${command} ${(await pythonVersion(command)) ?? ""}`);
  } catch (error) {
    if (isBobbinError(error, "PythonMissing")) return missing("Python", error.data.found, error.todo);
    throw error;
  }
}

async function checkTrainer(context: Context): Promise<Check> {
  const python = pythonOf(context.env, "python");
  const version = existsSync(python) ? await pythonVersion(python) : null;
  return version === null
    ? missing("trainer", `no environment at ${context.env}`, "Make it: `bobbin setup`.")
    : ok("trainer", `${context.env}, Python ${version}`);
}

async function checkDisk(context: Context): Promise<Check> {
  let folder = context.store;
  while (!existsSync(folder)) folder = dirname(folder);
  const disk = await statfs(folder);
  const free = (disk.bavail * disk.bsize) / 1e9;
  const found = `${free.toFixed(0)} GB free at ${folder}`;
  return free < 10
    ? warning(
        "disk",
        found,
        "A store with its releases and checkpoints wants 10 GB; choose another folder with `--store`.",
      )
    : ok("disk", found);
}

function checkStore(context: Context): Check {
  const service = syncedBy(context.store);
  if (service !== null)
    return warning(
      "store",
      `${context.store} is inside ${service}`,
      "A synced folder renames and copies files behind a program's back: choose another one with `--store`.",
    );
  return existsSync(context.store) ? ok("store", context.store) : ok("store", `${context.store}, not made yet`);
}

function checkKey(context: Context, project: Project): Check {
  const file = keyFile(context.configFile, project.config.project);
  if (!existsSync(file))
    return missing(
      "signing key",
      `no ${file}`,
      "Bring it from where the project was made, or make one with `bobbin init`.",
    );
  return project.config.signingKey === undefined
    ? warning(
        "signing key",
        `${file}, not pinned in the config`,
        "Write its fingerprint into `signingKey` of the config.",
      )
    : ok("signing key", file);
}

async function checkProject(context: Context): Promise<Check[]> {
  try {
    const project = await loadProject(context.configFile);
    return [
      ok(
        "config",
        `${context.configFile}: ${plain(project.config.project)}, ${project.config.classes.length} classes, recipe ${project.recipe.name}`,
      ),
      checkKey(context, project),
    ];
  } catch (error) {
    if (isBobbinError(error)) return [missing("config", error.message, error.todo)];
    throw error;
  }
}

const marks = { ok: "✓", warning: "!", missing: "✗" } as const;

export interface DoctorOptions {
  readonly aws?: boolean;
  readonly settings: string;
}

export async function doctor(context: Context, _: readonly [], { aws, settings }: DoctorOptions): Promise<number> {
  // A stack is nothing of this machine: whoever names one asks about its account.
  const isAccount = aws === true || context.stack !== null;
  const checks = isAccount ? [...(await checkAccount(context, settings))] : await checkMachine(context);
  const answer: DoctorAnswer = {
    schema: "bobbin/answer-doctor/1",
    checks,
    ok: checks.every(({ state }) => state !== "missing"),
  };
  context.out.answer(answer, () =>
    checks.flatMap(({ name, state, found, todo }) => [
      `${marks[state]} ${name.padEnd(12)} ${found}`,
      ...(todo === null ? [] : [`               → ${todo}`]),
    ]),
  );
  return answer.ok ? 0 : 1;
}

async function checkMachine(context: Context): Promise<Check[]> {
  return [
    ok("Bobbin", `${packageVersion()} on Node ${process.versions.node}`),
    await checkPython(),
    await checkTrainer(context),
    await checkDisk(context),
    checkStore(context),
    ...(await checkProject(context)),
  ];
}
