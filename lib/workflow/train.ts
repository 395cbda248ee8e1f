// The machine `train`: from an upload to a release. It orders the steps and decides nothing; every way out goes through Settle.
import { defineMachine } from "./machine.ts";
import { ends, entry, imageBefore, ingested, prediction, refused, reserved, settle, step, training } from "./parts.ts";

export const trainMachine = defineMachine({
  name: "train",
  comment: "From an upload of labelled frames to a signed release.",
  start: "Admit",
  input: ["runId", "attempt"],
  states: {
    ...entry,
    IsIngested: ingested("Split"),
    Split: { kind: "step", step: "split", result: "split", ...step, next: "Reserve" },
    Reserve: { kind: "step", step: "reserve", result: "reserve", ...step, next: "IsReserved" },
    IsReserved: reserved("BuildImage"),
    BuildImage: imageBefore("Train"),
    Train: { ...training, step: "train", next: "Predict" },
    Predict: { ...prediction, step: "predict", next: "Compare" },
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
    ...ends,
    Ingested: { kind: "succeed" },
    RejectedOverBudget: refused(
      "The run could cost more than the budget has left; its failure document says how much.",
    ),
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
