// What the store asks of the disk: temporary files, links that fail where the name is taken, and writes that outlive a power cut.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { BobbinError } from "../../contracts/errors.ts";
import { codeOf } from "../error-code.ts";

const run = promisify(execFile);
const windows = process.platform === "win32";
/** Stored files are read-only, so that a program which "repairs" its inputs in place is refused. Not on Windows: such files cannot be removed there. */
const mode = windows ? 0o666 : 0o444;
/** Tells this loading of the module from every other, on whatever machine shares the folder. */
const instance = randomBytes(6).toString("hex");
let counter = 0;

/** A name nobody else uses. */
export function temporaryName(folder: string): string {
  counter += 1;
  return `${folder}${path.sep}${process.pid}-${instance}-${counter}`;
}

/** Opens for writing what must not exist yet, making its folder where needed. */
export function openNew(file: string): number {
  try {
    return fs.openSync(file, "wx", mode);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    return fs.openSync(file, "wx", mode);
  }
}

export function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.byteLength; ) {
    done += fs.writeSync(descriptor, bytes, done, bytes.byteLength - done);
  }
}

/** Writes a new file with these bytes; with `flush` they are on the disk when this returns. */
export function writeNew(file: string, bytes: Uint8Array, flush: boolean): void {
  const descriptor = openNew(file);
  try {
    writeAll(descriptor, bytes);
    if (flush) fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Makes a folder's entries outlive a power cut. Windows has no such call and keeps its own journal of names. */
export function flushFolder(folder: string): void {
  if (windows) return;
  const descriptor = fs.openSync(folder, "r");
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Folders that were made on the way to `file` are flushed too, up to `root`. */
export function flushNames(file: string, root: string, levels: number): void {
  let folder = path.dirname(file);
  for (let level = 0; level <= levels && folder.length >= root.length; level += 1) {
    flushFolder(folder);
    folder = path.dirname(folder);
  }
}

/**
 * Gives `from` a second name `to`, unless that name is taken: the one step that cannot be half done, on every process of the machine.
 * @returns how many folders had to be made; null where the name is taken
 */
export function linkNew(from: string, to: string, root: string): number | null {
  let made = 0;
  for (;;) {
    try {
      fs.linkSync(from, to);
      return made;
    } catch (error) {
      const code = codeOf(error);
      if (code === "EEXIST") return null;
      if (code === "ENOENT" && made === 0) {
        made = makeFolders(path.dirname(to));
        continue;
      }
      throw linkProblem(error, root);
    }
  }
}

/** How many folders up the new names reach; all of them where another process made them at the same moment. */
function makeFolders(folder: string): number {
  const first = fs.mkdirSync(folder, { recursive: true });
  return first === undefined ? Number.POSITIVE_INFINITY : path.relative(first, folder).split(path.sep).length + 1;
}

function linkProblem(error: unknown, root: string): unknown {
  const without = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EISDIR", "UNKNOWN"];
  if (!without.includes(codeOf(error))) return error;
  const problem =
    "its file system has no hard links, and without them two processes could overwrite each other (exFAT, FAT and some network drives)";
  return new BobbinError("StoreUnusable", { store: root, problem }, { cause: error });
}

/** Flushes files written without it: one call for the whole file system where there is one, else file by file. */
export async function flushMany(files: readonly string[], root: string): Promise<void> {
  if (files.length > 16 && process.platform === "linux") {
    try {
      await run("sync", ["-f", root]);
      return;
    } catch {
      // A small system may lack `sync -f`; the slow way below does the same.
    }
  }
  const folders = new Set<string>();
  for (const file of files) {
    const handle = await fs.promises.open(file, windows ? "r+" : "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    folders.add(path.dirname(file));
  }
  for (const folder of folders) flushFolder(folder);
}

/** Removes temporary files that a killed process left a day ago or longer. */
export function sweep(folder: string, now: number): void {
  let names: string[];
  try {
    names = fs.readdirSync(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  for (const name of names) {
    const file = path.join(folder, name);
    const found = fs.statSync(file, { throwIfNoEntry: false });
    if (found !== undefined && now - found.mtimeMs > 86_400_000) fs.rmSync(file, { force: true });
  }
}
