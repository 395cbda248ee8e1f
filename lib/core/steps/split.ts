// Split: makes the next dataset version of what Ingest staged, or says that nothing changed. manifest.json comes last and is the
// only mark that the version exists; killed before it and asked again, the run goes on under the same number.
import * as z from "zod";
import type { FileEntry } from "../../contracts/common.ts";
import { type IssueLine, type Manifest, manifest } from "../../contracts/dataset.ts";
import { BobbinError, isBobbinError } from "../../contracts/errors.ts";
import { type DatasetFile, dataKeys } from "../../contracts/layout.ts";
import { formatCounter, parseCounter } from "../../contracts/names.ts";
import type { RunRequest } from "../../contracts/run.ts";
import { exportName, readStaged, type Staged } from "../dataset/ingest/staged.ts";
import { jsonLinesBytes, lineText } from "../dataset/manifest-lines.ts";
import { planVersion, type VersionPlan } from "../dataset/manifest-plan.ts";
import { type DatasetVersion, latestVersion, versionNumbers } from "../dataset/manifest-version.ts";
import type { Clock, ObjectStore, Requests, Stores } from "../ports.ts";
import { createOnce, documentBytes, findDocument, readDocument } from "../registry/cas.ts";
import { writeOnce } from "../registry/write-once.ts";
import { splitCsv } from "../split/csv.ts";
import type { RunInput, SplitOutput } from "./types.ts";

export interface SplitPorts {
  readonly stores: Stores;
  readonly requests: Requests;
  readonly clock: Clock;
}

/** @throws TooFewGroups, FrameInTwoGroups, GroupCrossesParts, GroupUnknown, GroupNotReservable, TwoOpinions, GroupRuleLeaks, FrameReencoded, LabelsLost */
export async function split(input: RunInput, ports: SplitPorts): Promise<SplitOutput> {
  const { data } = ports.stores;
  const request = await ports.requests.read(input.runId);
  const { dataset } = request.config;
  const taken = await takenNumber(data, input.runId);
  const number = taken ?? (await versionNumbers(data, dataset)).free;
  const version = formatCounter("d", number);
  const previous = await latestVersion(data, dataset, number);
  const staged = await readStaged(data, input.runId);
  const { config, groupTable, mode } = request;
  staged.findings.noteShapes(config);
  const incoming = staged.findings.decodedFrames();
  const plan = planVersion({ config, groupTable, mode, incoming, previous, version });
  if (plan.unchanged && previous !== null && taken === null) {
    return outputOf(previous.manifest, previous.split.testSet.version, true, plan);
  }
  await createOnce(data, numberKey(input.runId), numberRecord, { version });
  const written = await writeVersion(request, version, { plan, staged, previous }, ports);
  return outputOf(written, plan.split.split.testSet.version, false, plan);
}

const numberRecord = z.strictObject({ version: z.string() });
const numberKey = (runId: string) => dataKeys.staged(runId, "version.json");

/** The number that an earlier attempt of this run took; null where it took none. */
async function takenNumber(store: ObjectStore, runId: string): Promise<number | null> {
  const found = await findDocument(store, numberKey(runId), numberRecord);
  return found === null ? null : parseCounter("d", found.value.version);
}

interface Content {
  readonly plan: VersionPlan;
  readonly staged: Staged;
  readonly previous: DatasetVersion | null;
}

async function writeVersion(
  request: RunRequest,
  version: string,
  content: Content,
  ports: SplitPorts,
): Promise<Manifest> {
  const { data } = ports.stores;
  const { dataset } = request.config;
  const files: FileEntry[] = [];
  for (const [name, chunks] of versionFiles(content)) {
    files.push({ name, ...(await writeOnce(data, dataKeys.datasetFile(dataset, version, name), chunks)) });
  }
  files.sort((a, b) => (a.name < b.name ? -1 : 1));
  const key = dataKeys.datasetFile(dataset, version, "manifest.json");
  const document = manifestOf(request, version, content, files, ports.clock);
  try {
    await data.create(key, documentBytes(document));
    return document;
  } catch (error) {
    if (!isBobbinError(error, "ObjectExists")) throw error;
    const { value: there } = await readDocument(data, key, manifest);
    if (there.runId !== request.runId) throw error;
    return there;
  }
}

/** The version's files but manifest.json, each with the maker of its bytes. */
function versionFiles({
  plan,
  staged: { findings },
}: Content): readonly (readonly [DatasetFile, () => Iterable<Uint8Array>])[] {
  return [
    ["issues.jsonl", () => jsonLinesBytes([...findings.issues, ...plan.issues].map((issue) => JSON.stringify(issue)))],
    ["stats.json", () => [documentBytes(plan.stats)]],
    ["split.csv", () => splitCsv(plan.split.frames, plan.split.partOf)],
    ["split.json", () => [documentBytes(plan.split.split)]],
    ["manifest.jsonl", () => jsonLinesBytes(plan.lines.map(lineText))],
  ];
}

function manifestOf(
  request: RunRequest,
  version: string,
  { plan, staged, previous }: Content,
  files: FileEntry[],
  clock: Clock,
): Manifest {
  return {
    schema: "bobbin/manifest/1",
    dataset: request.config.dataset,
    version,
    parent: previous?.manifest.version ?? null,
    runId: request.runId,
    createdAt: clock.now().toISOString(),
    frames: plan.lines.length,
    boxes: Object.values(plan.classes).reduce((sum, count) => sum + count, 0),
    groups: new Set(plan.lines.map(({ group }) => group)).size,
    classes: { ...plan.classes },
    labels: staged.findings.labels(),
    issues: issueCounts([...staged.findings.issues, ...plan.issues]),
    difference: plan.difference,
    attributes: request.groupTable.attributes,
    files,
    source: {
      name: exportName(request.source.location),
      sha256: request.source.sha256,
      format: staged.format,
      mode: request.mode,
    },
  };
}

function issueCounts(issues: readonly IssueLine[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { code } of issues) counts.set(code, (counts.get(code) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function outputOf(document: Manifest, testSet: string, unchanged: boolean, { difference }: VersionPlan): SplitOutput {
  const { dataset, version } = document;
  const digest = (name: DatasetFile): string => {
    const file = document.files.find((each) => each.name === name);
    if (file !== undefined) return file.sha256;
    const key = dataKeys.datasetFile(dataset, version, "manifest.json");
    throw new BobbinError("ObjectCorrupt", { key, problem: `it does not name ${name}` });
  };
  const [manifestSha256, splitSha256] = [digest("manifest.jsonl"), digest("split.csv")];
  return { dataset, version, unchanged, manifestSha256, splitSha256, testSet, difference };
}
