// A job's folder: every file that the trainer may read, linked to the store where the disk allows, copied where it does not.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import type { JobInput } from "../../core/ports.ts";
import { codeOf } from "../error-code.ts";
import type { LocalStores } from "../store/open.ts";

/** @throws RangeError where a path leaves the folder: a fault of ours */
export function inside(folder: string, name: string): string {
  const file = path.resolve(folder, name);
  if (!file.startsWith(`${path.resolve(folder)}${path.sep}`)) throw new RangeError(`${name} leaves the job's folder`);
  return file;
}

/** Lays out the inputs; what already lies there with the same content stays. */
export async function layOut(folder: string, inputs: AsyncIterable<JobInput>, stores: LocalStores): Promise<void> {
  const folders = new Set<string>();
  for await (const input of inputs) {
    const file = inside(folder, input.path);
    const parent = path.dirname(file);
    if (!folders.has(parent)) {
      fs.mkdirSync(parent, { recursive: true });
      folders.add(parent);
    }
    if ("text" in input) writeWhole(file, input.text);
    else link(stores[input.bucket].readPath(input.key), file);
  }
}

function link(from: string, to: string): void {
  try {
    fs.linkSync(from, to);
  } catch (error) {
    if (codeOf(error) === "EEXIST") {
      if (sameFile(from, to)) return;
      fs.rmSync(to);
      link(from, to);
      return;
    }
    // Another disk, or too many links to one file.
    if (!["EXDEV", "EMLINK", "EPERM"].includes(codeOf(error))) throw error;
    copyWhole(from, to);
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
