// The machine `experiment`: ablations and grouped cross-validation. Training after training, each promised before it starts and
// settled when it ends; it publishes nothing and takes no version number. Every way out goes through Settle.
import { defineMachine } from "./machine.ts";
import { again, job, killed, settle, step } from "./parts.ts";

export const experimentMachine = defineMachine({
  name: "experiment",
  comment: "The same training many times, with something varied or some groups left out.",
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
    IsIngested: { kind: "choice", field: "ingest.done", cases: [{ is: true, next: "Reserve" }], otherwise: "Ingest" },
    Reserve: { kind: "step", step: "reserveTrial", result: "reserve", ...step, next: "IsReserved" },
    IsReserved: {
      kind: "choice",
      field: "reserve.outcome",
      cases: [{ is: "reserved", next: "Train" }],
      otherwise: "Settle",
    },
    Train: {
      kind: "step",
      step: "trainTrial",
      result: "train",
      retry: [again, killed],
      onError: "Settle",
      timeoutSeconds: job,
      next: "Predict",
    },
    Predict: {
      kind: "step",
      step: "predictTrial",
      result: "predict",
      retry: [again, killed, { errors: ["PredictionIncomplete"], attempts: 1 }],
      onError: "Settle",
      timeoutSeconds: job,
      next: "IsLast",
    },
    IsLast: { kind: "choice", field: "predict.done", cases: [{ is: true, next: "Compare" }], otherwise: "Reserve" },
    Compare: { kind: "step", step: "compareExperiment", result: "experiment", ...step, next: "Settle" },
    Settle: { kind: "step", ...settle, next: "HowSettled" },
    HowSettled: {
      kind: "choice",
      field: "settle.outcome",
      cases: [
        { is: "compared", next: "Done" },
        { is: "rejected", next: "RejectedOverBudget" },
      ],
      otherwise: "Failed",
    },
    Done: { kind: "succeed" },
    Skipped: { kind: "succeed" },
    Waiting: { kind: "succeed" },
    RejectedOverBudget: {
      kind: "fail",
      error: "RejectedOverBudget",
      cause: "The first training could cost more than the budget has left; the failure document says how much.",
    },
    Failed: { kind: "failCaught" },
  },
});

export type ExperimentStep =
  | "admit"
  | "ingest"
  | "reserveTrial"
  | "trainTrial"
  | "predictTrial"
  | "compareExperiment"
  | "settle";
experimentMachine satisfies { readonly states: Readonly<Record<string, { kind: string; step?: ExperimentStep }>> };
