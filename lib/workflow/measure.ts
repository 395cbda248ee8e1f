// The machine `measure` (Stage A): from an export to the answer whether the off-the-shelf model is enough. It makes no dataset
// version and no release; every way out goes through Settle.
import { defineMachine } from "./machine.ts";
import { again, job, killed, settle, step } from "./parts.ts";

export const measureMachine = defineMachine({
  name: "measure",
  comment: "Whether a training is needed at all: the off-the-shelf model on labelled frames.",
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
    Reserve: { kind: "step", step: "reserveMeasure", result: "reserve", ...step, next: "IsReserved" },
    IsReserved: {
      kind: "choice",
      field: "reserve.outcome",
      cases: [{ is: "reserved", next: "Predict" }],
      otherwise: "Settle",
    },
    Predict: {
      kind: "step",
      step: "predictMeasure",
      result: "predict",
      retry: [again, killed, { errors: ["PredictionIncomplete"], attempts: 1 }],
      onError: "Settle",
      timeoutSeconds: job,
      next: "NeedTraining",
    },
    NeedTraining: { kind: "step", step: "needTraining", result: "need", ...step, next: "Settle" },
    Settle: { kind: "step", ...settle, next: "HowSettled" },
    HowSettled: {
      kind: "choice",
      field: "settle.outcome",
      cases: [
        { is: "measured", next: "Done" },
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
      cause: "The run was refused; its failure document says why.",
    },
    Failed: { kind: "failCaught" },
  },
});

export type MeasureStep = "admit" | "ingest" | "reserveMeasure" | "predictMeasure" | "needTraining" | "settle";
measureMachine satisfies { readonly states: Readonly<Record<string, { kind: string; step?: MeasureStep }>> };
