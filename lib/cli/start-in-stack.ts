// Starts a machine in a stack on an export of this computer: `measure`, `ablate` and `grouped-cv`. The stack goes on where this ends.
import type { CloudMachine } from "../contracts/cloud-run.ts";
import { type FrozenProject, frozenProject } from "../contracts/cloud-run.ts";
import { BobbinError } from "../contracts/errors.ts";
import type { ExperimentRequest } from "../contracts/experiment.ts";
import { dataKeys } from "../contracts/layout.ts";
import type { ObjectStore } from "../core/ports.ts";
import { findDocument } from "../core/registry/cas.ts";
import { type Context, openStack } from "./context.ts";
import { follow } from "./follow.ts";
import { loadConfig } from "./project.ts";
import { answerRun } from "./run-answer.ts";

/** What a stack takes from the pushed config, and a person may only say for a run on this computer. */
interface SaidHere {
  readonly device?: string | undefined;
  readonly names?: string | undefined;
  readonly recipe?: string | undefined;
}

export interface Asked {
  readonly machine: Exclude<CloudMachine, "train">;
  /** Of the command line, for its errors. */
  readonly command: string;
  readonly experiment?: ExperimentRequest;
  /** Called with what the data set is trained by there, before anything is sent. */
  readonly check?: (project: FrozenProject) => void;
}

/** @throws UsageWrong, NoConfigForDataset, PipelineBusy before anything is sent; UploadExists, UploadLost, ExportMissing */
export async function startInStack(context: Context, path: string, asked: Asked, here: SaidHere): Promise<number> {
  const { machine, command, experiment } = asked;
  for (const [option, value] of Object.entries(here)) {
    if (value === undefined) continue;
    const problem = `--${option} ${value}: a stack goes by the pushed config; \`bobbin config push --${option} ${value}\` changes that.`;
    throw new BobbinError("UsageWrong", { problem, command });
  }
  const account = await openStack(context);
  const { dataset } = await loadConfig(context.configFile);
  asked.check?.(await pushedProject(dataset, account.stores.data));
  await account.checkFree();
  const { send } = await import("./commands/upload.ts");
  const location = await send(context, path, {}, "exports");
  context.out.say(`Sent as ${location}`);
  const runId = await account.start(machine, { location, ...(experiment === undefined ? {} : { experiment }) });
  context.out.say(`Run ${runId}`);
  return answerRun(context, account, await follow(runId, account, context));
}

async function pushedProject(dataset: string, data: ObjectStore): Promise<FrozenProject> {
  const key = dataKeys.config(dataset);
  const project = (await findDocument(data, key, frozenProject))?.value;
  if (project === undefined) throw new BobbinError("NoConfigForDataset", { dataset, key });
  return project;
}
