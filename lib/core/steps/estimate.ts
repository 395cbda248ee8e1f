// How long a training will take, from how fast the last ones like it were; and whether its time limit is enough.
import { split as splitSchema } from "../../contracts/dataset.ts";
import { predictResult, trainResult } from "../../contracts/job.ts";
import { dataKeys } from "../../contracts/layout.ts";
import type { Release } from "../../contracts/release.ts";
import { type RunRequest, runRequest } from "../../contracts/run.ts";
import { type Forecast, forecast, type Measured } from "../budget/forecast.ts";
import type { ObjectStore } from "../ports.ts";
import { findDocument } from "../registry/cas.ts";
import type { SplitOutput } from "./types.ts";

/** What the speed of a training follows from. */
export type Asked = Pick<RunRequest, "device" | "config" | "recipe">;

/** Ultralytics' own, where the recipe does not say. */
const defaults = { epochs: 100, imgsz: 640, batch: 16 } as const;

export function numberOf({ recipe }: Pick<Asked, "recipe">, name: keyof typeof defaults): number {
  const said = recipe.args[name];
  return typeof said === "number" ? said : defaults[name];
}

/** What speed depends on most. */
const alike = (a: Asked, b: Asked) =>
  a.device === b.device &&
  a.config.architecture === b.config.architecture &&
  a.recipe.threads === b.recipe.threads &&
  numberOf(a, "imgsz") === numberOf(b, "imgsz") &&
  numberOf(a, "batch") === numberOf(b, "batch");

/**
 * How fast the last training like this one was; null where no earlier release was trained alike.
 * @param releases rising
 */
export async function measured(
  releases: readonly Release[],
  asked: Asked,
  data: ObjectStore,
): Promise<Measured | null> {
  for (const { runId } of [...releases].reverse()) {
    const earlier = await findDocument(data, dataKeys.request(runId), runRequest);
    const result = await findDocument(data, dataKeys.result(runId, "train"), trainResult);
    if (earlier === null || result === null || !alike(earlier.value, asked)) continue;
    if (result.value.imagesPerSecond > 0) return { runId, imagesPerSecond: result.value.imagesPerSecond };
  }
  return null;
}

/** Seconds that the scoring of a run took; null where it is not there any more. */
export async function secondsToPredict(runId: string, data: ObjectStore): Promise<number | null> {
  const found = await findDocument(data, dataKeys.result(runId, "predict"), predictResult);
  return found === null ? null : (Date.parse(found.value.endedAt) - Date.parse(found.value.startedAt)) / 1000;
}

/** What Train will take; null where nobody knows. @param releases rising */
export async function forecastOf(
  releases: readonly Release[],
  request: RunRequest,
  split: SplitOutput,
  data: ObjectStore,
): Promise<Forecast | null> {
  const speed = await measured(releases, request, data);
  if (speed === null) return null;
  const key = dataKeys.datasetFile(split.dataset, split.version, "split.json");
  const found = await findDocument(data, key, splitSchema);
  if (found === null) return null;
  const { train, val } = found.value.parts;
  const images = (train?.frames ?? 0) + (val?.frames ?? 0);
  return forecast({ epochs: numberOf(request, "epochs"), images, recipe: request.recipe }, speed);
}
