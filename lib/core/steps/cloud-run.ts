// Which run an execution in the cloud is, and what it was asked for. The laptop's command line knows both; here an event does.
import { createHash } from "node:crypto";
import {
  type AskedRun,
  type CloudMachine,
  cloudMachines,
  type FrozenProject,
  frozenProject,
  machineOf,
  startedRun,
  uploadEvent,
} from "../../contracts/cloud-run.ts";
import type { UploadCommit } from "../../contracts/dataset.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { dataKeys, liesInUpload, parseUploadKey, type UploadPlace } from "../../contracts/layout.ts";
import { type RunRequest, runRequest, type Upload } from "../../contracts/run.ts";
import { digestOf } from "../config/canonical.ts";
import { checkResidency } from "../config/residency.ts";
import type { Clock, Executions, Stores } from "../ports.ts";
import { createOnce, findDocument } from "../registry/cas.ts";
import { takenBy } from "./admit.ts";
import type { AdmitOutput } from "./types.ts";

export interface CloudRun {
  readonly runId: string;
  readonly attempt: number;
  readonly machine: CloudMachine;
  /** null for a run that is taken up again: its request stands. */
  readonly upload: Upload | null;
  /** null where an upload started it. */
  readonly asked: AskedRun | null;
  /** Where the event happened; null where no event started it. */
  readonly region: string | null;
}

const base32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const timeCharacters = 10;
const chanceCharacters = 16;

/**
 * The run of an execution. One that an event started gets its id from the event's time and the execution's own name, so that every
 * state finds the same one, and an event that comes twice is two runs, of which Admit lets one in.
 * @param input of the machine's first state
 * @throws ZodError where nothing of Bobbin's started the execution
 */
export function runOf(input: unknown, execution: string): CloudRun {
  const machine = machineOf(execution);
  const started = startedRun.safeParse(input);
  if (started.success) return { upload: null, asked: null, region: null, machine, ...started.data };
  const { time, region, upload } = uploadEvent.parse(input);
  return { runId: ulidOf(Date.parse(time), execution), attempt: 1, machine, upload, asked: null, region };
}

/** A ULID whose random half is the digest of a name. */
function ulidOf(milliseconds: number, name: string): string {
  let time = "";
  for (let rest = milliseconds; time.length < timeCharacters; rest = Math.floor(rest / 32))
    time = base32[rest % 32] + time;
  const digest = createHash("sha256").update(name).digest().subarray(0, chanceCharacters);
  return time + [...digest].map((byte) => base32[byte % 32]).join("");
}

/** Of any machine of the stack. */
export async function anyRunning(executions: Pick<Executions, "anyRunning">): Promise<boolean> {
  for (const machine of cloudMachines) if (await executions.anyRunning(machine)) return true;
  return false;
}

export type UploadTerms = Pick<UploadCommit, "mode" | "retrain" | "annotator" | "override">;

/** Those terms that may be left out, without those that were. */
export const optionalTerms = ({
  annotator,
  override,
}: {
  readonly [name in "annotator" | "override"]?: string | undefined;
}) => ({
  ...(annotator === undefined ? {} : { annotator }),
  ...(override === undefined ? {} : { override }),
});

/** Of a zip, or of all files of a folder. */
export interface UploadSize {
  readonly bytes?: number;
}

export interface UploadPorts {
  readonly stores: Stores;
  readonly clock: Clock;
  /** Where the stack stands. */
  readonly region: string;
  readonly allowedRegions: readonly string[];
  /** Region by bucket, as S3 itself says. */
  readonly bucketRegions: () => Promise<Readonly<Record<string, string>>>;
  /** One try of a job is ended after this. */
  readonly jobSeconds: number;
  /** The version that lies there now. @throws ExportMissing */
  readonly pin: (location: string) => Promise<Upload>;
  /** What the upload itself says of how it is to be taken. @throws ExportMissing, UploadTermsInvalid */
  readonly terms: (upload: Upload) => Promise<UploadTerms & UploadSize>;
}

