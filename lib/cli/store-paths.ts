// Where things of a store lie as files, for people: the two buckets are two folders.
import { join } from "node:path";
import { type ComparedFile, dataKeys, registryKeys } from "../contracts/layout.ts";

export const storePaths = {
  release: (store: string, model: string, version: string) =>
    join(store, "registry", registryKeys.release(model, version)),
  releaseFile: (store: string, model: string, version: string, file: string) =>
    join(store, "registry", registryKeys.releaseFile(model, version, file)),
  gallery: (store: string, runId: string) => join(store, "data", dataKeys.gallery(runId)),
  extraEvaluation: (store: string, runId: string, file: "evaluation.json" | "report.html") =>
    join(store, "data", dataKeys.extraEvaluation(runId, file)),
  compared: (store: string, runId: string, file: ComparedFile) => join(store, "data", dataKeys.compared(runId, file)),
} as const;
