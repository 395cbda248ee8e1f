// What the supervisor leaves of a job that went well, without a trainer: for tests of what comes before and after jobs. Every frame gets
// the same box of every model.
import { createHash } from "node:crypto";
import { type Job, jobFrame, job as jobSchema, type PredictResult, type TrainResult } from "../../lib/contracts/job.ts";
import { dataKeys } from "../../lib/contracts/layout.ts";
import type { ObjectStore } from "../../lib/core/ports.ts";
import { documentBytes, readDocument } from "../../lib/core/registry/cas.ts";

const digestOf = (text: string) => createHash("sha256").update(text).digest("hex");
const environment = {
  ...{ trainer: "0.1.0", python: "3", torch: "0", ultralytics: "0", platform: "t", processor: "t", device: "cpu" },
  ...{ threads: 1, lockSha256: null },
};

/** @param id that the job stands under */
export async function answerJob(kind: Job["kind"], id: string, data: ObjectStore): Promise<void> {
  const { value: job } = await readDocument(data, dataKeys.job(id, kind), jobSchema);
  const at = new Date();
  const answer = {
    ...({ schema: "bobbin/result/1", runId: id, status: "succeeded", environment } as const),
    ...{ startedAt: new Date(at.getTime() - 10_000).toISOString(), endedAt: at.toISOString() },
  };
  if (job.kind === "train") await answerTraining(id, answer, data);
  else await answerPrediction(job, answer, data);
}

type Answer = Pick<TrainResult, "schema" | "runId" | "status" | "environment" | "startedAt" | "endedAt">;

async function answerTraining(id: string, answer: Answer, data: ObjectStore): Promise<void> {
  const files = await Promise.all(
    ["model.onnx", "model.pt"].map(async (name) => {
      const text = `${name} of ${id}`;
      await data.create(dataKeys.jobFile(id, "train", name), Buffer.from(text));
      return { name, bytes: text.length, sha256: digestOf(text) };
    }),
  );
  const [onnx, weights] = files.map(({ name: file, ...of }) => ({ file, ...of })) as [
    TrainResult["weights"],
    TrainResult["weights"],
  ];
  const result: TrainResult = {
    ...answer,
    ...{ kind: "train", files, weights, epochs: 1, bestEpoch: 1, attempts: 1, imagesPerSecond: 10 },
    onnx: { ...onnx, opset: 18, parity: { frames: 1, maxBoxPixels: 0, maxScore: 0 } },
  };
  await data.create(dataKeys.result(id, "train"), documentBytes(result));
}

async function answerPrediction(
  job: Extract<Job, { kind: "predict" }>,
  answer: Answer,
  data: ObjectStore,
): Promise<void> {
  const id = job.runId;
  const inputs = Buffer.from((await data.get(dataKeys.inputs(id, "predict"))).bytes).toString();
  const listed = inputs
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { path: string; text?: string })
    .find(({ path }) => path === job.frames);
  const frames = (listed?.text ?? "")
    .trim()
    .split("\n")
    .map((line) => jobFrame.parse(JSON.parse(line)));
  const lines = frames.flatMap(({ name, sha256, part }) =>
    job.models.map(({ role }) => ({ frame: name, sha256, part, model: role, boxes: [[0, 0.9, 10, 10, 60, 60]] })),
  );
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  await data.create(dataKeys.predictions(id), Buffer.from(text));
  const { imgsz, confidence, iou, maxDetections } = job;
  const result: PredictResult = {
    ...answer,
    ...{ kind: "predict", files: [], unknownClasses: {} },
    predictions: { file: "predictions.jsonl", sha256: digestOf(text), lines: lines.length },
    protocol: { imgsz, rect: false, confidence, iou, maxDetections },
  };
  await data.create(dataKeys.result(id, "predict"), documentBytes(result));
}
