// Frames from elsewhere: which of them a release may have seen, and the scores of each lot apart.
import type { ManifestLine } from "../../contracts/dataset.ts";
import type { ModelEvaluation } from "../../contracts/evaluation.ts";
import { type DatasetVersion, partsOfGroups } from "../dataset/manifest-version.ts";
import type { Boxes } from "./boxes.ts";
import { type EvaluateOptions, evaluate, type ModelPredictions, type Truth, type TruthFrame } from "./evaluate.ts";

/** `seenByHash`: the very image was in training; `seenByGroup`: other frames of its group were. */
export type Lot = "unseen" | "seenByHash" | "seenByGroup";

/** What a release learnt from: digests of images, names of groups. */
export interface SeenBefore {
  readonly images: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

/** Frames of train taught the weights; frames of val chose among them, and chose the threshold. Unlabelled ones did neither. */
export function seenBefore({ lines, split }: Pick<DatasetVersion, "lines" | "split">): SeenBefore {
  const partOf = partsOfGroups(split);
  const used = lines.filter(({ group, labelled }) => labelled && ["train", "val"].includes(partOf.get(group) ?? ""));
  return {
    images: new Set(used.map(({ sha256 }) => sha256)),
    groups: new Set(used.map(({ group }) => group)),
  };
}

/** @param groups every group the frame may be said to be of: by the rule of today, and by the rule the release was made with */
export function lotOf({ sha256 }: Pick<ManifestLine, "sha256">, groups: readonly string[], seen: SeenBefore): Lot {
  if (seen.images.has(sha256)) return "seenByHash";
  return groups.some((group) => seen.groups.has(group)) ? "seenByGroup" : "unseen";
}

/** Truth and predictions of the same frames, each numbered as in `truth.frames`. */
export interface ScoredFrames {
  readonly truth: Truth;
  readonly models: readonly ModelPredictions[];
}

/** The frames that are wanted and nothing else, in the same order. */
export function only({ truth, models }: ScoredFrames, wanted: (frame: TruthFrame) => boolean): ScoredFrames {
  const places = truth.frames.flatMap((frame, place) => (wanted(frame) ? [place] : []));
  return {
    truth: {
      ...truth,
      frames: truth.frames.filter(wanted),
      boxes: boxesAt(truth.boxes, places),
    },
    models: models.map((model) => ({ ...model, boxes: boxesAt(model.boxes, places) })),
  };
}

/** The same columns, with other frames pointing into them. */
function boxesAt(boxes: Boxes, places: readonly number[]): Boxes {
  return {
    ...boxes,
    frames: places.length,
    starts: Int32Array.from(places, (place) => boxes.starts[place] ?? 0),
    ends: Int32Array.from(places, (place) => boxes.ends[place] ?? 0),
  };
}

/** Scores of every model on some lots together. */
export function scoresOf(
  all: ScoredFrames,
  lots: ReadonlyMap<string, Lot>,
  wanted: readonly Lot[],
  options: EvaluateOptions,
): readonly ModelEvaluation[] {
  const { truth, models } = only(all, ({ name }) => wanted.includes(lots.get(name) ?? "unseen"));
  return evaluate(truth, models, options);
}
