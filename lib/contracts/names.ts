// Versions and file names as pure functions: no clock, no environment.

/** A release version, `v<major>` or `v<major>.<minor>` with minor ≥ 1. */
export interface ReleaseVersion {
  readonly major: number;
  readonly minor: number;
}

const releasePattern = /^v(0|[1-9][0-9]*)(?:\.([1-9][0-9]*))?$/;

/** Reads `v0`, `v0.10`, `v1`; null for anything else (`v0.0`, `v01`). */
export function parseReleaseVersion(text: string): ReleaseVersion | null {
  const match = releasePattern.exec(text);
  return match?.[1] === undefined ? null : { major: Number(match[1]), minor: Number(match[2] ?? 0) };
}

export function formatReleaseVersion(version: ReleaseVersion): string {
  return version.minor === 0 ? `v${version.major}` : `v${version.major}.${version.minor}`;
}

/** As numbers: v0.9 < v0.10 < v1. */
export function compareReleaseVersions(a: ReleaseVersion, b: ReleaseVersion): number {
  return a.major - b.major || a.minor - b.minor;
}

/** `major`: classes, task or model family moved; `minor`: data or recipe did. No release yet: v0. */
export function nextReleaseVersion(latest: ReleaseVersion | null, step: "major" | "minor"): ReleaseVersion {
  if (latest === null) return { major: 0, minor: 0 };
  return step === "major" ? { major: latest.major + 1, minor: 0 } : { major: latest.major, minor: latest.minor + 1 };
}

/** What Batch calls a job: each try of a run has its own. The machine forms the same name (lib/workflow/cloud.ts). */
export function jobName(runId: string, kind: "train" | "predict", attempt: number): string {
  return `${runId}-${kind}-${attempt}`;
}

/** Reads `d3`, `t1`, `r2`: a letter and a positive number; null for anything else. */
export function parseCounter(prefix: "d" | "t" | "r", text: string): number | null {
  const match = /^([dtr])([1-9][0-9]*)$/.exec(text);
  return match?.[1] === prefix ? Number(match[2]) : null;
}

export function formatCounter(prefix: "d" | "t" | "r", number: number): string {
  return `${prefix}${number}`;
}

/** What a release is called by its parts. */
export interface ReleaseNaming {
  readonly architecture: string;
  readonly project: string;
  readonly dataset: string;
  readonly version: string;
}

/** File and folder names inside a release, as the training plan names them. */
export function releaseFiles(of: ReleaseNaming) {
  const model = `${of.architecture}_${of.project}_${of.version}`;
  return {
    model,
    weights: `${model}.pt`,
    onnx: `${model}.onnx`,
    data: `${of.dataset}_${of.version}.yaml`,
    split: `dataset_split_${of.version}.csv`,
    trainRun: `train_run_${of.version}`,
    evaluation: `eval_${of.version}.json`,
    report: `report_${of.version}.html`,
    edgeBuild: `edge_build_${of.version}.json`,
    release: "release.json",
    signature: "release.sig.json",
  } as const;
}
