// Brings a finished job's files into the store, each with the digest its result names; the result itself comes last.
import fs from "node:fs";
import path from "node:path";
import { BobbinError, isBobbinError } from "../../contracts/errors.ts";
import { type Job, type Result, result as resultSchema } from "../../contracts/job.ts";
import { dataKeys } from "../../contracts/layout.ts";
import type { ObjectStore } from "../../core/ports.ts";
import { createOnce } from "../../core/registry/cas.ts";
import { digestOfFile, inside } from "./folder.ts";

type Succeeded = Exclude<Result, { status: "failed" }>;

/** The trainer's answer in the job's folder; null where there is none of this job. */
export function readResult(folder: string, job: Job): Result | null {
  const file = path.join(folder, "result.json");
  if (!fs.existsSync(file)) return null;
  const parsed = resultSchema.safeParse(json(fs.readFileSync(file, "utf8")));
  if (!parsed.success || parsed.data.runId !== job.runId || parsed.data.kind !== job.kind) return null;
  return parsed.data;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The trainer writes it whole; half a file is what a power cut leaves, and then there is no answer.
    return null;
  }
}

/** @throws ObjectCorrupt where a file is not what the result says */
export async function collect(folder: string, job: Job, result: Succeeded, data: ObjectStore): Promise<Succeeded> {
  const out = inside(folder, job.out);
  for (const { name, sha256 } of result.files) {
    await bring(inside(out, name), dataKeys.jobFile(job.runId, job.kind, name), sha256, data);
  }
  const named = underOut(result, job.out);
  if (named.kind === "predict") {
    const { file, sha256 } = named.predictions;
    await bring(inside(out, file), dataKeys.predictions(job.runId), sha256, data);
  }
  const kept = await createOnce(data, dataKeys.result(job.runId, job.kind), resultSchema, named);
  return kept.status === "failed" ? named : kept;
}

/** The trainer names files from its job's folder; in the store they go by their names under `out`, as `files` lists them. */
function underOut(result: Succeeded, out: string): Succeeded {
  const name = <F extends { readonly file: string }>(of: F): F => ({
    ...of,
    file: of.file.startsWith(`${out}/`) ? of.file.slice(out.length + 1) : of.file,
  });
  if (result.kind === "predict") return { ...result, predictions: name(result.predictions) };
  return { ...result, weights: name(result.weights), onnx: name(result.onnx) };
}

async function bring(file: string, key: string, sha256: string, data: ObjectStore): Promise<void> {
  const found = fs.existsSync(file) ? await digestOfFile(file) : "no file";
  if (found !== sha256)
    throw new BobbinError("ObjectCorrupt", {
      key,
      problem: `the job's file has SHA-256 ${found}, its result says ${sha256}`,
    });
  try {
    await data.create(key, fs.createReadStream(file));
  } catch (error) {
    if (!isBobbinError(error, "ObjectExists")) throw error;
  }
}