/**
 * Puts the request of a run together, once, from the upload and the pushed config; a later try finds it there.
 * @returns null where the run is to go on; otherwise nothing is written, and this is what Admit answers
 * @throws RegionNotAllowed, RegionsDiffer before anything is read; RunMissing where a run is taken up that never was
 * @throws UploadKeyInvalid, NoConfigForDataset, RegionsDiffer, ConfigInvalid, ExportMissing
 */
export async function requestOf(run: CloudRun, ports: UploadPorts): Promise<AdmitOutput | null> {
  await checkPlaces(run, ports);
  const { runId, asked } = run;
  const key = dataKeys.request(runId);
  if ((await ports.stores.data.head(key)) !== null) return null;
  const upload = run.upload ?? (asked === null ? null : await ports.pin(asked.location));
  if (upload === null) throw new BobbinError("RunMissing", { runId });
  if (liesInUpload(upload.location)) {
    return {
      outcome: "ignored",
      reason: `${upload.location} is a file inside a folder; its _COMMIT.json starts the run`,
    };
  }
  const request = await compose(run, upload, ports);
  const taken = await takenBy(request, ports.stores);
  if (taken !== runId) return { outcome: "duplicate", runId: taken };
  await createOnce(ports.stores.data, key, runRequest, request);
  return null;
}

/** What was allowed when the stack was made may have moved since: a bucket made anew, an event handed on from another region. */
async function checkPlaces({ region: event }: CloudRun, ports: UploadPorts): Promise<void> {
  const places = { functions: ports.region, ...(event === null ? {} : { upload: event }) };
  checkResidency({ ...places, ...(await ports.bucketRegions()) }, ports.allowedRegions);
}

/** What starts a run by itself is trained on; what is measured or experimented with lies apart, or an event would train on it too. */
const places: Readonly<Record<CloudMachine, UploadPlace>> = {
  train: "incoming",
  measure: "exports",
  experiment: "exports",
};

async function compose({ runId, machine, asked }: CloudRun, upload: Upload, ports: UploadPorts): Promise<RunRequest> {
  const { data } = ports.stores;
  const parsed = parseUploadKey(upload.location);
  if (parsed === null || parsed.place !== places[machine])
    throw new BobbinError("UploadKeyInvalid", { key: upload.location });
  const key = dataKeys.config(parsed.dataset);
  const project = (await findDocument(data, key, frozenProject))?.value;
  if (project === undefined) throw new BobbinError("NoConfigForDataset", { dataset: parsed.dataset, key });
  const { config, groupTable, recipe, names, decode, device, bobbin } = project;
  checkFits(project, key, ports);
  const { bytes, ...terms } = await ports.terms(upload);
  return {
    schema: "bobbin/run-request/1",
    runId,
    machine,
    requestedAt: ports.clock.now().toISOString(),
    source: { ...upload, sha256: null, ...(bytes === undefined ? {} : { bytes }) },
    ...terms,
    config,
    configSha256: digestOf(config),
    groupTable,
    recipe,
    recipeSha256: digestOf(recipe),
    ...{ device, decode, names, bobbin },
    ...(asked?.experiment === undefined ? {} : { experiment: asked.experiment }),
  };
}

/** What was pushed before the stack changed, or to the wrong one, is refused before anything is read. */
function checkFits({ config, recipe }: FrozenProject, key: string, { region, jobSeconds }: UploadPorts): void {
  // A config for a laptop says `local`, which names no place where data may not stand.
  if (config.region !== "local" && config.region !== region) {
    throw new BobbinError("RegionsDiffer", { what: "stack", region, wanted: config.region });
  }
  if (recipe.timeoutSeconds <= jobSeconds) return;
  throw new BobbinError("ConfigInvalid", {
    file: key,
    field: "recipe.timeoutSeconds",
    found: String(recipe.timeoutSeconds),
    wanted: `at most ${jobSeconds}, the hours that bobbin.cloud.json gives a job`,
  });
}
