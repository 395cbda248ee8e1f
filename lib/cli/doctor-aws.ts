// bobbin doctor --aws: what has to be right in an account before a job can run there, by its settings or by the name of its stack.
import { resolve } from "node:path";
import { isBobbinError } from "../contracts/errors.ts";
import { type Check, missing, ok } from "../core/account/check.ts";
import type { Plan } from "../core/account/facts.ts";
import { accountFindings } from "../core/account/findings.ts";
import { readCloudSettings } from "./cloud-settings.ts";
import type { Context } from "./context.ts";

export async function checkAccount(context: Context, settingsFile: string): Promise<readonly Check[]> {
  const { check, plan, name } = readPlan(resolve(settingsFile), context.stack);
  const { lookAtAccount } = await import("../aws/look-at-account.ts");
  return [...check, ...accountFindings(await lookAtAccount(name, plan), plan)];
}

/** Whoever names the stack needs no settings, and settings of another stack say nothing about it. */
function readPlan(file: string, stack: string | null): { check: Check[]; plan: Plan; name: string | null } {
  try {
    const settings = readCloudSettings(file);
    if (stack !== null && stack !== settings.name) return { check: [], plan: null, name: stack };
    const { name, region, instanceType, zoneIds } = settings;
    return {
      check: [ok("settings", `${file}: ${name} in ${region}, ${instanceType} in ${zoneIds.join(", ")}`)],
      plan: settings,
      name,
    };
  } catch (error) {
    if (!isBobbinError(error)) throw error;
    if (stack !== null && error.name === "SettingsMissing") return { check: [], plan: null, name: stack };
    return { check: [missing("settings", error.message, error.todo)], plan: null, name: stack };
  }
}
