// Where an export lies that a command was given.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { BobbinError } from "../contracts/errors.ts";

/** The full path. @throws ExportMissing */
export function exportAt(path: string): string {
  const location = resolve(path);
  if (!existsSync(location)) throw new BobbinError("ExportMissing", { path });
  return location;
}
