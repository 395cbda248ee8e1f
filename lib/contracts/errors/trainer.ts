// Errors of the trainer. Its exit codes tell the machine what happened without reading any text.
import * as z from "zod";
import { defineErrors } from "./define.ts";

export const trainerErrors = defineErrors({
  JobInvalid: { exit: 3, trainerExit: 64, data: z.strictObject({ file: z.string(), problem: z.string() }), say: "The job file {file} is not valid: {problem}.", todo: "This is a fault in Bobbin: please report it with the run's folder." },
  WeightsDigestMismatch: { exit: 3, trainerExit: 65, data: z.strictObject({ file: z.string(), found: z.string(), wanted: z.string() }), say: "The weights {file} have SHA-256 {found}, wanted {wanted}; they were not opened.", todo: "Add the right file again with `bobbin base add`." },
  WeightsCorrupt: { exit: 1, trainerExit: 66, data: z.strictObject({ file: z.string(), problem: z.string() }), say: "The weights {file} cannot be loaded: {problem}.", todo: "Download the file again; only Ultralytics detection checkpoints are read, with safe unpickling." },
  OutOfMemory: { exit: 3, trainerExit: 67, data: z.strictObject({ device: z.string(), batch: z.int(), imgsz: z.int() }), say: "Out of memory on {device} with batch {batch} at {imgsz} pixels.", todo: "Halve `batch` in the recipe, or lower `imgsz`." },
  LossNotFinite: { exit: 3, trainerExit: 68, data: z.strictObject({ epoch: z.int(), batch: z.int() }), say: "The loss became NaN or infinite in epoch {epoch}, batch {batch}.", todo: "Lower `lr0` in the recipe to a tenth, or set `amp` to false." },
  ClassWithoutLabels: { exit: 1, trainerExit: 69, data: z.strictObject({ class: z.string(), part: z.string() }), say: "No label of class {class} in {part}: it cannot be learnt.", todo: "Label frames that show it, or leave the class out with `classes` in the recipe." },
  DeadlinePassed: { exit: 3, trainerExit: 70, data: z.strictObject({ deadline: z.string() }), say: "The job passed its deadline {deadline} and ended itself.", todo: "Raise `timeoutSeconds` in the recipe or make the recipe smaller, then `bobbin resume`." },
  Interrupted: { exit: 3, trainerExit: 71, data: z.strictObject({ epoch: z.int() }), say: "The job was asked to stop in epoch {epoch}; its checkpoint is kept.", todo: "Go on with `bobbin resume`." },
  TrainingDataChanged: { exit: 3, trainerExit: 72, data: z.strictObject({ file: z.string(), problem: z.string() }), say: "Ultralytics would not read {file} as it is: {problem}.", todo: "This is a fault in Bobbin: please report it with the run's folder." },
  ExportParity: { exit: 3, trainerExit: 73, data: z.strictObject({ maxBoxPixels: z.number(), maxScore: z.number(), allowedBoxPixels: z.number(), allowedScore: z.number() }), say: "The ONNX file differs from the .pt by {maxBoxPixels} px and {maxScore} in score, allowed {allowedBoxPixels} px and {allowedScore}.", todo: "Please report it with the run's folder; the run has no release." },
  DeviceMissing: { exit: 2, trainerExit: 74, data: z.strictObject({ device: z.string(), problem: z.string() }), say: "The device {device} is not usable here: {problem}.", todo: "Use `--device cpu`, or mend the driver." },
  PredictionIncomplete: { exit: 3, trainerExit: 75, data: z.strictObject({ model: z.string(), problem: z.string() }), say: "Predictions of {model} are incomplete: {problem}.", todo: "Run it again with `bobbin resume`; on a slow machine lower `batch`." },
  SmokeFailed: { exit: 3, trainerExit: 76, data: z.strictObject({ problem: z.string() }), say: "The smoke phase failed: {problem}.", todo: "The recipe cannot be trained as it is; see the log in the run's folder." },
  DiskFull: { exit: 3, trainerExit: 77, data: z.strictObject({ problem: z.string() }), say: "The disk is full: {problem}.", todo: "Make room, then `bobbin resume`." },
  TrainerFailed: { exit: 3, trainerExit: 78, data: z.strictObject({ problem: z.string() }), say: "The trainer failed: {problem}.", todo: "See trainer.log in the run's folder; then `bobbin resume` or `bobbin cancel`." },
});
