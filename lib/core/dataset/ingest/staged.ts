// What Ingest staged, read back whole: by Split, and by a measurement, which makes no dataset version of it.
import type { ObjectStore } from "../../ports.ts";
import { Findings } from "./findings.ts";
import { stagedLaps } from "./laps.ts";

/** Everything of the export. */
export interface Staged {
  readonly findings: Findings;
  readonly format: string;
}

export async function readStaged(store: ObjectStore, runId: string): Promise<Staged> {
  const findings = new Findings();
  let format = "";
  for await (const records of stagedLaps(store, runId)) {
    for (const record of records) {
      findings.add(record);
      if ("lap" in record && record.lap.phase === "read") format = record.lap.format;
    }
  }
  return { findings, format };
}

/** The export's own name: where it lay on somebody's disk is nobody's business. */
export function exportName(location: string): string {
  return (
    location
      .split(/[/\\]/)
      .filter((segment) => segment !== "")
      .at(-1) ?? location
  );
}
