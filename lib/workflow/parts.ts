// What the states of every machine have in common: who tries again, how long they have, where their errors lead.
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
export const job = 604_800 + 3_600;

export const step = { retry: [again], onError: "Settle", timeoutSeconds: lambda } as const;

export const settle = {
  step: "settle",
  result: "settle",
  retry: [{ errors: ["States.ALL"], attempts: 5 }],
  onError: "Failed",
  timeoutSeconds: lambda,
} as const satisfies { retry: readonly Retry[]; [field: string]: unknown };
