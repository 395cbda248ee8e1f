// A job's folder: every file that the trainer may read, linked to the store where the disk allows, copied where it does not.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import type { JobInput } from "../../core/ports.ts";
import { codeOf } from "../error-code.ts";
import type { FolderStore } from "../store/folder-store.ts";
import type { LocalStores } from "../store/open.ts";

/** @throws RangeError where a path leaves the folder: a fault of ours */
export function inside(folder: string, name: string): string {
  const file = path.resolve(folder, name);
  if (!file.startsWith(`${path.resolve(folder)}${path.sep}`)) throw new RangeError(`${name} leaves the job's folder`);
  return file;
}

/** Lays out the inputs; what already lies there with the same content stays. */
export function layOut(folder: string, inputs: Iterable<JobInput>, stores: LocalStores): void {
  const links = { data: stores.data.linker(), registry: stores.registry.linker() };
  // Files of a folder mostly follow each other; each folder is judged and made once.
  const folders = new Map<string, string>();
  for (const input of inputs) {
    const cut = input.path.lastIndexOf("/") + 1;
    const [above, name] = [input.path.slice(0, cut), input.path.slice(cut)];
    const parent = folders.get(above) ?? path.dirname(inside(folder, input.path));
    if (!folders.has(above)) {
      fs.mkdirSync(parent, { recursive: true });
      folders.set(above, parent);
    }
    const file = isPlain(name) ? `${parent}${path.sep}${name}` : inside(folder, input.path);
    if ("text" in input) writeFresh(file, input.text);
    else lay(input.key, file, links[input.bucket], stores[input.bucket]);
  }
}

/** A name that leads nowhere else, whatever the system's rules for paths are. */
function isPlain(name: string): boolean {
  return /^\w[\w.-]*$/.test(name);
}

/**
 * Straight under its name where nothing has it: the job starts when all is laid out, and whatever an attempt that died left half
 * written is laid out again, then the careful way.
 */
function writeFresh(file: string, text: string): void {
  try {
    fs.writeFileSync(file, text, { flag: "wx" });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    writeWhole(file, text);
  }
}

function lay(key: string, file: string, link: ReturnType<FolderStore["linker"]>, store: FolderStore): void {
  try {
    link(key, file);
  } catch (error) {
    if (codeOf(error) === "EEXIST") {
      if (sameFile(store.readPath(key), file)) return;
      fs.rmSync(file);
      lay(key, file, link, store);
      return;
    }
    // Another disk, or too many links to one file.
    if (!["EXDEV", "EMLINK", "EPERM"].includes(codeOf(error))) throw error;
    copyWhole(store.readPath(key), file);
  }
}

/** The same file by two names, or a whole copy of it. */
function sameFile(a: string, b: string): boolean {
  const [first, second] = [fs.statSync(a), fs.statSync(b)];
  if (first.ino === second.ino && first.dev === second.dev) return true;
  return first.size === second.size && digest(a) === digest(b);
}

function digest(file: string): string {
  return createHash("sha256").update(fs.readFileSync(file)).digest("hex");
}

/** Under a name that nobody reads until it is whole. */
function copyWhole(from: string, to: string): void {
  fs.copyFileSync(from, `${to}.part`);
  fs.renameSync(`${to}.part`, to);
}

export function writeWhole(file: string, text: string): void {
  fs.writeFileSync(`${file}.part`, text);
  fs.renameSync(`${file}.part`, file);
}

/** SHA-256 of a file of any size. */
export async function digestOfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(fs.createReadStream(file), hash);
  return hash.digest("hex");
}
