// When a job was last heard of: the time in the last line of its newest part of progress.
import { progressEvent } from "../../contracts/job.ts";
import { dataKeys } from "../../contracts/layout.ts";
import { parseJobName } from "../../contracts/names.ts";
import type { LiveJob, ObjectStore } from "../ports.ts";

/** null where it has said nothing yet, or is none of ours. */
export async function lastWord({ name }: LiveJob, data: ObjectStore): Promise<string | null> {
  const of = parseJobName(name);
  if (of === null) return null;
  const kind = name.includes("-predict-") ? "predict" : "train";
  let newest: string | null = null;
  for await (const { key } of data.list(dataKeys.progress(of.runId, kind))) newest = key;
  if (newest === null) return null;
  const lines = Buffer.from((await data.get(newest)).bytes)
    .toString("utf8")
    .trim()
    .split("\n");
  for (const line of lines.reverse()) {
    const at = timeOf(line);
    if (at !== null) return at;
  }
  return null;
}

function timeOf(line: string): string | null {
  try {
    return progressEvent.parse(JSON.parse(line)).at;
  } catch {
    // A line that is none says nothing.
    return null;
  }
}
