// The real pipeline on the sample, for tests that kill it: in this process, or in one of its own by pipeline-process.ts.
import fs from "node:fs";
import path from "node:path";
import { config } from "../../lib/contracts/config.ts";
import type { ProgressEvent } from "../../lib/contracts/job.ts";
import { type Recipe, recipe } from "../../lib/contracts/recipe.ts";
import { digestOf } from "../../lib/core/config/canonical.ts";
import type { Signer } from "../../lib/core/ports.ts";
import { addBaseWeights } from "../../lib/core/registry/base-weights.ts";
import { createPipeline, type NewRun, type Pipeline } from "../../lib/local/pipeline.ts";
import { createKey, openLocalSigner } from "../../lib/local/signer/local-signer.ts";

const root = path.join(import.meta.dirname, "../..");
const sample = path.join(root, "samples/thaal");

/** The smallest training that is one: few frames, small pictures. */
export function smallRecipe(epochs: number): Recipe {
  const args = {
    epochs,
    imgsz: 64,
    batch: 8,
    nbs: 8,
    optimizer: "AdamW",
    lr0: 0.001,
    val: false,
    workers: 0,
    plots: false,
    mosaic: 0,
    fraction: 0.2,
  };
  return recipe.parse({ schema: "bobbin/recipe/1", name: "smallest", args, timeoutSeconds: 600 });
}

export function sampleRequest(frozen: Recipe, changes: Partial<NewRun> = {}): NewRun {
  const plan = config.parse(JSON.parse(fs.readFileSync(path.join(sample, "bobbin.json"), "utf8")));
  return {
    source: { location: path.join(sample, "thaal-cvat.zip"), versionId: null, sha256: null },
    mode: "merge",
    retrain: "now",
    config: plan,
    configSha256: digestOf(plan),
    groupTable: { groupOfFrame: {}, attributes: {} },
    recipe: frozen,
    recipeSha256: digestOf(frozen),
    device: "cpu",
    decode: false,
    names: null,
    bobbin: { version: "0.0.0", commit: null },
    ...changes,
  };
}

export interface Sample {
  readonly pipeline: Pipeline;
  readonly events: ProgressEvent[];
}

/** Opens the pipeline on a folder, with a key and the sample's starting weights in it. */
export async function openSample(
  folder: string,
  more: { readonly emit?: (event: ProgressEvent) => void; readonly signer?: Signer } = {},
): Promise<Sample> {
  const key = path.join(folder, "key.pem");
  if (!fs.existsSync(key)) await createKey(key);
  const events: ProgressEvent[] = [];
  const pipeline = await createPipeline({
    store: path.join(folder, "store"),
    env: path.join(root, ".venv"),
    trainer: path.join(root, "containers/trainer"),
    signer: more.signer ?? (await openLocalSigner(key)),
    sink: {
      emit(event) {
        events.push(event);
        more.emit?.(event);
      },
    },
  });
  const bytes = fs.readFileSync(path.join(sample, "yolov8n-rebuilt.pt"));
  const weights = { name: "yolov8n", file: "yolov8n-rebuilt.pt", bytes, unofficial: true };
  await addBaseWeights(weights, { stores: pipeline.stores, clock: { now: () => new Date() } });
  return { pipeline, events };
}
