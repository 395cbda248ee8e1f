// The machine `train`: from an upload to a release. It orders the steps and decides nothing; every way out goes through Settle.
import { defineMachine } from "./machine.ts";
import { again, job, killed, settle, step } from "./parts.ts";

export const trainMachine = defineMachine({
  name: "train",
  comment: "From an upload of labelled frames to a signed release.",
  start: "Admit",
  input: ["runId", "attempt"],
  states: {
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
    IsIngested: { kind: "choice", field: "ingest.done", cases: [{ is: true, next: "Split" }], otherwise: "Ingest" },
    Split: { kind: "step", step: "split", result: "split", ...step, next: "Reserve" },
    Reserve: { kind: "step", step: "reserve", result: "reserve", ...step, next: "IsReserved" },
    IsReserved: {
      kind: "choice",
      field: "reserve.outcome",
      cases: [{ is: "reserved", next: "BuildImage" }],
      otherwise: "Settle",
    },
    BuildImage: { kind: "pass", why: "Where jobs run in an image, it is built here.", next: "Train" },
    Train: {
      kind: "step",
      step: "train",
      result: "train",
      retry: [again, killed],
      onError: "Settle",
      timeoutSeconds: job,
      next: "Predict",
    },
    Predict: {
      kind: "step",
      step: "predict",
      result: "predict",
      retry: [again, killed, { errors: ["PredictionIncomplete"], attempts: 1 }],
      onError: "Settle",
      timeoutSeconds: job,
      next: "Compare",
    },
    Compare: { kind: "step", step: "compare", result: "compare", ...step, next: "Publish" },
    Publish: { kind: "step", step: "publish", result: "publish", ...step, next: "Settle" },
    Settle: { kind: "step", ...settle, next: "HowSettled" },
    HowSettled: {
      kind: "choice",
      field: "settle.outcome",
      cases: [
        { is: "released", next: "Done" },
        { is: "skipped", next: "Skipped" },
        { is: "ingested", next: "Ingested" },
        { is: "rejected", next: "RejectedOverBudget" },
      ],
      otherwise: "Failed",
    },
    Done: { kind: "succeed" },
    Skipped: { kind: "succeed" },
    Waiting: { kind: "succeed" },
    Ingested: { kind: "succeed" },
    RejectedOverBudget: {
      kind: "fail",
      error: "RejectedOverBudget",
      cause: "The run could cost more than the budget has left; its failure document says how much.",
    },
    Failed: { kind: "failCaught" },
  },
});

/** A state's name and the step in it: who wires a machine must have one of each. */
export type TrainStep =
  | "admit"
  | "ingest"
  | "split"
  | "reserve"
  | "train"
  | "predict"
  | "compare"
  | "publish"
  | "settle";
trainMachine satisfies { readonly states: Readonly<Record<string, { kind: string; step?: TrainStep }>> };
