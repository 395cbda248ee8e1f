// The machine `measure` (Stage A): from an export to the answer whether the off-the-shelf model is enough. It makes no dataset
// version and no release; every way out goes through Settle.
import { defineMachine } from "./machine.ts";
import { ends, entry, imageBefore, ingested, prediction, refused, reserved, settle, step } from "./parts.ts";

export const measureMachine = defineMachine({
  name: "measure",
  comment: "Whether a training is needed at all: the off-the-shelf model on labelled frames.",
  start: "Admit",
  input: ["runId", "attempt"],
  states: {
    ...entry,
    IsIngested: ingested("Reserve"),
    Reserve: { kind: "step", step: "reserveMeasure", result: "reserve", ...step, next: "IsReserved" },
    IsReserved: reserved("BuildImage"),
    BuildImage: imageBefore("Predict"),
    Predict: { ...prediction, step: "predictMeasure", next: "NeedTraining" },
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
    ...ends,
    RejectedOverBudget: refused("The run was refused; its failure document says why."),
    Failed: { kind: "failCaught" },
  },
});

export type MeasureStep = "admit" | "ingest" | "reserveMeasure" | "predictMeasure" | "needTraining" | "settle";
measureMachine satisfies { readonly states: Readonly<Record<string, { kind: string; step?: MeasureStep }>> };
