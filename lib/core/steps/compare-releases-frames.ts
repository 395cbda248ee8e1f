// The frames on which the second of two releases does most better, and most worse, with the boxes of both.

import { dataKeys } from "../../contracts/layout.ts";
import { readVersion } from "../dataset/manifest-version.ts";
import type { Answers } from "../evaluation/answers.ts";
import type { Boxes } from "../evaluation/boxes.ts";
import { judge, type ModelPredictions, type Truth } from "../evaluation/evaluate.ts";
import { isIgnoredTruth } from "../evaluation/match.ts";
import type { ObjectStore } from "../ports.ts";
import type { DrawnBox, PagePicture, Pictures } from "../registry/report-input.ts";
import type { ScoredRelease } from "../registry/scored-release.ts";
import { isOfFrames } from "../tasks.ts";

export interface ChangedFrame {
  readonly name: string;
  readonly group: string;
  readonly width: number;
  readonly height: number;
  readonly picture: PagePicture;
  readonly labels: readonly DrawnBox[];
  readonly first: readonly DrawnBox[];
  readonly second: readonly DrawnBox[];
  /** Missed objects and wrong boxes, at each one's operating point. */
  readonly errors: { readonly first: number; readonly second: number };
}

export interface ChangedFrames {
  readonly better: readonly ChangedFrame[];
  readonly worse: readonly ChangedFrame[];
}

interface Compared {
  readonly truth: Truth;
  readonly models: readonly ModelPredictions[];
  readonly two: ScoredRelease;
  readonly maxDetections: number;
}

const framesEach = 6;
const side = 640;

export async function changedFrames(compared: Compared, data: ObjectStore, pictures: Pictures): Promise<ChangedFrames> {
  const [first, second] = [errorsBy(compared, "production"), errorsBy(compared, "candidate")];
  const gain = (frame: number) => (first[frame] as number) - (second[frame] as number);
  const places = compared.truth.frames.map((_, i) => i);
  const better = places.filter((i) => gain(i) > 0).sort((a, b) => gain(b) - gain(a) || a - b);
  const worse = places.filter((i) => gain(i) < 0).sort((a, b) => gain(a) - gain(b) || a - b);
  const { dataset } = compared.two.release;
  const { lines } = await readVersion(data, dataset.name, dataset.version);
  const lineOf = new Map(lines.map((line) => [line.name, line]));
  const draw = async (chosen: readonly number[]) => {
    const drawn: ChangedFrame[] = [];
    for (const frame of chosen.slice(0, framesEach)) {
      const { name, group } = compared.truth.frames[frame] as Truth["frames"][number];
      const line = lineOf.get(name);
      if (line === undefined) continue;
      const { bytes } = await data.get(dataKeys.frame(line.sha256, line.ext));
      const boxesOf = (role: "candidate" | "production") => {
        const model = compared.models.find((each) => each.role === role) as ModelPredictions;
        return isOfFrames(compared.truth.task ?? "detect")
          ? drawnAnswer(model.boxes, frame, compared.truth.classes, [0, 0, line.width, line.height])
          : drawnBoxes(model.boxes, frame, compared.truth.classes, model.threshold ?? 1);
      };
      drawn.push({
        name,
        group,
        width: line.width,
        height: line.height,
        picture: { name, mime: "image/jpeg", bytes: await pictures.shrink(bytes, side) },
        labels: drawnBoxes(compared.truth.boxes, frame, compared.truth.classes, null),
        first: boxesOf("production"),
        second: boxesOf("candidate"),
        errors: { first: first[frame] as number, second: second[frame] as number },
      });
    }
    return drawn;
  };
  return { better: await draw(better), worse: await draw(worse) };
}

/** By frame: objects not found and boxes that are wrong, from the operating point on. */
function errorsBy({ truth, models, maxDetections }: Compared, role: "candidate" | "production"): Float64Array {
  const model = models.find((each) => each.role === role) as ModelPredictions;
  const { scored } = judge(truth, model, maxDetections);
  if (scored.shape === "frame") return errorsOfAnswers(scored);
  const { matches, threshold, known } = scored;
  const errors = new Float64Array(truth.frames.length);
  const add = (frame: number, much: number) => {
    errors[frame] = (errors[frame] as number) + much;
  };
  for (let frame = 0; frame < truth.frames.length; frame++) {
    for (let row = truth.boxes.starts[frame] as number; row < (truth.boxes.ends[frame] as number); row++) {
      if (!isIgnoredTruth(truth.boxes, row) && known.includes(truth.boxes.classes[row] as number)) add(frame, 1);
    }
  }
  for (let at = 0; at < matches.count; at++) {
    if (threshold === null || (matches.scores[at] as number) < threshold) continue;
    if (((matches.hits[at] as number) & 1) !== 0) add(matches.frames[at] as number, -1);
    else if (((matches.ignored[at] as number) & 1) === 0) add(matches.frames[at] as number, 1);
  }
  return errors;
}

/** One where the most probable class is another. */
function errorsOfAnswers({ truths, ranks }: Answers): Float64Array {
  return Float64Array.from(truths, (klass, frame) => (klass !== -1 && ranks[frame] !== 0 ? 1 : 0));
}

/** The most probable class of a frame, as a box around all of it. */
function drawnAnswer(boxes: Boxes, frame: number, classes: readonly string[], whole: DrawnBox["box"]): DrawnBox[] {
  const row = boxes.starts[frame] as number;
  if (row === boxes.ends[frame]) return [];
  return [{ box: whole, class: classes[boxes.classes[row] as number] ?? "", confidence: boxes.scores[row] as number }];
}

/** @param least confidence; null for labels, which have none */
function drawnBoxes(boxes: Boxes, frame: number, classes: readonly string[], least: number | null): DrawnBox[] {
  const drawn: DrawnBox[] = [];
  for (let row = boxes.starts[frame] as number; row < (boxes.ends[frame] as number); row++) {
    const confidence = boxes.scores[row] as number;
    if (least !== null && confidence < least) continue;
    const [x, y, width, height] = [0, 1, 2, 3].map((i) => boxes.sides[4 * row + i] as number) as [
      number,
      number,
      number,
      number,
    ];
    const name = classes[boxes.classes[row] as number] ?? "";
    drawn.push({ box: [x, y, x + width, y + height], class: name, ...(least === null ? {} : { confidence }) });
  }
  return drawn;
}
