// Where the trainer's Python is, and what it gets to see of this machine: a path, a home of its own, no secrets.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { BobbinError } from "../../contracts/errors.ts";

const windows = process.platform === "win32";

/** @throws TrainerMissing with the command that makes the environment */
export function pythonOf(env: string): string {
  const file = windows ? path.join(env, "Scripts", "python.exe") : path.join(env, "bin", "python");
  if (fs.existsSync(file)) return path.resolve(file);
  throw new BobbinError("TrainerMissing", { env, command: "bobbin setup" });
}

/** The whole environment of a job: what is not here does not reach it. */
export function trainerVariables(trainer: string, folder: string, threads: number): Record<string, string> {
  const home = path.join(folder, "home");
  fs.mkdirSync(home, { recursive: true });
  return {
    PYTHONPATH: path.resolve(trainer),
    PYTHONDONTWRITEBYTECODE: "1",
    PYTHONUNBUFFERED: "1",
    PYTHONUTF8: "1",
    PATH: windows ? String.raw`C:\Windows\System32;C:\Windows` : "/usr/bin:/bin",
    HOME: home,
    TMPDIR: os.tmpdir(),
    OMP_NUM_THREADS: String(threads),
    OMP_WAIT_POLICY: "PASSIVE",
    LC_ALL: "C.UTF-8",
    ...(windows ? { SYSTEMROOT: String.raw`C:\Windows`, USERPROFILE: home, TEMP: os.tmpdir(), TMP: os.tmpdir() } : {}),
  };
}
