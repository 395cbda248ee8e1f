// Predict of the machine `measure`: the off-the-shelf model on every labelled frame of the export, which becomes no dataset version.
import type { ManifestLine } from "../../contracts/dataset.ts";
import { BobbinError } from "../../contracts/errors.ts";
import type { PredictJob } from "../../contracts/job.ts";
import { dataKeys } from "../../contracts/layout.ts";
import { runRequest } from "../../contracts/run.ts";
import { readStaged } from "../dataset/ingest/staged.ts";
import { jsonLinesBytes, lineText } from "../dataset/manifest-lines.ts";
import { predictFolder } from "../dataset/training-folder.ts";
import type { ObjectStore, Stores } from "../ports.ts";
import { readDocument } from "../registry/cas.ts";
import { writeOnce } from "../registry/write-once.ts";
import { baseModel, planOf, predictOutput, runPredict } from "./predict.ts";
import { trainedClasses } from "./reserve.ts";
import type { JobPlan, JobPorts } from "./train.ts";
import type { MeasureInput, PredictOutput } from "./types.ts";

/** @throws EvaluationImpossible where no frame is labelled; the trainer's named errors, JobFailed, JobKilled */
export async function predictMeasure(input: MeasureInput, ports: JobPorts): Promise<PredictOutput> {
  return predictOutput(await runPredict(await planMeasure(input, ports.stores), ports));
}

/** The same on every machine. @throws EvaluationImpossible where no frame is labelled */
export async function planMeasure(input: MeasureInput, { data }: Stores): Promise<JobPlan<PredictJob>> {
  const { runId, reserve } = input;
  if (reserve?.outcome !== "reserved") throw new RangeError("Predict comes after Reserve");
  const { value: request } = await readDocument(data, dataKeys.request(runId), runRequest);
  const lines = await frameSet(runId, data);
  if (lines.length === 0) throw new BobbinError("EvaluationImpossible", { problem: "none of the frames is labelled" });
  const classes = trainedClasses(request);
  const models = [baseModel(reserve.base.sha256, classes, request.config)];
  const partOf = new Map(lines.map(({ group }) => [group, "test" as const]));
  const folder = predictFolder(lines, { config: request.config, recipeClasses: classes, partOf, folder: "frames" });
  return planOf(request, models, folder);
}

/** The labelled frames, written down once, sorted by name. */
async function frameSet(runId: string, data: ObjectStore): Promise<readonly ManifestLine[]> {
  const { findings } = await readStaged(data, runId);
  const lines = findings
    .decodedFrames()
    .filter(({ labelled }) => labelled)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  await writeOnce(data, dataKeys.measured(runId, "frames.jsonl"), () => jsonLinesBytes(lines.map(lineText)));
  return lines;
}
