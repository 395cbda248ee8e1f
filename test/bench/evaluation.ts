// The evaluator against pycocotools in one run: 5,000 frames, 300 boxes each, 3 models, the same numbers.
// `npm run bench:evaluation`, or with fewer frames: `npm run bench:evaluation -- 500`.
import { evaluate, type ModelPredictions, type Truth } from "../../lib/core/evaluation/evaluate.ts";
import { askPycocotools, type Case, type CaseFrame, predictedBoxes, truthBoxes } from "../support/evaluation-cases.ts";

const frameCount = Number(process.argv[2] ?? 5000);
const boxesPerFrame = 300;
const classes = 5;
const maxDetections = 300;
/** Our own runs a model; pycocotools has one, as it takes minutes. */
const repeats = 3;
const wantedRatio = 3;

/** Numbers in [0, 1), the same in every run: a linear congruential generator is chance enough for made-up boxes. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

function truths(random: () => number): CaseFrame["truth"][] {
  return Array.from({ length: frameCount }, () =>
    Array.from({ length: Math.floor(random() * 8) }, () => {
      const [x, y] = [random() * 1800, random() * 1000];
      return [Math.floor(random() * classes), x, y, x + 30 + random() * 90, y + 30 + random() * 60, false] as const;
    }),
  );
}

/** One model: it finds most objects, twice now and then, and fills up with false alarms of low confidence. */
function model(truth: readonly CaseFrame["truth"][], recall: number, random: () => number): CaseFrame[] {
  return truth.map((objects) => {
    const hits = objects.flatMap(([klass, x0, y0, x1, y1]) => {
      if (random() > recall) return [];
      const by = () => (random() - 0.5) * 16;
      return [[klass, 0.2 + 0.8 * random(), x0 + by(), y0 + by(), x1 + by(), y1 + by()] as const];
    });
    const alarms = Array.from({ length: boxesPerFrame - hits.length }, () => {
      const [x, y] = [random() * 1800, random() * 1000];
      return [
        Math.floor(random() * classes),
        0.6 * random() ** 4,
        x,
        y,
        x + 120 * random(),
        y + 80 * random(),
      ] as const;
    });
    return { truth: objects, boxes: [...hits, ...alarms].sort((a, b) => b[1] - a[1]) };
  });
}

function sceneOf(frames: readonly CaseFrame[]): Truth {
  return {
    frames: frames.map((_, i) => ({ name: `f${i}`, sha256: "", group: `g${i % 40}`, part: "test" })),
    boxes: truthBoxes(frames),
    classes: Array.from({ length: classes }, (_, k) => `class ${k}`),
    attributes: {},
  };
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

interface Measured {
  readonly ours: number;
  readonly theirs: number;
  /** Largest distance of mAP50, mAP50-95. */
  readonly distance: number;
}

/** CPU seconds of matching, metrics of all classes and 40 groups, threshold and confusion matrix. */
function measureOurs(frames: readonly CaseFrame[]) {
  const scene = sceneOf(frames);
  const boxes = predictedBoxes(frames);
  const one: ModelPredictions = { role: "candidate", name: "", sha256: "", unknownClasses: [], boxes, threshold: 0.3 };
  const seconds: number[] = [];
  let report = evaluate(scene, [], { maxDetections });
  for (let i = 0; i < repeats; i++) {
    const started = process.cpuUsage();
    report = evaluate(scene, [one], { maxDetections });
    const used = process.cpuUsage(started);
    seconds.push((used.user + used.system) / 1e6);
  }
  return { seconds: median(seconds), all: report[0]?.parts.test?.all };
}

function measure(frames: readonly CaseFrame[]): Measured {
  const { seconds: ours, all } = measureOurs(frames);
  const asked: Case = { classes, maxDetections, frames };
  const [answer] = askPycocotools([asked], "--time");
  const far = (name: "mAP50" | "mAP50-95") => Math.abs((all?.[name] ?? Number.NaN) - (answer?.[name] ?? Number.NaN));
  return { ours, theirs: answer?.seconds ?? Number.NaN, distance: Math.max(far("mAP50"), far("mAP50-95")) };
}

const random = chance(1);
const truth = truths(random);
console.log(`${frameCount} frames x ${boxesPerFrame} boxes, ${classes} classes; CPU seconds a model`);
const measured: Measured[] = [];
for (const recall of [0.9, 0.8, 0.6]) {
  const one = measure(model(truth, recall, random));
  measured.push(one);
  console.log(
    `bobbin ${one.ours.toFixed(2)} s (all classes and 40 groups)  pycocotools ${one.theirs.toFixed(2)} s (all classes)  distance ${one.distance.toExponential(1)}`,
  );
}
const ratio = median(measured.map(({ theirs }) => theirs)) / median(measured.map(({ ours }) => ours));
const distance = Math.max(...measured.map((one) => one.distance));
console.log(
  `median ratio ${ratio.toFixed(1)} x (wanted ${wantedRatio}); peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`,
);
if (!(ratio >= wantedRatio && distance <= 1e-9)) process.exitCode = 1;
