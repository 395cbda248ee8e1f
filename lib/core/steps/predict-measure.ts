// Predict of the machine `measure`: the off-the-shelf model on every labelled frame of the export, which becomes no dataset version.
import type { ManifestLine } from "../../contracts/dataset.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { dataKeys } from "../../contracts/layout.ts";
import { runRequest } from "../../contracts/run.ts";
import { readStaged } from "../dataset/ingest/staged.ts";
import { jsonLinesBytes, lineText } from "../dataset/manifest-lines.ts";
import { predictFolder } from "../dataset/training-folder.ts";
import { readDocument } from "../registry/cas.ts";
import { writeOnce } from "../registry/write-once.ts";
import { baseModel, predictOutput, runPredict } from "./predict.ts";
import { trainedClasses } from "./reserve.ts";
import type { JobPorts } from "./train.ts";
import type { MeasureInput, PredictOutput } from "./types.ts";

/** @throws EvaluationImpossible where no frame is labelled; the trainer's named errors, JobFailed, JobKilled */
export async function predictMeasure(input: MeasureInput, ports: JobPorts): Promise<PredictOutput> {
  const { runId, reserve } = input;
  if (reserve?.outcome !== "reserved") throw new RangeError("Predict comes after Reserve");
  const { data } = ports.stores;
  const { value: request } = await readDocument(data, dataKeys.request(runId), runRequest);
  const lines = await frameSet(runId, ports);
  if (lines.length === 0) throw new BobbinError("EvaluationImpossible", { problem: "none of the frames is labelled" });
  const classes = trainedClasses(request);
  const models = [baseModel(reserve.base.sha256, classes, request.config)];
  const partOf = new Map(lines.map(({ group }) => [group, "test" as const]));
  const result = await runPredict(
    request,
    models,
    predictFolder(lines, { config: request.config, recipeClasses: classes, partOf, folder: "frames" }),
    ports,
  );
  return predictOutput(result);
}

/** The labelled frames, written down once, sorted by name. */
async function frameSet(runId: string, { stores: { data } }: JobPorts): Promise<readonly ManifestLine[]> {
  const { findings } = await readStaged(data, runId);
  const lines = findings
    .decodedFrames()
    .filter(({ labelled }) => labelled)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  await writeOnce(data, dataKeys.measured(runId, "frames.jsonl"), () => jsonLinesBytes(lines.map(lineText)));
  return lines;
}
