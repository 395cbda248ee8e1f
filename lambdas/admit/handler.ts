// The state Admit: from an event to a run that may start, or to the run that has the upload already.
import { admit } from "../../lib/core/steps/admit.ts";
import { requestOf } from "../../lib/core/steps/cloud-run.ts";
import type { AdmitOutput } from "../../lib/core/steps/types.ts";
import { clock, prices, requests, stores, uploads } from "../ports.ts";
import { step } from "../step.ts";

export const handler = step<AdmitOutput>(
  "Admit",
  async (input, run) => {
    const answer = await requestOf(run, uploads);
    // Where an upload started it, nobody sits beside.
    const whenBusy = run.machine === "train" ? "wait" : "refuse";
    return answer ?? admit(input, { stores, requests, clock, prices, whenBusy });
  },
  // Neither is a run: nothing of it is kept.
  { perAttempt: true, isDone: ({ outcome }) => outcome !== "duplicate" && outcome !== "ignored" },
);
