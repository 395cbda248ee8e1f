// How long a training will take, from how fast the last ones like it were.
import { split as splitSchema } from "../../contracts/dataset.ts";
import { trainResult } from "../../contracts/job.ts";
import { dataKeys } from "../../contracts/layout.ts";
import type { Release } from "../../contracts/release.ts";
import { type RunRequest, runRequest } from "../../contracts/run.ts";
import type { ObjectStore } from "../ports.ts";
import { findDocument } from "../registry/cas.ts";
import type { SplitOutput } from "./types.ts";

/** Ultralytics' own, where the recipe does not say. */
const defaults = { epochs: 100, imgsz: 640, batch: 16 } as const;

function numberOf(request: RunRequest, name: keyof typeof defaults): number {
  const said = request.recipe.args[name];
  return typeof said === "number" ? said : defaults[name];
}

/** What speed depends on most. */
const alike = (a: RunRequest, b: RunRequest) =>
  a.device === b.device &&
  a.config.architecture === b.config.architecture &&
  a.recipe.threads === b.recipe.threads &&
  numberOf(a, "imgsz") === numberOf(b, "imgsz") &&
  numberOf(a, "batch") === numberOf(b, "batch");

/**
 * Seconds that Train will take; null where no earlier release was trained alike.
 * @param releases rising
 */
export async function predictSeconds(
  releases: readonly Release[],
  request: RunRequest,
  split: SplitOutput,
  data: ObjectStore,
): Promise<number | null> {
  for (const { runId } of [...releases].reverse()) {
    const earlier = await findDocument(data, dataKeys.request(runId), runRequest);
    const result = await findDocument(data, dataKeys.result(runId, "train"), trainResult);
    if (earlier === null || result === null || !alike(earlier.value, request)) continue;
    if (result.value.imagesPerSecond <= 0) continue;
    const found = await findDocument(
      data,
      dataKeys.datasetFile(split.dataset, split.version, "split.json"),
      splitSchema,
    );
    if (found === null) return null;
    const { train, val } = found.value.parts;
    const images = numberOf(request, "epochs") * ((train?.frames ?? 0) + (val?.frames ?? 0));
    return Math.ceil(images / result.value.imagesPerSecond);
  }
  return null;
}
