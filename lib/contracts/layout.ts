// Every key of the two buckets, as a pure function of what it stores. Nobody else joins strings into keys.
// A part of a key comes from a validated document (slug, run id, version, digest), so no `..` and no collision can arise;
// test/unit/contracts/layout.test.ts proves it.

/** One path segment: no slash, no backslash, no control character, not `.` or `..`. */
function segment(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  if (text === "" || text === "." || text === ".." || /[/\\\u0000-\u001f\u007f]/.test(text)) {
    throw new RangeError(`not a key segment: ${JSON.stringify(text)}`);
  }
  return text;
}

/** A relative path of segments. */
function path(text: string): string {
  return text.split("/").map(segment).join("/");
}

/** Six digits, so that keys stand in the order of their numbers. */
function ordinal(number: number): string {
  if (!Number.isSafeInteger(number) || number < 0 || number > 999_999) throw new RangeError(`no ordinal: ${number}`);
  return String(number).padStart(6, "0");
}

const runs = (runId: string) => `runs/${segment(runId)}`;
const dataset = (name: string, version: string) => `datasets/${segment(name)}/${segment(version)}`;

/** Keys of the data bucket (erasable). */
export const dataKeys = {
  config: (name: string) => `config/${segment(name)}.json`,
  configs: () => "config/",
  /** That somebody began to tell people of something, and that they were told; `digest` is of what. */
  told: (digest: string, mark: "begun" | "done") => `told/${segment(digest)}/${mark}.json`,
  allTold: () => "told/",
  /** Which run took one version of an upload; `digest` is of its location and version. */
  admission: (digest: string) => `admitted/${segment(digest)}.json`,
  baseWeights: (sha256: string) => `base/${segment(sha256)}.pt`,
  /** Which file a name of starting weights means, and whether it is an official one. */
  baseName: (name: string) => `base/names/${segment(name)}.json`,
  frame: (sha256: string, ext: string) => `frames/${segment(sha256.slice(0, 2))}/${segment(sha256)}.${segment(ext)}`,
  datasets: (name: string) => `datasets/${segment(name)}/`,
  datasetFile: (name: string, version: string, file: DatasetFile) => `${dataset(name, version)}/${file}`,
  runs: () => "runs/",
  run: (runId: string) => `${runs(runId)}/`,
  request: (runId: string) => `${runs(runId)}/request.json`,
  step: (runId: string, state: string) => `${runs(runId)}/steps/${segment(state)}.json`,
  steps: (runId: string) => `${runs(runId)}/steps/`,
  failure: (runId: string, attempt: number) => `${runs(runId)}/failures/${attempt}.json`,
  failures: (runId: string) => `${runs(runId)}/failures/`,
  /** What Ingest and Split stage before the dataset version exists. */
  staged: (runId: string, file: string) => `${runs(runId)}/staged/${path(file)}`,
  job: (runId: string, kind: "train" | "predict") => `${runs(runId)}/job-${kind}.json`,
  /** Written before a try of the run submits the job: where there is none, that try has started nothing. */
  jobMark: (runId: string, kind: "train" | "predict", attempt: number) =>
    `${runs(runId)}/job-${kind}-try-${ordinal(attempt)}.json`,
  /** Every file that the folder of a job must hold, one line each; written before the job. */
  inputs: (runId: string, kind: "train" | "predict") => `${runs(runId)}/inputs-${kind}.jsonl`,
  result: (runId: string, kind: "train" | "predict") => `${runs(runId)}/result-${kind}.json`,
  jobFile: (runId: string, kind: "train" | "predict", file: string) => `${runs(runId)}/${kind}/${path(file)}`,
  jobFiles: (runId: string, kind: "train" | "predict") => `${runs(runId)}/${kind}/`,
  /** The trainer's answer where it failed, by start of the job, from 1. A later start may yet succeed, so it is not the result. */
  failedResult: (runId: string, kind: "train" | "predict", start: number) =>
    `${runs(runId)}/result-${kind}-failed-${ordinal(start)}.json`,
  failedResults: (runId: string, kind: "train" | "predict") => `${runs(runId)}/result-${kind}-failed-`,
  /** Progress lines of a job, in parts counted from 1 over all its starts. */
  progressPart: (runId: string, kind: "train" | "predict", number: number) =>
    `${runs(runId)}/progress/${kind}/${ordinal(number)}.jsonl`,
  progress: (runId: string, kind: "train" | "predict") => `${runs(runId)}/progress/${kind}/`,
  /** A start of a job, from 1. */
  start: (runId: string, kind: "train" | "predict", number: number) =>
    `${runs(runId)}/progress/starts-${kind}/${ordinal(number)}.json`,
  starts: (runId: string, kind: "train" | "predict") => `${runs(runId)}/progress/starts-${kind}/`,
  /** A generation of the training state: the epoch it follows and the first 16 digits of its mark's SHA-256; mark.json is written last. */
  checkpoint: (runId: string, epoch: number, digest: string, file: string) =>
    `${runs(runId)}/checkpoints/${ordinal(epoch)}-${segment(digest)}/${segment(file)}`,
  checkpoints: (runId: string) => `${runs(runId)}/checkpoints/`,
  predictions: (runId: string) => `${runs(runId)}/predictions/predictions.jsonl`,
  evaluation: (runId: string) => `${runs(runId)}/evaluation.json`,
  /** Pages with pictures of frames: erasable, never signed. */
  gallery: (runId: string) => `${runs(runId)}/gallery.html`,
  /** Stage A: what the off-the-shelf model does on these frames. */
  measured: (runId: string, file: MeasuredFile) => `${runs(runId)}/measure/${file}`,
  /** The same document, where a training looks for it; run ids sort by time. */
  measurement: (name: string, runId: string) => `measurements/${segment(name)}/${segment(runId)}.json`,
  measurements: (name: string) => `measurements/${segment(name)}/`,
  /** An experiment, and each of its trainings that is done, from 0. */
  experiment: (runId: string, file: ExperimentFile) => `${runs(runId)}/experiment/${file}`,
  trial: (runId: string, number: number) => `${runs(runId)}/experiment/trial-${ordinal(number)}.json`,
  /** Whose training it is, by the id that its jobs and the ledger know it by. */
  trialOwner: (trialId: string) => `${runs(trialId)}/trial.json`,
  /** `bobbin compare`: two releases on the test frames of both. */
  compared: (runId: string, file: ComparedFile) => `${runs(runId)}/compare/${file}`,
  /** `bobbin evaluate`: a release on other frames. */
  extraEvaluation: (runId: string, file: "evaluation.json" | "report.html" | "frames.jsonl" | "issues.jsonl") =>
    `${runs(runId)}/evaluate/${file}`,
} as const;

