// bobbin setup: makes the trainer's Python environment from the lock file, with the pinned uv.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { BobbinError } from "../../contracts/errors.ts";
import type { Context } from "../context.ts";
import { childEnvironment } from "../env.ts";
import { packageRoot, trainerFolder } from "../paths.ts";
import { pythonOf, requiredUv } from "../python.ts";

/** Runs a program with its output on stderr. @throws SetupFailed */
function execute(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", 2, 2], env: childEnvironment(env) });
    child.on("error", (cause) =>
      reject(
        new BobbinError("SetupFailed", { command: [command, ...args].join(" "), problem: cause.message }, { cause }),
      ),
    );
    child.on("exit", (code) =>
      code === 0
        ? resolve()
        : reject(
            new BobbinError("SetupFailed", { command: [command, ...args].join(" "), problem: `exit code ${code}` }),
          ),
    );
  });
}

/** uv in an environment of its own beside the trainer's: nothing global is touched. */
async function installUv(folder: string, python: string): Promise<string> {
  const tool = join(folder, "uv");
  const binary = pythonOf(tool, "uv");
  if (existsSync(binary)) return binary;
  await mkdir(folder, { recursive: true });
  await execute(python, ["-m", "venv", tool]);
  await execute(pythonOf(tool, "python"), [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--require-hashes",
    "-r",
    join(packageRoot(), requiredUv),
  ]);
  return binary;
}

export async function setup(context: Context): Promise<number> {
  const { findPython } = await import("../python.ts");
  const python = await findPython();
  context.out.say(`Making the trainer's environment at ${context.env} (about 6 GB)…`);
  const uv = await installUv(`${context.env}.tools`, python);
  await execute(
    uv,
    ["sync", "--frozen", "--no-dev", "--compile-bytecode", "--python", python, "--project", trainerFolder()],
    { UV_PROJECT_ENVIRONMENT: context.env, UV_PYTHON_DOWNLOADS: "never" },
  );
  context.out.answer({ env: context.env }, () => [`The trainer's environment is ready: ${context.env}`]);
  return 0;
}
