// The machine `experiment`: ablations and grouped cross-validation. Training after training, each promised before it starts and
// settled when it ends; it publishes nothing and takes no version number. Every way out goes through Settle.
import { defineMachine } from "./machine.ts";
import { ends, entry, imageBefore, ingested, prediction, refused, reserved, settle, step, training } from "./parts.ts";

export const experimentMachine = defineMachine({
  name: "experiment",
  comment: "The same training many times, with something varied or some groups left out.",
  start: "Admit",
  input: ["runId", "attempt"],
  states: {
    ...entry,
    IsIngested: ingested("Reserve"),
    Reserve: { kind: "step", step: "reserveTrial", result: "reserve", ...step, next: "IsReserved" },
    IsReserved: reserved("BuildImage"),
    BuildImage: imageBefore("Train"),
    Train: { ...training, step: "trainTrial", next: "Predict" },
    Predict: { ...prediction, step: "predictTrial", next: "IsLast" },
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
    ...ends,
    RejectedOverBudget: refused(
      "The first training could cost more than the budget has left; the failure document says how much.",
    ),
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