export type ExperimentFile =
  | "plan.json"
  | "frames.jsonl"
  | "predictions.jsonl"
  | "experiment.json"
  | "report.html"
  | "table.csv"
  | "table.tex";

export type ComparedFile =
  | "comparison.json"
  | "report.html"
  | "figure.svg"
  | "slices.csv"
  | "slices.tex"
  | "errors.csv"
  | "errors.tex";

export type MeasuredFile =
  | "frames.jsonl"
  | "measurement.json"
  | "report.html"
  | "figure.svg"
  | "table.csv"
  | "table.tex";

export type DatasetFile =
  | "manifest.json"
  | "manifest.jsonl"
  | "issues.jsonl"
  | "stats.json"
  | "split.csv"
  | "split.json";

/** Keys of the registry bucket (permanent, write-once but for the pointers). */
export const registryKeys = {
  models: () => "models/",
  releases: (model: string) => `models/${segment(model)}/`,
  release: (model: string, version: string) => `models/${segment(model)}/${segment(version)}/`,
  releaseFile: (model: string, version: string, file: string) =>
    `models/${segment(model)}/${segment(version)}/${path(file)}`,
  production: (model: string) => `models/${segment(model)}/production.json`,
  /** Recipes by first use of their hash, per model. */
  recipes: (model: string) => `models/${segment(model)}/recipes.json`,
  ledger: (budget: string) => `ledger/${segment(budget)}.json`,
  ledgers: () => "ledger/",
  lock: () => "locks/pipeline.json",
} as const;

/** The run id of any key under `runs/`; null for other keys. */
export function runOfKey(key: string): string | null {
  return /^runs\/([0-9A-HJKMNP-TV-Z]{26})\//.exec(key)?.[1] ?? null;
}

/** True for a key deeper than an upload's: a file inside one, which starts nothing, whatever it is called. */
export function liesInUpload(key: string): boolean {
  const depth = key.endsWith("/_COMMIT.json") ? 4 : 3;
  return key.startsWith("incoming/") && key.split("/").length > depth;
}

/** Where exports lie: under `incoming/` each starts a run that trains on it; under `exports/` it starts nothing, a machine is started for it. */
export type UploadPlace = "incoming" | "exports";

/** An export that was sent: `<place>/<dataset>/<name>.zip` or `…/<name>/_COMMIT.json`, at that depth only; null otherwise. */
export function parseUploadKey(
  key: string,
): { place: UploadPlace; dataset: string; name: string; kind: "zip" | "folder" } | null {
  const match =
    /^(incoming|exports)\/([a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?)\/([^/]+?)(?:(\.zip)|\/_COMMIT\.json)$/.exec(key);
  const [, place, dataset, name, zip] = match ?? [];
  if (dataset === undefined || name === undefined || name === "." || name === "..") return null;
  return {
    place: place === "exports" ? "exports" : "incoming",
    dataset,
    name,
    kind: zip === undefined ? "folder" : "zip",
  };
}
