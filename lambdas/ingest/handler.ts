// The state Ingest: one lap over the upload, asked again until the last, which marks the upload as taken. Decodes with sharp, so it is not built for arm64.
import { ingest } from "../../lib/core/steps/ingest.ts";
import type { IngestOutput } from "../../lib/core/steps/types.ts";
// In one file with everything else, the decoding threads start from this very bundle.
import "../../lib/local/decode/worker.ts";
import { imageProbe } from "../../lib/local/decode/image-probe.ts";
import { clock, exportsOfBucket, markUploadTaken, requests, stores } from "../ports.ts";
import { step } from "../step.ts";

const events = { emit: () => undefined };
const probe = imageProbe({ locate: async (key) => (await stores.data.get(key)).bytes });

export const handler = step<IngestOutput>(
  "Ingest",
  async (input) => {
    const cursor = input.ingest?.cursor ?? null;
    const ports = { stores, requests, clock, events, probe, exports: exportsOfBucket };
    const output = await ingest({ ...input, cursor }, ports);
    const { location, versionId } = (await requests.read(input.runId)).source;
    if (output.done && versionId !== null) await markUploadTaken({ location, versionId });
    return output;
  },
  { isDone: ({ done }) => done },
);
