// The state Admit: from an event to a run that may start, or to the run that has the upload already.
import { admit } from "../../lib/core/steps/admit.ts";
import { requestOf } from "../../lib/core/steps/cloud-run.ts";
import type { AdmitOutput } from "../../lib/core/steps/types.ts";
import { checkRegion, clock, prices, requests, stores, uploads } from "../ports.ts";
import { step } from "../step.ts";

export const handler = step<AdmitOutput>(
  "Admit",
  async (input, run) => {
    checkRegion();
    const { taken } = await requestOf(run, uploads);
    if (taken !== null) return { outcome: "duplicate", runId: taken };
    return admit(input, { stores, requests, clock, prices, whenBusy: "wait" });
  },
  // A duplicate is no run: nothing of it is kept.
  { perAttempt: true, isDone: ({ outcome }) => outcome !== "duplicate" },
);
