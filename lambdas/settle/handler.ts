// The state Settle: closes what the run had promised, gives the lock on and starts the upload that waited longest.
import { ulid } from "ulid";
import { settleRun } from "../../lib/core/steps/settle.ts";
import type { SettleOutput } from "../../lib/core/steps/types.ts";
import { clock, openExecutions, requests, stores } from "../ports.ts";
import { step } from "../step.ts";

export const handler = step<SettleOutput>(
  "Settle",
  (input) =>
    settleRun(input, {
      stores,
      requests,
      clock,
      ids: { next: () => ulid() },
      // Nobody has proof yet of what a job cost: the worst case stands.
      costs: { of: async () => null },
      start: async ({ runId, location, versionId }) => {
        if (versionId === null) throw new RangeError(`${location} waits without a version`);
        const upload = { location, versionId };
        await openExecutions().start({ machine: "train", name: `${runId}-1` }, { runId, attempt: 1, upload });
      },
    }),
  { perAttempt: true },
);
