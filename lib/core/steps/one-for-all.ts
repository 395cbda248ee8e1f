// One training for all uploads that waited: each is taken in by a run of its own, so that its faults are its own, and only the last
// of them is trained on, with everything before it. Where that one never gets to its training, an earlier one is owed it.
import { parseUploadKey } from "../../contracts/layout.ts";
import type { RunRequest } from "../../contracts/run.ts";
import type { ObjectStore } from "../ports.ts";
import { type Leaving, readLock } from "../registry/lock.ts";
import type { ReserveOutput } from "./types.ts";

/** Why this run does not train on what it took in; null where it does. */
export async function whyLater(
  { config, retrain }: Pick<RunRequest, "config" | "retrain">,
  registry: ObjectStore,
): Promise<string | null> {
  if (retrain === "later") return "the upload asked to be trained on later";
  const { waiting } = await readLock(registry);
  const behind = waiting.filter(
    (one) => !one.owed && one.retrain === "now" && parseUploadKey(one.location)?.dataset === config.dataset,
  );
  const last = behind.at(-1);
  return last === undefined ? null : `${behind.length} more wait, and ${last.location} is trained on for all of them`;
}

/** What a run that ends leaves to those that wait. @param reserve absent where it failed before its training was decided on */
export function leaves(
  reserve: ReserveOutput | undefined,
  request: Pick<RunRequest, "machine" | "config" | "retrain" | "source"> | null,
): Leaving {
  // What is measured or experimented with is no part of the data set: nothing of it is owed, and it serves nobody.
  if (request?.machine !== "train" || reserve === undefined) return { owed: null, served: null };
  const { source, retrain, config } = request;
  if (reserve.outcome !== "later") return { owed: null, served: config.dataset };
  const { location, versionId } = source;
  return { owed: retrain === "later" ? null : { location, versionId, retrain }, served: null };
}
