// What goes into each state of `train` and what comes out: small records and keys, never data. The machine and the steps share them.

import type { Difference } from "../../contracts/dataset.ts";
import type { Job } from "../../contracts/job.ts";
import type { MeasuredBefore, Measurement } from "../../contracts/measurement.ts";
import type { Upload } from "../../contracts/run.ts";

/** The input of every state: the run, and what the states before it said. */
export interface RunInput {
  readonly runId: string;
  /** 1, and one more for every time a failed run is taken up again; absent means 1. */
  readonly attempt?: number;
}

/** A no to this run that is no fault: the name of the error, its words and its data. */
export interface Rejected {
  readonly outcome: "rejected";
  readonly error: string;
  readonly reason: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export type AdmitOutput =
  | { readonly outcome: "admitted" }
  | { readonly outcome: "duplicate"; readonly runId: string }
  | { readonly outcome: "waiting"; readonly holder: string }
  /** No upload, though its key ends like one. */
  | { readonly outcome: "ignored"; readonly reason: string }
  | Rejected;

export interface IngestOutput {
  readonly done: boolean;
  /** Where the next lap begins; opaque. */
  readonly cursor: string | null;
  readonly frames: number;
  readonly boxes: number;
}

export interface SplitOutput {
  readonly dataset: string;
  readonly version: string;
  /** True where the export changed nothing: `version` is the one that was there. */
  readonly unchanged: boolean;
  readonly manifestSha256: string;
  readonly splitSha256: string;
  readonly testSet: string;
  readonly difference: Difference;
}

export type ReserveOutput =
  | {
      readonly outcome: "reserved";
      /** Release number, e.g. v0.1, and recipe number, e.g. r2. */
      readonly version: string;
      readonly recipe: string;
      readonly base: { readonly name: string; readonly sha256: string; readonly official: boolean };
      readonly promised: number;
      readonly predictedSeconds: number | null;
      /** Stage A before a first training, where there was one. */
      readonly measured?: MeasuredBefore;
    }
  /** The same manifest, recipe, base weights, classes and trainer version as that release. */
  | { readonly outcome: "skipped"; readonly version: string }
  /** The upload is taken in; another run trains on it. */
  | { readonly outcome: "later"; readonly reason: string }
  | Rejected;

export interface TrainOutput {
  readonly weightsSha256: string;
  readonly seconds: number;
  readonly attempts: number;
}

export interface PredictOutput {
  readonly predictionsSha256: string;
  readonly seconds: number;
}

export interface CompareOutput {
  readonly decision: "promote" | "hold" | "inconclusive";
  readonly reason: string;
  readonly evaluationSha256: string;
}

export interface PublishOutput {
  readonly version: string;
  readonly releaseSha256: string;
}

export interface SettleOutput {
  readonly outcome: string;
  readonly settled: number;
  /** The upload that was started next, where one waited. */
  readonly next: string | null;
}

/** The reservation of a measurement: one pass of the off-the-shelf model, and no number of anything. */
export type MeasureReservation =
  | {
      readonly outcome: "reserved";
      readonly base: { readonly name: string; readonly sha256: string; readonly official: boolean };
      readonly promised: number;
    }
  | Rejected;

export interface NeedTrainingOutput {
  readonly answer: Measurement["answer"];
  readonly reason: string;
  readonly measurementSha256: string;
}

/** An error as the machine's Catch hands it on. */
export interface CaughtError {
  readonly Error: string;
  readonly Cause: string;
}

/** What the machine `train` has gathered: each state's output under its name, small. Steps read what states before them said. */
export interface TrainInput extends RunInput {
  readonly admit?: AdmitOutput;
  readonly ingest?: IngestOutput;
  readonly split?: SplitOutput;
  readonly reserve?: ReserveOutput;
  readonly train?: TrainOutput;
  readonly predict?: PredictOutput;
  readonly compare?: CompareOutput;
  readonly publish?: PublishOutput;
  readonly settle?: SettleOutput;
  readonly error?: CaughtError;
  /** In the cloud: the job that was last written down to be submitted. */
  readonly stage?: { readonly BOBBIN_JOB: Job["kind"]; readonly BOBBIN_RUN_ID?: string };
  /** In the cloud: what built the trainer's image, where it was missing. */
  readonly image?: unknown;
  /** In the cloud: what the execution was started for. */
  readonly upload?: Upload;
  /** In the cloud: what the engine said of a job that did not end well. */
  readonly job?: Partial<CaughtError>;
}

/** What the machine `measure` has gathered. */
export interface MeasureInput extends Omit<TrainInput, "split" | "reserve" | "train" | "compare" | "publish"> {
  readonly reserve?: MeasureReservation;
  readonly need?: NeedTrainingOutput;
}

/** One training of an experiment is promised and may start. */
export type TrialReservation =
  | {
      readonly outcome: "reserved";
      /** Index into the plan's trials. */
      readonly trial: number;
      readonly trials: number;
      /** True: it is the last. */
      readonly done: boolean;
    }
  | Rejected;

export interface TrialOutput {
  readonly trial: number;
  readonly seconds: number;
  readonly done: boolean;
}

export interface ExperimentOutput {
  readonly summary: string;
  readonly experimentSha256: string;
}

/** What the machine `experiment` has gathered. */
export interface ExperimentInput
  extends Omit<TrainInput, "split" | "reserve" | "train" | "predict" | "compare" | "publish"> {
  readonly reserve?: TrialReservation;
  readonly train?: TrialOutput;
  readonly predict?: TrialOutput;
  readonly experiment?: ExperimentOutput;
}
