// The CDK app as `cdk` runs it: settings and policies from disk, stacks into cdk.out.
// `-c settings=FILE` or BOBBIN_CLOUD names the settings; bobbin.cloud.json beside cdk.json otherwise.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isBobbinError } from "../lib/contracts/errors.ts";
import { parseSettings } from "../lib/core/config/cloud-settings.ts";
import { bobbinApp } from "../lib/infra/app.ts";
import { loadPolicies } from "../lib/infra/iam/load.ts";

const root = dirname(import.meta.dirname);

function context(): Readonly<Record<string, unknown>> {
  return JSON.parse(process.env.CDK_CONTEXT_JSON ?? "{}");
}

try {
  const { settings: named } = context();
  const file = typeof named === "string" ? named : (process.env.BOBBIN_CLOUD ?? join(root, "bobbin.cloud.json"));
  bobbinApp({
    settings: parseSettings(file, readFileSync(file, "utf8")),
    policies: loadPolicies(join(root, "policies")),
    root,
  }).synth();
} catch (error) {
  if (!isBobbinError(error)) throw error;
  console.error(`${error.name}: ${error.message} ${error.todo}`);
  process.exitCode = error.exit;
}
