// Finds a Python for the trainer, and names the programs of an environment on this platform.
import { execFile } from "node:child_process";
import { platform } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { BobbinError } from "../contracts/errors.ts";

/** The pinned uv with its hashes, in the package. */
export const requiredUv = ".ci/uv.txt";
const candidates =
  platform() === "win32" ? ["python3.11", "py", "python"] : ["python3.11", "python3.12", "python3", "python"];

/** A program of a Python environment. */
export function pythonOf(environment: string, program: string): string {
  return platform() === "win32" ? join(environment, "Scripts", `${program}.exe`) : join(environment, "bin", program);
}

/** Version of an interpreter as `3.11.7`; null where it does not run. */
export async function pythonVersion(command: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(command, [
      "-c",
      "import sys, venv; print('.'.join(map(str, sys.version_info[:3])))",
    ]);
    return stdout.trim();
  } catch {
    // Not here, or without venv: the next candidate may be better.
    return null;
  }
}

/** @throws PythonMissing naming what was found */
export async function findPython(): Promise<string> {
  const found: string[] = [];
  for (const command of candidates) {
    const version = await pythonVersion(command);
    if (version !== null && /^3\.1[12]\./.test(version)) return command;
    if (version !== null) found.push(`${command} ${version}`);
  }
  throw new BobbinError("PythonMissing", {
    found: found.join(", ") || "none",
    wanted: "Python 3.11 or 3.12 with venv",
  });
}
