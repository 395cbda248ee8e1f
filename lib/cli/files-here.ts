// The files of a run as files of this machine: where the store is a folder they lie there, out of a stack they are brought here.
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ObjectStore } from "../core/ports.ts";
import type { Context } from "./context.ts";

/** @param folder that is made where one stands, for what comes out of a stack @returns the path of each */
export async function filesHere<Name extends string>(
  context: Context,
  data: ObjectStore,
  folder: string,
  keys: Readonly<Record<Name, string>>,
): Promise<Record<Name, string>> {
  const places: Partial<Record<Name, string>> = {};
  for (const [name, key] of Object.entries<string>(keys) as [Name, string][]) {
    places[name] = context.stack === null ? join(context.store, "data", key) : await bring(key, resolve(folder), data);
  }
  return places as Record<Name, string>;
}

async function bring(key: string, folder: string, data: ObjectStore): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, basename(key));
  await pipeline(data.stream(key), createWriteStream(path));
  return path;
}
