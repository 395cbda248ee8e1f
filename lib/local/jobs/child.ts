// One child process with everything it starts: begun in a group of its own, ended as a group, never left behind.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { isAlive, markOf, type ProcessMark, processesIn, processMark } from "../process/alive.ts";

const windows = process.platform === "win32";
/** After this long a group that was asked to end is killed. */
const graceSeconds = 30;
/** Where the process is written down while it runs, in the folder it works in, so that whoever comes after a crash finds it. */
const markName = "process.json";

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Command {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
  readonly stderr: number;
  readonly signal: AbortSignal;
}

/** Runs a command to its end; an abort asks its group to end, then kills it. */
export async function runChild(command: Command): Promise<Ended> {
  command.signal.throwIfAborted();
  const child = spawn(command.file, [...command.arguments], {
    cwd: command.folder,
    env: { ...command.env },
    detached: !windows,
    windowsHide: true,
    stdio: ["pipe", "pipe", command.stderr],
  });
  const ended = endOf(child);
  // What the job started and left behind goes with it; it may hold our pipes open.
  child.once("exit", () => signalGroup(child.pid, "SIGKILL"));
  if (child.pid !== undefined) fs.writeFileSync(path.join(command.folder, markName), JSON.stringify(markOf(child.pid)));
  readLines(child, command.onLine);
  const stop = () => {
    void endGroup(child.pid, ended);
  };
  command.signal.addEventListener("abort", stop, { once: true });
  try {
    return await ended;
  } finally {
    command.signal.removeEventListener("abort", stop);
    fs.rmSync(path.join(command.folder, markName), { force: true });
  }
}

function endOf(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
}

/** Longer lines than this are no progress of ours. */
const lineCharacters = 65_536;

function readLines(child: ChildProcess, onLine: (line: string) => void): void {
  let rest = "";
  child.stdout?.setEncoding("utf8");
  child.stdout?.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = (lines.pop() ?? "").slice(0, lineCharacters);
    for (const line of lines) onLine(line);
  });
  child.stdout?.on("end", () => {
    if (rest !== "") onLine(rest);
  });
}

async function endGroup(pid: number | undefined, ended: Promise<Ended>): Promise<void> {
  signalGroup(pid, "SIGTERM");
  const timer = setTimeout(() => signalGroup(pid, "SIGKILL"), graceSeconds * 1000);
  await ended.catch(() => null);
  clearTimeout(timer);
}

/** To the process and all it started; whoever has ended already is no fault. */
function signalGroup(pid: number | undefined, signal: "SIGTERM" | "SIGKILL"): void {
  if (pid === undefined) return;
  try {
    if (windows) execFileSync("taskkill", ["/pid", String(pid), "/T", "/F"], { stdio: "ignore" });
    else process.kill(-pid, signal);
  } catch {
    // Gone: that is what was wanted.
  }
}

/** Children that work in a folder, and outlived the process which started them. */
export function orphansIn(folder: string): readonly ProcessMark[] {
  const written = readMark(path.join(folder, markName));
  // Killed between starting a child and writing it down, a process leaves no mark; the child still works in the folder.
  const found = processesIn(folder).map(markOf);
  return [written, ...found].flatMap((mark) => (mark !== null && isAlive(mark) ? [mark] : []));
}

/** Ends them, so that two never work in one folder. */
export async function endOrphans(folder: string): Promise<void> {
  for (const mark of orphansIn(folder)) {
    signalGroup(mark.pid, "SIGTERM");
    for (let tenths = 0; isAlive(mark); tenths += 1) {
      if (tenths === graceSeconds * 10) signalGroup(mark.pid, "SIGKILL");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  fs.rmSync(path.join(folder, markName), { force: true });
}

function readMark(markFile: string): ProcessMark | null {
  if (!fs.existsSync(markFile)) return null;
  const parsed = processMark.safeParse(json(fs.readFileSync(markFile, "utf8")));
  return parsed.success ? parsed.data : null;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Torn by a power cut, which ended the child too.
    return null;
  }
}
