// What every machine has in common: how an upload is let in, who tries again, how long a state has, where errors lead, how it ends.
import type { Retry } from "./machine.ts";

/** Another writer was faster, or the cloud hiccuped: the step is safe to ask again. */
export const again: Retry = {
  errors: [
    "ObjectChanged",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
  ],
  attempts: 4,
};
/** A job that was stopped or killed from outside goes on from its checkpoints. */
export const killed: Retry = { errors: ["Interrupted", "JobKilled"], attempts: 2, backoff: 1 };

/** Seconds that a Lambda has. */
const lambda = 900;
/** The longest a recipe may ask for, and an hour to start and to bring the results home. */
const job = 604_800 + 3_600;

export const step = { retry: [again], onError: "Settle", timeoutSeconds: lambda } as const;

export const settle = {
  step: "settle",
  result: "settle",
  retry: [{ errors: ["States.ALL"], attempts: 5 }],
  onError: "Failed",
  timeoutSeconds: lambda,
} as const satisfies { retry: readonly Retry[]; [field: string]: unknown };

/** An upload is let in, or told why not. */
export const entry = {
  Admit: { kind: "step", step: "admit", result: "admit", ...step, next: "IsAdmitted" },
  IsAdmitted: {
    kind: "choice",
    field: "admit.outcome",
    cases: [
      { is: "admitted", next: "Ingest" },
      { is: "duplicate", next: "Skipped" },
      { is: "waiting", next: "Waiting" },
      { is: "ignored", next: "Skipped" },
    ],
    otherwise: "Settle",
  },
  Ingest: { kind: "step", step: "ingest", result: "ingest", ...step, next: "IsIngested" },
} as const;

/** Ingest goes on lap by lap until all is read. */
export const ingested = <const Next extends string>(next: Next) =>
  ({ kind: "choice", field: "ingest.done", cases: [{ is: true, next }], otherwise: "Ingest" }) as const;

export const reserved = <const Next extends string>(next: Next) =>
  ({ kind: "choice", field: "reserve.outcome", cases: [{ is: "reserved", next }], otherwise: "Settle" }) as const;

const jobStep = { kind: "step", onError: "Settle", timeoutSeconds: job } as const;
export const training = { ...jobStep, result: "train", retry: [again, killed] } as const;
export const prediction = {
  ...jobStep,
  result: "predict",
  retry: [again, killed, { errors: ["PredictionIncomplete"], attempts: 1 }],
} as const satisfies { retry: readonly Retry[]; [field: string]: unknown };

/** Where jobs run in an image, it is looked for before the first of them, and built where it is missing. */
export const imageBefore = <const Next extends string>(next: Next) =>
  ({ kind: "pass", why: "Where jobs run in an image, it is built here.", next }) as const;

/** The good ends that every machine has. */
export const ends = { Done: { kind: "succeed" }, Skipped: { kind: "succeed" }, Waiting: { kind: "succeed" } } as const;

export const refused = (cause: string) => ({ kind: "fail", error: "RejectedOverBudget", cause }) as const;
