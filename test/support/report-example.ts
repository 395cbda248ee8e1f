// A release as a team might have it: four classes, nine test groups, long names. Made up, and the same at every call.
import sharp from "sharp";
import type { Part } from "../../lib/contracts/common.ts";
import type { Breakdown, Metrics, ModelEvaluation } from "../../lib/contracts/evaluation.ts";
import type {
  DrawnBox,
  EvaluationPageInput,
  GalleryFrame,
  GalleryInput,
  PagePicture,
  ReportInput,
} from "../../lib/core/registry/report-input.ts";

const digest = (letter: string) => letter.repeat(64).slice(0, 64);

/** Numbers between 0 and 1 in a fixed order (a linear congruential generator). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

const classes = ["person", "forklift", "load carrier with a rather long name", "wheel loader"];
const groups = Array.from(
  { length: 9 },
  (_, index) => `2025-09-${String(index + 3).padStart(2, "0")}_hall-${(index % 3) + 1}_camera-${(index % 4) + 1}`,
);
const rounded = (value: number) => Math.round(Math.min(0.995, Math.max(0.02, value)) * 1000) / 1000;

function scores(level: number, next: () => number, frames: number, truths: number): Metrics {
  const around = (middle: number) => rounded(middle + (next() - 0.5) * 0.12);
  return {
    frames,
    truths,
    predictions: Math.round(truths * (0.9 + next() * 0.25)),
    mAP50: around(level),
    "mAP50-95": around(level * 0.66),
    precision: around(level + 0.04),
    recall: around(level - 0.03),
    f1: around(level),
  };
}

function breakdown(level: number, seed: number, frames: number): Breakdown {
  const next = chance(seed);
  const boxes = frames * 3;
  const slice = (names: readonly string[], spread: number) =>
    Object.fromEntries(
      names.map((name, index) => [
        name,
        scores(
          level + (next() - 0.6) * spread,
          next,
          Math.round(frames / names.length),
          Math.round(boxes / names.length) - index,
        ),
      ]),
    );
  return {
    all: scores(level, next, frames, boxes),
    classes: slice(classes, 0.35),
    groups: slice(groups, 0.4),
    attributes: { light: slice(["day", "dusk", "artificial"], 0.3) },
  };
}

function model(role: ModelEvaluation["role"], name: string, level: number, seed: number): ModelEvaluation {
  const isBase = role === "base";
  const test = breakdown(level, seed, 218);
  const blind = { mAP50: null, "mAP50-95": null, precision: null, recall: null, f1: null };
  const unknown = "load carrier with a rather long name";
  const own = test.classes[unknown];
  return {
    role,
    name,
    sha256: digest(isBase ? "b" : "c"),
    unknownClasses: isBase ? [unknown] : [],
    threshold: isBase ? 0.214 : 0.387,
    parts: {
      val: breakdown(level + 0.02, seed + 1, 196),
      test:
        isBase && own !== undefined ? { ...test, classes: { ...test.classes, [unknown]: { ...own, ...blind } } } : test,
      deployment: breakdown(level - 0.06, seed + 2, 74),
    },
    ...(isBase
      ? {}
      : {
          confusion: {
            labels: [...classes, "background"],
            matrix: [
              [212, 3, 0, 1, 18],
              [2, 148, 6, 9, 11],
              [0, 7, 121, 0, 24],
              [1, 12, 0, 64, 6],
              [9, 5, 17, 2, 0],
            ],
          },
        }),
  };
}

function epochs(total: number) {
  const next = chance(5);
  return Array.from({ length: total }, (_, index) => {
    const t = index / (total - 1);
    const falling = (from: number, to: number) => to + (from - to) * Math.exp(-4 * t) + (next() - 0.5) * 0.04;
    const rising = (to: number) => rounded(to * (1 - Math.exp(-5 * t - 0.2)) + (next() - 0.5) * 0.03);
    const rate = 0.01 * (0.01 + 0.99 * 0.5 * (1 + Math.cos(Math.PI * t)));
    return {
      epoch: index + 1,
      seconds: 41 + next() * 3,
      losses: {
        train: { box: falling(2.1, 0.82), class: falling(3.2, 0.55), dfl: falling(1.6, 0.98) },
        val: { box: falling(2.2, 1.02), class: falling(2.9, 0.78), dfl: index === 7 ? null : falling(1.7, 1.1) },
      },
      metrics: {
        precision: rising(0.9),
        recall: rising(0.84),
        mAP50: rising(0.88),
        "mAP50-95": rising(0.61),
      },
      learningRates: [rate, rate, index < 3 ? 0.1 - index * 0.03 : rate],
    };
  });
}

const partSizes = { train: [29, 1012], val: [6, 196], test: [9, 218], deployment: [2, 74] } as const;
const splitPart = (part: Part) => {
  const [count, frames] = partSizes[part];
  const boxesOfClass = Object.fromEntries(
    classes.map((name, index) => [name, Math.round((frames * 3 * (5 - index)) / 14)]),
  );
  return { groups: count, frames, boxes: frames * 3, wantedFrames: frames * 0.98, boxesOfClass };
};

/** A picture that looks like a plot: bars on white. */
async function plot(name: string, seed: number): Promise<PagePicture> {
  const next = chance(seed);
  const columns = Array.from({ length: 24 }, (_, index) => {
    const height = Math.round(40 + next() * 300);
    return `<rect x="${60 + index * 22}" y="${400 - height}" width="16" height="${height}" fill="#1f77b4"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="440"><rect width="640" height="440" fill="#fff"/><path d="M50 20V400H610" stroke="#333" fill="none"/>${columns.join("")}</svg>`;
  return { name, mime: "image/png", bytes: await sharp(Buffer.from(svg)).png().toBuffer() };
}

const models = [
  model("candidate", "yolov8n_hallwatch_v0.10", 0.86, 11),
  model("base", "yolov8n", 0.64, 23),
  model("production", "v0.9", 0.77, 37),
];
const mAP50 = (of: ModelEvaluation | undefined) => of?.parts.test?.all.mAP50 ?? 0;
const gain = mAP50(models[0]) - mAP50(models[2]);
const reason = `the candidate is better on mAP50 by ${gain.toFixed(3)} over 9 test groups (p 0.004), more than the margin of 0.020 at alpha 0.050`;

const release: ReportInput["release"] = {
  schema: "bobbin/release/1",
  project: "hallwatch",
  model: "hallwatch_vehicles",
  version: "v0.10",
  previous: "v0.9",
  createdAt: "2026-03-14T09:26:53.000Z",
  runId: "01JPA3WQ4XK7R9ZT5M8N2B6CDE",
  task: "detect",
  architecture: "yolov8n",
  classes,
  dataset: {
    name: "hall_vehicles",
    version: "d12",
    manifestSha256: digest("1"),
    frames: 1500,
    boxes: 4500,
    groups: 46,
  },
  testSet: { version: "t3", sha256: digest("2"), frames: 218 },
  split: { sha256: digest("3"), seed: 7 },
  recipe: { name: "plan", number: "r2", sha256: digest("4") },
  config: { sha256: digest("5") },
  base: { name: "yolov8n", sha256: digest("b"), official: true },
  trainer: {
    version: "0.1.0",
    ultralytics: "8.4.190",
    torch: "2.15.0",
    python: "3.11.9",
    device: "cuda",
    lockSha256: digest("6"),
  },
  bobbin: { version: "0.1.0", commit: digest("7").slice(0, 40) },
  jobs: { trainSeconds: 2143, predictSeconds: 58, attempts: 2 },
  cost: { promised: 1_840_000, settled: null },
  verdict: { decision: "promote", reason },
};

const testSets: NonNullable<ReportInput["evaluation"]["testSets"]> = ["t1", "t2"].map((version, index) => ({
  version,
  sha256: digest(String(index + 4)),
  frames: 96 + 61 * index,
  scored: 95 + 61 * index,
  models: models.map(({ role }) => ({ role, all: scores(role === "base" ? 0.6 : 0.85, chance(index + 3), 95, 280) })),
}));

const evaluation: ReportInput["evaluation"] = {
  schema: "bobbin/evaluation/1",
  createdAt: release.createdAt,
  model: release.model,
  version: release.version,
  dataset: "d12",
  testSet: "t3",
  configSha256: digest("5"),
  predictionsSha256: digest("8"),
  protocol: {
    name: "COCO",
    ious: [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95],
    maxDetections: 100,
    imgsz: 640,
    nmsIou: 0.7,
    confidence: 0.001,
  },
  classes,
  models,
  testSets,
  comparison: {
    baseline: "production",
    primary: "mAP50",
    margin: 0.02,
    alpha: 0.05,
    groups: 9,
    candidate: mAP50(models[0]),
    reference: mAP50(models[2]),
    difference: gain,
    p: 0.0039,
    smallestP: 0.0039,
    method: "exact",
    permutations: 512,
    verdict: "promote",
    reason,
    groupsWanted: null,
  },
};

const issues: ReportInput["issues"] = [
  {
    code: "BoxOutsideImage",
    action: "repaired",
    file: "annotations.xml",
    line: 4127,
    frame: "2025-09-03_hall-1_camera-1/frame_000412.jpg",
    found: "xbr 1921.40",
    wanted: "at most 1920",
    labels: 0,
  },
  {
    code: "BoxDuplicate",
    action: "dropped",
    file: "annotations.xml",
    line: 5210,
    frame: "2025-09-04_hall-2_camera-2/frame_000007.jpg",
    found: "the same box twice",
    wanted: "once",
    labels: 1,
  },
  {
    code: "NearDuplicate",
    action: "noted",
    file: "2025-09-05_hall-3_camera-3/frame_000019.jpg",
    found: "distance 2 to 2025-09-09_hall-1_camera-3/frame_000020.jpg, in another part",
    wanted: "unlike frames in unlike parts",
    labels: 0,
  },
];

/** Everything a report shows. */
const pair: NonNullable<ReportInput["alike"]>["pairs"][number] = {
  frame: `${groups[0]}/frame_000012.jpg`,
  group: groups[0] ?? "",
  part: "test",
  other: `${groups[1]}/frame_000498.jpg`,
  otherGroup: groups[1] ?? "",
  otherPart: "train",
  kind: "near",
  difference: 2.31,
};
const alike: ReportInput["alike"] = {
  compared: 1500,
  outside: 488,
  frames: 1,
  reencoded: 0,
  pairs: [pair],
  groups: [{ group: pair.group, part: "test", other: pair.otherGroup, otherPart: "train", alike: 1, frames: 24 }],
  cameras: [{ camera: pair.group, groups: 12, frames: 400, usual: 13.9 }],
};

export async function reportExample(): Promise<ReportInput> {
  const names = [
    "results.png",
    "confusion_matrix_normalized.png",
    "BoxPR_curve.png",
    "BoxF1_curve.png",
    "BoxP_curve.png",
    "BoxR_curve.png",
  ];
  return {
    release,
    files: ["yolov8n_hallwatch_v0.10.pt", "yolov8n_hallwatch_v0.10.onnx", "train_run_v0.10/results.csv"].map(
      (name) => ({
        name,
        bytes: 6_234_567,
        sha256: digest("9"),
      }),
    ),
    evaluation,
    gates: { primary: "mAP50", margin: 0.02, alpha: 0.05 },
    recipe: {
      schema: "bobbin/recipe/1",
      name: "plan",
      description: "The training plan's recipe.",
      args: { imgsz: 640, epochs: 50, batch: 32, optimizer: "SGD", lr0: 0.01, cos_lr: true, patience: 10, fliplr: 0 },
      threads: 2,
      timeoutSeconds: 21600,
      smokeBatches: 2,
    },
    training: { schema: "bobbin/training-metrics/1", family: "v8.4", epochs: epochs(50) },
    train: {
      environment: {
        trainer: "0.1.0",
        python: "3.11.9",
        torch: "2.15.0",
        ultralytics: "8.4.190",
        platform: "Linux x86_64",
        processor: "AMD EPYC 7R13",
        device: "NVIDIA L4",
        threads: 2,
        lockSha256: digest("6"),
      },
      epochs: 50,
      bestEpoch: 44,
      imagesPerSecond: 141.3,
      onnx: {
        file: "weights/yolov8n_hallwatch_v0.10.onnx",
        sha256: digest("9"),
        bytes: 12_345_678,
        opset: 18,
        parity: { frames: 8, maxBoxPixels: 0.00023, maxScore: 1.1e-7 },
      },
    },
    manifest: {
      schema: "bobbin/manifest/1",
      dataset: "hall_vehicles",
      version: "d12",
      parent: "d11",
      runId: release.runId,
      createdAt: release.createdAt,
      frames: 1500,
      boxes: 4500,
      groups: 46,
      classes: Object.fromEntries(classes.map((name) => [name, 1125])),
      labels: { read: 4523, kept: 4500, listed: 23 },
      issues: { BoxOutsideImage: 41, BoxDuplicate: 23, NearDuplicate: 4 },
      difference: {
        framesAdded: 220,
        framesRemoved: 3,
        framesChanged: 17,
        framesUnchanged: 1263,
        boxesBefore: 3871,
        boxesAfter: 4500,
      },
      attributes: Object.fromEntries(groups.map((group) => [group, { light: "day" }])),
      files: [],
      source: { name: "hall_vehicles_march.zip", sha256: digest("a"), format: "CVAT for images 1.1", mode: "merge" },
    },
    split: {
      schema: "bobbin/split/1",
      seed: 7,
      ratios: { train: 0.7, val: 0.15, test: 0.15 },
      assignments: (["train", "val", "test", "deployment"] as const).flatMap((part) =>
        Array.from({ length: partSizes[part][0] }, (_, index) => ({
          group:
            part === "test" ? (groups[index] ?? "") : `2025-07-${String(index + 1).padStart(2, "0")}_hall-1_${part}`,
          part,
          since: part === "test" ? "d3" : "d1",
        })),
      ),
      testSet: { version: "t3", frames: 218, sha256: digest("2") },
      parts: {
        train: splitPart("train"),
        val: splitPart("val"),
        test: splitPart("test"),
        deployment: splitPart("deployment"),
      },
      classDeviation: Object.fromEntries(classes.map((name, index) => [name, 0.004 * (index + 1)])),
      csvSha256: digest("3"),
    },
    issues,
    alike,
    states: [
      { state: "Admit", seconds: 0.1 },
      { state: "Ingest", seconds: 38.2 },
      { state: "Split", seconds: 0.4 },
      { state: "Reserve", seconds: 0.1 },
      { state: "BuildImage", seconds: 0 },
      { state: "Train", seconds: 2143 },
      { state: "Predict", seconds: 58 },
      { state: "Compare", seconds: 1.2 },
    ],
    plots: await Promise.all(names.map((name, index) => plot(name, index + 1))),
    fingerprint: `SHA256:${digest("f")}`,
  };
}

async function photograph(seed: number): Promise<Uint8Array> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360"><rect width="640" height="360" fill="hsl(${seed * 37},12%,52%)"/><rect y="220" width="640" height="140" fill="hsl(${seed * 37},10%,36%)"/><rect x="${60 + seed * 30}" y="150" width="120" height="110" fill="#7d8b6a"/><rect x="${380 - seed * 9}" y="130" width="70" height="150" fill="#4f5d75"/></svg>`;
  return sharp(Buffer.from(svg)).jpeg({ quality: 80 }).toBuffer();
}

async function frame(seed: number, missed: number): Promise<GalleryFrame> {
  const x = 3 * (60 + seed * 30);
  const y = 3 * (380 - seed * 9);
  const loader: DrawnBox = { box: [x + 9, 444, x + 352, 790], class: "wheel loader", confidence: 0.91 };
  return {
    name: `${groups[seed % groups.length]}/frame_${String(seed).padStart(6, "0")}.jpg`,
    group: groups[seed % groups.length] ?? "",
    width: 1920,
    height: 1080,
    picture: { name: `frame ${seed}`, mime: "image/jpeg", bytes: await photograph(seed) },
    labels: [
      { box: [x, 450, x + 360, 780], class: "wheel loader" },
      { box: [y, 390, y + 210, 840], class: "person" },
    ],
    models: [
      { role: "candidate", boxes: missed > 1 ? [] : [loader] },
      { role: "base", boxes: [{ box: [y - 12, 380, y + 220, 850], class: "person", confidence: 0.44 }] },
    ],
    found: 2 - missed,
    missed,
    wrong: 0,
  };
}

export async function galleryExample(): Promise<GalleryInput> {
  return {
    model: release.model,
    version: release.version,
    task: "detect",
    part: "test",
    worst: await Promise.all([1, 2, 3].map((seed) => frame(seed, seed === 1 ? 2 : 1))),
    best: await Promise.all([4, 5].map((seed) => frame(seed, 0))),
    alike: [{ pair, first: await plot("a.jpg", 6), second: await plot("b.jpg", 7) }],
    mosaics: [await plot("train_batch0.jpg", 9), await plot("val_batch0_pred.jpg", 10)],
  };
}

export function evaluationExample(): EvaluationPageInput {
  return {
    model: release.model,
    version: release.version,
    evaluation,
    source: { name: "hall_vehicles_april.zip", format: "Ultralytics YOLO", frames: 292, boxes: 876 },
    apart: [
      {
        title: "Frames of groups that were in training",
        reason: "The release was trained on other frames of these groups, so these scores are too good to be believed.",
        frames: groups.slice(0, 3).map((group) => `${group}/frame_000001.jpg`),
        models: [
          { role: "candidate", name: "yolov8n_hallwatch_v0.10", breakdown: breakdown(0.93, 51, 40) },
          { role: "base", name: "yolov8n", breakdown: breakdown(0.66, 52, 40) },
        ],
      },
    ],
  };
}
