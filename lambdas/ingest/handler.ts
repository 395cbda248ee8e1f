// The state Ingest: one lap over the upload, asked again until the last, which marks the upload as taken. Decodes with sharp, so it is not built for arm64.
import { ingest } from "../../lib/core/steps/ingest.ts";
import type { IngestOutput } from "../../lib/core/steps/types.ts";
// In one file with everything else, the decoding threads start from this very bundle.
import "../../lib/local/decode/worker.ts";
import { imageProbe } from "../../lib/local/decode/image-probe.ts";
import { clock, exportsOfBucket, requests, stores, taken } from "../ports.ts";
import { step } from "../step.ts";

const events = { emit: () => undefined };
const probe = imageProbe({ locate: async (key) => (await stores.data.get(key)).bytes });

export const handler = step<IngestOutput>(
  "Ingest",
  (input) => {
    const cursor = input.ingest?.cursor ?? null;
    const ports = { stores, requests, clock, events, probe, taken, exports: exportsOfBucket };
    return ingest({ ...input, cursor }, ports);
  },
  { isDone: ({ done }) => done },
);
