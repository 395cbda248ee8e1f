// The pictures of docs/pictures: the machines and the stacks, as the code has them.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stackNames } from "../../lib/contracts/cloud.ts";
import { parseSettings } from "../../lib/core/config/cloud-settings.ts";
import { bobbinApp } from "../../lib/infra/app.ts";
import { loadPolicies } from "../../lib/infra/iam/load.ts";
import { experimentMachine } from "../../lib/workflow/experiment.ts";
import { measureMachine } from "../../lib/workflow/measure.ts";
import { trainMachine } from "../../lib/workflow/train.ts";
import { svgOf } from "./dot.ts";
import { machineGraph } from "./machine.ts";
import { type StackTemplate, stacksGraph } from "./stacks.ts";

/** Name of the file → SVG. */
export async function pictures(root: string): Promise<Map<string, string>> {
  return new Map([
    [`machine-${trainMachine.name}.svg`, await svgOf(machineGraph(trainMachine))],
    [`machine-${experimentMachine.name}.svg`, await svgOf(machineGraph(experimentMachine))],
    [`machine-${measureMachine.name}.svg`, await svgOf(machineGraph(measureMachine))],
    ["stacks.svg", await svgOf(stacksGraph(templates(root)))],
  ]);
}

/** The stacks of the sample's settings; the synth gate validates them, so that here it would only cost time. */
function templates(root: string): StackTemplate[] {
  const file = join(root, "samples/aws/bobbin.cloud.json");
  const settings = parseSettings(file, readFileSync(file, "utf8"));
  const outdir = mkdtempSync(join(tmpdir(), "bobbin-pictures-"));
  process.env.CDK_VALIDATION = "false";
  try {
    const app = bobbinApp({
      settings,
      policies: loadPolicies(join(root, "policies")),
      root,
      outdir,
    });
    const assembly = app.synth();
    const { data, main } = stackNames(settings.name);
    return [data, main].map((name) => ({ name, resources: assembly.getStackByName(name).template.Resources }));
  } finally {
    rmSync(outdir, { recursive: true });
  }
}
