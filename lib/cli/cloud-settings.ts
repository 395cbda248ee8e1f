// bobbin.cloud.json as the command line reads it.
import { existsSync, readFileSync } from "node:fs";
import type { CloudSettings } from "../contracts/cloud.ts";
import { BobbinError } from "../contracts/errors.ts";
import { parseSettings } from "../core/config/cloud-settings.ts";

/** @throws SettingsMissing, ConfigInvalid, RegionNotAllowed */
export function readCloudSettings(file: string): CloudSettings {
  if (!existsSync(file)) throw new BobbinError("SettingsMissing", { path: file });
  return parseSettings(file, readFileSync(file, "utf8"));
}
