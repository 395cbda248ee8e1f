// Runs Ingest and Split for tests as the machine does: lap after lap, over stores in memory and real exports.
import type { ProgressEvent } from "../../lib/contracts/job.ts";
import type { RunRequest } from "../../lib/contracts/run.ts";
import type { ImageProbe, ObjectStore, Stores } from "../../lib/core/ports.ts";
import { type IngestPorts, ingest } from "../../lib/core/steps/ingest.ts";
import { split } from "../../lib/core/steps/split.ts";
import type { IngestOutput, SplitOutput } from "../../lib/core/steps/types.ts";
import { openExport } from "../../lib/local/export-source/open.ts";

const noProbe: ImageProbe = {
  decode() {
    throw new RangeError("nothing was to be decoded");
  },
};

export interface StepsSetup {
  readonly stores: Stores;
  readonly request: RunRequest;
  readonly probe?: ImageProbe;
  readonly lap?: IngestPorts["lap"];
  readonly events?: ProgressEvent[];
}

const clock = { now: () => new Date("2026-01-02T03:04:05.000Z") };

export function ingestPorts({ stores, request, probe = noProbe, lap, events = [] }: StepsSetup): IngestPorts {
  return {
    stores,
    requests: { read: async () => request },
    exports: { open: ({ location }) => openExport(location) },
    probe,
    clock,
    events: { emit: (event) => events.push(event) },
    ...(lap === undefined ? {} : { lap }),
  };
}

/** Every lap's answer, the last one done. */
export async function ingestAll(setup: StepsSetup): Promise<readonly IngestOutput[]> {
  const outputs: IngestOutput[] = [];
  for (let cursor: string | null = null; ; ) {
    const output: IngestOutput = await ingest({ runId: setup.request.runId, cursor }, ingestPorts(setup));
    outputs.push(output);
    if (output.done) return outputs;
    cursor = output.cursor;
  }
}

export function splitRun({ stores, request }: Pick<StepsSetup, "stores" | "request">): Promise<SplitOutput> {
  return split({ runId: request.runId }, { stores, requests: { read: async () => request }, clock });
}

export async function runBoth(setup: StepsSetup): Promise<SplitOutput> {
  await ingestAll(setup);
  return splitRun(setup);
}

export async function keysOf(store: ObjectStore, prefix = ""): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

export async function textOf(store: ObjectStore, key: string): Promise<string> {
  return Buffer.from((await store.get(key)).bytes).toString("utf8");
}
