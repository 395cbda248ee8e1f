// Is that process still the one we mean? A number alone is not enough: the system gives it to another process later.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import * as z from "zod";
import { codeOf } from "../error-code.ts";

/** A process of one machine, for as long as that machine is up. */
export const processMark = z.strictObject({
  pid: z.int().min(1),
  /** When it started, in the system's own words; null where the system does not say. */
  started: z.string().nullable(),
  host: z.string(),
});
export type ProcessMark = z.infer<typeof processMark>;

/** A mark of a running process; null where there is none of that number. */
export function markOf(pid: number): ProcessMark | null {
  if (!exists(pid)) return null;
  return { pid, started: startOf(pid), host: os.hostname() };
}

/** True where the marked process runs, or where nobody can tell: then a second worker would be worse than a refusal. */
export function isAlive(mark: ProcessMark): boolean {
  if (mark.host !== os.hostname()) return true;
  if (!exists(mark.pid)) return false;
  const started = startOf(mark.pid);
  return started === null || mark.started === null || started === mark.started;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    // EPERM: it runs, and belongs to someone else.
    return codeOf(error) === "EPERM";
  }
}

/** Fields of /proc/<pid>/stat after the name, which may hold spaces and brackets; null where there is no such file. */
function statOf(pid: number): readonly string[] | null {
  if (process.platform !== "linux") return null;
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    // It ended while we looked.
    return null;
  }
}

/** Leaders of groups that work in a folder, by what the system shows; empty where it does not. */
export function processesIn(folder: string): readonly number[] {
  if (process.platform !== "linux") return [];
  const wanted = fs.realpathSync(folder);
  const numbers = fs.readdirSync("/proc").filter((name) => /^[1-9][0-9]*$/.test(name));
  return numbers.map(Number).filter((pid) => folderOf(pid) === wanted && statOf(pid)?.[2] === String(pid));
}

function folderOf(pid: number): string | null {
  try {
    return fs.readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    // It ended while we looked, or belongs to someone else.
    return null;
  }
}

/** Ended, and its parent has not asked for it yet. */
function isZombie(pid: number): boolean {
  return statOf(pid)?.[0] === "Z";
}

function startOf(pid: number): string | null {
  if (process.platform === "linux") {
    const ticks = statOf(pid)?.[19];
    return ticks === undefined ? null : `${bootId()}:${ticks}`;
  }
  const [command, ...rest] =
    process.platform === "win32"
      ? ["powershell", "-NoProfile", "-Command", `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`]
      : ["ps", "-o", "lstart=", "-p", String(pid)];
  try {
    return execFileSync(command ?? "", rest, { encoding: "utf8", timeout: 10_000 }).trim() || null;
  } catch {
    // The tool is missing or the process ended: the caller then goes by the number alone.
    return null;
  }
}

/** Changes with every start of the machine. */
function bootId(): string {
  return fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
