// What it takes to score a release of another store on this machine: fetched into a store of its own, and what was found brought back.
// Frames neither come nor go: those of the other store nobody here may read, and those of the export stay on this machine.
import { dataKeys, registryKeys } from "../contracts/layout.ts";
import type { Release } from "../contracts/release.ts";
import type { ObjectStore, Stores } from "../core/ports.ts";
import { writeOnce } from "../core/registry/write-once.ts";

/** Every file of the release, as it lies there. */
export async function fetchRelease(
  { model, version }: Pick<Release, "model" | "version">,
  from: ObjectStore,
  to: ObjectStore,
  signal: AbortSignal,
): Promise<void> {
  for await (const { key } of from.list(registryKeys.release(model, version))) await copy(key, from, to, signal);
}

/** How its frames were grouped and split, what it was asked for, and the weights that it is held against. */
export async function fetchOrigin(
  { runId, dataset, base }: Pick<Release, "runId" | "dataset" | "base">,
  from: ObjectStore,
  to: ObjectStore,
  signal: AbortSignal,
): Promise<void> {
  const files = ["manifest.jsonl", "split.json", "manifest.json"] as const;
  const keys = [
    dataKeys.request(runId),
    ...files.map((file) => dataKeys.datasetFile(dataset.name, dataset.version, file)),
    dataKeys.baseWeights(base.sha256),
  ];
  for (const key of keys) await copy(key, from, to, signal);
}

async function copy(key: string, from: ObjectStore, to: ObjectStore, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await to.create(key, from.stream(key));
}

/** The evaluation comes last: where it is, all is there. */
const kept = ["issues.jsonl", "frames.jsonl", "report.html", "evaluation.json"] as const;

/** What there is of the evaluation, also where it was refused: its issues tell why. */
export async function bringBack(runId: string, { data: from }: Stores, to: ObjectStore): Promise<void> {
  for (const key of kept.map((file) => dataKeys.extraEvaluation(runId, file))) {
    if ((await from.head(key)) === null) continue;
    const { bytes } = await from.get(key);
    await writeOnce(to, key, () => [bytes]);
  }
}
