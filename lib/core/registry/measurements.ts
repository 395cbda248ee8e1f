// The measurements of a data set, as a first training looks for them.
import { dataKeys } from "../../contracts/layout.ts";
import { type MeasuredBefore, type Measurement, measurement } from "../../contracts/measurement.ts";
import type { RunRequest } from "../../contracts/run.ts";
import type { ObjectStore } from "../ports.ts";
import { trainedClasses } from "../steps/reserve.ts";
import { readDocument } from "./cas.ts";

/** The newest that was made of the same starting weights for the same classes; null where nobody measured. */
export async function measuredFor(
  request: Pick<RunRequest, "config" | "recipe" | "override">,
  baseSha256: string,
  data: ObjectStore,
): Promise<MeasuredBefore | null> {
  const keys: string[] = [];
  for await (const { key } of data.list(dataKeys.measurements(request.config.dataset))) keys.push(key);
  const classes = JSON.stringify(trainedClasses(request));
  const speaksFor = (one: Measurement) =>
    one.model === request.config.model && one.base.sha256 === baseSha256 && JSON.stringify(one.classes) === classes;
  for (const key of keys.reverse()) {
    const { value } = await readDocument(data, key, measurement);
    if (!speaksFor(value)) continue;
    const { runId, answer, reason } = value;
    return { runId, answer, reason, override: answer === "sufficient" ? (request.override ?? null) : null };
  }
  return null;
}
